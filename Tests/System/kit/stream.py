"""One reader of an event stream, over as many connections as it takes."""

import socket
import threading
import time
from typing import Callable

import httpx

from .sse import Parser, ServerSentEvent
from .wait import until


class Stream:
    """Records every event. `cut` breaks the connection without a good-bye; `resume` goes on after the last id.

    `follow`: reconnects by itself, as a browser does, whenever the connection ends or is refused.
    """

    def __init__(self, url: str, headers: dict[str, str], follow: bool = False, name: str = "stream"):
        self.url = url
        self.headers = headers
        self.follow = follow
        self.name = name
        self.events: list[ServerSentEvent] = []
        self.last_id: str | None = None
        self.connections = 0
        self.status: int | None = None
        self.body = b""
        self._wanted = False
        self._socket: socket.socket | None = None
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()

    def __enter__(self) -> "Stream":
        return self.open()

    def __exit__(self, *_) -> None:
        self.close()

    def open(self) -> "Stream":
        """Connects; returns once the server has answered."""
        self._wanted = True
        before = self.connections
        self._thread = threading.Thread(target=self._run, name=self.name, daemon=True)
        self._thread.start()
        until(lambda: self.connections > before or not self._thread.is_alive(), f"{self.name} to be answered")
        return self

    resume = open

    def cut(self) -> str | None:
        """Breaks the connection; returns the cursor to go on from."""
        self._wanted = False
        while self._thread and self._thread.is_alive():
            with self._lock:
                if self._socket:
                    try:
                        # Unlike a close, this wakes the thread that reads.
                        self._socket.shutdown(socket.SHUT_RDWR)
                    except OSError:
                        pass
            self._thread.join(0.1)
        return self.last_id

    close = cut

    def is_open(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def _run(self) -> None:
        while self._wanted:
            try:
                self._read()
            except (httpx.HTTPError, OSError):
                pass
            with self._lock:
                self._socket = None
            if not self.follow:
                return
            if self._wanted:
                time.sleep(0.1)  # A browser's pause before it connects again.

    def _read(self) -> None:
        headers = {**self.headers, "Accept": "text/event-stream"}
        if self.last_id is not None:
            headers["Last-Event-ID"] = self.last_id
        timeout = httpx.Timeout(10, read=60)
        with httpx.Client(timeout=timeout) as client, client.stream("GET", self.url, headers=headers) as response:
            with self._lock:
                self._socket = response.extensions["network_stream"].get_extra_info("socket")
            self.status = response.status_code
            if response.status_code != 200:
                self.body = response.read()
                self.connections += 1
                return
            parser = Parser(last_id=self.last_id)
            self.connections += 1
            for line in response.iter_lines():
                event = parser.take(line)
                self.last_id = parser.last_id
                if event:
                    self.events.append(event)

    # What has been seen

    def of(self, name: str) -> list:
        """The data of all events of that name."""
        return [one.json for one in list(self.events) if one.event == name]

    def messages(self, conversation: str | None = None) -> list[dict]:
        """Every message as often as it came, in the order of arrival."""
        return [one for one in self.of("message") if conversation in (None, one.get("conversationId"))]

    def wait(self, condition: Callable[["Stream"], object], what: str):
        return until(lambda: condition(self), f"{self.name}: {what}; seen {[e.event for e in self.events][-20:]}")

    def wait_for_texts(self, texts: list[str], conversation: str | None = None) -> list[dict]:
        """Waits until the last of the texts has come; returns the messages."""
        self.wait(lambda s: any(one["text"] == texts[-1] for one in s.messages(conversation)), f"{texts[-1]!r}")
        return self.messages(conversation)
