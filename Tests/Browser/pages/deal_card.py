"""The Deal Card."""

from playwright.sync_api import Locator, Page, expect

from .composer import Composer
from .parts import Log
from .qualify import QualifyBox


class DealCard:
    def __init__(self, page: Page):
        self.page = page
        self.contact = page.get_by_role("region", name="Customer Contact Card", exact=True)
        self.tabs = page.get_by_role("tablist", name="Deal Card")
        self.deal = page.get_by_role("region", name="Deal", exact=True)
        self.activity = page.get_by_role("list", name="Activity", exact=True)
        self.main = page.get_by_role("main")
        self.log = Log(self.main)
        self.qualify = QualifyBox(self.contact)
        self.composer = Composer(page, self.main)
        self.support_button = page.get_by_role("button", name="Support", exact=True)

    def tab(self, name: str) -> Locator:
        return self.tabs.get_by_role("tab", name=name, exact=True)

    def show(self, name: str) -> None:
        self.tab(name).click()
        expect(self.tab(name)).to_have_attribute("aria-selected", "true")

    def wait(self) -> "DealCard":
        expect(self.contact).to_be_visible()
        expect(self.tabs).to_be_visible()
        return self

    def term(self, name: str) -> Locator:
        """What stands beside a term of the deal."""
        return self.deal.locator("dt", has_text=name).locator("xpath=following-sibling::dd[1]")
