import { byId, h, showError, text } from "./dom.js";

/** From here on it says how much room there is. */
const SHOWN_LEFT = 200;
const MEDIA = 10;

/** What is being written. `send(text, pictures)` may throw; then what was written stays. */
export class Composer {
  #form = byId("composer");
  #box = byId("text");
  #attach = byId("attach");
  #tray = byId("tray");
  #attached = byId("attached");
  #button = byId("send");
  #error = byId("send-error");
  #pictures = [];
  #isSending = false;
  #send;

  constructor(pictures, send) {
    this.#send = send;
    this.#tray.append(...pictures.map((one) => h("li", {}, h("button", {
      type: "button", "aria-label": `Add: ${one.description}`, click: () => this.#add(one),
    }, h("img", { src: picturePath(one), alt: "", width: 96, height: 72 })))));
    this.#attach.addEventListener("click", () => this.#open(this.#tray.hidden));
    this.#tray.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      this.#open(false);
      this.#attach.focus();
    });
    this.#box.addEventListener("input", () => this.#show());
    this.#box.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.#form.requestSubmit();
    });
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.#show();
  }

  focus() {
    this.#box.focus();
  }

  clear() {
    this.#box.value = "";
    this.#pictures = [];
    this.#open(false);
    showError(this.#error, null);
    this.#show();
  }

  async #submit() {
    if (this.#isSending || (!this.#box.value.trim() && !this.#pictures.length)) return;
    this.#isSending = true;
    try {
      await this.#send(this.#box.value, this.#pictures);
      this.clear();
    } catch (error) {
      showError(this.#error, error.message);
    } finally {
      this.#isSending = false;
      this.focus();
    }
  }

  #add(picture) {
    if (this.#pictures.length < MEDIA) this.#pictures.push(picture);
    this.#open(false);
    this.#show();
    this.focus();
  }

  #remove(index) {
    this.#pictures.splice(index, 1);
    this.#show();
    this.focus();
  }

  #open(isOpen) {
    this.#tray.hidden = !isOpen;
    this.#attach.setAttribute("aria-expanded", String(isOpen));
    if (isOpen) this.#tray.querySelector("button")?.focus();
  }

  #show() {
    this.#box.style.height = "auto";
    this.#box.style.height = `${this.#box.scrollHeight}px`;
    const left = this.#box.maxLength - this.#box.value.length;
    text(byId("left"), left < SHOWN_LEFT ? `${left} left` : "");
    this.#button.setAttribute("aria-disabled", String(!this.#box.value.trim() && !this.#pictures.length));
    this.#attached.hidden = !this.#pictures.length;
    this.#attached.replaceChildren(...this.#pictures.map((one, index) => h("li", {},
      h("img", { src: picturePath(one), alt: one.description, width: 72, height: 54 }),
      h("button", {
        type: "button", "aria-label": `Remove: ${one.description}`, click: () => this.#remove(index),
      }, "×"))));
  }
}

const picturePath = (one) => `/media/${one.name}?page=1`;
