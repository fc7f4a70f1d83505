import { arrange, h, show, text } from "./dom.js";
import { filterName } from "./filters.js";
import { Row } from "./row.js";

const SEARCH_MS = 250;
/** Ages and what presence says change with time. */
const TICK_MS = 5_000;
/** A pointer that has not moved for so long only lies there. */
const STILL_MS = 5_000;

const EMPTY = {
  all: "No conversations yet. The first message from the website or by text appears here.",
  chat: "No chats yet. A customer's first message appears here.",
  live: "Nobody is on the website now.",
  unreplied: "Every customer has an answer.",
  mine: "Nothing is assigned to you. Open a conversation and choose Assign to me.",
  closed: "No closed conversations.",
};

/** The list of conversations: search, rows, and its four states. `open`: the id that the thread shows. */
export class ListView {
  #desk;
  #session;
  #outbox;
  #rows = new Map();
  #openId = null;
  #clock;
  /** Filter, search and dealership of the rows on the screen. */
  #choice = "";
  #search = h("input", {
    type: "search", "aria-label": "Search conversations", placeholder: "Search name, phone, e-mail, text",
    maxlength: "100", autocomplete: "off", enterkeyhint: "search",
  });
  #title = h("h1", { class: "list-title" });
  #list = h("ul", { class: "rows", role: "list", "aria-label": "Conversations" });
  #state = h("p", { class: "list-state", role: "status" });
  #retry = h("button", { type: "button", class: "quiet" }, "Retry");
  #movedAt = 0;
  #chip = h("button", { type: "button", class: "chip", hidden: true });
  #more = h("button", { type: "button", class: "quiet more" }, "Show more");
  #skeleton = h("div", { class: "skeleton", "aria-hidden": "true" }, Array.from({ length: 6 }, () => h("span")));
  element;

  constructor({ desk, session, outbox, clock }) {
    this.#desk = desk;
    this.#outbox = outbox;
    this.#session = session;
    this.#clock = clock;
    this.element = h("section", { class: "list", "aria-label": "List" },
      h("header", { class: "list-head" }, this.#title, this.#search),
      this.#chip, h("div", { class: "scroll" }, this.#list, this.#skeleton, this.#state, this.#retry, this.#more));
    let timer = null;
    this.#search.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(() => desk.show({ search: this.#search.value }), SEARCH_MS);
    });
    this.#retry.addEventListener("click", () => desk.refresh());
    this.#more.addEventListener("click", () => desk.more());
    // What was held still while the pointer was on it.
    this.#list.addEventListener("pointerleave", () => this.update());
    this.#list.addEventListener("pointermove", () => { this.#movedAt = Date.now(); }, { passive: true });
    this.#chip.addEventListener("click", () => this.#place(desk.ids ?? []));
    desk.on("list", () => this.update());
    outbox.on("changed", (id) => this.#refresh(id));
    desk.on("conversation", (conversation) => this.#refresh(conversation.id));
    setInterval(() => {
      if (!this.#chip.hidden) this.update();
      for (const id of this.#rows.keys()) this.#refresh(id);
    }, TICK_MS);
    this.update();
  }

  set openId(id) {
    const before = this.#openId;
    this.#openId = id;
    this.#refresh(before);
    this.#refresh(id);
  }

  focusSearch() {
    this.#search.focus();
    this.#search.select();
  }

  /** Focuses the row that many places away from the focused one, or from the open one. */
  step(places) {
    const ids = [...this.#list.children].map((one) => one.dataset.conversation);
    const focused = document.activeElement?.closest?.("[data-conversation]")?.dataset.conversation;
    const at = ids.indexOf(focused ?? this.#openId);
    const id = ids[at < 0 ? 0 : Math.min(ids.length - 1, Math.max(0, at + places))];
    this.#rows.get(id)?.focus();
  }

  update() {
    const desk = this.#desk;
    const isLoading = desk.ids === null && !desk.error;
    text(this.#title, filterName(desk.filter));
    if (desk.ids === null || !this.#isHeldStill()) this.#place(desk.ids ?? []);
    else this.#showNew(desk.ids);
    show(this.#skeleton, isLoading);
    const isEmpty = desk.ids?.length === 0;
    text(this.#state, desk.error ? `The list could not be read: ${desk.error.message}`
      : isEmpty ? (desk.search.trim() ? "Nothing matches the search." : EMPTY[desk.filter]) : "");
    show(this.#state, Boolean(desk.error || isEmpty));
    show(this.#retry, Boolean(desk.error));
    show(this.#more, desk.hasMore);
  }

  /** Rows do not move under a pointer that is about to choose one. */
  #isHeldStill() {
    return Date.now() - this.#movedAt < STILL_MS && this.#list.matches(":hover") && matchMedia("(hover: hover)").matches && this.#isSameChoice();
  }

  /** Whether the rows on the screen answer the same question as those that came. */
  #isSameChoice() {
    return this.#choice === this.#answered;
  }

  get #answered() {
    return `${this.#desk.answered} ${this.#session.dealership?.id}`;
  }

  #showNew(ids) {
    const count = ids.filter((id) => !this.#rows.has(id)).length;
    text(this.#chip, `${count} new`);
    show(this.#chip, count > 0);
  }

  #place(ids) {
    show(this.#chip, false);
    this.#choice = this.#answered;
    const before = [...this.#list.children].indexOf(document.activeElement?.closest?.("li"));
    const rows = ids.map((id) => this.#row(id)).filter(Boolean);
    arrange(this.#list, rows.map((row) => row.element));
    // The row with the focus has left: the one in its place takes it.
    if (before >= 0 && document.activeElement === document.body) rows[Math.min(before, rows.length - 1)]?.focus();
    const kept = new Set(ids);
    for (const id of [...this.#rows.keys()]) if (!kept.has(id)) this.#rows.delete(id);
    for (const id of ids) this.#refresh(id);
  }

  #row(id) {
    const conversation = this.#desk.get(id);
    if (!conversation) return null;
    const address = this.#session.address(`/conversations/${encodeURIComponent(id)}`);
    if (!this.#rows.has(id)) this.#rows.set(id, new Row(conversation, address, this.#clock));
    return this.#rows.get(id);
  }

  #refresh(id) {
    const conversation = this.#desk.get(id);
    if (conversation) this.#rows.get(id)?.update(conversation, id === this.#openId, this.#outbox.stateOf(id));
  }
}
