"""An instance's connections to the broker become slow: each piece late, or few bytes a second."""

import time

WEIGHT, CONCERNS_ALL = 2, False


def draw(random, at: float) -> dict:
    late, narrow = round(random.uniform(0.1, 0.6), 2), random.choice((5_000, 20_000, 100_000))
    how = random.choice(({"delay": late}, {"rate": narrow}))
    return {"seconds": round(random.uniform(3, 10), 1), **how}


def inject(stage, random, seconds: float, **how) -> str:
    with stage.keeper.holding(random) as one:
        pid = one.process.pid
        stage.gate.rule(pid, **how)
        try:
            time.sleep(seconds)
        finally:
            stage.gate.rule(pid)
        return stage.name(one)
