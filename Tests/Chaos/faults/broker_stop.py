"""The broker stops in good order and comes back: nothing is lost."""

import time

WEIGHT, CONCERNS_ALL = 1, True


def draw(random, at: float) -> dict:
    return {"down": round(random.uniform(0, 6), 1)}


def inject(stage, random, down: float) -> str:
    with stage.broker_in_hand() as broker:
        broker.stop()
        time.sleep(down)
        broker.start()
    return "stopped"
