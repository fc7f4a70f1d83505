"""The page that is a customer's phone."""

import re
from urllib.parse import urlencode

from playwright.sync_api import Locator, Page, expect


class Phone:
    """`number`: its own."""

    def __init__(self, page: Page, url: str, number: str):
        self.page = page
        self.url = url
        self.number = number
        self.own = page.get_by_label("This phone's number")
        self.dealership = page.get_by_label("Dealership")
        self.write = page.get_by_role("button", name="Write a text")
        self.threads = page.get_by_role("navigation", name="Threads of this phone").get_by_role("link")
        self.log = page.get_by_role("log", name="Texts")
        self.box = page.get_by_role("textbox", name="Text", exact=True)
        self.back = page.get_by_role("button", name="All threads")
        self.name = page.get_by_role("region", name="Phone").get_by_role("heading", level=2)

    def open(self, to: str | None = None) -> "Phone":
        query = {"from": self.number, **({"to": to} if to else {})}
        self.page.goto(f"{self.url}/?{urlencode(query)}")
        return self

    def say(self, text: str, *pictures: str) -> None:
        for one in pictures:
            self.page.get_by_role("button", name="Add a picture").click()
            self.page.get_by_role("button", name=f"Add: {one}").click()
        self.box.fill(text)
        self.box.press("Enter")
        expect(self.message(text)).to_contain_text("Delivered")
        expect(self.box).to_have_value("")

    def message(self, text: str) -> Locator:
        """The one that says this, or ends so: a carrier's notice has words in it that one answers with."""
        words = re.compile(rf"(^|\s){re.escape(text)}$")
        return self.log.get_by_role("listitem").filter(has=self.page.get_by_text(words))

    def thread(self, name: str) -> Locator:
        return self.threads.filter(has_text=name)
