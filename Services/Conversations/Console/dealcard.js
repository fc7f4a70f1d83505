import { ActivityView } from "./activity.js";
import { ContactCard } from "./contact.js";
import { DealFacts } from "./dealfacts.js";
import { drawing, h } from "./dom.js";
import { QualifyForm } from "./qualify.js";
import { Tabs } from "./tabs.js";
import { Talk } from "./talk.js";

const TICK_MS = 5_000;

/** The customer's Deal Card, of a deal or of a conversation that has none yet: contact, activity and thread, deal. */
export class DealCardPage {
  #context;
  #talk = null;
  #parts = [];
  #qualify = null;
  #update = () => {};
  #wanted = null;
  /** The place that could not be read: read again when the connection is back. */
  #failed = null;
  element = h("div", { class: "card-page" });

  constructor(context) {
    this.#context = context;
    context.desk.on("conversation", (one) => { if (one.id === this.#talk?.conversation.id) this.#update(one); });
    context.feed.on("state", (state) => { if (state === "live" && this.#failed) this.open(this.#failed); });
    setInterval(() => { if (this.#talk) this.#update(this.#talk.conversation); }, TICK_MS);
    addEventListener("focus", () => this.#talk?.look());
    document.addEventListener("visibilitychange", () => this.#talk?.look());
  }

  get conversation() {
    return this.#talk?.conversation ?? null;
  }

  /** By a deal's id, or by its conversation's. */
  async open({ dealId = null, conversationId = null }) {
    const wanted = JSON.stringify([dealId, conversationId]);
    if (this.#wanted === wanted && this.#talk) return;
    this.#wanted = wanted;
    this.#clear();
    this.element.replaceChildren(h("div", { class: "skeleton", "aria-hidden": "true" }, h("span"), h("span"), h("span")));
    try {
      const id = conversationId ?? await this.#conversationOf(dealId);
      const conversation = await this.#context.desk.find(id);
      if (this.#wanted === wanted) this.#show(conversation, dealId);
    } catch (error) {
      if (this.#wanted === wanted) this.#showFailure(error, { dealId, conversationId });
    }
  }

  close() {
    this.#wanted = null;
    this.#clear();
  }

  escape() { this.#context.go(this.conversation ? `/conversations/${encodeURIComponent(this.conversation.id)}` : "/"); }
  reply() { this.#talk?.composer.focus(); }
  qualify() { this.#qualify?.focus(); }

  /** Conversations knows it too, and answers while qualification does not. */
  async #conversationOf(dealId) {
    const { api } = this.#context;
    const { items } = await api.get("/v1/conversations", { filter: "all", deal: dealId });
    if (items.length > 0) return items[0].id;
    const deal = await api.qualification.get(`/v1/deals/${encodeURIComponent(dealId)}`);
    return deal.conversationIds[0];
  }

  #show(conversation, dealId) {
    const context = this.#context;
    const talk = new Talk(conversation, context);
    const log = talk.log();
    const activity = new ActivityView(talk, context);
    const qualify = new QualifyForm(conversation, { ...context, deals: talk.deals, thread: talk.thread });
    const contact = new ContactCard(talk.deals, qualify.element, context, dealId);
    const facts = new DealFacts(context.session, context.clock());
    const panels = { Activity: h("div", { class: "panel" }), Conversations: h("div", { class: "panel" }) };
    const tabs = new Tabs("Deal Card", Object.entries(panels), (name) => {
      // One reply box, where the page has it: on top of the activity, at the bottom of the thread.
      if (name === "Activity") panels.Activity.replaceChildren(talk.composer.element, activity.element);
      else panels.Conversations.replaceChildren(log.element, talk.composer.element);
      if (name === "Conversations") log.update();
    });
    const showDeal = () => {
      const deals = talk.deals.items ?? [];
      const deal = deals.find((one) => one.id === dealId) ?? (dealId ? null : deals[0] ?? null);
      const others = deals.filter((one) => one !== deal);
      facts.update({ deal, others, isDown: talk.deals.isDown, isLoading: talk.deals.items === null });
    };
    this.#talk = talk;
    this.#qualify = qualify;
    this.#parts = [log, activity, qualify, contact, { close: talk.deals.on("changed", showDeal) }, talk];
    this.#update = (one) => contact.update(one);
    this.element.replaceChildren(
      h("nav", { class: "card-nav", "aria-label": "Page" },
        h("a", { href: context.session.address(`/conversations/${encodeURIComponent(conversation.id)}`) },
          drawing("line", "M15 5l-7 7 7 7"), "Conversations Menu")),
      contact.element, h("main", { class: "card-main" }, tabs.list, Object.values(panels)), facts.element);
    tabs.choose("Activity");
    contact.update(conversation);
    showDeal();
  }

  #clear() {
    for (const part of this.#parts) part.close();
    this.#parts = [];
    this.#talk = this.#qualify = this.#failed = null;
  }

  #showFailure(error, place) {
    this.#failed = place;
    const words = error.status === 404 ? "There is no such deal in this dealership."
      : `The Deal Card could not be read: ${error.message}`;
    this.element.replaceChildren(h("main", { class: "nothing", role: "alert" }, h("p", {}, words),
      h("button", { type: "button", class: "quiet", onclick: () => this.open(place) }, "Retry"), " ",
      h("a", { href: this.#context.session.address("/") }, "Conversations Menu")));
  }
}
