"""A parser of Server-Sent Events, after the HTML standard."""

import json
from dataclasses import dataclass, field
from typing import Iterable, Iterator


@dataclass
class ServerSentEvent:
    event: str
    data: str
    # The cursor that holds once this event has been seen.
    id: str | None

    @property
    def json(self):
        return json.loads(self.data) if self.data else None


@dataclass
class Parser:
    """Takes lines, gives events; remembers the last id, also where an event had no data."""

    last_id: str | None = None
    retry: int | None = None
    _event: str = ""
    _data: list[str] = field(default_factory=list)

    def take(self, line: str) -> ServerSentEvent | None:
        if line == "":
            event, data, self._event, self._data = self._event, self._data, "", []
            if not data:
                return None
            return ServerSentEvent(event or "message", "\n".join(data), self.last_id)
        if line.startswith(":"):
            return None
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "event":
            self._event = value
        elif name == "data":
            self._data.append(value)
        elif name == "id" and "\0" not in value:
            self.last_id = value
        elif name == "retry" and value.isdigit():
            self.retry = int(value)
        return None

    def events(self, lines: Iterable[str]) -> Iterator[ServerSentEvent]:
        for line in lines:
            event = self.take(line)
            if event:
                yield event
