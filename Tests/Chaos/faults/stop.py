"""SIGTERM of an instance: it hands over in good order, and comes back."""

import time

WEIGHT, CONCERNS_ALL = 2, False
# What whoever runs it waits before it kills; the service itself ends after 20 s.
PATIENCE = 30.0


def draw(random, at: float) -> dict:
    return {"down": round(random.uniform(0, 3), 1)}


def end(one) -> str:
    """- Returns: how it ended."""
    one.process.terminate()
    try:
        return f"exit {one.process.wait(PATIENCE)}"
    except AssertionError:
        one.process.kill()
        return "killed after all"


def inject(stage, random, down: float) -> str:
    with stage.keeper.holding(random) as one:
        how = end(one)
        time.sleep(down)
        stage.keeper.launch(one)
        return f"{stage.name(one)} {how}"
