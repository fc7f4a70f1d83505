"""A draft and a message that occur nowhere else, and the search for both."""

import secrets
import time
from pathlib import Path
from string import ascii_lowercase

import httpx

from kit.wait import until

from checker import record
from stage import Stage

# What the topic of drafts keeps, with a margin; seconds.
FORGOTTEN = 180.0
# The local broker looks for what is too old every five minutes from its start on, as Apache Kafka does by default
# (`log.retention.check.interval.ms`; compose.yaml sets it lower).
LOOKED = 330.0


class Canary:
    """Typed while staff have the conversation open, who must see it."""

    def __init__(self, stage: Stage):
        self.stage = stage
        # Letters alone: of a draft, what looks like a card's number is hidden.
        self.draft, self.message = (
            "canary" + "".join(secrets.choice(ascii_lowercase) for _ in range(20)) for _ in range(2))
        self.typed = 0.0
        self.seen = False

    def sing(self) -> None:
        """Before the faults: a draft may be lost, and then nobody would have seen it."""
        fleet = self.stage.fleet
        dealership = fleet.dealerships.ids[0]
        visitor, staff = fleet.visitor(dealership).begin(), fleet.staff(dealership)
        client = visitor.new_id()
        op = self.stage.load.history.begin(
            "message", dealership, visitor.conversation, visitor.conversation, client, text=self.message)
        told = visitor.say(self.message, client)
        op.update(told=time.monotonic(), kept=told["kept"], id=told["messageId"], by=visitor.url, attempts=1)
        staff.wait_for(visitor.conversation)
        with staff.stream(open=visitor.conversation) as stream:
            # Typing goes on until somebody sees it: a beat of it may be lost.
            revisions = iter(range(1, 1000))

            def seen() -> bool:
                visitor.draft(self.draft, next(revisions))
                return any(one["text"] == self.draft for one in stream.of("draft"))
            self.seen = bool(until(seen, "staff to see the draft", 30))
        self.typed = time.monotonic()

    def search(self) -> dict:
        """Where each is found, three minutes after the draft was typed. All services run."""
        time.sleep(max(0.0, self.typed + FORGOTTEN - time.monotonic()))
        while self._is_typed() and time.monotonic() < self.stage.broker.started + LOOKED:
            time.sleep(5)
        found: dict[str, list[str]] = {"draft": [], "message": []}
        searched = {"topics": 0, "files": 0, "logs": 0, "metrics": 0, "dead letters": 0}

        def look(place: str, kind: str, *contents: bytes) -> None:
            searched[kind] += 1
            for name, text in (("draft", self.draft), ("message", self.message)):
                if any(text.encode() in one for one in contents):
                    found[name].append(place)

        fleet = self.stage.fleet
        for topic in record.TOPICS:
            for one in record.read(self.stage.broker.bootstrap, fleet.prefix, topic, fleet.partitions):
                look(f"topic {one.place}", "topics", one.value or b"", one.key or b"", *[v for _, v in one.headers])
            searched["topics"] = 1 + record.TOPICS.index(topic)
        for file in self._files():
            kind = "logs" if file.suffix == ".log" else "files"
            look(f"{kind[:-1]} {file.relative_to(self.stage.directory)}", kind, file.read_bytes())
        for one in self.stage.keeper.members():
            look(f"metrics of {self.stage.name(one)}", "metrics", httpx.get(one.url + "/metrics", timeout=20).content)
            letters = httpx.get(
                one.url + "/v1/dead-letters", params={"limit": 1000}, headers=fleet.ops(), timeout=20)
            assert letters.status_code == 200, letters.text
            look(f"dead letters of {self.stage.name(one)}", "dead letters", letters.content)
        return {"seen": self.seen, "searched": searched, **found}

    def _is_typed(self) -> bool:
        fleet = self.stage.fleet
        return any(self.draft.encode() in (one.value or b"") for one in record.read(
            self.stage.broker.bootstrap, fleet.prefix, "typing", fleet.partitions))

    def _files(self) -> list[Path]:
        """All that services and proxy wrote: shard files with their WALs, spools, snapshots, logs. The broker's own is
        read through a client."""
        return [one for one in self.stage.directory.rglob("*")
                if one.is_file() and self.stage.broker.data not in one.parents]
