"""SIGKILL of an instance, which is started again."""

import time

WEIGHT, CONCERNS_ALL = 5, False


def draw(random, at: float) -> dict:
    return {"down": round(random.choice((0.0, random.uniform(0, 2), random.uniform(2, 9))), 1)}


def inject(stage, random, down: float) -> str:
    with stage.keeper.holding(random) as one:
        one.kill()
        time.sleep(down)
        stage.keeper.launch(one)
        return stage.name(one)
