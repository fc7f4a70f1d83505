"""Every `message` event of a stream exactly once across reconnects; the newest `conversation` event at least once.

`reset` empties what a reader shows. What a stream had shown of a tail that the broker then lost is in no log, and an id
names only offsets: a message that stands where the lost ones stood may be missing, and one that was lost and came back
may come again. Both are counted.
"""

import re

from .finding import Finding
from .messages import said
from .record import Record
from .run import Run


def position(id: str | None) -> int:
    """The next offset of `messages` that a cursor names; customers' ids are bare numbers or cursors too."""
    found = re.match(r"m?(\d+)", id or "")
    return int(found.group(1)) if found else 0


class Reader:
    """What one stream showed since its last reset."""

    def __init__(self, run: Run, events: list[dict], partition: int, log: dict[int, str]):
        """`log`: the id at each offset of the partition."""
        self.lost = run.lost("messages", partition)
        self.log = log
        resets = [n for n, one in enumerate(events) if one["event"] == "reset"]
        self.resets = len(resets)
        self.events = events[resets[-1] + 1:] if resets else events
        self.messages = [one for one in self.events if one["event"] == "message"]

    def begins(self, first: int) -> int:
        """The offset from which on everything must have come: after a reset the oldest that it brought."""
        if not self.resets:
            return first
        return position(self.messages[0]["id"]) - 1 if self.messages else 1 << 62

    def was_lost(self, event: dict) -> bool:
        """It showed a record that the broker lost: where that stood stands another one now, or none."""
        offset = position(event["id"]) - 1
        return self.log.get(offset) != event["data"]["id"] and any(
            first <= offset < end for _, first, end in self.lost)

    def stands_in_lost_place(self, record: Record) -> bool:
        return any(first <= record.offset < end for _, first, end in self.lost)


def whole(run: Run) -> Finding:
    finding = Finding("every message event of a stream comes exactly once, in the topic's order, across reconnects")
    order: dict[str, list[tuple[Record, str]]] = {}
    log: dict[int, dict[int, str]] = {}
    seen: set[str] = set()
    for record, _, body in said(run):
        id = record.header("ce_id")
        log.setdefault(record.partition, {})[record.offset] = id
        if id not in seen:
            seen.add(id)
            for scope in (record.dealership, body["conversationId"]):
                order.setdefault(scope, []).append((record, id))
    for name, fact in run.facts["streams"].items():
        reader = Reader(run, run.streams[name], fact["partition"], log.get(fact["partition"], {}))
        finding.count("streams")
        finding.count("connections", fact["connections"])
        finding.count("resets", reader.resets)
        shown = [one["data"]["id"] for one in reader.messages if not reader.was_lost(one)]
        finding.count("of lost tails", len(reader.messages) - len(shown))
        finding.count("message events", len(shown))
        first = reader.begins(fact["from"])
        wanted = [(record, id) for record, id in order.get(fact["scope"], []) if record.offset >= first]
        # In a lost tail's place: shown before it was lost, or not at all.
        shown_once = set(shown)
        missing = [(record, id) for record, id in wanted if id not in shown_once]
        excused = {id for record, id in missing if reader.stands_in_lost_place(record)}
        finding.count("missing in the place of lost tails", len(excused))
        bad = [f"{id} at {record.place}" for record, id in missing if id not in excused]
        if bad:
            finding.violate(f"{name} lacks {len(bad)}: {bad[:3]}")
        doubled = sorted({id for id in shown if shown.count(id) > 1}) if len(shown) > len(shown_once) else []
        if doubled:
            finding.violate(f"{name} has {len(doubled)} twice: {doubled[:3]}")
        known = {id: record.offset for record, id in order.get(fact["scope"], [])}
        foreign = [id for id in shown if id not in known]
        if foreign:
            finding.violate(f"{name} shows {len(foreign)} that are not in the log: {foreign[:3]}")
        offsets = [known[id] for id in shown if id in known]
        if not doubled and offsets != sorted(offsets):
            finding.violate(f"{name} is not in the topic's order")
    return finding.require("streams", "message events")


def newest(run: Run) -> Finding:
    finding = Finding("the newest state of each conversation comes on its dealership's stream")
    last: dict[str, dict[str, tuple[Record, str]]] = {}
    log: dict[int, dict[int, str]] = {}
    seen: set[str] = set()
    for record, _, body in said(run):
        id = record.header("ce_id")
        log.setdefault(record.partition, {})[record.offset] = id
        if id not in seen:
            seen.add(id)
            last.setdefault(record.dealership, {})[body["conversationId"]] = (record, id)
    for name, fact in run.facts["streams"].items():
        if not fact["staff"]:
            continue
        reader = Reader(run, run.streams[name], fact["partition"], log.get(fact["partition"], {}))
        told = {one["data"]["id"]: one["data"]["lastMessage"] for one in run.streams[name]
                if one["event"] == "conversation"}
        for conversation, (record, id) in last.get(fact["scope"], {}).items():
            finding.count("conversations")
            if told.get(conversation) == id:
                continue
            if reader.stands_in_lost_place(record):
                finding.count("missing in the place of lost tails")
            else:
                finding.violate(f"{name} shows {conversation} as of {told.get(conversation)}, the last is {id}")
    return finding.require("conversations")
