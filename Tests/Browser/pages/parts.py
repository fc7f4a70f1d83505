"""What console, deal card and widget share: a thread of messages, and looks at the screen."""

import re

from kit.wait import until
from playwright.sync_api import Locator, Page, expect

# Does one element show exactly this text? Bubbles hold times and states too.
_SHOWS = """(item, text) => [item, ...item.querySelectorAll('*')].some((one) => one.textContent === text)"""
_TEXTS_THAT_SHOW = """(log, texts) => {
  const shown = new Set([...log.querySelectorAll('*')].map((one) => one.textContent));
  return texts.filter((one) => !shown.has(one));
}"""


class Log:
    """The list of messages: role log, "Messages"."""

    def __init__(self, within: Locator):
        self.log = within.get_by_role("log", name="Messages")
        self.items = self.log.locator("[data-message]")

    def message(self, text: str) -> Locator:
        return self.items.filter(has_text=text)

    def ids(self) -> list[str]:
        return self.items.evaluate_all("all => all.map((one) => one.dataset.message)")

    def wait_for(self, *texts: str) -> None:
        for text in texts:
            expect(self.message(text)).to_have_count(1)

    def order(self, texts: list[str]) -> list[str]:
        """Those of the texts that are shown, in the order of the screen, as often as they are."""
        shown = self.items.evaluate_all("all => all.map((one) => one.textContent)")
        return [text for item in shown for text in texts if text in item]

    def wait_for_order(self, texts: list[str]) -> None:
        until(lambda: same(self.order(texts), texts), f"{len(texts)} messages, once each and in order")

    def missing(self, texts: list[str]) -> list[str]:
        """Those that no element shows exactly."""
        return self.log.evaluate(_TEXTS_THAT_SHOW, texts)

    def state(self, text: str, state: str) -> Locator:
        """The sign at one message: "Sending", "Sent", "Delivered", "Read", "Not confirmed", "Not delivered", "Not sent"."""
        return self.message(text).get_by_role("img", name=state, exact=True)

    def sent(self, text: str) -> Locator:
        return self.state(text, "Sent").or_(self.state(text, "Delivered"))


def same(one, other) -> bool:
    assert one == other, f"{one} is not {other}"
    return True


def shows(item: Locator, text: str) -> bool:
    return item.evaluate(_SHOWS, text)


def starts(name: str) -> re.Pattern:
    return re.compile(rf"^{re.escape(name)}\b")


def colours(locator: Locator) -> set[str]:
    """Every colour that an element and its parts are painted in."""
    return set(locator.evaluate("""(root) => {
      const wanted = ["color", "backgroundColor", "fill", "stroke", "borderTopColor"];
      const seen = (one) => ["", "::before", "::after"].flatMap((part) => {
        const style = getComputedStyle(one, part || undefined);
        return wanted.map((name) => style[name]);
      });
      return [root, ...root.querySelectorAll('*')].flatMap(seen);
    }"""))


def assert_no_break(page: Page, panes: list[Locator]) -> None:
    """Nothing scrolls sideways, and nothing in a pane sticks out of it."""
    width = page.viewport_size["width"]
    assert page.evaluate("document.documentElement.scrollWidth") <= width, "the page scrolls sideways"
    for pane in panes:
        wide = pane.evaluate("""(pane) => {
          const edge = pane.getBoundingClientRect();
          const clipped = (one) => {
            for (let up = one.parentElement; up && up !== pane; up = up.parentElement)
              if (getComputedStyle(up).overflowX !== "visible") return true;
            return false;
          };
          return [...pane.querySelectorAll('*')].filter((one) => {
            const box = one.getBoundingClientRect();
            return box.width > 1 && box.height > 1 && !clipped(one)
              && (box.right > edge.right + 1 || box.left < edge.left - 1);
          }).map((one) => one.tagName + " " + one.className + ": " + (one.textContent || "").slice(0, 40));
        }""")
        assert not wide, f"wider than its pane: {wide[:5]}"


def is_in_view(locator: Locator) -> bool:
    """Wholly on the screen, and on top of whatever else is there."""
    return locator.evaluate("""(one) => {
      const box = one.getBoundingClientRect();
      if (!box.width || box.top < 0 || box.left < 0 || box.bottom > innerHeight + 1 || box.right > innerWidth + 1)
        return false;
      const top = one.getRootNode().elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
      return one === top || one.contains(top) || (top?.contains(one) ?? false);
    }""")
