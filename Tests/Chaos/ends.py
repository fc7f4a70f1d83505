"""Where the kept topics end, asked through a client that is not ours."""

from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec

from checker.record import KEPT

Ends = dict[str, dict[int, int]]


def ends_of(bootstrap: str, prefix: str, partitions: int) -> Ends:
    client = AdminClient({"bootstrap.servers": bootstrap, "log_level": 0})
    asked = {TopicPartition(prefix + topic, one): OffsetSpec.latest() for topic in KEPT for one in range(partitions)}
    found: Ends = {topic: {} for topic in KEPT}
    for place, future in client.list_offsets(asked, request_timeout=20).items():
        found[place.topic.removeprefix(prefix)][place.partition] = future.result(25).offset
    return found


def places(ends: Ends) -> dict[str, int]:
    """{"topic/partition": end}"""
    return {f"{topic}/{one}": end for topic, of in ends.items() for one, end in of.items()}
