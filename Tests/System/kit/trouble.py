"""What can become of a log: it loses its tail or its head, is made anew, or gets more partitions."""

import json
import shutil
import sqlite3
from contextlib import contextmanager
from typing import Callable, TypeVar

from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient, NewPartitions, NewTopic

from . import port, state
from .broker import Broker
from .cluster import Cluster
from .topic import Topic
from .wait import until

T = TypeVar("T")


class Administration:
    """What an administrator may do to topics, through a client that is not ours."""

    def __init__(self, bootstrap: str):
        self.client = AdminClient({"bootstrap.servers": bootstrap, "log_level": 0})

    def trim(self, topic: Topic, partition: int, before: int) -> None:
        place = TopicPartition(topic.name, partition, before)
        for future in self.client.delete_records([place]).values():
            future.result(30)
        until(lambda: topic.begins()[partition] == before, f"{topic.name}/{partition} to begin at {before}")

    def make_anew(self, topic: Topic, partitions: int | None = None) -> None:
        """Deletes the topic and makes it again, empty."""
        self._done(self.client.delete_topics([topic.name]))
        until(lambda: self.count(topic) is None, f"{topic.name} to be gone")
        self._done(self.client.create_topics([NewTopic(topic.name, partitions or topic.partitions, 1)]))
        until(lambda: self.count(topic) == (partitions or topic.partitions), f"{topic.name} to be there")

    def grow(self, topic: Topic, partitions: int) -> None:
        self._done(self.client.create_partitions([NewPartitions(topic.name, partitions)]))
        until(lambda: self.count(topic) == partitions, f"{topic.name} to have {partitions} partitions")

    def count(self, topic: Topic) -> int | None:
        found = self.client.list_topics(timeout=30).topics.get(topic.name)
        return len(found.partitions) if found and not found.error else None

    @staticmethod
    def _done(futures: dict) -> None:
        for future in futures.values():
            future.result(30)


def kill_after(cluster: Cluster, action: Callable[[], T]) -> T:
    """Does something that the broker acknowledges and then loses, as far as it can be had: its file is as fresh as it
    ever is when the action begins, and it is killed right after."""
    noise = cluster.topic("noise")
    Administration(cluster.broker.bootstrap).client.create_topics([NewTopic(noise.name, 1, 1)])
    # Twice: the first write may have begun before what must be kept was there.
    for _ in range(2):
        written = cluster.broker.last_write()
        def another() -> bool:
            noise.append(0, b"noise", None, [])
            return cluster.broker.last_write() != written
        until(another, "the broker to write its file")
    done = action()
    cluster.broker.kill()
    return done


@contextmanager
def unseen(broker: Broker):
    """The stopped broker's log, served where nobody looks: what is done to it there is there when it starts again."""
    assert not broker.process.is_alive()
    aside = broker.directory / f"aside-{port.free()}"
    shutil.copytree(broker.data, aside / "broker")
    other = Broker(aside)
    other.start()
    try:
        yield other
    finally:
        other.stop()
    shutil.rmtree(broker.data)
    shutil.move(aside / "broker", broker.data)
    shutil.rmtree(aside)


def cut(broker: Broker, topic: Topic, partition: int, end: int) -> None:
    """Ends a partition of the stopped broker at an earlier offset: a tail lost where no kill can be timed to."""
    assert not broker.process.is_alive()
    (file,) = broker.data.rglob("kafka.json")
    whole = json.loads(file.read_text())
    log = dict(dict(whole["topics"])[topic.name]["partitions"])[partition]
    assert log["high_watermark"] > end, f"{topic.name}/{partition} ends at {log['high_watermark']}"
    kept = [one for one in log["record_batches"] if one[0] < end]
    # A batch's last offset, as the format has it: 4 bytes at 23.
    assert not kept or kept[-1][0] + int.from_bytes(bytes(kept[-1][1][23:27])) + 1 == end, "no batch ends there"
    log["record_batches"], log["high_watermark"] = kept, end
    file.write_text(json.dumps(whole))


def plant(cluster: Cluster, name: str, shard: int, statement: str) -> None:
    """What a fault in a fold would have left: the service is stopped, and one row of its file written."""
    assert cluster[name].process.stop() == 0
    db = sqlite3.connect(next(one for one in cluster[name].files() if state.shard_of(one) == shard))
    with db:
        assert db.execute(statement).rowcount == 1, statement
    db.close()
    cluster.restart(name)
    cluster.wait_until_caught_up(name)
