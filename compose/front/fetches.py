"""Fetches that wait until there is something to fetch."""

import asyncio
from collections import defaultdict
from contextlib import contextmanager
from typing import Iterator

from protocol import Api, Request
from wire import Reader

Partition = tuple[str, int]

# Every request that can change what some fetch finds, but those of Produce, which name their partitions.
CHANGING = {
    Api.CREATE_TOPICS, Api.DELETE_TOPICS, Api.DELETE_RECORDS, Api.INIT_PRODUCER_ID, Api.END_TXN,
    Api.WRITE_TXN_MARKERS, Api.ALTER_CONFIGS, Api.CREATE_PARTITIONS, Api.INCREMENTAL_ALTER_CONFIGS}


class FetchRequest:
    """`partitions` is None where it does not say all that it asks for."""

    def __init__(self, request: Request):
        body, version = request.body, request.version
        body.skip(4)
        self.wait = body.i32() / 1000
        self.least_bytes = body.i32()
        body.skip((4 if version >= 3 else 0) + (1 if version >= 4 else 0))
        # A later request of a session names only what it changes.
        is_part = False
        if version >= 7:
            body.skip(4)
            is_part = body.i32() > 0
        named: list[Partition] = []
        for _ in body.count():
            topic = body.string()
            for _ in body.count():
                named.append((topic, body.i32()))
                body.skip((4 if version >= 9 else 0) + 8 + (8 if version >= 5 else 0) + 4)
        self.partitions = None if is_part else named


def has_news(answer: bytes, version: int) -> bool:
    """Are there records or errors in this answer to a fetch, which begins with its correlation id?"""
    body = Reader(answer, 4)
    body.skip(4 if version >= 1 else 0)
    if version >= 7:
        if body.i16():
            return True
        body.skip(4)
    for _ in body.count():
        body.skip(max(body.i16(), 0))
        for _ in body.count():
            body.skip(4)
            if body.i16():
                return True
            body.skip(8 + (8 if version >= 4 else 0) + (8 if version >= 5 else 0))
            if version >= 4:
                body.skip(16 * len(body.count()))
            body.skip(4 if version >= 11 else 0)
            if body.i32() > 0:
                return True
    return False


def produced(request: Request) -> tuple[list[Partition], bool]:
    """The partitions that a Produce request writes to, and whether it wants an answer."""
    body = request.body
    if request.version >= 3:
        body.nullable_string()
    acks = body.i16()
    body.skip(4)
    named = []
    for _ in body.count():
        topic = body.string()
        for _ in body.count():
            named.append((topic, body.i32()))
            body.skip(body.i32())
    return named, acks != 0


class Sleepers:
    """The fetches that wait, by partition."""

    def __init__(self) -> None:
        self._all: set[asyncio.Event] = set()
        self._at: dict[Partition, set[asyncio.Event]] = defaultdict(set)

    @contextmanager
    def watching(self, partitions: list[Partition] | None) -> Iterator[asyncio.Event]:
        """An event that is set by every change from now on; begun before asking, so that none is missed."""
        event = asyncio.Event()
        self._all.add(event)
        # Whoever does not say what it wants is woken by everything.
        places = [None] if partitions is None else partitions
        for place in places:
            self._at[place].add(event)
        try:
            yield event
        finally:
            self._all.discard(event)
            for place in places:
                waiting = self._at[place]
                waiting.discard(event)
                if not waiting:
                    del self._at[place]

    def wake(self, partitions: list[Partition]) -> None:
        for place in (*partitions, None):
            for event in self._at.get(place, ()):
                event.set()

    def wake_all(self) -> None:
        for event in self._all:
            event.set()
