"""Another system that reads deals: its state, and the ids that it has applied."""

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, TopicPartition


class Subscriber:
    """Reads a topic from where it stopped, and applies each event once, as the README tells subscribers to."""

    def __init__(self, bootstrap: str, topic: str, partitions: int):
        self.bootstrap = bootstrap
        self.topic = topic
        self.next = {one: OFFSET_BEGINNING for one in range(partitions)}
        self.applied: set[tuple[str, str]] = set()
        self.deals: dict[str, bytes] = {}
        # How often anything was applied.
        self.changes = 0

    def lose_state(self) -> None:
        """The database is gone; where it stands in the topic is not."""
        self.applied.clear()
        self.deals.clear()

    def read(self) -> "Subscriber":
        """To the topic's present end."""
        consumer = Consumer({
            "bootstrap.servers": self.bootstrap, "group.id": "dms-reader", "enable.auto.commit": False,
            "enable.partition.eof": True, "receive.message.max.bytes": 1_500_000_000, "log_level": 0})
        try:
            consumer.assign([TopicPartition(self.topic, one, at) for one, at in self.next.items()])
            waiting = set(self.next)
            while waiting:
                message = consumer.poll(30)
                assert message is not None, f"nothing for 30 s, still waiting for the ends of {waiting}"
                if message.error():
                    assert message.error().code() == KafkaError._PARTITION_EOF, message.error()
                    waiting.discard(message.partition())
                    continue
                self.next[message.partition()] = message.offset() + 1
                headers = dict(message.headers())
                event = (headers["ce_source"].decode(), headers["ce_id"].decode())
                if event not in self.applied:
                    self.applied.add(event)
                    self.deals[headers["ce_subject"].decode()] = message.value()
                    self.changes += 1
        finally:
            consumer.close()
        return self
