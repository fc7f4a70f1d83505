import { AttachmentsView } from "./attachments.js";
import { drawing, h, set, show, text } from "./dom.js";
import { linked } from "./links.js";
import { failure, isWorthRetrying } from "./texting.js";

/** A message's state: one glyph with a word. `failed` is what never left this page, `undelivered` a text. */
const STATES = {
  sending: ["Sending", "M12 12m-8 0a8 8 0 1 0 16 0a8 8 0 1 0-16 0M12 7.5V12l3 2"],
  sent: ["Sent", "M5 12.5l4.5 4.5L19 7.5"],
  delivered: ["Delivered", "M2 12.5l4.5 4.5L16 7.5M12 16l1 1L22.5 7.5"],
  read: ["Read", "M2 12.5l4.5 4.5L16 7.5M12 16l1 1L22.5 7.5"],
  unconfirmed: ["Not confirmed", "M9 9.5a3 3 0 1 1 4.5 2.6c-1 .6-1.5 1.2-1.5 2.4M12 18.5v.5"],
  failed: ["Not sent", "M12 4v10M12 18.5v.5"],
  undelivered: ["Not delivered", "M12 4v10M12 18.5v.5"],
};

/** One message, from its first moment in the outbox to the log's word on it, in one element. */
export class Bubble {
  #body = h("div", { class: "body", dir: "auto" });
  #author = h("bdi", { class: "author" });
  #channel = h("span", { class: "by-text", hidden: true }, "by text");
  #time = h("time", {});
  #state = h("span", { class: "state", role: "img" });
  #actions = h("span", { class: "actions" });
  #flag = h("div", { class: "flag", hidden: true });
  #attachments = null;
  #text = null;
  #shown = null;
  #flagged = null;
  #message = null;
  #options;
  element;

  /** `retry` and `discard` are for what never left; `texts` (`TextTools`) for texts. */
  constructor(message, options) {
    this.#options = options;
    const isStaff = message.sender !== "customer";
    this.element = h("li", { class: `message ${isStaff ? "staff" : "customer"}`, "data-message": message.id },
      this.#body,
      h("div", { class: "meta" }, this.#author, " ", this.#channel, " ", this.#time, " ", isStaff && this.#state, this.#actions),
      this.#flag);
  }

  update(message) {
    this.#message = message;
    const { clock, texts } = this.#options;
    // A text of a message never changes; drawing it once keeps a selection in it.
    if (this.#text !== message.text) {
      this.#text = message.text;
      this.#body.replaceChildren(...linked(message.text));
    }
    show(this.#body, message.text !== "");
    if (message.media) this.#showMedia(message);
    text(this.#author, message.author?.name ?? "");
    show(this.#channel, message.channel === "sms" && texts.conversation().channel === "web");
    text(this.#time, clock.time(message.at));
    set(this.#time, "datetime", message.at);
    set(this.#time, "title", clock.full(message.at));
    this.#showFlag(message);
    if (message.sender !== "customer") this.#showState(message);
  }

  #showMedia(message) {
    if (!this.#attachments) {
      this.#attachments = new AttachmentsView(this.#options.texts.shelf);
      this.#body.after(this.#attachments.element);
    }
    this.#attachments.update(message);
  }

  #showState(message) {
    const said = message.status === "failed" ? "undelivered" : message.status;
    // For a text our server is only the first step.
    const own = message.state === "sent" && message.channel === "sms" ? "sending" : message.state;
    const state = own ?? (said in STATES ? said : "sent");
    const why = state === "undelivered" ? `${failure(message.error)}.` : message.reason ?? null;
    const shown = `${state} ${why}`;
    if (shown === this.#shown) return;
    this.#shown = shown;
    const [word, path] = STATES[state];
    set(this.#state, "aria-label", word);
    set(this.#state, "title", why ? `${word}: ${why}` : word);
    set(this.#state, "data-state", state);
    this.#state.replaceChildren(drawing("line", path));
    this.element.classList.toggle("failed", state === "failed" || state === "undelivered");
    this.element.classList.toggle("doubtful", state === "unconfirmed");
    this.#actions.replaceChildren(...this.#offers(state, why));
  }

  #offers(state, why) {
    const { retry, discard, texts } = this.#options;
    const message = this.#message;
    switch (state) {
      case "failed": return [
        h("span", { class: "why" }, why ?? "Not sent."), " ",
        link("Retry", () => retry(message.id)), " ", link("Discard", () => discard(message.id))];
      case "undelivered": return [
        h("span", { class: "why" }, `Not delivered: ${why}`), " ",
        isWorthRetrying(message.error) && link("Retry", (event) => this.#again(event.target))].filter(Boolean);
      case "unconfirmed": return [h("span", { class: "why" }, "Not confirmed: it may have arrived."), " ",
        link("Send again", () => this.#askAgain())];
      default: return [];
    }
  }

  /** Once: what comes of it stands in a message of its own. `place` gives way to what happened. */
  async #again(place) {
    const said = h("span", {}, " Sending again…");
    if (place.matches("button")) place.replaceWith(said);
    else place.after(said);
    text(said, await this.#options.texts.again(this.#message).then(() => " Sent again.", (error) => ` ${error.message}`));
  }

  /** Nobody knows whether the first one arrived, so nothing is sent without a word. */
  #askAgain() {
    const back = (...nodes) => { this.#actions.replaceChildren(...nodes); this.#actions.querySelector("button")?.focus(); };
    back(h("span", { class: "why" }, "The customer may get it twice."), " ",
      link("Send it again", () => {
        const said = h("span", { class: "why" }, "Not confirmed: it may have arrived.");
        back(said);
        this.#again(said);
      }), " ",
      link("Cancel", () => back(...this.#offers("unconfirmed", null))));
  }

  /** Words that may ask for an end of texts. */
  #showFlag(message) {
    const { texts } = this.#options;
    const flagged = message.flag !== "opt-out-request" ? null : texts.isStopped ? "stopped" : "open";
    if (flagged === this.#flagged) return;
    this.#flagged = flagged;
    show(this.#flag, flagged !== null);
    if (flagged === "stopped") this.#flag.replaceChildren("Texts to this number are stopped.");
    if (flagged === "open") this.#offerStop();
  }

  #offerStop() {
    this.#flag.replaceChildren(h("span", {}, "This may be a request to stop texting."),
      h("button", { type: "button", class: "quiet", onclick: () => this.#askStop() }, "Stop texting this number"));
  }

  #askStop() {
    const back = () => { this.#offerStop(); this.#flag.querySelector("button").focus(); };
    const why = h("span", {}, "Only the customer can undo this, by texting START.");
    const stop = async () => {
      try {
        await this.#options.texts.stop();
      } catch (error) {
        text(why, `That did not work: ${error.message}`);
      }
    };
    this.#flag.replaceChildren(why,
      h("button", { type: "button", class: "quiet", onclick: stop }, "Stop texting"),
      h("button", { type: "button", class: "quiet", onclick: back }, "Cancel"));
    this.#flag.querySelector("button").focus();
    // It has grown, at the end of what is in sight.
    this.#flag.scrollIntoView({ block: "nearest" });
  }
}

const link = (label, onclick) => h("button", { type: "button", class: "link", onclick }, label);
