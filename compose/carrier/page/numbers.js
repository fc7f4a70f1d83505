import { byId, h, showError } from "./dom.js";
import { plain, pretty } from "./words.js";

const KEY = "directchat.phone.numbers";
const EXAMPLES = ["+13145550142", "+13145550143", "+13145550144"];

/** Whose phone this is and whom it writes to. */
export class Numbers {
  #from = byId("from");
  #to = byId("to");
  #error = byId("from-error");

  /** `choose(from, to)`: somebody wants to write. */
  constructor(dealerships, choose) {
    for (const { name, numbers } of dealerships) {
      this.#to.append(...numbers.map((number) => h("option", { value: number }, `${name}, ${pretty(number)}`)));
    }
    this.#suggest();
    const given = (writes) => {
      const from = plain(this.#from.value);
      if (from) choose(from, this.#to.value, writes);
      return from;
    };
    // An error that came or went when the field is left would move the button from under the pointer.
    this.#from.addEventListener("input", () => showError(this.#error, null, this.#from));
    this.#from.addEventListener("change", () => given(false));
    this.#to.addEventListener("change", () => given(false));
    byId("numbers").addEventListener("submit", (event) => {
      event.preventDefault();
      if (given(true)) return;
      showError(this.#error, "Write a phone number with its area code, such as (314) 555-0142.", this.#from);
      this.#from.focus();
    });
  }

  static get example() {
    return known()[0] ?? EXAMPLES[0];
  }

  show(from, to) {
    this.#from.value = pretty(from);
    showError(this.#error, null, this.#from);
    this.#to.value = to;
    try {
      localStorage.setItem(KEY, JSON.stringify([from, ...known().filter((one) => one !== from)].slice(0, 8)));
    } catch {
      // A browser that keeps nothing suggests the examples only.
    }
    this.#suggest();
  }

  #suggest() {
    byId("known").replaceChildren(
      ...[...new Set([...known(), ...EXAMPLES])].map((one) => h("option", { value: pretty(one) })));
  }
}

function known() {
  try {
    return (JSON.parse(localStorage.getItem(KEY)) ?? []).filter((one) => plain(one) === one);
  } catch {
    return [];
  }
}
