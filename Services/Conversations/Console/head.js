import { drawing, h, set, show, text } from "./dom.js";
import { ChatIcon, PresenceLine } from "./presence.js";
import { nameOf, plain, waiting } from "./words.js";

/** The thread's head: who it is, whether they are on the website, and what staff can do with the conversation. */
export class ThreadHead {
  #conversation;
  #session;
  #api;
  #icon = new ChatIcon();
  #presence = new PresenceLine();
  #name = h("h2", { tabindex: "-1" });
  #page = h("bdi", { class: "facts" });
  #facts = h("span", { class: "facts" });
  #assign = h("button", { type: "button", class: "quiet", onclick: () => this.#toggleAssign() });
  #ignore = this.#action("Ignore", "ignore");
  #close = this.#action("Close", "close");
  #reopen = this.#action("Reopen", "reopen");
  #card = h("a", { class: "button quiet" }, "Deal Card");
  #error = h("p", { class: "error", role: "alert", hidden: true });
  element;

  /** `back` and `side` are called by buttons that only narrow screens show. */
  constructor({ api, session, back, side }) {
    this.#api = api;
    this.#session = session;
    this.element = h("header", { class: "thread-head" },
      back && h("button", { type: "button", class: "icon-button back", "aria-label": "Back to the list", onclick: back },
        drawing("line", "M15 5l-7 7 7 7")),
      this.#icon.element,
      h("div", { class: "who" }, this.#name,
        h("p", { class: "who-line" }, this.#presence.element, " ", this.#page, " ", this.#facts)),
      h("div", { class: "thread-actions" }, this.#assign, this.#ignore, this.#close, this.#reopen, this.#card,
        side && h("button", { type: "button", class: "quiet side-button", onclick: side }, "Customer details")),
      this.#error);
  }

  focus() {
    this.#name.focus();
  }

  update(conversation, now = Date.now()) {
    this.#conversation = conversation;
    this.#icon.update(conversation, now);
    this.#presence.update(conversation, now);
    text(this.#name, nameOf(conversation));
    set(this.#name, "dir", "auto");
    text(this.#page, pageOf(conversation.presence.page));
    text(this.#facts, [
      waiting(conversation, now),
      conversation.assignedTo ? `assigned to ${plain(conversation.assignedTo.name)}` : null,
      { closed: "closed", ignored: "ignored" }[conversation.status],
    ].filter(Boolean).join(" · "));
    text(this.#assign, this.#isMine ? "Unassign" : "Assign to me");
    const hasFocus = this.element.contains(document.activeElement);
    show(this.#ignore, conversation.status === "open");
    show(this.#close, conversation.status !== "closed");
    show(this.#reopen, conversation.status !== "open");
    set(this.#card, "href", this.#session.address(cardPath(conversation)));
    // The button that did it has gone, and the focus with it.
    if (hasFocus && document.activeElement.hidden) this.#assign.focus();
  }

  get #isMine() {
    return this.#conversation?.assignedTo?.id === this.#session.me.id;
  }

  #action(label, verb) {
    return h("button", { type: "button", class: "quiet", onclick: () => this.#do(verb) }, label);
  }

  #toggleAssign() {
    const { id, name } = this.#session.me;
    this.#do("assign", { to: this.#isMine ? null : { id, name } });
  }

  async #do(verb, body) {
    show(this.#error, false);
    try {
      await this.#api.post(`/v1/conversations/${encodeURIComponent(this.#conversation.id)}/${verb}`, body);
    } catch (error) {
      text(this.#error, `That did not work: ${error.message}`);
      show(this.#error, true);
    }
  }
}

/** The Deal Card of a conversation, with or without a deal. */
export function cardPath(conversation) {
  return conversation.deal ? `/deals/${encodeURIComponent(conversation.deal.id)}`
    : `/conversations/${encodeURIComponent(conversation.id)}/deal`;
}

/** The page that a customer looks at, short. It is the customer's word: nothing in it is decoded. */
function pageOf(address) {
  try {
    const url = new URL(address);
    return url.pathname === "/" ? url.host : url.pathname.slice(0, 60);
  } catch {
    return null;
  }
}
