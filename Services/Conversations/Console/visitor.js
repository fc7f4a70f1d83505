import { h, show, text } from "./dom.js";
import { presenceOf, presenceWords } from "./presence.js";
import { phone } from "./words.js";

/** What is known of the customer's visit. */
export class VisitorFacts {
  #clock;
  #website = h("dd", {});
  #page = h("dd", { dir: "auto", class: "address" });
  #phone = h("dd", {});
  #began = h("dd", {});
  #rows;
  element;

  constructor(clock) {
    this.#clock = clock;
    this.#rows = {
      website: [h("dt", {}, "Website"), this.#website], page: [h("dt", {}, "Page"), this.#page],
      phone: [h("dt", {}, "Texts from"), this.#phone], began: [h("dt", {}, "Chatting since"), this.#began],
    };
    this.element = h("section", { class: "visitor" }, h("h3", {}, "Visitor"), h("dl", {}, Object.values(this.#rows)));
  }

  update(conversation) {
    const presence = presenceOf(conversation);
    this.#fact("website", presence !== null, presenceWords(presence));
    this.#fact("page", Boolean(conversation.presence.page), conversation.presence.page);
    this.#fact("phone", Boolean(conversation.phone), phone(conversation.phone));
    this.#fact("began", true, `${this.#clock.day(conversation.beganAt)}, ${this.#clock.time(conversation.beganAt)}`);
  }

  #fact(name, isKnown, value) {
    for (const element of this.#rows[name]) show(element, isKnown);
    text(this.#rows[name][1], value ?? "");
  }
}
