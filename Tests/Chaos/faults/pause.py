"""SIGSTOP of an instance, longer or shorter than the group waits for it: a zombie goes on where it was."""

import os
import signal
import time

WEIGHT, CONCERNS_ALL = 3, False


def draw(random, at: float) -> dict:
    return {"seconds": round(random.choice((random.uniform(0.5, 4), random.uniform(7, 14))), 1)}


def inject(stage, random, seconds: float) -> str:
    with stage.keeper.holding(random) as one:
        os.kill(one.process.pid, signal.SIGSTOP)
        try:
            time.sleep(seconds)
        finally:
            os.kill(one.process.pid, signal.SIGCONT)
        return stage.name(one)
