import { drawing, h, text } from "./dom.js";

/** The Support icon in the corner, and what support asks for: whom to reach, which conversation, which request. */
export function supportView(api, conversation) {
  const contact = h("p", { class: "support-contact" });
  const ids = { conversation: h("dd", { class: "address" }), correlation: h("dd", { class: "address" }) };
  const copied = h("span", { role: "status" });
  const dialog = h("dialog", { class: "support-panel", "aria-label": "Support", onclose: () => button.focus() },
    h("h2", {}, "Support"), contact,
    h("p", {}, "Please say what you saw, and send these ids along:"),
    h("dl", {}, h("dt", {}, "Conversation"), ids.conversation, h("dt", {}, "Correlation id"), ids.correlation),
    h("div", { class: "dialog-actions" },
      h("button", { type: "button", class: "primary", onclick: copy }, "Copy"), copied,
      h("button", { type: "button", class: "quiet", onclick: () => dialog.close() }, "Close")));
  const button = h("button", { type: "button", class: "support-button", "aria-haspopup": "dialog", onclick: open },
    drawing("line", "M9.2 9a2.9 2.9 0 1 1 4.3 2.5c-1 .6-1.5 1.2-1.5 2.3M12 17.4v.2M12 12m-9.5 0a9.5 9.5 0 1 0 19 0a9.5 9.5 0 1 0-19 0"),
    h("span", {}, "Support"));

  function open() {
    contact.replaceChildren(...contactNodes(api.places.support));
    text(ids.conversation, conversation()?.id ?? "none is open");
    text(ids.correlation, api.lastCorrelationId ?? "none yet");
    text(copied, "");
    dialog.showModal();
  }

  async function copy() {
    const lines = `Conversation: ${ids.conversation.textContent}\nCorrelation id: ${ids.correlation.textContent}`;
    try {
      await navigator.clipboard.writeText(lines);
      text(copied, "Copied");
    } catch {
      // Not allowed, or no secure page: the text is selected, ready for the keyboard.
      getSelection().selectAllChildren(dialog.querySelector("dl"));
      text(copied, "Selected: press Ctrl-C");
    }
  }

  return [button, dialog];
}

function contactNodes({ name, phone, email, url }) {
  const ways = [
    phone && h("a", { href: `tel:${phone}` }, phone), email && h("a", { href: `mailto:${email}` }, email),
    url && h("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, url),
  ].filter(Boolean);
  if (!name && ways.length === 0) return ["Ask whoever runs DirectChat for your dealership."];
  return [h("strong", {}, name ?? "Support"), ...ways.flatMap((way) => [h("br"), way])];
}
