"""What the pages of one person complain about."""

import re

from playwright.sync_api import BrowserContext

# Runs before the page's own scripts, and leaves nothing behind for them to see.
_LISTENER = """
addEventListener("securitypolicyviolation", (event) =>
  console.error("policy violation: " + event.violatedDirective + " " + event.blockedURI));
"""


class Watch:
    """Console errors, uncaught errors, policy violations and dialogs. Whatever was not announced fails the test."""

    def __init__(self, context: BrowserContext):
        self.complaints: list[str] = []
        self._allowed: list[re.Pattern] = []
        context.add_init_script(_LISTENER)
        context.on("console", self._console)
        context.on("weberror", lambda error: self.complaints.append(f"uncaught: {error.error}"))
        context.on("dialog", self._dialog)

    def allow(self, *patterns: str) -> None:
        self._allowed += [re.compile(one) for one in patterns]

    def allow_lost_connections(self) -> None:
        """For tests that stop a service or the network: the browser itself reports each failed request."""
        self.allow(r"Failed to load resource", r"net::ERR_", r"ERR_(INCOMPLETE|CONNECTION|INTERNET|EMPTY)")

    def unexpected(self) -> list[str]:
        return [one for one in self.complaints if not any(allowed.search(one) for allowed in self._allowed)]

    def _console(self, message) -> None:
        if message.type in ("error", "assert"):
            self.complaints.append(f"console: {message.text} ({message.location.get('url', '')})")

    def _dialog(self, dialog) -> None:
        if dialog.type != "beforeunload":
            self.complaints.append(f"dialog: {dialog.type} {dialog.message}")
        dialog.accept()
