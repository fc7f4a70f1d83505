import { arrange, h, show, text } from "./dom.js";
import { Bubble } from "./bubble.js";
import { Preview } from "./preview.js";

/** How far from the end still counts as reading the end. */
const NEAR_END = 60;
const QUIET_MS = 1_000;

/**
 * A thread on the screen: messages by day, the live preview as the last thing on the customer's side, and a chip for
 * what came in while somebody reads further up. `atEnd` is called when the newest message has been seen.
 */
export class LogView {
  #thread;
  #clock;
  #outbox;
  #restore;
  #texts;
  #bubbles = new Map();
  #days = new Map();
  #missed = 0;
  #speaks = false;
  #followsEnd = true;
  #list = h("ol", { class: "messages" });
  // Around the list: a role on it would take its items' meaning.
  #log = h("div", { class: "messages-log", role: "log", "aria-label": "Messages", tabindex: "0", "aria-live": "off" },
    this.#list);
  #preview;
  #previewsOff = h("p", { class: "previews-off" }, "Previews are switched off");
  #chip = h("button", { type: "button", class: "chip", hidden: true });
  #status = h("div", { class: "log-state" });
  #scroll = h("div", { class: "log-scroll" });
  #resizes = new ResizeObserver(() => { if (this.#followsEnd) this.#toEnd(); });
  #ends;
  element = h("div", { class: "log" }, this.#scroll, this.#chip);
  atEnd = () => {};

  constructor(thread, draft, { clock, outbox, restore, texts, previews }) {
    this.#thread = thread;
    this.#clock = clock;
    this.#outbox = outbox;
    this.#restore = restore;
    this.#texts = texts;
    show(this.#previewsOff, !previews);
    this.#ends = [
      thread.on("changed", () => this.update()),
      outbox.on("sent", (conversation) => { if (conversation === thread.id) this.#toEnd(); }),
      thread.on("arrived", (message) => { if (!this.#followsEnd && message.sender === "customer") this.#missed += 1; }),
    ];
    this.#scroll.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    this.#chip.addEventListener("click", () => { this.#toEnd(); this.#log.focus({ preventScroll: true }); });
    // A keyboard that comes up on a phone, or a resized window, must not hide the end that was in sight.
    this.#resizes.observe(this.#scroll);
    // It never moves what one reads.
    this.#preview = new Preview(draft, () => { if (this.#followsEnd) this.#toEnd(); });
    this.#scroll.append(this.#status, this.#log, this.#preview.element, this.#previewsOff);
    this.update();
  }

  close() {
    this.#resizes.disconnect();
    this.#preview.close();
    for (const end of this.#ends) end();
  }

  update() {
    const { messages, state, error } = this.#thread;
    const rows = [];
    let day = null;
    for (const message of messages) {
      const key = this.#clock.dayKey(message.at);
      if (key !== day) rows.push(this.#day(key, message.at));
      day = key;
      rows.push(this.#bubble(message).element);
    }
    arrange(this.#list, rows);
    const kept = new Set(messages.map((message) => message.id));
    for (const id of [...this.#bubbles.keys()]) if (!kept.has(id)) this.#bubbles.delete(id);
    this.#showState(messages.length, state, error);
    this.#speak(state);
    if (this.#followsEnd) this.#toEnd();
    this.#showChip();
  }

  /** A history that is read in is no news. */
  #speak(state) {
    if (state !== "ready" || this.#speaks) return;
    this.#speaks = true;
    setTimeout(() => this.#log.removeAttribute("aria-live"), QUIET_MS);
  }

  #bubble(message) {
    if (!this.#bubbles.has(message.id)) {
      this.#bubbles.set(message.id, new Bubble(message, {
        clock: this.#clock,
        texts: this.#texts,
        retry: (id) => this.#outbox.retry(id),
        discard: (id) => this.#restore(this.#outbox.discard(id)),
      }));
    }
    const bubble = this.#bubbles.get(message.id);
    bubble.update(message);
    return bubble;
  }

  #day(key, at) {
    if (!this.#days.has(key)) this.#days.set(key, h("li", { class: "day" }, h("span")));
    const item = this.#days.get(key);
    text(item.firstElementChild, this.#clock.day(at));
    return item;
  }

  #showState(count, state, error) {
    const shown = state !== "failed" && count > 0 ? "shown" : state;
    if (this.#status.dataset.state === shown) return;
    this.#status.dataset.state = shown;
    this.#status.replaceChildren(...(shown === "shown" ? [] : state === "failed" ? [
      h("p", { role: "status" }, `The messages could not be read: ${error.message}`),
      h("button", { type: "button", class: "quiet", onclick: () => this.#thread.load() }, "Retry"),
    ] : state === "loading" ? [h("div", { class: "skeleton", "aria-hidden": "true" }, h("span"), h("span"), h("span"))]
      : [h("p", {}, "No messages yet.")]));
  }

  #scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.#scroll;
    this.#followsEnd = scrollHeight - scrollTop - clientHeight < NEAR_END;
    if (!this.#followsEnd) return;
    this.#missed = 0;
    this.#showChip();
    this.atEnd();
  }

  #toEnd() {
    this.#followsEnd = true;
    this.#missed = 0;
    this.#scroll.scrollTop = this.#scroll.scrollHeight;
    this.#showChip();
    this.atEnd();
  }

  get isAtEnd() {
    return this.#followsEnd;
  }

  #showChip() {
    show(this.#chip, this.#missed > 0);
    text(this.#chip, `${this.#missed} new`);
  }
}
