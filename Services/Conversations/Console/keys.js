import { h } from "./dom.js";

const KEYS = [
  ["j, ↓", "the next conversation"], ["k, ↑", "the one before"], ["Enter", "open it"], ["r", "reply"],
  ["q", "qualify the customer"], ["/", "search"], ["Esc", "back"], ["?", "these keys"],
];

/** Keys of the whole page, for as long as nobody writes. Returns the dialog that lists them. */
export function keysView(page) {
  const dialog = h("dialog", { class: "keys", "aria-label": "Keyboard" },
    h("h2", {}, "Keyboard"),
    h("dl", {}, KEYS.map(([key, what]) => [h("dt", {}, h("kbd", {}, key)), h("dd", {}, what)])),
    h("form", { method: "dialog", class: "dialog-actions" }, h("button", { class: "quiet" }, "Close")));
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (document.querySelector("dialog[open]")) return;
    const writes = event.target.matches?.("input:not([type=checkbox]), textarea, select, [contenteditable]");
    if (event.key === "Escape" && writes) return event.target.blur();
    if (writes) return;
    const shown = page();
    const action = {
      j: () => shown.step?.(1), ArrowDown: () => inList(event) && shown.step?.(1),
      k: () => shown.step?.(-1), ArrowUp: () => inList(event) && shown.step?.(-1),
      r: () => shown.reply(), q: () => shown.qualify(), "/": () => shown.search?.(), "?": () => dialog.showModal(),
      Escape: () => shown.escape(),
    }[event.key];
    if (!action || action() === false) return;
    event.preventDefault();
  });
  return dialog;
}

/** Arrows scroll where they are not in the list. */
const inList = (event) => event.target === document.body || event.target.closest?.(".rows") !== null;
