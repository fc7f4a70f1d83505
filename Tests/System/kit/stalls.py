"""How long each shard of a service gave no answer and no progress around each change of its instances."""

import time
from dataclasses import dataclass
from pathlib import Path

from . import partition
from .throng import Throng


@dataclass
class Change:
    """What was done to a service, and who owned its shards before and after."""

    service: str
    what: str
    began: float
    before: dict[int, str]
    after: dict[int, str] | None = None
    ended: float = 0

    def moved(self, shard: int) -> bool:
        return self.after is not None and self.before.get(shard) != self.after.get(shard)


def longest_gap(moments: list[float], began: float, ended: float) -> float:
    """Longest time between two answers, of which some lies in the window."""
    inside = [one for one in moments if began <= one <= ended]
    earlier = [one for one in moments if one < began][-1:]
    later = [one for one in moments if one > ended][:1]
    points = earlier + inside + (later or [ended])
    return max((b - a for a, b in zip(points, points[1:])), default=ended - began)


class Report:
    """A row for each shard and change: `steady` is the same measure over the time before the first change."""

    def __init__(self, throng: Throng, steady: tuple[float, float], changes: list[Change]):
        self.throng = throng
        self.steady = steady
        self.changes = changes
        self.delays = self._delays()

    def _delays(self) -> dict[int, list[tuple[float, float]]]:
        """Of each shard: (when posted, seconds until it was on the staff's stream), as far as it was seen."""
        found: dict[int, list[tuple[float, float]]] = {}
        for shop in self.throng.shops:
            shard = partition.of(shop.dealership, self.throng.fleet.partitions)
            seen = dict(reversed(self.throng.staff_streams[shop.dealership].messages))
            for (_, _, client_id), (message, _) in list(shop.accepted.items()):
                if message in seen:
                    began = shop.posted[client_id]
                    found.setdefault(shard, []).append((began, seen[message] - began))
        return found

    def stall(self, service: str, shard: int, began: float, ended: float) -> float:
        return longest_gap(self.throng.prober.answers[service, shard], began, ended)

    def delay(self, shard: int, began: float, ended: float) -> float:
        """The longest of what was posted in the window."""
        return max((took for at, took in self.delays.get(shard, []) if began <= at <= ended), default=0)

    def refusals(self, change: Change, shard: int) -> list[str]:
        all = self.throng.prober.refusals[change.service, shard]
        return [why for at, why in all if change.began <= at <= change.ended]

    def lines(self) -> list[str]:
        rows = [
            "service        change  shard  moved  no answer, ms: steady  during  refused"
            "  post to staff, ms: steady  during"]
        for change in self.changes:
            for shard in sorted(self.throng.prober.shops):
                quiet = self.stall(change.service, shard, *self.steady)
                stall = self.stall(change.service, shard, change.began, change.ended)
                rows.append(
                    f"{change.service:14} {change.what:7} {shard:5}  {'moved' if change.moved(shard) else '-':5}"
                    f"  {quiet * 1000:21.0f}  {stall * 1000:6.0f}  {len(self.refusals(change, shard)):7}"
                    f"  {self.delay(shard, *self.steady) * 1000:25.0f}"
                    f"  {self.delay(shard, change.began, change.ended) * 1000:6.0f}")
            for title, moved in (("moved", True), ("not moved", False)):
                chosen = [one for one in self.throng.prober.shops if change.moved(one) is moved]
                if chosen:
                    worst = max(self.stall(change.service, one, change.began, change.ended) for one in chosen) * 1000
                    rows.append(f"{change.service:14} {change.what:7} {len(chosen)} {title}: longest {worst:.0f} ms")
        return rows

    def write(self, file: Path, title: str) -> str:
        text = "\n".join([f"== {title}, {time.strftime('%Y-%m-%d %H:%M:%S')}", *self.lines(), ""])
        file.parent.mkdir(parents=True, exist_ok=True)
        with open(file, "a") as output:
            output.write(text + "\n")
        return text
