"""Topics of records of every kind, for tools that carry records from one to another."""

import json
import time

from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic

from . import partition
from .broker import Broker
from .topic import Record, Topic, cloud_event
from .wait import until

PARTITIONS = 12
DEALERSHIPS = [f"motors-{number}" for number in range(9)]
# What every header begins with by which a redelivery says where a copy is from.
PROVENANCE = "dc_redelivery_"


def make_topic(bootstrap: str, name: str, partitions: int = PARTITIONS, **settings: object) -> Topic:
    """Settings with _ for the dots of their names."""
    admin = AdminClient({"bootstrap.servers": bootstrap})
    config = {name.replace("_", "."): str(value) for name, value in settings.items()}
    admin.create_topics([NewTopic(name, partitions, 1, config=config)])[name].result(30)
    topic = Topic(bootstrap, name, partitions)
    until(lambda: topic.ends(), f"{name} to be there")
    return topic


def fill(topic: Topic, count: int, first: int = 0) -> None:
    """Events of several dealerships, and records that are none."""
    producer = Producer({"bootstrap.servers": topic.bootstrap, "acks": "all", "enable.idempotence": True})
    begun = int(time.time() * 1000) - 3_600_000  # Not older than the broker keeps.
    for number in range(first, first + count):
        dealership = DEALERSHIPS[number % len(DEALERSHIPS)]
        producer.produce(
            topic.name, value=json.dumps({"conversationId": f"c-{number}", "messageId": f"m-{number}",
                                          "by": {"id": "s", "name": "Sam"}}).encode(),
            key=dealership.encode(), partition=partition.of(dealership, topic.partitions),
            headers=cloud_event("conversation.read", dealership, f"e-{number}", subject=f"c-{number}"),
            timestamp=begun + number)
    # What is no event travels all the same.
    producer.produce(topic.name, value=None, key=None, partition=0, headers=[("odd", b"\xff\x00")])
    producer.produce(topic.name, value=b"", key=b"\xfe", partition=0, headers=[("odd", None), ("odd", b"")])
    assert producer.flush(60) == 0


_numbers = iter(range(1_000))


def unused(name: str) -> str:
    """A name that no other topic or group has."""
    return f"{name}-{next(_numbers)}"


def pair(broker: Broker, count: int = 60) -> tuple[Topic, Topic]:
    """A filled topic and an empty one."""
    source, target = (make_topic(broker.bootstrap, unused(one)) for one in ("source", "target"))
    fill(source, count)
    return source, target


def plain(records: list[Record], without: str = PROVENANCE) -> list[tuple]:
    """All that a copy keeps, in the order of each partition."""
    return [
        (one.partition, one.key, one.value, tuple(h for h in one.headers if not h[0].startswith(without)), one.timestamp)
        for one in records]
