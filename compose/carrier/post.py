"""A signed form, posted as Twilio does it."""

import http.client
import secrets
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit

from signature import sign

CONNECT_SECONDS = 5
READ_SECONDS = 15


@dataclass
class Outcome:
    """What each attempt gave: an HTTP status or the name of an error; and the last answer's body."""

    results: list[int | str] = field(default_factory=list)
    content: bytes = b""

    @property
    def is_taken(self) -> bool:
        last = self.results[-1] if self.results else None
        return isinstance(last, int) and 200 <= last < 300


def post(url: str, parameters: list[tuple[str, str]], token: str, *, again_on_5xx: bool) -> Outcome:
    """Once more if the connection fails, and for a webhook also if the server does."""
    # What stands behind # speaks to Twilio and is neither sent nor signed.
    url = url.partition("#")[0]
    headers = {
        "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8", "User-Agent": "TwilioProxy/1.1",
        "Accept": "*/*", "X-Twilio-Signature": sign(url, parameters, token),
        "I-Twilio-Idempotency-Token": secrets.token_hex(16)}
    outcome = Outcome()
    for _ in range(2):
        try:
            status, outcome.content = _attempt(url, urlencode(parameters).encode(), headers)
        except (OSError, http.client.HTTPException) as error:
            outcome.results.append(type(error).__name__)
            continue
        outcome.results.append(status)
        if status < 500 or not again_on_5xx:
            break
    return outcome


def _attempt(url: str, content: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname, parts.port, timeout=CONNECT_SECONDS)
    try:
        connection.connect()
        connection.sock.settimeout(READ_SECONDS)
        connection.request("POST", (parts.path or "/") + (f"?{parts.query}" if parts.query else ""), content, headers)
        answer = connection.getresponse()
        return answer.status, answer.read(1 << 20)
    finally:
        connection.close()
