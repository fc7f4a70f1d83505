"""An instance dies at a named place (`Shared/Shards/Failpoint.swift`) at the n-th time it is there."""

import signal
import time

from . import stop

WEIGHT, CONCERNS_ALL = 6, False
# Where it is met, and the most often it is passed before.
PLACES = {
    "before-commit": (("conversations", "ingest", "qualification", "presence"), 40),
    "after-commit": (("conversations", "ingest", "qualification", "presence"), 40),
    "before-owed": (("qualification", "presence"), 4),
    "owed-appended": (("qualification", "presence"), 4),
    "rebalance": (("conversations", "ingest", "qualification", "presence"), 1),
    "before-append": (("conversations", "qualification"), 3),
    "appended": (("conversations", "qualification"), 3),
    "spooled": (("ingest",), 40),
    "spool-appended": (("ingest",), 40),
    "answered": (("ingest",), 40),
    "snapshot-copied": (("conversations", "ingest"), 1),
    "restoring": (("conversations", "ingest"), 2),
}
# A restore apart takes this many records in a shard: there are as many at 200 messages a second after this long.
RESTORE_AFTER = 130.0
# For it to be met, after the start.
PATIENCE = 20.0


def draw(random, at: float) -> dict:
    place = random.choice([one for one in PLACES if one != "restoring" or at > RESTORE_AFTER])
    services, most = PLACES[place]
    return {"place": place, "service": random.choice(services), "times": random.randint(1, most)}


def inject(stage, random, place: str, service: str, times: int) -> str:
    with stage.keeper.holding(random, service) as one:
        stop.end(stage, one)
        env = one.process.env
        armed = {**env, "DIRECTCHAT_FAILPOINT": f"{place}:{times}"}
        if place == "restoring":
            # A lost disk, and no snapshot to begin with.
            one.delete_files()
            del armed["DIRECTCHAT_SNAPSHOTS"]
        one.process.env = armed
        try:
            one.start()
            deadline = time.monotonic() + PATIENCE
            while one.process.is_alive() and time.monotonic() < deadline:
                time.sleep(0.1)
        finally:
            one.process.env = env
        reached = one.process.child.poll() == -signal.SIGKILL
        if one.process.is_alive():
            stop.end(stage, one)
        stage.keeper.launch(one)
        stage.failpoints[place, reached] += 1
        return f"{stage.name(one)} {'died there' if reached else 'never came there'}"
