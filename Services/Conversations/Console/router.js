import { Events } from "./events.js";

/**
 * The page's own addresses: `/`, `/conversations/{id}`, `/conversations/{id}/deal`, `/deals/{id}`. Links to them are
 * followed without leaving the page. Says `changed` with the place.
 */
export class Router extends Events {
  constructor() {
    super();
    addEventListener("popstate", () => this.show());
    addEventListener("hashchange", () => { if (location.hash.startsWith("#token=")) location.reload(); });
    document.addEventListener("click", (event) => this.#follow(event));
  }

  go(address, { replaces = false } = {}) {
    const isSame = address === location.pathname + location.search;
    if (!isSame) history[replaces ? "replaceState" : "pushState"](null, "", address);
    this.show();
  }

  show() {
    this.emit("changed", placeOf(location.pathname));
  }

  #follow(event) {
    const anchor = event.target.closest?.("a[href]");
    if (!anchor || event.defaultPrevented || event.button !== 0) return;
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || anchor.target === "_blank") return;
    if (anchor.origin !== location.origin) return;
    event.preventDefault();
    this.go(anchor.pathname + anchor.search);
  }
}

function placeOf(path) {
  const [first, id, rest] = path.split("/").slice(1).map(decoded);
  if (first === "deals" && id) return { name: "card", dealId: id, conversationId: null };
  if (first === "conversations" && id && rest === "deal") return { name: "card", dealId: null, conversationId: id };
  return { name: "menu", conversationId: first === "conversations" && id ? id : null };
}

function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
