"""The Conversations Menu."""

import re

from kit.wait import until
from playwright.sync_api import Locator, Page, expect

from .composer import Composer
from .deal_card import DealCard
from .parts import Log, starts
from .qualify import QualifyBox

DOT = "On website now"


class Console:
    def __init__(self, page: Page, url: str, person=None):
        self.page = page
        self.url = url
        self.person = person
        self.filters = page.get_by_role("navigation", name="Filters")
        self.search = page.get_by_role("searchbox", name="Search conversations")
        self.dealership = page.get_by_role("combobox", name="Dealership")
        self.list = page.get_by_role("list", name="Conversations", exact=True)
        self.rows = self.list.locator("li[data-conversation]")
        self.main = page.get_by_role("main")
        self.heading = self.main.get_by_role("heading", level=2)
        self.log = Log(self.main)
        self.preview = self.main.get_by_role("group", name="Live preview")
        self.composer = Composer(page, self.main)
        self.side = page.get_by_role("complementary", name="Customer", exact=True)
        self.qualify = QualifyBox(self.side)
        self.deals = page.get_by_role("list", name="Deals", exact=True)
        self.reconnecting = page.get_by_role("status").filter(has_text="Reconnecting")
        self.support_button = page.get_by_role("button", name="Support", exact=True)
        self.support = page.get_by_role("dialog", name="Support", exact=True)
        self.sign_in = page.get_by_role("form", name="Sign in")
        self.expired = page.get_by_role("dialog", name="Sign in")

    # Ways in

    def sign_in_by_link(self, token: str, path: str = "/") -> None:
        self.page.goto(f"{self.url}{path}#token={token}")
        expect(self.sign_in).to_have_count(0)

    def sign_in_by_paste(self, token: str, within: Locator | None = None) -> None:
        within = within or self.page.locator("body")
        within.get_by_role("textbox", name="Staff token").fill(token)
        within.get_by_role("button", name="Sign in", exact=True).click()

    # The menu

    def filter(self, name: str) -> Locator:
        return self.filters.get_by_role("button", name=starts(name))

    def count(self, name: str) -> int:
        """The number on a filter, as it is read out."""
        digits = re.search(r"\d+", self.filter(name).inner_text())
        assert digits, f"{name} shows no count"
        return int(digits[0])

    def choose(self, name: str) -> None:
        self.filter(name).click()
        expect(self.filter(name)).to_have_attribute("aria-pressed", "true")

    def row(self, conversation: str) -> Locator:
        return self.list.locator(f'li[data-conversation="{conversation}"]')

    def order(self) -> list[str]:
        return self.rows.evaluate_all("all => all.map((one) => one.dataset.conversation)")

    def open(self, conversation: str) -> "Console":
        self.row(conversation).get_by_role("link").first.click()
        return self.wait_until_open(conversation)

    def wait_until_open(self, conversation: str) -> "Console":
        self.page.wait_for_url(lambda url: f"/conversations/{conversation}" in url)
        expect(self.heading).to_be_visible()
        return self

    # Marks

    def icon(self, within: Locator) -> Locator:
        return within.get_by_role("img", name="Chat", exact=True).first

    def dot(self, within: Locator) -> Locator:
        return within.get_by_role("img", name=re.compile(rf"^{DOT}$"))

    def wait_for_dot(self, conversation: str) -> None:
        expect(self.dot(self.row(conversation))).to_have_count(1)

    def wait_for_no_dot(self, conversation: str) -> None:
        expect(self.row(conversation).get_by_role("img", name=starts(DOT))).to_have_count(0)

    def wait_for_preview(self, text: str) -> None:
        expect(self.preview).to_contain_text(text)

    def deal_card(self) -> DealCard:
        """What the same page shows at a deal's address."""
        return DealCard(self.page)

    def button(self, name: str) -> Locator:
        return self.main.get_by_role("button", name=name, exact=True)

    def widths(self) -> dict[str, int]:
        """Of the three columns, left to right."""
        return until(lambda: {
            name: round(one.bounding_box()["width"]) for name, one in
            (("list", self.list), ("thread", self.main), ("side", self.side))}, "three columns")
