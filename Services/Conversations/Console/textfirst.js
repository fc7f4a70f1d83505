import { h, newId, set, show, text } from "./dom.js";
import { timeOrderedId } from "./outbox.js";
import { consentWords, refusal } from "./texting.js";
import { phone } from "./words.js";

/**
 * One of a customer's numbers, and texting it first: what would be sent is shown before it is, and goes nowhere by
 * itself. Under the number stands whether it may be texted.
 */
export class TextFirst {
  #number;
  #context;
  #customer;
  #conversation;
  /** As `GET /v1/texts` answers; null before, and where nobody can be texted. */
  #standing = null;
  #button = h("button", { type: "button", class: "quiet text-first", hidden: true, onclick: () => this.#press() }, "Text");
  #consent = h("span", { class: "meta", hidden: true });
  #ends;
  element;

  /** `conversation` gives the one on the screen, `customer` `{customerId?, name?, dealId?}`. */
  constructor(number, context, conversation, customer) {
    this.#number = number;
    this.#context = context;
    this.#conversation = conversation;
    this.#customer = customer;
    set(this.#button, "aria-label", `Text ${phone(number)}`);
    this.element = h("div", { class: "phone" },
      h("a", { href: `tel:${number}` }, phone(number)), this.#button, this.#consent);
    this.#ends = [
      context.desk.on("conversation", (one) => { if (one.id === this.#standing?.conversationId) this.#learn(one); }),
      context.feed.on("state", (state) => { if (state === "live" && !this.#standing) this.#look(); }),
    ];
    this.#look();
  }

  /** The conversation on the screen has changed. */
  update() {
    this.#show();
  }

  close() {
    for (const end of this.#ends) end();
    this.#ends = [];
  }

  async #look() {
    // A short code, or a sender's name, cannot be texted.
    if (!/^\+\d{8,15}$/.test(this.#number)) return;
    this.#standing = await this.#context.api.get("/v1/texts", { phone: this.#number }).catch(() => null);
    this.#show();
  }

  #learn({ texting }) {
    if (!texting || texting.to !== this.#number) return;
    this.#standing = { ...this.#standing, hasBegun: true, texting };
    this.#show();
  }

  #show() {
    const { id, channel, texting } = this.#conversation();
    // The reply box has a tab for it: there is nothing to open, and nothing to ask.
    const isShared = channel === "web" && texting?.to === this.#number;
    const isHere = isShared || this.#standing?.conversationId === id;
    const standing = isShared ? { texting } : this.#standing;
    const words = standing && (isShared && texting.consent === "none" ? "Agreed on the website" : consentWords(standing));
    text(this.#consent, words ?? "");
    show(this.#consent, Boolean(words));
    show(this.#button, this.#standing !== null && !isHere && (this.#standing.hasBegun || this.#standing.texting.consent !== "stopped"));
  }

  #press() {
    if (this.#standing.hasBegun) return this.#open(this.#standing.conversationId);
    this.#ask();
  }

  #open(id) {
    this.#context.go(`/conversations/${encodeURIComponent(id)}/deal`);
  }

  #ask() {
    const label = newId("text-first");
    const why = h("p", { class: "error", role: "alert" });
    const send = h("button", { type: "submit", class: "primary" }, "Send text");
    const clientMessageId = timeOrderedId();
    const dialog = h("dialog", { class: "text-first-dialog", "aria-labelledby": label, onclose: () => dialog.remove() },
      h("h2", { id: label }, `Text ${phone(this.#number)}`),
      h("form", { onsubmit: (event) => { event.preventDefault(); deliver(); } },
        h("p", {}, "The first text asks whether you may text. This will be sent:"),
        h("blockquote", { dir: "auto" }, this.#standing.request),
        h("p", { class: "note" }, "You can write once the customer has answered YES."), why,
        h("div", { class: "dialog-actions" },
          h("button", { type: "button", class: "quiet", onclick: () => dialog.close() }, "Cancel"), send)));
    const refused = refusal(this.#standing.texting, this.#context.clock());
    if (refused) {
      text(why, refused.reason);
      set(send, "disabled", true);
    }
    const deliver = async () => {
      set(send, "disabled", true);
      text(why, "");
      try {
        const body = { clientMessageId, phone: this.#number, ...this.#customer() };
        const { conversationId } = await this.#context.api.post("/v1/texts", body);
        dialog.close();
        this.#open(conversationId);
      } catch (error) {
        // Somebody was faster: the conversation is there.
        if (error.code === "may-be-texted" || error.problem.conversationId) {
          dialog.close();
          return this.#open(error.problem.conversationId);
        }
        // The same id: a double cannot come of another try.
        text(why, `Not sent: ${error.message}`);
        set(send, "disabled", !error.isPassing);
      }
    };
    document.body.append(dialog);
    dialog.showModal();
  }
}
