import { Channels } from "./channels.js";
import { h, newId, set, show, text } from "./dom.js";
import { recall, remember } from "./memory.js";
import { timeOrderedId } from "./outbox.js";
import { LONGEST_TEXT, segmentsOf, segmentWords } from "./segments.js";
import { Typing } from "./typing.js";

const LONGEST = 4_000;
/** Quiet hours end, and presence stops holding, without any event. */
const TICK_MS = 5_000;

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
  #channels;
  #input;
  #send = h("button", { type: "submit", class: "primary send" });
  #guard;
  #note = h("p", { class: "composer-note", id: newId("note") });
  #askAgain = h("button", { type: "button", class: "link", hidden: true, onclick: () => this.#repeatQuestion() }, "Ask again");
  #api;
  #count = h("span", { class: "segments", id: newId("segments"), hidden: true });
  #hint;
  #panel = h("div", { class: "composer-panel", role: "tabpanel", id: newId("composer") });
  #tick = setInterval(() => this.#show(), TICK_MS);
  #ends;
  element;

  constructor(conversation, { api, session, outbox, draft, clock }) {
    this.#conversation = conversation;
    this.#api = api;
    this.#draft = draft;
    this.#outbox = outbox;
    this.#typing = new Typing(api, conversation.id, session.dealership.id);
    this.#shelf = session.shelf("unsent") + conversation.id;
    this.#channels = new Channels(conversation, this.#panel, clock(), () => this.#switched());
    this.#input = h("textarea", {
      rows: "1", maxlength: String(LONGEST), "aria-label": "Message", placeholder: "Type a message…", dir: "auto",
      enterkeyhint: "send", "aria-keyshortcuts": "r", "aria-describedby": `${this.#note.id} ${this.#count.id}`,
    });
    this.#guard = this.#makeGuard();
    this.#hint = h("p", { class: "composer-hint", hidden: true }, "The customer has left the website. ",
      h("button", { type: "button", class: "link", onclick: () => { this.#channels.choose("sms"); this.focus(); } }, "Text them instead"));
    this.#panel.append(this.#guard, this.#hint, h("div", { class: "composer-row" }, this.#input, this.#send),
      h("div", { class: "composer-foot" }, this.#note, this.#askAgain, this.#count));
    this.element = h("form", { class: "composer", "aria-label": "Reply" }, this.#channels.element, this.#panel);
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
    this.#show();
    requestAnimationFrame(() => this.#grow());
  }

  close() {
    clearInterval(this.#tick);
    this.#typing.stop();
    for (const end of this.#ends) end();
  }

  focus() {
    this.#input.focus();
  }

  /** The conversation's newest state. */
  update(conversation) {
    this.#conversation = conversation;
    this.#channels.update(conversation);
    this.#show();
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
    // A customer who texts cannot see it.
    if (this.#channels.current === "web") this.#typing.changed(this.#input.value);
    this.#show();
    this.#grow();
  }

  #switched() {
    this.#typing.stop();
    this.#ask(false);
    this.#show();
    this.#grow();
  }

  /** Which channel, why not, and how long a text becomes. */
  #show() {
    const isText = this.#channels.current === "sms";
    const { refusal } = this.#channels;
    const counted = segmentsOf(this.#input.value.trim());
    const over = isText ? counted.characters - LONGEST_TEXT : 0;
    set(this.#panel, "aria-labelledby", this.#channels.label);
    set(this.#panel, "data-channel", this.#channels.current);
    text(this.#send, this.#channels.verb);
    set(this.#send, "disabled", refusal !== null || over > 0);
    this.#input.disabled = refusal?.isFinal === true;
    set(this.#input, "placeholder", isText ? "Type a text…" : "Type a message…");
    text(this.#note, refusal?.reason ?? (over > 0
      ? `A text has at most ${LONGEST_TEXT.toLocaleString("en-US")} characters: ${over.toLocaleString("en-US")} too many.` : ""));
    this.#note.classList.toggle("wrong", over > 0);
    show(this.#askAgain, refusal?.mayAskAgain === true);
    show(this.#count, isText && counted.units > 0);
    text(this.#count, segmentWords(counted));
    set(this.#count, "title", counted.encoding === "UCS-2"
      ? "With characters beyond the plain alphabet, a segment holds fewer" : null);
    show(this.#hint, this.#channels.shouldText);
  }

  /** Whether the customer may be texted. The new state comes with the stream. */
  async #repeatQuestion() {
    set(this.#askAgain, "disabled", true);
    try {
      await this.#api.post("/v1/texts", { clientMessageId: timeOrderedId(), phone: this.#conversation.texting.to });
    } catch (error) {
      text(this.#note, `Not sent: ${error.message}`);
    }
    set(this.#askAgain, "disabled", false);
  }

  #submit() {
    if (this.#input.value.trim() === "" || this.#input.disabled || this.#send.disabled) return;
    if (this.#draft.isFresh && this.#guard.hidden) return this.#ask(true);
    // Enter again does not override: that needs the button that says so.
    if (!this.#guard.hidden) return this.#guard.querySelector("button").focus();
    this.#deliver();
  }

  #deliver() {
    const given = this.#input.value.trim();
    this.#ask(false);
    if (given === "" || this.#send.disabled) return;
    this.#input.value = "";
    this.#changed();
    this.#outbox.send(this.#conversation.id, given, this.#channels.current);
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

  #grow() {
    this.#input.style.height = "auto";
    this.#input.style.height = `${Math.min(this.#input.scrollHeight + 2, 160)}px`;
  }
}
