"""The reply box, the same on every staff screen."""

from playwright.sync_api import Locator, Page


class Composer:
    def __init__(self, page: Page, within: Locator):
        self.page = page
        self.tabs = within.get_by_role("tablist", name="Reply by")
        self.box = within.get_by_role("textbox", name="Message", exact=True)
        self.form = within.get_by_role("form", name="Reply", exact=True)
        self.send_text = within.get_by_role("button", name="Send text", exact=True)
        self.send_in_chat = within.get_by_role("button", name="Send in chat", exact=True)
        self.hint = self.form.locator(".composer-hint")
        self.segments = self.form.locator(".segments")
        self.send = within.get_by_role("button", name="Send", exact=True)
        self.guard = page.get_by_role("alertdialog", name="The customer is still typing")

    def tab(self, name: str) -> Locator:
        return self.tabs.get_by_role("tab", name=name, exact=True)

    def say(self, text: str) -> None:
        self.box.fill(text)
        self.box.press("Enter")

    def wait(self) -> None:
        self.guard.get_by_role("button", name="Wait", exact=True).click()

    def send_anyway(self) -> None:
        self.guard.get_by_role("button", name="Send anyway", exact=True).click()
