import { mediaWords } from "./attachments.js";
import { h, set, show, text } from "./dom.js";
import { ChatIcon, PresenceLine } from "./presence.js";
import { ago, nameOf, plain, waiting } from "./words.js";

/** One conversation in the list. */
export class Row {
  #icon = new ChatIcon();
  #presence = new PresenceLine();
  #name = h("bdi", { class: "name" });
  #age = h("span", { class: "age" });
  #last = h("span", { class: "last", dir: "auto" });
  #unread = h("span", { class: "unread-count" });
  #waiting = h("span", { class: "waiting" });
  #tag = h("span", { class: "tag" });
  #outgoing = h("span", { class: "outgoing" });
  #clock;
  #link;
  element;

  constructor(conversation, address, clock) {
    this.#clock = clock;
    this.#link = h("a", { class: "row", href: address },
      this.#icon.element,
      h("span", { class: "row-top" }, this.#name, " ", this.#age),
      h("span", { class: "row-middle" }, this.#last, " ", this.#unread),
      h("span", { class: "row-bottom" }, this.#presence.element, " ", this.#outgoing, " ", this.#waiting, " ", this.#tag));
    this.element = h("li", { "data-conversation": conversation.id }, this.#link);
  }

  /** `outgoing`: how it stands with what staff wrote there, as the outbox has it. */
  update(conversation, isOpen, outgoing, now = Date.now()) {
    const { lastMessage, unread } = conversation;
    this.#icon.update(conversation, now);
    this.#presence.update(conversation, now);
    text(this.#name, nameOf(conversation));
    text(this.#age, ago(lastMessage.at, now));
    set(this.#age, "title", this.#clock().full(lastMessage.at));
    text(this.#last, (lastMessage.sender === "staff" ? `${lastMessage.author?.name ?? "Staff"}: ` : "")
      + (lastMessage.text || mediaWords(lastMessage.media)));
    show(this.#unread, unread > 0);
    text(this.#unread, unread > 99 ? "99+" : unread);
    set(this.#unread, "aria-label", unread > 0 ? `${unread} unread` : null);
    set(this.#unread, "role", unread > 0 ? "img" : null);
    text(this.#waiting, waiting(conversation, now) ?? "");
    text(this.#tag, tag(conversation));
    const fate = outgoing ?? { failed: "undelivered", unconfirmed: "unconfirmed" }[lastMessage.status] ?? null;
    text(this.#outgoing, {
      failed: "Not sent", sending: "Sending…", undelivered: "Not delivered", unconfirmed: "Not confirmed",
    }[fate] ?? "");
    set(this.#outgoing, "data-state", fate === "undelivered" ? "failed" : fate);
    set(this.#link, "aria-current", isOpen ? "true" : null);
    this.element.classList.toggle("unread", unread > 0);
  }

  focus() {
    this.#link.focus();
  }
}

function tag(conversation) {
  const status = { closed: "Closed", ignored: "Ignored" }[conversation.status];
  return [status, conversation.deal ? "Deal" : null, conversation.assignedTo && plain(conversation.assignedTo.name)].filter(Boolean).join(" · ");
}
