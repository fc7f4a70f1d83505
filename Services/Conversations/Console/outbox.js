import { Events } from "./events.js";
import { names, recall, remember } from "./memory.js";

/** Tries of one message before staff are asked; all carry the same id, so a double cannot come of it. */
const TRIES = 3;
const FIRST_RETRY_MS = 700;
const LAST_RETRY_MS = 3_000;

/**
 * What staff have written and the thread does not show yet: `{id, clientMessageId, conversationId, text, channel,
 * state}`, state `sending`, `sent` or `failed`. Kept in the browser until it is seen in the thread, so that a reload or an expired
 * token loses none. Says `changed` and `sent` with the conversation's id.
 */
export class Outbox extends Events {
  #api;
  #session;
  #waiting = new Map();
  /** One at a time in a conversation, in the order of sending. */
  #queues = new Map();
  #feed;
  #shelf = null;

  constructor(api, session, feed) {
    super();
    this.#api = api;
    this.#session = session;
    this.#feed = feed;
    feed.on("message", (message) => this.seen(message.id));
    session.on("changed", () => this.#restore());
  }

  /** Of one conversation, oldest first. */
  of(conversation) {
    return [...this.#waiting.values()].filter((one) => one.conversationId === conversation);
  }

  /** How it stands with a conversation's: failed before sending, null for nothing. */
  stateOf(conversation) {
    const states = this.of(conversation).map((one) => one.state);
    return ["failed", "sending"].find((state) => states.includes(state)) ?? null;
  }

  /** `channel`: web or sms, as staff chose it. */
  send(conversation, text, channel) {
    const clientMessageId = timeOrderedId();
    const message = {
      id: `${conversation}.s.${clientMessageId}`, clientMessageId, conversationId: conversation, text, channel, state: "sending",
      at: new Date().toISOString(), shelf: this.#shelf,
      dealership: this.#session.dealership.id, staff: this.#session.me.id,
    };
    this.#change(message, {});
    this.emit("sent", conversation);
    this.#enqueue(message);
  }

  retry(id) {
    const message = this.#waiting.get(id);
    if (!message || message.state !== "failed") return;
    this.#change(message, { state: "sending", reason: null });
    this.#enqueue(message);
  }

  /** Given up on purpose, and its text. */
  discard(id) {
    const message = this.#waiting.get(id);
    this.seen(id);
    return message?.text ?? "";
  }

  /** The thread shows it now. */
  seen(id) {
    const message = this.#waiting.get(id);
    if (!message) return;
    this.#waiting.delete(id);
    remember(this.#name(message), null);
    this.emit("changed", message.conversationId);
  }

  #enqueue(message) {
    const before = this.#queues.get(message.conversationId) ?? Promise.resolve();
    this.#queues.set(message.conversationId, before.then(() => this.#deliver(message)));
  }

  async #deliver(message) {
    const path = `/v1/conversations/${encodeURIComponent(message.conversationId)}/messages`;
    const body = { clientMessageId: message.clientMessageId, text: message.text, channel: message.channel };
    for (let attempt = 1; this.#waiting.has(message.id); attempt++) {
      try {
        await this.#api.call("POST", path, body, { query: { dealership: message.dealership } });
        return this.#change(message, { state: "sent" });
      } catch (error) {
        const isCut = error.isPassing && this.#isCut;
        if (!isCut && (!error.isPassing || attempt >= TRIES)) {
          return this.#change(message, { state: "failed", reason: error.message });
        }
        // It waits for the connection as the page does, and says that it is being sent.
        if (isCut) attempt = 0;
        const wait = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** attempt) * (0.5 + Math.random() / 2);
        await new Promise((resolve) => setTimeout(resolve, wait));
      }
    }
  }

  get #isCut() {
    return !navigator.onLine || this.#feed.state === "lost";
  }

  #change(message, change) {
    if (change.state && !this.#waiting.has(message.id)) return;
    Object.assign(message, change);
    this.#waiting.set(message.id, message);
    remember(this.#name(message), message);
    this.emit("changed", message.conversationId);
  }

  /** What an earlier page left: whether it arrived is not known, so staff are asked; the same id makes it harmless. */
  #restore() {
    const shelf = this.#session.shelf("outbox");
    if (shelf === this.#shelf) return;
    this.#shelf = shelf;
    // Nobody sends what another has written.
    for (const { id, staff } of [...this.#waiting.values()]) if (staff !== this.#session.me.id) this.#waiting.delete(id);
    // What this page is still sending, also to another dealership, it knows better.
    for (const name of names(shelf)) {
      const message = recall(name);
      if (!message?.id || this.#waiting.has(message.id)) continue;
      this.#waiting.set(message.id, { ...message, state: "failed", reason: "The page was closed before it was sent." });
    }
  }

  #name(message) {
    return message.shelf + message.id;
  }
}

/** Sorts by when it was made, as the API asks for. */
export function timeOrderedId() {
  const random = Array.from(crypto.getRandomValues(new Uint8Array(10)), (byte) => byte.toString(16).padStart(2, "0"));
  return Date.now().toString(16).padStart(12, "0") + random.join("");
}
