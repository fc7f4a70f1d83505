import { drawing, h, set, show, text } from "./dom.js";

/**
 * Whether a customer is on the website: `online`, `away` (every tab is hidden), `offline`, `unknown`, or null for a
 * text, where there is nothing to know. What presence said holds until a time; after it nobody knows.
 */
export function presenceOf(conversation, now = Date.now()) {
  if (conversation.channel !== "web") return null;
  const { state, until } = conversation.presence;
  return until && Date.parse(until) < now ? "unknown" : state;
}

const WORDS = {
  online: "On website now",
  away: "On website now, tab hidden",
  unknown: "Website status unknown",
  offline: "Not on the website",
};

/** In words, for those who do not see colour. */
export const presenceWords = (presence) => (presence === null ? "Text" : WORDS[presence]);

export const isOnWebsite = (presence) => presence === "online" || presence === "away";

/** The yellow chat icon with the dot in its upper-left corner; for a text the bubble alone. */
export class ChatIcon {
  #dot = h("span", { class: "dot", role: "img" });
  #bubble = h("span", { class: "bubble", role: "img" }, drawing("chat",
    "M4.5 3.5h15a2.5 2.5 0 0 1 2.5 2.5v9a2.5 2.5 0 0 1-2.5 2.5h-8L6 22v-4.5H4.5A2.5 2.5 0 0 1 2 15V6a2.5 2.5 0 0 1 2.5-2.5z"));
  element = h("span", { class: "chat-icon" }, this.#bubble, this.#dot);

  update(conversation, now = Date.now()) {
    const presence = presenceOf(conversation, now);
    const isChat = conversation.kind === "chat";
    set(this.element, "data-kind", conversation.kind);
    set(this.#bubble, "aria-label", isChat ? "Chat" : "Text");
    const hasDot = presence !== null && presence !== "offline";
    show(this.#dot, hasDot);
    set(this.#dot, "data-presence", hasDot ? presence : null);
    set(this.#dot, "aria-label", hasDot ? WORDS[presence] : null);
    set(this.#dot, "title", hasDot ? WORDS[presence] : null);
  }
}

/** The same in words beside a name. */
export class PresenceLine {
  element = h("span", { class: "presence-line" });

  update(conversation, now = Date.now()) {
    const presence = presenceOf(conversation, now);
    set(this.element, "data-presence", presence);
    text(this.element, presenceWords(presence));
  }
}
