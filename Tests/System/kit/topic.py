"""One topic on the broker, through a client that is not ours."""

import json
from dataclasses import dataclass

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, Producer, TopicPartition


@dataclass(frozen=True)
class Record:
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...]
    timestamp: int

    def header(self, name: str) -> str | None:
        found = [value for key, value in self.headers if key == name]
        return found[-1].decode() if found else None

    @property
    def type(self) -> str | None:
        return self.header("ce_type")

    @property
    def json(self):
        return json.loads(self.value)


class Topic:
    def __init__(self, bootstrap: str, name: str, partitions: int):
        self.bootstrap = bootstrap
        self.name = name
        self.partitions = partitions

    def _consumer(self) -> Consumer:
        return Consumer({
            "bootstrap.servers": self.bootstrap, "group.id": "outsider", "enable.auto.commit": False,
            "auto.offset.reset": "error", "enable.partition.eof": True, "receive.message.max.bytes": 1_500_000_000,
            # Its complaints about a broker that a test has stopped are no news.
            "log_level": 0})

    def begins(self) -> dict[int, int]:
        """The first offset of each partition."""
        return {one: low for one, (low, _) in self._watermarks().items()}

    def ends(self) -> dict[int, int]:
        """The next offset of each partition."""
        return {one: high for one, (_, high) in self._watermarks().items()}

    def _watermarks(self) -> dict[int, tuple[int, int]]:
        consumer = self._consumer()
        try:
            return {
                one: consumer.get_watermark_offsets(TopicPartition(self.name, one), timeout=30)
                for one in range(self.partitions)}
        finally:
            consumer.close()

    def records(self) -> list[Record]:
        """Everything from the start, partition by partition in order."""
        consumer = self._consumer()
        found: dict[int, list[Record]] = {one: [] for one in range(self.partitions)}
        try:
            consumer.assign([TopicPartition(self.name, one, OFFSET_BEGINNING) for one in found])
            waiting = set(found)
            while waiting:
                message = consumer.poll(30)
                # One with an empty value is false.
                assert message is not None, f"{self.name}: nothing for 30 s, still waiting for the ends of {waiting}"
                error = message.error()
                if error and error.code() == KafkaError._PARTITION_EOF:
                    waiting.discard(message.partition())
                elif error:
                    raise KafkaException(error)
                else:
                    found[message.partition()].append(Record(
                        message.partition(), message.offset(), message.key(), message.value(),
                        tuple(message.headers() or ()), message.timestamp()[1]))
        finally:
            consumer.close()
        return [record for partition in sorted(found) for record in found[partition]]

    def at(self, bootstrap: str) -> "Topic":
        """The same topic on another broker."""
        return Topic(bootstrap, self.name, self.partitions)

    def append(
        self, partition: int, value: bytes | None, key: bytes | None, headers: list[tuple[str, bytes]],
    ) -> int:
        """Puts any record there, right or wrong; returns its offset."""
        reports: list = []
        producer = Producer({"bootstrap.servers": self.bootstrap, "acks": "all"})
        producer.produce(
            self.name, value=value, key=key, partition=partition, headers=headers,
            on_delivery=lambda error, message: reports.append((error, message.offset())))
        producer.flush(30)
        assert reports and reports[0][0] is None, reports
        return reports[0][1]


def cloud_event(
    type: str, dealership: str, id: str, service: str = "ingest", subject: str | None = None,
    time: str = "2026-08-22T19:03:27.412Z",
) -> list[tuple[str, bytes]]:
    """The headers of an event as DirectChat writes them."""
    headers = [
        ("ce_specversion", b"1.0"), ("ce_id", id.encode()),
        ("ce_source", f"/dealerships/{dealership}/{service}".encode()),
        ("ce_type", f"directchat.{type}.v1".encode()), ("ce_time", time.encode())]
    if subject:
        headers.append(("ce_subject", subject.encode()))
    return [*headers, ("content-type", b"application/json")]
