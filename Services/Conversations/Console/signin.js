import { h, show, text } from "./dom.js";

/** The paste box for a staff token: the whole page before anybody is signed in, a dialog over it when a token ended. */
export class SignIn {
  #session;
  #api;
  #title = h("h1", { id: "sign-in-title" }, "Sign in");
  #why = h("p", { class: "sign-in-why" });
  #token = h("textarea", {
    rows: "4", autocomplete: "off", spellcheck: "false", autocapitalize: "off", "aria-label": "Staff token",
    required: true,
  });
  #error = h("p", { class: "error", role: "alert", hidden: true });
  #button = h("button", { type: "submit", class: "primary wide" }, "Sign in");
  #form = h("form", { "aria-label": "Sign in", onsubmit: (event) => { event.preventDefault(); this.#submit(); } },
    this.#title, this.#why, h("label", {}, h("span", { class: "field-label" }, "Staff token"), this.#token),
    this.#error, this.#button);
  element = h("dialog", { class: "sign-in", "aria-label": "Sign in", oncancel: (event) => event.preventDefault(),
    // A second Esc closes it all the same.
    onclose: () => { if (!this.#session.me || this.#session.hasEnded) this.element.showModal(); } }, this.#form);

  constructor(session, api) {
    this.#session = session;
    this.#api = api;
    session.on("ended", () => this.ask("Your sign-in has expired",
      "What you have written is kept. Open a new sign-in link, or paste a new token here, to go on."));
    session.on("changed", () => this.#close());
  }

  ask(title, why, error = null) {
    text(this.#title, title);
    text(this.#why, why);
    this.#say(error);
    if (!this.element.open) this.element.showModal();
    this.#token.focus();
  }

  /** Chromium gives a reply box its focus back without the caret: what one types then goes nowhere. */
  #close() {
    this.element.close();
    const { activeElement } = document;
    activeElement?.blur();
    activeElement?.focus();
  }

  async #submit() {
    this.#say(null);
    this.#button.disabled = true;
    try {
      await this.#session.signIn(this.#token.value, this.#api);
      this.#token.value = "";
    } catch (error) {
      this.#say(error.status === 401 ? "This token is not accepted: it has expired or is for another system." : error.message);
    }
    this.#button.disabled = false;
  }

  #say(error) {
    show(this.#error, error !== null);
    text(this.#error, error ?? "");
  }
}
