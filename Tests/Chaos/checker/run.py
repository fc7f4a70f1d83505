"""A run as it is saved in a folder; all times are seconds of one steady clock.

    history.jsonl   what clients sent and were told, a line an operation (below)
    topics.jsonl    every record of every topic at the end
    streams/*.jsonl what each stream's reader saw: a line an event {at, event, id, data}
    states/<name>/<service>/*.sqlite    copies of shard files: `live`, `rebuilt`, `thrice`
    facts.json      {partitions, places: {dealership: partition}, losses, streams, ends, dots, canary}

An operation: {op: message|text|reply|click, dealership, conversation, sender, number, client, text, from?, to?, deals?,
customers?, sent, told, kept, by, answered}. `told` is null where nobody ever accepted it.
A loss: {since, at, what, topics: {topic: {partition: [first offset lost, end before]}}}: a tail that was appended after
`since` and was gone at `at`.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path

from . import record
from .record import Record


# What a service takes for an answer at most, in seconds: an append may take 5, its fold 5 more.
ANSWER = 10.0


@dataclass
class Run:
    history: list[dict] = field(default_factory=list)
    records: dict[str, list[Record]] = field(default_factory=dict)
    # State's name: {service: its files}
    states: dict[str, dict[str, list[Path]]] = field(default_factory=dict)
    # Stream's name: its events
    streams: dict[str, list[dict]] = field(default_factory=dict)
    facts: dict = field(default_factory=dict)

    @staticmethod
    def load(folder: Path) -> "Run":
        return Run(
            history=lines(folder / "history.jsonl"), records=record.load(folder / "topics.jsonl"),
            states={
                state.name: {service.name: sorted(service.glob("*.sqlite")) for service in sorted(state.iterdir())}
                for state in sorted((folder / "states").iterdir())},
            streams={one.stem: lines(one) for one in sorted((folder / "streams").glob("*.jsonl"))},
            facts=json.loads((folder / "facts.json").read_text()))

    def lost(self, topic: str, partition: int) -> list[tuple[float, int, int]]:
        """(when, first offset, end before) of each tail that the broker lost there."""
        losses = self.facts.get("losses", [])
        found = [(one["at"], one["topics"].get(topic, {}).get(str(partition))) for one in losses]
        return [(at, *range) for at, range in found if range]

    def was_lost(self, topic: str, partition: int, op: dict) -> bool:
        """Can what was accepted be in a tail that the broker lost there? The broker had it before; the answer, which
        waits until the service has folded it, may have come a little later."""
        if any(one["since"] <= op["told"] <= one["at"] + ANSWER and op["sent"] <= one["at"]
               for one in self._losses(topic, partition)):
            return True
        # What came between the last look at the ends and the kill was seen by nobody, on whatever partition.
        return any(one["looked"] <= op["told"] <= one["at"] + ANSWER and op["sent"] <= one["at"]
                   for one in self.facts.get("losses", []) if one.get("looked") is not None)

    def may_have_been_lost(self, topic: str, partition: int, op: dict) -> bool:
        """The same of what an earlier attempt may have brought into the log: a repeat is told what the spool remembers,
        also when the log has lost it since and gets it again later."""
        return self.was_lost(topic, partition, op) or op.get("attempts", 1) > 1 and any(
            op["sent"] <= one["at"] and one["since"] <= op["told"] for one in self._losses(topic, partition))

    def _losses(self, topic: str, partition: int) -> list[dict]:
        return [one for one in self.facts.get("losses", []) if str(partition) in one["topics"].get(topic, {})]


def lines(file: Path) -> list[dict]:
    with open(file) as input:
        return [json.loads(one) for one in input]
