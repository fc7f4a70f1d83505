import { h } from "./dom.js";

/** The deals of a conversation, each a link to its card. */
export class DealsList {
  #deals;
  #session;
  #clock;
  #list = h("ul", { class: "deals", role: "list", "aria-label": "Deals" });
  #note = h("p", { class: "note" });
  #end;
  element = h("section", { class: "deals-section" }, h("h3", {}, "Deals"), this.#list, this.#note);

  constructor(deals, session, clock) {
    this.#deals = deals;
    this.#session = session;
    this.#clock = clock;
    this.#end = deals.on("changed", () => this.#update());
    this.#update();
  }

  close() {
    this.#end();
  }

  #update() {
    const { items, isDown } = this.#deals;
    const shown = JSON.stringify([items?.map((deal) => deal.id), isDown]);
    if (this.element.dataset.shown === shown) return;
    this.element.dataset.shown = shown;
    this.#list.replaceChildren(...(items ?? []).map((deal) => h("li", {},
      h("a", { href: this.#session.address(`/deals/${encodeURIComponent(deal.id)}`) },
        h("strong", {}, deal.source.type), h("span", {}, deal.source.description),
        h("span", { class: "meta" }, `${this.#clock.day(deal.createdAt)} ${this.#clock.time(deal.createdAt)}, `,
          h("bdi", {}, deal.createdBy.name))))));
    this.#note.textContent = isDown && items === null ? "The deals cannot be read now."
      : items === null ? "Reading…" : items.length === 0 ? "No deal yet." : "";
  }
}
