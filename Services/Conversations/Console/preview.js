import { h, show, text } from "./dom.js";

/** What the customer is typing, dashed and dimmed on their side: clearly no message. Not there when nothing is typed. */
export class Preview {
  #draft;
  #text = h("p", { class: "preview-text", dir: "auto" });
  #end;
  element = h("div", { class: "preview", role: "group", "aria-label": "Live preview", hidden: true },
    this.#text, h("span", { class: "meta" }, "typing, not sent"));

  /** `changed` is called when it comes, grows or goes. */
  constructor(draft, changed = () => {}) {
    this.#draft = draft;
    const update = () => {
      text(this.#text, this.#draft.text);
      show(this.element, this.#draft.isFresh);
      changed();
    };
    this.#end = draft.on("changed", update);
    update();
  }

  close() {
    this.#end();
  }
}
