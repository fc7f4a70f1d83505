import { h, newId, set, show, text } from "./dom.js";
import { recall, remember } from "./memory.js";
import { Typing } from "./typing.js";

const LONGEST = 4_000;

/**
 * The reply box: the tab says what the reply goes out on, Enter sends, Shift-Enter breaks the line. While the customer
 * is typing a Send asks first. What is not sent is kept for this conversation.
 */
export class Composer {
  #conversation;
  #draft;
  #outbox;
  #typing;
  #shelf;
  #input;
  #send = h("button", { type: "submit", class: "primary send" }, "Send");
  #guard;
  #note = h("p", { class: "composer-note" });
  #ends;
  element;

  constructor(conversation, { api, session, outbox, draft }) {
    this.#conversation = conversation;
    this.#draft = draft;
    this.#outbox = outbox;
    this.#typing = new Typing(api, conversation.id, session.dealership.id);
    this.#shelf = session.shelf("unsent") + conversation.id;
    const isText = conversation.channel === "sms";
    const panel = newId("composer");
    const tab = h("button", { type: "button", role: "tab", "aria-selected": "true", "aria-controls": panel, id: `${panel}-tab` },
      isText ? "Text" : "Chat");
    this.#input = h("textarea", {
      rows: "1", maxlength: String(LONGEST), "aria-label": "Message", placeholder: "Type a message…", dir: "auto",
      enterkeyhint: "send", "aria-keyshortcuts": "r",
    });
    this.#guard = this.#makeGuard();
    this.element = h("form", { class: "composer", "aria-label": "Reply" },
      h("div", { class: "tabs", role: "tablist", "aria-label": "Reply by" }, tab),
      h("div", { class: "composer-panel", role: "tabpanel", id: panel, "aria-labelledby": `${panel}-tab` },
        this.#guard, h("div", { class: "composer-row" }, this.#input, this.#send), this.#note));
    this.element.addEventListener("submit", (event) => { event.preventDefault(); this.#submit(); });
    this.#input.addEventListener("input", () => this.#changed());
    this.#input.addEventListener("keydown", (event) => {
      // While an input method composes, Enter takes its word.
      // Safari says so by 229 alone.
      if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
      event.preventDefault();
      this.#submit();
    });
    this.#ends = [draft.on("changed", () => { if (!draft.isFresh) this.#ask(false); })];
    this.#input.value = recall(this.#shelf) ?? "";
    if (isText) this.#refuse("Texting is not set up for this dealership yet: replies to texts cannot be sent.");
    requestAnimationFrame(() => this.#grow());
  }

  close() {
    this.#typing.stop();
    for (const end of this.#ends) end();
  }

  focus() {
    this.#input.focus();
  }

  /** Gives a text back to be changed, before what is there. */
  restore(given) {
    if (!given) return;
    this.#input.value = [given, this.#input.value].filter(Boolean).join("\n");
    this.#changed();
    this.focus();
  }

  #changed() {
    remember(this.#shelf, this.#input.value);
    this.#typing.changed(this.#input.value);
    this.#grow();
  }

  #submit() {
    if (this.#input.value.trim() === "" || this.#input.disabled) return;
    if (this.#draft.isFresh && this.#guard.hidden) return this.#ask(true);
    // Enter again does not override: that needs the button that says so.
    if (!this.#guard.hidden) return this.#guard.querySelector("button").focus();
    this.#deliver();
  }

  #deliver() {
    const given = this.#input.value.trim();
    this.#ask(false);
    if (given === "") return;
    this.#input.value = "";
    this.#changed();
    this.#outbox.send(this.#conversation.id, given);
    this.focus();
  }

  #makeGuard() {
    const label = newId("guard");
    const leave = (event) => {
      // The page's keys are not meant here.
      event.stopPropagation();
      if (event.key !== "Escape") return;
      this.#ask(false);
      this.focus();
    };
    return h("div", { class: "guard", role: "alertdialog", "aria-labelledby": label, hidden: true, onkeydown: leave },
      h("p", { id: label }, "The customer is still typing"),
      h("button", { type: "button", class: "quiet", onclick: () => { this.#ask(false); this.focus(); } }, "Wait"),
      h("button", { type: "button", class: "primary", onclick: () => this.#deliver() }, "Send anyway"));
  }

  #ask(isAsking) {
    if (this.#guard.hidden === !isAsking) return;
    const hadFocus = this.#guard.contains(document.activeElement);
    show(this.#guard, isAsking);
    if (isAsking) this.#guard.querySelector("button").focus();
    else if (hadFocus) this.focus();
  }

  #refuse(reason) {
    this.#input.disabled = true;
    set(this.#send, "disabled", true);
    text(this.#note, reason);
  }

  #grow() {
    this.#input.style.height = "auto";
    this.#input.style.height = `${Math.min(this.#input.scrollHeight + 2, 160)}px`;
  }
}
