import { h, text } from "./dom.js";
import { ChatIcon, PresenceLine } from "./presence.js";
import { nameOf, phone } from "./words.js";

/** The Customer Contact Card: who the customer is and how to reach them. Qualify Customer stands below it. */
export class ContactCard {
  #deals;
  #icon = new ChatIcon();
  #presence = new PresenceLine();
  #name = h("h2", { dir: "auto" });
  #phones = h("dd", { class: "address" });
  #emails = h("dd", { class: "address" });
  #conversation = null;
  #end;
  element;

  constructor(deals, form) {
    this.#deals = deals;
    this.element = h("section", { class: "contact-card", "aria-label": "Customer Contact Card" },
      h("header", {}, this.#icon.element, h("div", {}, this.#name, h("p", {}, this.#presence.element))),
      h("dl", {}, h("dt", {}, "Phone"), this.#phones, h("dt", {}, "E-mail"), this.#emails),
      form);
    this.#end = deals.on("changed", () => { if (this.#conversation) this.update(this.#conversation); });
  }

  close() {
    this.#end();
  }

  update(conversation) {
    this.#conversation = conversation;
    this.#icon.update(conversation);
    this.#presence.update(conversation);
    const { customer } = this.#deals;
    const name = customer ? `${customer.firstName} ${customer.lastName}`.trim() : "";
    text(this.#name, name || nameOf(conversation));
    const phones = [...new Set([...(customer?.phones ?? []), conversation.phone].filter(Boolean))];
    this.#list(this.#phones, phones.map((number) => [`tel:${number}`, phone(number)]));
    this.#list(this.#emails, (customer?.emails ?? []).map((address) => [`mailto:${encodeURIComponent(address).replace("%40", "@")}`, address]));
  }

  #list(element, entries) {
    const { customer, isDown, items } = this.#deals;
    const nothing = customer || items?.length === 0 ? "not known" : isDown ? "cannot be read now" : "…";
    const shown = JSON.stringify([entries, nothing]);
    if (element.dataset.shown === shown) return;
    element.dataset.shown = shown;
    element.replaceChildren(...(entries.length === 0 ? [nothing]
      : entries.map(([href, words]) => h("a", { href }, words))));
  }
}
