"""When which fault comes: a function of the seed, the minutes and the kinds."""

import random
from dataclasses import dataclass, field

from faults import KINDS

# Seconds: between two faults on average, before the first, and after the last; between two that concern everybody.
GAP, WARM_UP, REST = 3.6, 12.0, 6.0
BROKER_GAP = 22.0
# The local broker writes all it has once a second: the more it has the longer that takes, and the more a kill loses.
ROUND_SECONDS = 180.0


@dataclass(frozen=True)
class Fault:
    """`at`: seconds after the round's load began."""

    at: float
    kind: str
    seed: int
    parameters: dict = field(default_factory=dict)

    def __str__(self) -> str:
        said = " ".join(f"{name}={value}" for name, value in self.parameters.items())
        return f"{self.at:7.1f} s  {self.kind:12} {said}"


def rounds(minutes: float) -> list[float]:
    """The seconds of each round: as few as fit the broker, all alike."""
    seconds = minutes * 60
    count = max(1, -(-int(seconds) // int(ROUND_SECONDS)))
    return [seconds / count] * count


def plan(seed: int, minutes: float, kinds: list[str]) -> list[list[Fault]]:
    """The faults of each round, in order."""
    return [_plan(random.Random(f"{seed}/{number}"), seconds, kinds) for number, seconds in enumerate(rounds(minutes))]


def _plan(random: random.Random, seconds: float, kinds: list[str]) -> list[Fault]:
    planned: list[Fault] = []
    at, broker_at = WARM_UP, -BROKER_GAP
    for kind in _kinds(random, kinds):
        if at > seconds - REST:
            break
        one = KINDS[kind]
        if one.CONCERNS_ALL:
            # Never on the heels of another: the load would not come to anything.
            at = max(at, broker_at + BROKER_GAP)
            broker_at = at
        planned.append(Fault(round(at, 1), kind, random.getrandbits(32), one.draw(random, at)))
        at += random.uniform(0.5, 1.5) * GAP
    return sorted(planned, key=lambda one: one.at)


def _kinds(random: random.Random, kinds: list[str]):
    """Without end; each decade has every kind at least once, and more of those with more weight."""
    while kinds:
        rare = [kind for kind in kinds if KINDS[kind].CONCERNS_ALL]
        decade = [kind for kind in kinds if not KINDS[kind].CONCERNS_ALL for _ in range(KINDS[kind].WEIGHT)]
        random.shuffle(decade)
        # Those that concern everybody come evenly among the others.
        random.shuffle(rare)
        step = len(decade) // len(rare) if rare and decade else 0
        for n, kind in enumerate(rare):
            decade.insert(min(len(decade), n * (step + 1) + step // 2), kind)
        yield from decade
