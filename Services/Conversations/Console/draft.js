import { Events } from "./events.js";

/** A draft that has not changed for so long is no longer being typed. The server says so too; a lost word must not stay. */
const DRAFT_MS = 8_000;

/** What the customer of one conversation is typing now. Says `changed`. */
export class Draft extends Events {
  text = "";
  #timer = null;
  #ends;

  constructor(conversation, feed) {
    super();
    this.#ends = [
      feed.on("draft", (draft) => { if (draft.conversationId === conversation) this.#become(draft.text); }),
      feed.on("message", (message) => {
        if (message.conversationId === conversation && message.sender === "customer") this.#become("");
      }),
      // Nobody knows what is typed while nothing comes.
      feed.on("state", (state) => { if (state === "lost") this.#become(""); }),
      feed.on("reset", () => this.#become("")),
    ];
  }

  get isFresh() {
    return this.text !== "";
  }

  close() {
    clearTimeout(this.#timer);
    for (const end of this.#ends) end();
  }

  #become(text) {
    clearTimeout(this.#timer);
    if (text) this.#timer = setTimeout(() => this.#become(""), DRAFT_MS);
    if (text === this.text) return;
    this.text = text;
    this.emit("changed");
  }
}
