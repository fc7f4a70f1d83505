"""All that happened, one JSON object a line. What the carrier knows is a fold of it, also after a kill."""

import json
import os
import threading
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path


class Journal:
    """`fold` gets each event once, in the file's order. Without a path it is kept in memory only.

    `accepted`  the API took a text; `callbacks` and `arrives` (seconds) are what is planned for it, `answer` what the
                sender was then told: 201, or `close`, `500`, `hang`
    `refused`   it took none: `code`, or `answer` where that was misbehaviour
    `arrived`, `lost`   the phone got it, or never will (`code`)
    `callback`  number `index` of those planned was posted: `status`, `results` of the attempts
    `texted`    a phone sent a text; `copies` are the delays of its webhook's calls
    `webhook`   number `index` of those was made: `results`, and the TwiML answer's `messages`
    `replied`   the phone got an answer that no API request made: `by` is carrier or dealership
    `fetched`   somebody took a picture: `name`, `credentials` none, right or wrong
    """

    def __init__(self, path: Path | None, fold: Callable[[dict], None]):
        self._fold = fold
        self._lock = threading.RLock()
        self._file: int | None = None
        if path is None:
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        content = path.read_bytes()
        for line in content.splitlines(keepends=True):
            # A line that a kill cut off says nothing.
            if line.endswith(b"\n") and (event := _parsed(line)):
                fold(event)
        if content and not content.endswith(b"\n"):
            os.write(self._file, b"\n")

    def append(self, event: str, **fields) -> dict:
        """In the file when it returns: a kill of this process takes nothing of it back."""
        with self._lock:
            at = datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
            whole = {"event": event, "at": at, **fields}
            if self._file is not None:
                os.write(self._file, json.dumps(whole, ensure_ascii=False).encode(errors="replace") + b"\n")
            self._fold(whole)
            return whole

    def together(self) -> threading.RLock:
        """Held over a question and what is written because of its answer."""
        return self._lock


def _parsed(line: bytes) -> dict | None:
    try:
        return json.loads(line)
    except ValueError:
        return None
