"""An instance's connections to the broker break, and for a while none comes about."""

import time

WEIGHT, CONCERNS_ALL = 2, False


def draw(random, at: float) -> dict:
    return {"seconds": round(random.choice((0.0, random.uniform(0.5, 4), random.uniform(7, 12))), 1)}


def inject(stage, random, seconds: float) -> str:
    with stage.keeper.holding(random) as one:
        pid = one.process.pid
        stage.gate.rule(pid, cut=True, refuse=seconds > 0)
        try:
            time.sleep(seconds)
        finally:
            stage.gate.rule(pid)
        return stage.name(one)
