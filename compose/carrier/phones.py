"""What the phones show: each text of each thread, and how it stands with it."""

import threading
import time
from dataclasses import asdict, dataclass, field


@dataclass
class Text:
    """`side`: phone, dealership or carrier. `state` of the phone's own: sending, taken, failed; of the others: on its
    way, delivered, lost. `order` is that in which they began, for equal times; `changed` grows with each change of any
    text, so that a page can ask for what is new."""

    sid: str
    phone: str
    number: str
    side: str
    text: str
    at: str
    state: str
    media: list[dict] = field(default_factory=list)
    error: str | None = None
    order: int = 0
    changed: int = 0


class Phones:
    def __init__(self) -> None:
        self._texts: dict[str, dict[str, Text]] = {}
        self._by_sid: dict[str, Text] = {}
        self._changes = 0
        self._changed = threading.Condition()

    def put(self, text: Text) -> None:
        with self._changed:
            self._texts.setdefault(text.phone, {})[text.sid] = text
            self._by_sid[text.sid] = text
            self._mark(text)
            text.order = text.changed

    def set(self, sid: str, state: str, at: str | None = None, error: str | None = None) -> None:
        """`at`: from now on it stands where it came, not where it was sent."""
        with self._changed:
            if text := self._by_sid.get(sid):
                text.state, text.error = state, error
                text.at = at or text.at
                self._mark(text)

    def _mark(self, text: Text) -> None:
        self._changes += 1
        text.changed = self._changes
        self._changed.notify_all()

    def texts(self, phone: str, after: int = 0, wait: float = 0) -> dict:
        """Those changed later than `after`, the oldest change first; waits that long for one."""
        deadline = time.monotonic() + wait
        with self._changed:
            while True:
                found = sorted(
                    (one for one in self._texts.get(phone, {}).values() if one.changed > after),
                    key=lambda one: one.changed)
                left = deadline - time.monotonic()
                if found or left <= 0:
                    return {"texts": [asdict(one) for one in found], "next": found[-1].changed if found else after}
                self._changed.wait(left)
