"""A reader of an event stream that goes on wherever it was cut, at any instance."""

import asyncio
import random
import time

from .fleet import Balancer
from .sse import Parser, ServerSentEvent
from .wire import Broken, Wire


class Follower:
    """Reconnects with its last id after a jittered pause, as a browser does."""

    def __init__(self, balancer: Balancer, path: str, headers: dict[str, str]):
        self.balancer = balancer
        self.path = path
        self.headers = {**headers, "Accept": "text/event-stream"}
        self.last_id: str | None = None
        # (id, when) of every `message` event, as often as it came.
        self.messages: list[tuple[str, float]] = []
        self.others: dict[str, int] = {}
        self.connections = 0
        self.refusals: dict[int, int] = {}
        self.state = "new"

    def __str__(self) -> str:
        return (f"{self.state} after {self.connections} connections, at {self.last_id}, refused {self.refusals}, "
                f"other events {self.others}")

    async def run(self) -> None:
        while True:
            url = self.balancer.choose()
            wire = Wire(url)
            self.state = f"connecting to {url}"
            try:
                await self._read(wire)
            except ConnectionRefusedError:
                self.balancer.refused(url)
            except Broken:
                pass
            finally:
                wire.close()
            await asyncio.sleep(random.uniform(0.05, 0.5))

    async def _read(self, wire: Wire) -> None:
        resumed = {"Last-Event-ID": self.last_id} if self.last_id is not None else {}
        async with asyncio.timeout(10):
            status, head = await wire.send("GET", self.path, {**self.headers, **resumed}, b"")
        if status != 200:
            self.refusals[status] = self.refusals.get(status, 0) + 1
            return
        self.connections += 1
        self.state = f"reading from {self.state.split()[-1]}"
        parser = Parser(last_id=self.last_id)
        rest = b""
        chunks = wire.chunks()
        while True:
            # Heartbeats come every 15 s.
            async with asyncio.timeout(45):
                chunk = await anext(chunks, None)
            if chunk is None:
                return
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                event = parser.take(line.rstrip(b"\r").decode())
                # An id counts from the empty line on: a cut in the middle of an event must bring it again.
                if not line.strip():
                    self.last_id = parser.last_id
                if event is not None:
                    self.take(event)

    def take(self, event: ServerSentEvent) -> None:
        if event.event == "message":
            self.messages.append((event.json["id"], time.monotonic()))
        else:
            self.others[event.event] = self.others.get(event.event, 0) + 1
