/** "Staff are typing" holds for 8 s at the customer's; it is said again well before. */
const REPEAT_MS = 3_000;
/** No key for so long: staff have stopped. */
const IDLE_MS = 5_000;

/** Tells the customer that staff are typing in one conversation, and never what: a frame has no text. */
export class Typing {
  #api;
  #path;
  #query;
  #said = 0;
  #isTyping = false;
  #timer = null;

  /** `dealership`: the conversation's, also when staff have gone on to another. */
  constructor(api, conversation, dealership) {
    this.#api = api;
    this.#query = { dealership };
    this.#path = `/v1/conversations/${encodeURIComponent(conversation)}/typing`;
  }

  /** With each change of the text. */
  changed(text) {
    if (text.trim() === "") return this.stop();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.stop(), IDLE_MS);
    if (this.#isTyping && Date.now() - this.#said < REPEAT_MS) return;
    this.#say(true);
  }

  stop() {
    clearTimeout(this.#timer);
    if (this.#isTyping) this.#say(false);
  }

  /** Lost ones are not repeated: they pass. */
  #say(typing) {
    this.#isTyping = typing;
    this.#said = Date.now();
    this.#api.call("PUT", this.#path, { typing }, { query: this.#query }).catch(() => {});
  }
}
