"""The end of one kept topic's partition is cut off the stopped broker: a tail lost where no kill can be timed to."""

import multiprocessing
import time
from pathlib import Path

from kit.broker import Broker
from kit.topic import Topic
from kit.trouble import cut

WEIGHT, CONCERNS_ALL = 1, True
# Less than what the checker excuses.
SECONDS = 1.2


def draw(random, at: float) -> dict:
    return {"topic": random.choice(("messages", "messages", "qualifications", "deal-created"))}


def _cut(directory: Path, port: int, topic: str, partition: int, end: int) -> None:
    """In a process of its own: the broker's file is hundreds of megabytes of JSON."""
    broker = Broker(directory, port)
    cut(broker, Topic(broker.bootstrap, topic, partition + 1), partition, end)


def inject(stage, random, topic: str) -> str:
    with stage.broker_in_hand() as broker:
        before = stage.ends()
        time.sleep(SECONDS)
        stage.gate.close()
        at = time.monotonic()
        after = stage.ends()
        broker.stop()
        grown = [one for one, end in before[topic].items() if after[topic][one] > end]
        if grown:
            partition = random.choice(grown)
            child = multiprocessing.get_context("spawn").Process(target=_cut, args=(
                broker.directory, broker.port, stage.fleet.prefix + topic, partition, before[topic][partition]))
            child.start()
            child.join()
            assert child.exitcode == 0, f"the tail of {topic}/{partition} could not be cut"
        broker.start()
        lost = stage.lost(at, "cut", after, stage.ends())
    if not grown:
        return "nothing had been appended"
    assert lost > 0, f"nothing was cut off {topic}/{partition}"
    stage.cut_tails.append(lost)
    return f"{topic}/{partition} lost {lost} records"
