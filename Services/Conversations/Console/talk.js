import { Composer } from "./composer.js";
import { Deals } from "./deals.js";
import { Draft } from "./draft.js";
import { LogView } from "./log.js";
import { TextTools } from "./texttools.js";
import { Thread } from "./thread.js";

const READ_MS = 400;

/**
 * One conversation that is open on the screen, in the menu or in a Deal Card: what is read and known of it, and the
 * parts that both pages are put together from. `conversation` is its newest state. Ends with `close`.
 */
export class Talk {
  conversation;
  thread;
  draft;
  deals;
  composer;
  /** For the bubbles, wherever they stand. */
  texts;
  #context;
  #log = null;
  #read = null;
  #timer = null;
  #ends;

  constructor(conversation, context) {
    const { api, feed, outbox, desk } = context;
    this.conversation = conversation;
    this.#context = context;
    feed.open(conversation.id);
    this.thread = new Thread(conversation.id, api, feed, outbox);
    this.draft = new Draft(conversation.id, feed);
    this.deals = new Deals(conversation, api, desk);
    this.composer = new Composer(conversation, { ...context, draft: this.draft });
    this.texts = new TextTools(api, outbox, () => this.conversation);
    this.#ends = [desk.on("conversation", (one) => {
      if (one.id !== conversation.id) return;
      this.conversation = one;
      this.composer.update(one);
      // What may be texted shows in the messages too.
      this.thread.emit("changed");
    })];
  }

  /** A thread's messages on the screen; what is seen at its end is read. */
  log() {
    const { session, outbox, clock } = this.#context;
    const log = new LogView(this.thread, this.draft, {
      clock: clock(), outbox, restore: (text) => this.composer.restore(text), texts: this.texts,
      previews: session.dealership.previews,
    });
    log.atEnd = () => this.#saw();
    return this.#log = log;
  }

  /** Somebody looks at the page again. */
  look() {
    if (this.#log?.isAtEnd) this.#saw();
  }

  /** The newest message is on the screen. */
  #saw() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#markRead(), READ_MS);
  }

  close() {
    clearTimeout(this.#timer);
    for (const end of this.#ends) end();
    for (const part of [this.thread, this.draft, this.deals, this.composer]) part.close();
    this.#context.feed.open(null);
  }

  async #markRead() {
    const last = this.thread.last;
    if (!last || last.id === this.#read || document.hidden || !document.hasFocus()) return;
    this.#read = last.id;
    const path = `/v1/conversations/${encodeURIComponent(this.conversation.id)}/read`;
    await this.#context.api.post(path, { messageId: last.id }).catch(() => { this.#read = null; });
  }
}
