import { h, text } from "./dom.js";
import { TextFirst } from "./textfirst.js";
import { ChatIcon, PresenceLine } from "./presence.js";
import { nameOf } from "./words.js";

/** The Customer Contact Card: who the customer is and how to reach them. Qualify Customer stands below it. */
export class ContactCard {
  #deals;
  #icon = new ChatIcon();
  #presence = new PresenceLine();
  #name = h("h2", { dir: "auto" });
  #phones = h("dd", { class: "address" });
  #emails = h("dd", { class: "address" });
  #numbers = new Map();
  #conversation = null;
  #context;
  #dealId;
  #end;
  element;

  /** `dealId`: the deal that the page is about, if it is about one. */
  constructor(deals, form, context, dealId) {
    this.#deals = deals;
    this.#context = context;
    this.#dealId = dealId;
    this.element = h("section", { class: "contact-card", "aria-label": "Customer Contact Card" },
      h("header", {}, this.#icon.element, h("div", {}, this.#name, h("p", {}, this.#presence.element))),
      h("dl", {}, h("dt", {}, "Phone"), this.#phones, h("dt", {}, "E-mail"), this.#emails),
      form);
    this.#end = deals.on("changed", () => { if (this.#conversation) this.update(this.#conversation); });
  }

  close() {
    this.#end();
    for (const one of this.#numbers.values()) one.close();
  }

  update(conversation) {
    this.#conversation = conversation;
    this.#icon.update(conversation);
    this.#presence.update(conversation);
    const { customer } = this.#deals;
    const name = customer ? `${customer.firstName} ${customer.lastName}`.trim() : "";
    text(this.#name, name || nameOf(conversation));
    const phones = [...new Set([...(customer?.phones ?? []), conversation.phone, conversation.texting?.to].filter(Boolean))];
    for (const [number, one] of this.#numbers) if (!phones.includes(number)) { one.close(); this.#numbers.delete(number); }
    this.#list(this.#phones, phones, (number) => this.#phone(number));
    for (const one of this.#numbers.values()) one.update();
    this.#list(this.#emails, (customer?.emails ?? []).map((address) => [`mailto:${encodeURIComponent(address).replace("%40", "@")}`, address]),
      ([href, words]) => h("a", { href }, words));
  }

  #phone(number) {
    const customer = () => {
      const { id, firstName = "", lastName = "" } = this.#deals.customer ?? {};
      const name = `${firstName} ${lastName}`.trim();
      const dealId = this.#dealId ?? this.#deals.items?.[0]?.id;
      return { ...(id && { customerId: id }), ...(name && { name }), ...(dealId && { dealId }) };
    };
    if (!this.#numbers.has(number)) {
      this.#numbers.set(number, new TextFirst(number, this.#context, () => this.#conversation, customer));
    }
    return this.#numbers.get(number).element;
  }

  #list(element, entries, make) {
    const { customer, isDown, items } = this.#deals;
    const nothing = customer || items?.length === 0 ? "not known" : isDown ? "cannot be read now" : "…";
    const shown = JSON.stringify([entries, nothing]);
    if (element.dataset.shown === shown) return;
    element.dataset.shown = shown;
    element.replaceChildren(...(entries.length === 0 ? [nothing] : entries.map(make)));
  }
}
