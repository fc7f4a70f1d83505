import { MediaShelf } from "./attachments.js";
import { timeOrderedId } from "./outbox.js";

/** What the bubbles of one conversation can do about texts. */
export class TextTools {
  #api;
  #outbox;
  /** The conversation's newest state. */
  conversation;
  shelf;

  constructor(api, outbox, conversation) {
    this.#api = api;
    this.#outbox = outbox;
    this.conversation = conversation;
    this.shelf = new MediaShelf(api);
  }

  /** The same words in a new text; before the customer has answered, the question alone. */
  async again(message) {
    const { texting } = this.conversation();
    if (texting?.consent === "asked") {
      await this.#api.post("/v1/texts", { clientMessageId: timeOrderedId(), phone: texting.to });
    } else {
      this.#outbox.send(message.conversationId, message.text, "sms");
    }
  }

  get isStopped() {
    return this.conversation().texting?.consent === "stopped";
  }

  /** Records that the customer asked for an end of texts. */
  stop() {
    return this.#api.post(`/v1/conversations/${encodeURIComponent(this.conversation().id)}/consent`, { state: "stopped" });
  }
}
