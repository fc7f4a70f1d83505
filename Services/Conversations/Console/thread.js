import { Events } from "./events.js";

/**
 * One conversation's messages. Reads the pages again whenever the stream may have missed some; what comes twice counts
 * once. Says `changed`, and `arrived` with each message that the stream brought.
 */
export class Thread extends Events {
  /** loading, ready or failed. */
  state = "loading";
  error = null;
  #messages = new Map();
  #api;
  #outbox;
  #ends = [];
  #isClosed = false;
  #isLoading = false;
  #generation = 0;
  /** What was said of texts while pages are read, which are older. */
  #late = new Map();

  constructor(id, api, feed, outbox) {
    super();
    this.id = id;
    this.#api = api;
    this.#outbox = outbox;
    this.#ends = [
      feed.on("message", (message) => {
        if (message.conversationId !== id) return;
        const isNew = !this.#messages.has(message.id);
        this.#messages.set(message.id, message);
        if (isNew) this.emit("arrived", message);
        this.emit("changed");
      }),
      feed.on("status", ({ messageId, ...change }) => {
        if (this.#isLoading) this.#late.set(messageId, change);
        const message = this.#messages.get(messageId);
        if (!message) return;
        this.#messages.set(messageId, changed(message, change));
        this.emit("changed");
      }),
      feed.on("reset", () => { this.#messages.clear(); this.load(); }),
      feed.on("began", () => this.load()),
      feed.on("state", (state) => { if (state === "live" && this.state === "failed") this.load(); }),
      outbox.on("changed", (conversation) => { if (conversation === id) this.emit("changed"); }),
    ];
    this.load();
  }

  close() {
    this.#isClosed = true;
    for (const end of this.#ends) end();
  }

  /** In the conversation's order, then what still waits to be sent. */
  get messages() {
    const known = [...this.#messages.values()].sort((a, b) => a.seq - b.seq);
    const waiting = this.#outbox.of(this.id).filter((one) => !this.#messages.has(one.id));
    return [...known, ...waiting.map((one) => ({ ...one, sender: "staff" }))];
  }

  /** As it is now; nothing for one that is not read yet. */
  get(messageId) {
    return this.#messages.get(messageId);
  }

  /** The last one that the log has. */
  get last() {
    return [...this.#messages.values()].reduce((a, b) => (a && a.seq > b.seq ? a : b), null);
  }

  async load() {
    const generation = ++this.#generation;
    this.#isLoading = true;
    this.#late.clear();
    try {
      let cursor = null;
      do {
        const path = `/v1/conversations/${encodeURIComponent(this.id)}/messages`;
        const page = await this.#api.get(path, cursor ? { after: cursor } : {});
        if (this.#isClosed || generation !== this.#generation) return;
        for (const message of page.items) {
          this.#messages.set(message.id, changed(message, this.#late.get(message.id)));
          this.#outbox.seen(message.id);
        }
        cursor = page.next;
      } while (cursor);
      Object.assign(this, { state: "ready", error: null });
    } catch (error) {
      if (this.#isClosed || generation !== this.#generation) return;
      // What is on the screen stays, and says that it may not be all.
      Object.assign(this, { state: "failed", error });
    }
    this.#isLoading = false;
    this.emit("changed");
  }
}

/** A text goes on after its message came. */
function changed(message, change) {
  if (!change) return message;
  const { status, error = null, media = message.media } = change;
  return { ...message, status, error, media };
}
