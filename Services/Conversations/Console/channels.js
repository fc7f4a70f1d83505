import { h, set, show, text } from "./dom.js";
import { presenceOf } from "./presence.js";
import { refusal } from "./texting.js";
import { phone } from "./words.js";

/**
 * What a reply goes out on, a tab for each way: the chat on the website, or a text. Nothing but a choice of staff's
 * changes it. `changed` is called with each choice.
 */
export class Channels {
  /** web or sms. */
  current;
  #conversation;
  #tabs;
  #changed;
  #clock;
  element;

  /** `panel`: the element that the tabs belong to. */
  constructor(conversation, panel, clock, changed) {
    this.#conversation = conversation;
    this.#clock = clock;
    this.#changed = changed;
    this.current = conversation.channel;
    this.#tabs = ["web", "sms"].map((channel) => h("button", {
      type: "button", role: "tab", id: `${panel.id}-${channel}`, "aria-controls": panel.id, onclick: () => this.choose(channel),
    }));
    this.element = h("div", { class: "tabs", role: "tablist", "aria-label": "Reply by", onkeydown: (event) => this.#key(event) },
      this.#tabs);
    this.update(conversation);
  }

  update(conversation) {
    this.#conversation = conversation;
    const [web, sms] = this.#tabs;
    text(web, "Chat");
    text(sms, conversation.channel === "sms" ? "Text" : this.textLabel);
    show(web, conversation.channel === "web");
    show(sms, conversation.channel === "sms" || this.hasChoice);
    // The number is the customer's no more: what is written must not go anywhere else by itself.
    if (sms.hidden && this.current === "sms") this.choose("web");
    for (const [index, tab] of this.#tabs.entries()) {
      const isChosen = this.current === ["web", "sms"][index];
      set(tab, "aria-selected", String(isChosen));
      set(tab, "tabindex", isChosen ? "0" : "-1");
    }
  }

  choose(channel) {
    if (channel === this.current) return;
    this.current = channel;
    this.update(this.#conversation);
    this.#changed();
  }

  /** The chosen tab's id. */
  get label() {
    return this.#tabs[this.current === "web" ? 0 : 1].id;
  }

  get hasChoice() {
    return this.#conversation.channel === "web" && Boolean(this.#conversation.texting);
  }

  get textLabel() {
    return `Text to ${phone(this.#conversation.texting?.to)}`;
  }

  /** What the button that sends says: it names the channel wherever there could be a doubt. */
  get verb() {
    if (this.current === "sms") return "Send text";
    return this.hasChoice ? "Send in chat" : "Send";
  }

  get refusal() {
    return this.current === "sms" ? refusal(this.#conversation.texting, this.#clock) : null;
  }

  /** The customer has left the website, and a text would reach them. */
  get shouldText() {
    return this.current === "web" && this.hasChoice && presenceOf(this.#conversation) === "offline"
      && refusal(this.#conversation.texting, this.#clock) === null;
  }

  #key(event) {
    if (!["ArrowRight", "ArrowLeft"].includes(event.key) || !this.hasChoice) return;
    this.choose(this.current === "web" ? "sms" : "web");
    this.#tabs.find((tab) => tab.id === this.label).focus();
  }
}
