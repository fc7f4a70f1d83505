"""Asks for each shard of each service, all the time, whether somebody answers for it."""

import asyncio
import random
import time
from typing import Callable

from . import partition
from .wire import Broken, Caller, Wire

CLOSELY = 0.1  # Seconds between two questions about a shard: of the service that is looked at, and of the others.
LOOSELY = 1.0


class Prober:
    """A light read that needs the shard's owner, sent to any instance."""

    def __init__(self, fleet, shops: list, callers: dict[str, Caller], cursor: Callable[[str], str | None]):
        self.callers = callers
        self.cursor = cursor
        self.closely: str | None = None
        # One dealership stands for its shard.
        self.shops = {partition.of(one.dealership, fleet.partitions): one for one in shops}
        # When each answer came, and each refusal with its reason.
        self.answers: dict[tuple[str, int], list[float]] = {}
        self.refusals: dict[tuple[str, int], list[tuple[float, str]]] = {}

    async def run(self) -> None:
        await asyncio.gather(*[
            self._watch(name, shard) for name in self.callers for shard in self.shops])

    async def _watch(self, name: str, shard: int) -> None:
        answers = self.answers.setdefault((name, shard), [])
        refusals = self.refusals.setdefault((name, shard), [])
        await asyncio.sleep(random.uniform(0, CLOSELY))
        while True:
            began = time.monotonic()
            ask = self._open_stream if name == "ingest" else self._read
            status, answer = await ask(name, shard)
            # Nothing there yet is an answer too: only the owner knows.
            if status in (200, 404):
                answers.append(time.monotonic())
            else:
                refusals.append((time.monotonic(), f"{status} {answer[:300].decode(errors='replace')}"))
            pace = CLOSELY if name == self.closely else LOOSELY
            await asyncio.sleep(max(0.0, began + pace - time.monotonic()))

    async def _read(self, name: str, shard: int) -> tuple[int, bytes]:
        shop = self.shops[shard]
        conversation = shop.customers[0].conversation
        path = {
            "conversations": f"/v1/conversations/{conversation}?",
            "qualification": f"/v1/deals?limit=1&conversation={conversation}&",
            "presence": f"/v1/presence?conversation={conversation}&"}[name] + f"dealership={shop.dealership}"
        return await self.callers[name].call("GET", path, shop.staff.headers, within=2)

    async def _open_stream(self, name: str, shard: int) -> tuple[int, bytes]:
        """Of what ingest serves, only streams need the owner. This one begins where another of the dealership is."""
        url = self.callers[name].balancer.choose()
        wire = Wire(url)
        shop = self.shops[shard]
        headers = {**shop.customers[1].headers, "Last-Event-ID": self.cursor(shop.dealership) or "0"}
        try:
            async with asyncio.timeout(2):
                status, head = await wire.send("GET", "/v1/stream", headers, b"")
                return status, b"" if status == 200 else await wire.body(head)
        except Broken as error:
            if isinstance(error, ConnectionRefusedError):
                self.callers[name].balancer.refused(url)
            return 0, repr(error).encode()
        finally:
            wire.close()
