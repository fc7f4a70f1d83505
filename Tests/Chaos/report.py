"""What came of a run, as text and as JSON."""

import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from checker.finding import Finding
from conductor import Done
from stage import Stage


@dataclass
class Round:
    number: int
    seconds: float
    done: list[Done]
    findings: list[Finding]
    troubles: list[str]
    facts: dict = field(default_factory=dict)

    @property
    def failures(self) -> list[str]:
        return [*self.troubles, *[f"{one.fault.kind}: {one.outcome}" for one in self.done if one.error]]


def longest_gap(moments: list[float], began: float, ended: float) -> float:
    points = [began, *sorted(moments), ended]
    return max(b - a for a, b in zip(points, points[1:]))


def facts_of(stage: Stage) -> dict:
    """What a round's stage knows that no invariant asks for."""
    load, history = stage.load, stage.load.history
    waits = {op: {"accepted": len(all), "median": all[len(all) // 2], "p99": all[int(len(all) * 0.99)], "most": all[-1]}
             for op, all in history.waits().items() if all}
    places: dict[tuple[str, str], list[float]] = {}
    for one in history.operations:
        if one["told"] is not None:
            kind = one["op"] if one["op"] in ("reply", "click") else "message"
            places.setdefault((kind, one["dealership"]), []).append(one["told"])
    stalls = {kind: max(longest_gap(all, load.began, load.ended or load.began) for (one, _), all in places.items()
                        if one == kind) for kind in {kind for kind, _ in places}}
    talked = (load.ended or load.began) - load.began
    return {
        "accepted": history.accepted, "clicks": sum(len(one["deals"]) > 0 for one in history.operations
                                                    if one["op"] == "click"),
        "seconds of talk": round(talked, 1), "rate": round(history.accepted / talked, 1) if talked else 0,
        "waits": waits, "stalls": stalls, "repeats": dict(history.repeats), "broker kills": stage.broker_kills,
        "cut tails": stage.cut_tails, "resumed": dict(stage.oncall.resumed), "mended": stage.oncall.mended,
        "restores": stage.keeper.restores, "ended by themselves": stage.keeper.ended_by_themselves,
        "failpoints": {f"{place} {'died' if reached else 'never came'}": number
                       for (place, reached), number in sorted(stage.failpoints.items())}}


def _spread(all: list[float]) -> str:
    ordered = sorted(all)
    return (f"{len(ordered)}; median {ordered[len(ordered) // 2]:.1f} s, most {ordered[-1]:.1f} s" if ordered else "0")


def _sum(rounds: list[Round], name: str) -> Counter:
    total: Counter = Counter()
    for one in rounds:
        total.update(one.facts.get(name, {}))
    return total


def _all(rounds: list[Round], name: str) -> list:
    return [it for one in rounds for it in one.facts.get(name, [])]


def text(seed: int, minutes: float, rounds: list[Round]) -> str:
    done = [it for one in rounds for it in one.done]
    injected = Counter(it.fault.kind for it in done if it.injected)
    skipped = Counter(it.fault.kind for it in done if not it.injected)
    lines = [f"# Chaos: seed {seed}, {minutes:g} minutes in {len(rounds)} rounds", "",
             f"{sum(injected.values())} faults of {len(injected)} kinds; {sum(skipped.values())} skipped", "",
             "| fault | injected | skipped |", "|---|---|---|"]
    lines += [f"| {kind} | {injected[kind]} | {skipped[kind]} |" for kind in sorted({*injected, *skipped})]
    failpoints = _sum(rounds, "failpoints")
    kills, cuts = _all(rounds, "broker kills"), _all(rounds, "cut tails")
    rates = ", ".join(f"{one.facts.get('rate', 0):g}" for one in rounds)
    lines += ["", "Failpoints: " + ", ".join(f"{name} {number}" for name, number in sorted(failpoints.items())), "",
              f"Accepted: {sum(one.facts.get('accepted', 0) for one in rounds)} messages ({rates} a second), "
              f"{sum(one.facts.get('clicks', 0) for one in rounds)} clicks",
              f"Broker kills: {len(kills)}, {sum(map(bool, kills))} of them lost a tail, records lost {kills}; "
              f"tails cut: {cuts}",
              f"Resumed by the person on call: {dict(_sum(rounds, 'resumed'))}; until live again: "
              + _spread(_all(rounds, "mended")),
              f"Ended by themselves and started again: {_all(rounds, 'ended by themselves')}",
              f"Repeated: {dict(_sum(rounds, 'repeats'))}"]
    for name in sorted({it for one in rounds for it in one.facts.get("restores", {})}):
        lines.append(f"From start to ready, {name}: "
                     + _spread([it for one in rounds for it in one.facts.get("restores", {}).get(name, [])]))
    for op in sorted({it for one in rounds for it in one.facts.get("waits", {})}):
        of = [one.facts["waits"][op] for one in rounds if op in one.facts.get("waits", {})]
        lines.append(f"From sending to acceptance, {op}: median {max(it['median'] for it in of):.3f} s, "
                     f"p99 {max(it['p99'] for it in of):.1f} s, most {max(it['most'] for it in of):.1f} s "
                     "(worst round)")
    for kind in sorted({it for one in rounds for it in one.facts.get("stalls", {})}):
        worst = max(one.facts.get("stalls", {}).get(kind, 0) for one in rounds)
        lines.append(f"Longest time without an accepted {kind} of a dealership: {worst:.1f} s")
    lines += ["", "| invariant | holds | looked at |", "|---|---|---|"]
    names = list(dict.fromkeys(it.invariant for one in rounds for it in one.findings))
    for name in names:
        of = [it for one in rounds for it in one.findings if it.invariant == name]
        counts: Counter = Counter()
        for it in of:
            counts.update(it.counts)
        said = ", ".join(f"{number} {what}" for what, number in counts.items())
        lines.append(f"| {name} | {'yes' if all(it.holds for it in of) else 'NO'} | {said} |")
    for one in rounds:
        for it in one.findings:
            lines += [f"- round {one.number}, {it.invariant}: {what}" for what in it.violations[:12]]
        lines += [f"- round {one.number}: {what}" for what in one.failures]
    passed, failed = verdict(rounds)
    return "\n".join([*lines, "", f"{passed} passed, {failed} failed"])


def verdict(rounds: list[Round]) -> tuple[int, int]:
    """Invariants over all rounds, and whatever else went wrong."""
    findings = [it for one in rounds for it in one.findings]
    return sum(it.holds for it in findings), sum(not it.holds for it in findings) + sum(
        len(one.failures) for one in rounds)


def save(folder: Path, seed: int, minutes: float, rounds: list[Round]) -> str:
    said = text(seed, minutes, rounds)
    (folder / "report.md").write_text(said + "\n")
    (folder / "report.json").write_text(json.dumps({
        "seed": seed, "minutes": minutes, "rounds": [{
            "number": one.number, "seconds": one.seconds, "facts": one.facts, "troubles": one.failures,
            "faults": [{"at": it.fault.at, "kind": it.fault.kind, "parameters": it.fault.parameters,
                        "outcome": it.outcome, "injected": it.injected} for it in one.done],
            "findings": [vars(it) for it in one.findings]} for one in rounds]}, indent=1))
    return said
