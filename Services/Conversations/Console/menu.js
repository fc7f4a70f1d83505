import { h, set } from "./dom.js";
import { DealsList } from "./dealslist.js";
import { filtersView } from "./filters.js";
import { ThreadHead } from "./head.js";
import { ListView } from "./list.js";
import { QualifyForm } from "./qualify.js";
import { Talk } from "./talk.js";
import { VisitorFacts } from "./visitor.js";

const TICK_MS = 5_000;

/** The Conversations Menu: filters and list, the thread, the customer. */
export class MenuPage {
  #context;
  #list;
  #main = h("main", { class: "thread" });
  #side = h("aside", { class: "side", "aria-label": "Customer" });
  #talk = null;
  #parts = [];
  #views = [];
  #qualify = null;
  #wanted = null;
  /** The conversation that could not be read: read again when the connection is back. */
  #failed = null;
  element;

  constructor(context) {
    this.#context = context;
    this.#list = new ListView(context);
    this.element = h("div", { class: "menu-page" },
      filtersView(context.desk), this.#list.element, this.#main, this.#side);
    context.desk.on("conversation", (one) => { if (one.id === this.#talk?.conversation.id) this.#update(one); });
    context.feed.on("state", (state) => { if (state === "live" && this.#failed) this.open(this.#failed); });
    setInterval(() => { if (this.#talk) this.#update(this.#talk.conversation); }, TICK_MS);
    addEventListener("focus", () => this.#talk?.look());
    document.addEventListener("visibilitychange", () => this.#talk?.look());
    this.#showNothing();
  }

  /** The conversation that is open. */
  get conversation() {
    return this.#talk?.conversation ?? null;
  }

  /** Shows a conversation, or none. */
  async open(id) {
    this.#wanted = id;
    this.#list.openId = id;
    set(this.element, "data-shows", id ? "thread" : "list");
    if (id === null) return this.#showNothing();
    if (id === this.conversation?.id) return;
    // What one writes now must not go to the one before.
    if (!this.#context.desk.get(id)) {
      this.#clear();
      this.#main.replaceChildren(h("div", { class: "skeleton", "aria-hidden": "true" }, h("span"), h("span"), h("span")));
    }
    try {
      const conversation = await this.#context.desk.find(id);
      if (this.#wanted === id) this.#show(conversation);
    } catch (error) {
      if (this.#wanted === id) this.#showFailure(id, error);
    }
  }

  close() {
    this.#wanted = null;
    this.#showNothing();
  }

  // What keys do.
  escape() {
    if (!this.#isDrawerOpen) return this.#context.go("/");
    this.#toggleSide(false);
    this.#main.querySelector(".side-button")?.focus();
  }
  step(places) { this.#list.step(places); }
  search() { this.#list.focusSearch(); }
  reply() { this.#talk?.composer.focus(); }
  qualify() {
    if (!this.#qualify) return;
    this.#toggleSide(true);
    this.#qualify.focus();
  }

  #show(conversation) {
    this.#clear();
    const context = this.#context;
    const talk = new Talk(conversation, context);
    const clock = context.clock();
    const log = talk.log();
    const head = new ThreadHead({ ...context, back: () => context.go("/"), side: () => this.#toggleSide() });
    const visitor = new VisitorFacts(clock);
    const deals = new DealsList(talk.deals, context.session, clock);
    this.#qualify = new QualifyForm(conversation, { ...context, deals: talk.deals, thread: talk.thread });
    this.#talk = talk;
    this.#parts = [log, deals, this.#qualify, talk];
    this.#views = [head, visitor];
    this.#main.replaceChildren(head.element, log.element, talk.composer.element);
    this.#side.replaceChildren(
      h("button", { type: "button", class: "quiet side-close", onclick: () => this.#toggleSide(false) }, "Close details"),
      this.#qualify.element, visitor.element, deals.element);
    this.#update(conversation);
    // On a phone the list that had the focus is gone.
    if (matchMedia("(max-width: 719px)").matches) head.focus();
  }

  #update(conversation) {
    for (const view of this.#views) view.update(conversation);
  }

  #clear() {
    for (const part of this.#parts) part.close();
    this.#parts = [];
    this.#views = [];
    this.#talk = this.#qualify = this.#failed = null;
    this.#toggleSide(false);
    this.#side.replaceChildren();
  }

  #showNothing() {
    this.#clear();
    this.#main.replaceChildren(h("div", { class: "nothing" },
      h("p", {}, "Choose a conversation on the left, or press ", h("kbd", {}, "j"), " and ", h("kbd", {}, "Enter"), ".")));
  }

  #showFailure(id, error) {
    this.#clear();
    this.#failed = id;
    const words = error.status === 404 ? "There is no such conversation in this dealership."
      : `The conversation could not be read: ${error.message}`;
    this.#main.replaceChildren(h("div", { class: "nothing", role: "alert" }, h("p", {}, words),
      h("button", { type: "button", class: "quiet", onclick: () => this.open(id) }, "Retry")));
  }

  /** Only narrow screens have a drawer. */
  get #isDrawerOpen() {
    return this.element.classList.contains("with-side") && getComputedStyle(this.#side).position === "absolute";
  }

  #toggleSide(isOpen = !this.element?.classList.contains("with-side")) {
    this.element?.classList.toggle("with-side", isOpen);
  }
}
