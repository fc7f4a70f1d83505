import { byId, h, text } from "./dom.js";
import { day, dayOf, time } from "./words.js";

/** How far from the end still counts as reading the end. */
const NEAR_END = 80;
const QUIET_MS = 1_000;
const RUN_MS = 60_000;
const STATES = { sending: "Sending…", taken: "Delivered", failed: "Not delivered" };

/** The texts with one dealership. */
export class Thread {
  #log = byId("log");
  #scroll = byId("scroll");
  #items = new Map();
  #pictures;
  #speaks;
  #followsEnd = true;

  /** `pictures`: what each shows, by its path. */
  constructor(pictures) {
    this.#pictures = pictures;
    // A keyboard that comes up must not hide the end that was in sight.
    new ResizeObserver(() => { if (this.#followsEnd) this.toEnd(); }).observe(this.#scroll);
    this.#scroll.addEventListener("scroll", () => { this.#followsEnd = this.#isNearEnd(); }, { passive: true });
  }

  /** Another thread is no news, and is not read out. */
  open() {
    clearTimeout(this.#speaks);
    this.#scroll.setAttribute("aria-live", "off");
    this.#items.clear();
    this.#log.replaceChildren();
    this.#speaks = setTimeout(() => this.#scroll.setAttribute("aria-live", "polite"), QUIET_MS);
  }

  update(texts, name, { isRead }) {
    byId("nothing").hidden = !isRead || texts.length > 0;
    const wanted = [];
    texts.forEach((one, index) => {
      const before = texts[index - 1];
      const key = dayOf(one.at);
      if (!before || dayOf(before.at) !== key) wanted.push(this.#item(key, () => this.#day(one.at)));
      wanted.push(this.#bubble(one, texts[index + 1], name));
    });
    wanted.forEach((item, index) => {
      if (this.#log.children[index] !== item) this.#log.insertBefore(item, this.#log.children[index] ?? null);
    });
    while (this.#log.children.length > wanted.length) this.#log.lastElementChild.remove();
    if (this.#followsEnd) this.toEnd();
  }

  toEnd() {
    this.#followsEnd = true;
    this.#scroll.scrollTop = this.#scroll.scrollHeight;
  }

  #isNearEnd() {
    const { scrollTop, scrollHeight, clientHeight } = this.#scroll;
    return scrollHeight - scrollTop - clientHeight < NEAR_END;
  }

  #item(key, make) {
    if (!this.#items.has(key)) this.#items.set(key, make());
    return this.#items.get(key);
  }

  #day(at) {
    return h("li", { class: "day" }, day(at));
  }

  #bubble(one, next, name) {
    if (one.state === "lost") {
      return this.#item(`${one.sid} lost`, () => h("li", { class: "note" },
        `A text from ${name} did not reach this phone: ${one.error}`));
    }
    const item = this.#item(one.sid, () => this.#made(one, name));
    // Of several within a minute the last one says when.
    const isAlike = next && next.side === one.side && next.state === one.state;
    const goesOn = isAlike && Date.parse(next.at) - Date.parse(one.at) < RUN_MS;
    const meta = item.querySelector(".meta");
    meta.hidden = Boolean(goesOn) && one.state !== "failed";
    item.classList.toggle("goes-on", Boolean(goesOn));
    item.classList.toggle("failed", one.state === "failed");
    const words = [time(one.at)];
    if (one.side === "phone") words.push(one.error ? `${STATES[one.state]}: ${one.error}` : STATES[one.state]);
    if (one.side === "carrier") words.push("from the carrier");
    text(meta, words.join(" · "));
    return item;
  }

  #made(one, name) {
    const who = one.side === "phone" ? "You" : one.side === "carrier" ? "The carrier" : name;
    return h("li", { class: `text ${one.side}` },
      h("span", { class: "hidden" }, `${who}: `),
      ...one.media.map((medium) => this.#picture(medium)),
      one.text !== "" && h("p", { class: "bubble", dir: "auto" }, one.text),
      h("p", { class: "meta" }));
  }

  #picture(medium) {
    const path = new URL(medium.url, location.href).pathname;
    const words = this.#pictures.get(path);
    if (!words) return h("p", { class: "bubble" }, "A picture");
    return h("img", { src: `${path}?page=1`, alt: words, width: 240, height: 180 });
  }
}
