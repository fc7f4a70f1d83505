"""A customer's phone, as the provider of text messages shows it."""

from urllib.parse import urlencode

from playwright.sync_api import Locator, Page, expect


class Phone:
    def __init__(self, page: Page, url: str, number: str, to: str):
        self.page = page
        self.number = number
        page.goto(f"{url}/?{urlencode({'from': number, 'to': to})}")
        self.box = page.get_by_role("textbox", name="Text", exact=True)
        self.log = page.get_by_role("log", name="Texts")
        expect(self.box).to_be_visible()

    def say(self, text: str) -> None:
        self.box.fill(text)
        self.box.press("Enter")
        expect(self.shows(text)).to_have_count(1)

    def shows(self, text: str) -> Locator:
        return self.log.get_by_text(text, exact=True)
