"""The form of a request to send a text, checked as Twilio checks it."""

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from account import Account
from refusal import Refusal

CHARACTERS = 1600
NUMBER = re.compile(r"\+[1-9]\d{6,14}")


def is_number(text: str) -> bool:
    return NUMBER.fullmatch(text) is not None


@dataclass
class Form:
    sender: str
    to: str
    body: str
    status_callback: str | None

    @classmethod
    def read(cls, content: bytes) -> "Form":
        fields = dict(parse_qsl(content.decode(errors="replace"), keep_blank_values=True))
        return cls(fields.get("From", ""), fields.get("To", ""), fields.get("Body", ""),
                   fields.get("StatusCallback") or None)

    def check(self, account: Account) -> None:
        """All but the recipient's wish, which changes while texts come and go."""
        if not self.to:
            raise Refusal(21604)
        if not is_number(self.to):
            raise Refusal(21211, self.to)
        if not self.sender:
            raise Refusal(21603)
        if not is_number(self.sender):
            raise Refusal(21212, self.sender)
        if self.sender not in account.numbers:
            raise Refusal(21606, self.sender)
        if self.sender == self.to:
            raise Refusal(21266, self.to)
        if not self.body:
            raise Refusal(21602)
        if len(self.body) > CHARACTERS:
            raise Refusal(21617)
        if self.status_callback and not is_web_address(self.status_callback):
            raise Refusal(21609, self.status_callback)


def is_web_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        return False
