"""The topics, as a client that is not ours reads them, and as lines of a file."""

import base64
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Iterable

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, TopicPartition

KEPT = ("messages", "qualifications", "deal-created")
TOPICS = (*KEPT, "presence", "owners", "activity", "typing")
SIDES = {"message.received": "customer", "message.sent": "staff"}


@dataclass(frozen=True)
class Record:
    """`headers` in their order; `topic` without the prefix."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...]

    def header(self, name: str) -> str:
        return next((value.decode() for key, value in self.headers if key == name), "")

    @property
    def type(self) -> str:
        """`message.received` and the like."""
        return self.header("ce_type").removeprefix("directchat.").removesuffix(".v1")

    @property
    def dealership(self) -> str:
        return self.header("ce_source").split("/")[2]

    @property
    def json(self) -> dict:
        return json.loads(self.value or b"null")

    @property
    def place(self) -> str:
        return f"{self.topic}/{self.partition}@{self.offset}"

    def line(self) -> str:
        coded = [self.key, self.value]
        return json.dumps([
            self.topic, self.partition, self.offset, *[one and base64.b64encode(one).decode() for one in coded],
            [[name, base64.b64encode(value or b"").decode()] for name, value in self.headers]])


def load(file: Path) -> dict[str, list[Record]]:
    found: dict[str, list[Record]] = {one: [] for one in TOPICS}
    with open(file) as lines:
        for line in lines:
            topic, partition, offset, key, value, headers = json.loads(line)
            found[topic].append(Record(
                topic, partition, offset, key and base64.b64decode(key), value and base64.b64decode(value),
                tuple((name, base64.b64decode(one)) for name, one in headers)))
    return found


def save(file: Path, records: Iterable[Record]) -> None:
    with open(file, "w") as output:
        output.writelines(one.line() + "\n" for one in records)


def read(bootstrap: str, prefix: str, topic: str, partitions: int) -> list[Record]:
    """A whole topic, partition by partition in order."""
    consumer = Consumer({
        "bootstrap.servers": bootstrap, "group.id": "chaos-checker", "enable.auto.commit": False,
        "auto.offset.reset": "earliest", "enable.partition.eof": True, "receive.message.max.bytes": 1_500_000_000,
        "log_level": 0})
    found: dict[int, list[Record]] = {one: [] for one in range(partitions)}
    try:
        consumer.assign([TopicPartition(prefix + topic, one, OFFSET_BEGINNING) for one in found])
        waiting = set(found)
        while waiting:
            message = consumer.poll(30)
            if message is None:
                raise TimeoutError(f"{topic}: nothing for 30 s, still waiting for the ends of {waiting}")
            error = message.error()
            if error and error.code() == KafkaError._PARTITION_EOF:
                waiting.discard(message.partition())
            elif error:
                raise KafkaException(error)
            else:
                found[message.partition()].append(Record(
                    topic, message.partition(), message.offset(), message.key(), message.value(),
                    tuple((name, value or b"") for name, value in message.headers() or ())))
    finally:
        consumer.close()
    return [one for partition in sorted(found) for one in found[partition]]
