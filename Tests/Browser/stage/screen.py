"""What the browser's own controls do, done from outside, and what is seen between two looks."""

from playwright.sync_api import Page


def hide(page: Page) -> None:
    """As if another tab lay over this one."""
    _set(page, "hidden", "false")


def show(page: Page) -> None:
    _set(page, "visible", "true")


def _set(page: Page, state: str, focus: str) -> None:
    page.evaluate(f"""() => {{
      const get = (value) => ({{ configurable: true, get: () => value }});
      Object.defineProperty(document, "visibilityState", get("{state}"));
      Object.defineProperty(document, "hidden", get("{state}" === "hidden"));
      document.hasFocus = () => {focus};
      document.dispatchEvent(new Event("visibilitychange", {{ bubbles: true }}));
      window.dispatchEvent(new Event({focus} ? "focus" : "blur"));
    }}""")


def record_thread(page: Page) -> None:
    """From now on keeps what the preview and the messages say, at every change of the page."""
    page.evaluate("""() => {
      window.seenThread = [];
      const text = (selector) => [...document.querySelectorAll(selector)].filter((one) => one.checkVisibility())
        .map((one) => one.textContent);
      const look = () => {
        const now = {
          preview: text('[aria-label="Live preview"]').join(""), messages: text("[data-message]"),
          list: text("li[data-conversation]").join(""),
        };
        const last = window.seenThread.at(-1);
        if (JSON.stringify(now) !== JSON.stringify(last)) window.seenThread.push(now);
      };
      look();
      new MutationObserver(look).observe(document.body,
        { childList: true, subtree: true, characterData: true, attributes: true });
    }""")


def recorded_thread(page: Page) -> list[dict]:
    return page.evaluate("window.seenThread")


def record_absence(page: Page, selector: str) -> None:
    """From now on counts the changes of the page after which nothing fits the selector."""
    page.evaluate("""(selector) => {
      window.absences = 0;
      new MutationObserver(() => { if (!document.querySelector(selector)) window.absences += 1; })
        .observe(document.body, { childList: true, subtree: true, attributes: true });
    }""", selector)


def absences(page: Page) -> int:
    return page.evaluate("window.absences")


def pause(page: Page, seconds: float) -> None:
    """For what must NOT happen: the only waits that are not for a condition."""
    page.wait_for_timeout(seconds * 1000)
