"""SIGTERM of an instance: it hands over in good order, and comes back."""

import time

WEIGHT, CONCERNS_ALL = 2, False
# What whoever runs it waits before it kills; the service itself ends after 20 s.
PATIENCE = 30.0


def draw(random, at: float) -> dict:
    return {"down": round(random.uniform(0, 3), 1)}


def end(stage, one) -> str:
    """- Returns: how it ended."""
    one.process.terminate()
    try:
        code = one.process.wait(PATIENCE)
        stage.keeper.judge(one, code)
        return f"exit {code}"
    except AssertionError:
        one.process.kill()
        return "killed after all"


def inject(stage, random, down: float) -> str:
    with stage.keeper.holding(random) as one:
        how = end(stage, one)
        time.sleep(down)
        stage.keeper.launch(one)
        return f"{stage.name(one)} {how}"
