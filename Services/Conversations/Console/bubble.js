import { drawing, h, set, text } from "./dom.js";
import { linked } from "./links.js";

/** A message's state: one glyph with a word. */
const STATES = {
  sending: ["Sending", "M12 12m-8 0a8 8 0 1 0 16 0a8 8 0 1 0-16 0M12 7.5V12l3 2"],
  sent: ["Sent", "M5 12.5l4.5 4.5L19 7.5"],
  delivered: ["Delivered", "M2 12.5l4.5 4.5L16 7.5M12 16l1 1L22.5 7.5"],
  failed: ["Not sent", "M12 4v10M12 18.5v.5"],
};

/** One message, from its first moment in the outbox to the log's word on it, in one element. */
export class Bubble {
  #body = h("div", { class: "body", dir: "auto" });
  #author = h("bdi", { class: "author" });
  #time = h("time", {});
  #state = h("span", { class: "state", role: "img" });
  #actions = h("span", { class: "actions" });
  #text = null;
  #shown = null;
  #clock;
  #retry;
  #discard;
  element;

  constructor(message, { clock, retry, discard }) {
    this.#clock = clock;
    this.#retry = retry;
    this.#discard = discard;
    const isStaff = message.sender !== "customer";
    this.element = h("li", { class: `message ${isStaff ? "staff" : "customer"}`, "data-message": message.id },
      this.#body, h("div", { class: "meta" }, this.#author, " ", this.#time, " ", isStaff && this.#state, this.#actions));
  }

  update(message) {
    // A text of a message never changes; drawing it once keeps a selection in it.
    if (this.#text !== message.text) {
      this.#text = message.text;
      this.#body.replaceChildren(...linked(message.text));
    }
    text(this.#author, message.author?.name ?? "");
    text(this.#time, this.#clock.time(message.at));
    set(this.#time, "datetime", message.at);
    set(this.#time, "title", this.#clock.full(message.at));
    const state = message.state ?? (message.status in STATES ? message.status : "sent");
    if (state === this.#shown) return;
    this.#shown = state;
    const [word, path] = STATES[state];
    set(this.#state, "aria-label", word);
    set(this.#state, "title", message.reason ? `${word}: ${message.reason}` : word);
    this.#state.replaceChildren(drawing("line", path));
    this.element.classList.toggle("failed", state === "failed");
    this.#actions.replaceChildren(...(state === "failed" ? [
      h("span", { class: "why" }, message.reason ?? "Not sent."), " ",
      h("button", { type: "button", class: "link", onclick: () => this.#retry(message.id) }, "Retry"), " ",
      h("button", { type: "button", class: "link", onclick: () => this.#discard(message.id) }, "Discard"),
    ] : []));
  }
}
