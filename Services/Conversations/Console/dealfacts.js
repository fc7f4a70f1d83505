import { h, set } from "./dom.js";

/** The deal's own facts, as qualification has them. `deal` null: none yet, or it cannot be read now. */
export class DealFacts {
  #clock;
  #session;
  #body = h("div", {});
  element = h("section", { class: "deal-facts", "aria-label": "Deal" }, h("h2", {}, "Deal"), this.#body);

  constructor(session, clock) {
    this.#session = session;
    this.#clock = clock;
  }

  update({ deal, others, isDown, isLoading }) {
    const shown = JSON.stringify([deal, others.map((one) => one.id), isDown, isLoading]);
    if (this.element.dataset.shown === shown) return;
    set(this.element, "data-shown", shown);
    this.#body.replaceChildren(
      isDown ? h("p", { class: "note", role: "status" }, "Qualification is not reachable. The deal is read as soon as it is.") : "",
      deal ? this.#facts(deal) : isDown ? "" : isLoading ? h("div", { class: "skeleton", "aria-hidden": "true" }, h("span")) : h("p", { class: "note" }, "No deal yet. Qualify the customer to start one."),
      others.length > 0 ? h("div", {}, h("h3", {}, "Other deals"), h("ul", { class: "deals", role: "list" },
        others.map((one) => h("li", {}, h("a", { href: this.#address(one) },
          h("strong", {}, one.source.type), h("span", {}, one.source.description),
          h("span", { class: "meta" }, this.#time(one))))))) : "");
  }

  #facts(deal) {
    const rows = [
      ["Source type", deal.source.type], ["Source description", deal.source.description],
      ["Created", this.#time(deal)], ["Created by", deal.createdBy.name], ["Deal", deal.id],
    ];
    return h("dl", {}, rows.map(([term, value]) => [h("dt", {}, term), h("dd", { dir: "auto" }, value)]));
  }

  #time(deal) {
    return `${this.#clock.day(deal.createdAt)}, ${this.#clock.time(deal.createdAt)}`;
  }

  #address(deal) {
    return this.#session.address(`/deals/${encodeURIComponent(deal.id)}`);
  }
}
