"""The Qualify Customer box, the same in both places."""

from playwright.sync_api import Locator, expect


class QualifyBox:
    def __init__(self, within: Locator):
        self.within = within
        self.form = within.get_by_role("form", name="Qualify Customer")
        self.start = self.form.get_by_role("checkbox", name="Start New Deal")
        self.button = self.form.get_by_role("button", name="Qualify", exact=True)
        self.deal_link = within.get_by_role("link", name="Open Deal Card")

    def field(self, name: str) -> Locator:
        return self.form.get_by_role("textbox", name=name)

    def fill(self, first: str = "", last: str = "", email: str = "", phone: str = "") -> "QualifyBox":
        for name, value in (("First name", first), ("Last name", last), ("E-mail", email), ("Phone", phone)):
            self.field(name).fill(value)
        return self

    def qualify(self) -> None:
        self.button.click()

    def error_of(self, name: str) -> str:
        """The text that the field is described by."""
        field = self.field(name)
        expect(field).to_have_attribute("aria-invalid", "true")
        return field.evaluate("""(one) => (one.getAttribute("aria-describedby") || one.getAttribute("aria-errormessage")
          || "").split(/\\s+/).map((id) => one.getRootNode().getElementById(id)?.textContent ?? "").join(" ").trim()""")

    def wait_for_deal(self) -> str:
        """Waits for the outcome; returns the deal's address."""
        expect(self.within.get_by_text("Chat / Ignitify Chat").first).to_be_visible()
        expect(self.deal_link.first).to_be_visible()
        return self.deal_link.first.get_attribute("href")
