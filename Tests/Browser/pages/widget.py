"""The widget on a dealership's page."""

import re

from kit import token
from playwright.sync_api import Locator, Page, expect

from .parts import Log

NOTICE = "Our staff can see what you type before you send it."


class Widget:
    """`dealership_name`: as the widget greets in it."""

    def __init__(self, page: Page, dealership_name: str, person, site, dealership: str):
        self.page = page
        self.dealership_name = dealership_name
        self.person = person
        self.site = site
        self.dealership = dealership
        self.host = page.locator("directchat-widget")
        self.launcher = self.host.get_by_role("button", name=re.compile(rf"^Chat with {dealership_name}"))
        self.dialog = self.host.get_by_role("dialog", name=f"Chat with {dealership_name}")
        self.log = Log(self.dialog)
        self.box = self.dialog.get_by_role("textbox", name="Your message")
        self.send = self.dialog.get_by_role("button", name="Send", exact=True)
        self.scroller = self.dialog.get_by_role("group", name="Conversation")
        self.notice = self.dialog.get_by_text(NOTICE)
        self.typing = self.dialog.get_by_role("status").filter(has_text=f"{dealership_name} is typing")
        self.unstable = self.dialog.get_by_role("status").filter(has_text="The connection is unstable.")
        self.contact = self.dialog.get_by_role("form", name="How can we reach you if you leave?")

    def visit(self, page: str = "") -> None:
        self.page.goto(self.site.url(self.dealership, page))

    def open(self) -> "Widget":
        expect(self.host).to_be_attached()
        if not self.dialog.is_visible():
            self.launcher.click()
        expect(self.box).to_be_visible()
        return self

    def new_tab(self, page: str = "") -> "Widget":
        other = Widget(
            self.person.context.new_page(), self.dealership_name, self.person, self.site, self.dealership)
        other.visit(page)
        return other.open()

    def say(self, text: str) -> None:
        self.box.fill(text)
        self.send.click()
        self.log.wait_for(text)

    def button(self, name: str) -> Locator:
        return self.host.get_by_role("button", name=name, exact=True)

    def begin(self, text: str) -> str:
        """Says something that must be kept; returns the conversation's id."""
        with self.page.expect_response(
            lambda one: one.url.endswith("/v1/messages") and one.request.method == "POST" and one.status == 202
        ) as answer:
            self.say(text)
        return token.claims(answer.value.request.headers["authorization"])["cid"]
