import { arrange, h, show, text } from "./dom.js";
import { Bubble } from "./bubble.js";
import { Preview } from "./preview.js";

const REFRESH_MS = 200;

/** What an event of a conversation says, as nodes: a name stands apart, whatever is in it. */
function wordsFor({ type, by, to, customer, deal }) {
  const name = (person) => h("bdi", {}, person?.name ?? "the system");
  switch (type) {
    case "conversation.assigned":
      return to ? ["Assigned to ", name(to), " by ", name(by)] : ["Unassigned by ", name(by)];
    case "conversation.ignored": return ["Ignored by ", name(by)];
    case "conversation.closed": return ["Closed by ", name(by)];
    case "conversation.reopened": return ["Reopened by ", name(by)];
    case "consent.changed": return ["Texts stopped by ", name(by), ", as the customer asked"];
    case "conversation.qualified": return deal
      ? ["Qualified as ", name(customer), " by ", name(by), ", new deal, Chat / Ignitify Chat"]
      : ["Contact information of ", name(customer), " saved by ", name(by), ", no deal"];
    default: return [`${type} by `, name(by)];
  }
}

/** One timeline of messages and events, the newest on top, below the box to reply. */
export class ActivityView {
  #thread;
  #context;
  #restore;
  #texts;
  #items = null;
  #error = null;
  #entries = new Map();
  #facts = null;
  #timer = null;
  #generation = 0;
  #ends;
  #preview;
  #list = h("ol", { class: "messages activity-list", role: "list", "aria-label": "Activity", reversed: true });
  #state = h("p", { class: "note", role: "status", hidden: true });
  #retry = h("button", { type: "button", class: "quiet", hidden: true, onclick: () => this.refresh() }, "Retry");
  element = h("div", { class: "log-scroll activity" });

  constructor(talk, context) {
    this.#thread = talk.thread;
    this.#preview = new Preview(talk.draft);
    this.element.append(this.#preview.element, this.#state, this.#retry, this.#list);
    this.#context = context;
    this.#texts = talk.texts;
    this.#restore = (given) => talk.composer.restore(given);
    const { desk, feed } = context;
    this.#ends = [
      this.#thread.on("changed", () => this.#update()),
      this.#thread.on("arrived", () => this.#soon()),
      desk.on("conversation", (one) => { if (one.id === this.#thread.id && this.#isChanged(one)) this.#soon(); }),
      feed.on("began", () => this.refresh()),
      feed.on("state", (state) => { if (state === "live" && this.#error) this.refresh(); }),
    ];
    this.refresh();
  }

  close() {
    clearTimeout(this.#timer);
    this.#generation = Infinity;
    this.#preview.close();
    for (const end of this.#ends) end();
  }

  /** Lists tell of a conversation again and again; its timeline is read for what can be in it. */
  #isChanged({ status, assignedTo, deal, customer, lastMessage }) {
    const before = this.#facts;
    this.#facts = JSON.stringify([status, assignedTo, deal, customer, lastMessage.id]);
    return before !== this.#facts;
  }

  async refresh() {
    clearTimeout(this.#timer);
    this.#timer = null;
    const generation = ++this.#generation;
    try {
      const items = [];
      let cursor = null;
      do {
        const path = `/v1/conversations/${encodeURIComponent(this.#thread.id)}/activity`;
        const page = await this.#context.api.get(path, cursor ? { cursor } : {});
        if (generation !== this.#generation) return;
        items.push(...page.items);
        cursor = page.next;
      } while (cursor);
      this.#items = items;
      this.#error = null;
    } catch (error) {
      if (generation !== this.#generation) return;
      this.#error = error;
    }
    this.#update();
  }

  #soon() {
    this.#timer ??= setTimeout(() => this.refresh(), REFRESH_MS);
  }

  // The stream's messages are there before the timeline is read again.
  #update() {
    const items = this.#items ?? [];
    const known = new Set(items.flatMap(({ message }) => (message ? [message.id] : [])));
    const { messages } = this.#thread;
    const fresh = messages.filter((message) => !known.has(message.id));
    const all = [...items, ...fresh.map((message) => ({ message, at: message.at }))].reverse();
    const clock = this.#context.clock();
    const rows = [];
    let day = null;
    for (const item of all) {
      const key = clock.dayKey(item.at);
      if (key !== day) rows.push(this.#day(key, item.at, clock));
      day = key;
      rows.push(item.message ? this.#message(this.#thread.get(item.message.id) ?? item.message, clock) : this.#event(item, clock));
    }
    arrange(this.#list, rows);
    show(this.#state, this.#error !== null || (this.#items !== null && all.length === 0));
    text(this.#state, this.#error ? `The activity could not be read: ${this.#error.message}` : "Nothing has happened yet.");
    show(this.#retry, this.#error !== null);
  }

  #entry(key, make) {
    if (!this.#entries.has(key)) this.#entries.set(key, make());
    return this.#entries.get(key);
  }

  #message(message, clock) {
    const bubble = this.#entry(`m ${message.id}`, () => new Bubble(message, {
      clock, texts: this.#texts, retry: (id) => this.#context.outbox.retry(id),
      discard: (id) => this.#restore(this.#context.outbox.discard(id)),
    }));
    bubble.update(message);
    return bubble.element;
  }

  #event(item, clock) {
    return this.#entry(`e ${item.eventId}`, () => h("li", { class: "event", "data-event": item.eventId },
      h("span", {}, wordsFor(item)), " ",
      h("time", { datetime: item.at, title: clock.full(item.at) }, clock.time(item.at))));
  }

  #day(key, at, clock) {
    const item = this.#entry(`d ${key}`, () => h("li", { class: "day" }, h("span")));
    text(item.firstElementChild, clock.day(at));
    return item;
  }
}
