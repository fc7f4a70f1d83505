import { byId, h, text } from "./dom.js";
import { brief, initials, pretty } from "./words.js";

const KEY = "directchat.phone.seen";

/** The threads of this phone, the newest first. What has been read is remembered by this browser. */
export class Threads {
  #list = byId("threads");
  #seen = read();
  #rows = new Map();
  #open;

  /** `open(number)` opens one. */
  constructor(open) {
    this.#open = open;
  }

  update(phone, threads, nameOf, openNumber) {
    byId("no-threads").hidden = threads.length > 0;
    const rows = threads.map(({ number, last }) => {
      const key = `${phone} ${number}`;
      const isOpen = number === openNumber;
      if (isOpen && last.side !== "phone" && document.visibilityState === "visible") this.#mark(key, last.at);
      const row = this.#row(key, phone, number, nameOf(number));
      row.link.toggleAttribute("aria-current", isOpen);
      text(row.time, brief(last.at));
      text(row.last, (last.side === "phone" ? "You: " : "") + (last.text || "Picture"));
      row.dot.hidden = last.side === "phone" || (this.#seen[key] ?? "") >= last.at;
      return row.item;
    });
    rows.forEach((row, index) => {
      if (this.#list.children[index] !== row) this.#list.insertBefore(row, this.#list.children[index] ?? null);
    });
    while (this.#list.children.length > rows.length) this.#list.lastElementChild.remove();
  }

  #row(key, phone, number, name) {
    if (!this.#rows.has(key)) {
      const time = h("span", { class: "time" });
      const last = h("span", { class: "last" });
      const dot = h("span", { class: "unread" }, h("span", { class: "hidden" }, "new"));
      const link = h("a", {
        href: `/?${new URLSearchParams({ from: phone, to: number })}`,
        click: (event) => {
          if (event.ctrlKey || event.metaKey || event.shiftKey) return;
          event.preventDefault();
          this.#open(number);
        },
      }, h("span", { class: "badge", "aria-hidden": "true" }, initials(name)),
      h("span", { class: "who" },
        h("span", { class: "name" }, name), " ", h("span", { class: "hidden" }, pretty(number)), last),
      h("span", { class: "end" }, time, dot));
      this.#rows.set(key, { item: h("li", {}, link), link, time, last, dot });
    }
    return this.#rows.get(key);
  }

  #mark(key, at) {
    if (this.#seen[key] === at) return;
    this.#seen[key] = at;
    try {
      localStorage.setItem(KEY, JSON.stringify(this.#seen));
    } catch {
      // A browser that keeps nothing shows more dots.
    }
  }
}

function read() {
  try {
    return JSON.parse(localStorage.getItem(KEY)) ?? {};
  } catch {
    return {};
  }
}
