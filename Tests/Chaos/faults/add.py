"""One more instance of a service."""

from instances import Nobody

WEIGHT, CONCERNS_ALL = 1, False
# Beyond those that a round begins with; two cores run them all.
MOST = 1
SERVICES = ("conversations", "ingest", "qualification", "presence")


def draw(random, at: float) -> dict:
    return {"service": random.choice(SERVICES)}


def extras(stage, service: str) -> list:
    return stage.keeper.members(service)[stage.regular:]


def enlist(stage, service: str):
    with stage.enlisting:
        if len(extras(stage, service)) >= MOST:
            raise Nobody
        one = stage.keeper.enlist(service, stage.keeper.launch)
    stage.fleet.balancers[service].add(one.url)
    return one


def inject(stage, random, service: str) -> str:
    return stage.name(enlist(stage, service))
