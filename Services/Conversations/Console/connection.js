import { h, show, text } from "./dom.js";

/** A short cut, as when another conversation is opened, is nobody's business. */
const PATIENCE_MS = 1_200;

/** The thin bar that says when what is on the screen may be old. */
export function connectionBar(feed, clock) {
  const bar = h("p", { class: "stale", role: "status", hidden: true });
  let since = null;
  let timer = null;
  feed.on("state", (state) => {
    clearTimeout(timer);
    if (state === "live") {
      since = null;
      show(bar, false);
      text(bar, "");
      return;
    }
    since ??= Date.now();
    timer = setTimeout(() => {
      // In this order, so that it is read out.
      show(bar, true);
      text(bar, `Reconnecting… showing what we had at ${clock().time(since)}`);
    }, PATIENCE_MS);
  });
  return bar;
}
