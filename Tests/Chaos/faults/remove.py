"""An instance that was added goes for good, with or without a word. What only its spool has comes at the end, when
whoever runs it starts it once more."""

from . import add, stop

WEIGHT, CONCERNS_ALL = 1, False


def draw(random, at: float) -> dict:
    return {"service": random.choice(add.SERVICES), "how": random.choice(("stop", "kill"))}


def inject(stage, random, service: str, how: str) -> str:
    if not add.extras(stage, service):
        add.enlist(stage, service)
    with stage.keeper.holding(random, service, lambda one: one in add.extras(stage, service)) as one:
        stage.keeper.retire(one)
        if how == "kill":
            one.kill()
            return stage.name(one)
        return f"{stage.name(one)} {stop.end(stage, one)}"
