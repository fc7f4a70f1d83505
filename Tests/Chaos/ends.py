"""Where the kept topics end, asked through a client that is not ours."""

import threading
import time
from collections import deque

from confluent_kafka import KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec

from checker.record import KEPT

Ends = dict[str, dict[int, int]]


def ends_of(bootstrap: str, prefix: str, partitions: int, client: AdminClient | None = None) -> Ends:
    client = client or AdminClient({"bootstrap.servers": bootstrap, "log_level": 0})
    asked = {TopicPartition(prefix + topic, one): OffsetSpec.latest() for topic in KEPT for one in range(partitions)}
    found: Ends = {topic: {} for topic in KEPT}
    for place, future in client.list_offsets(asked, request_timeout=20).items():
        found[place.topic.removeprefix(prefix)][place.partition] = future.result(25).offset
    return found


class Watch:
    """Looks at the ends all the time, so that it is known afterwards since when what the broker lost was there."""

    def __init__(self, *arguments):
        self.arguments = arguments
        # (when asked, when answered, ends), some minutes' worth.
        self._seen: deque[tuple[float, float, Ends]] = deque(maxlen=600)
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> "Watch":
        self._thread.start()
        return self

    def end(self) -> None:
        self._ends.set()
        if self._thread.is_alive():
            self._thread.join(30)

    def since(self, left: Ends, at: float) -> float:
        """The last moment before `at` at which the log had no more than what is left of it."""
        for asked, answered, ends in reversed(list(self._seen)):
            # A question that went on over the loss was answered by the log after it.
            if answered < at and all(end <= left[topic][one] for topic, of in ends.items() for one, end in of.items()):
                return asked
        return 0.0

    def _run(self) -> None:
        bootstrap, prefix, partitions = self.arguments
        client = AdminClient({"bootstrap.servers": bootstrap, "log_level": 0})
        while not self._ends.wait(0.25):
            asked = time.monotonic()
            try:
                ends = ends_of(bootstrap, prefix, partitions, client)
                self._seen.append((asked, time.monotonic(), ends))
            except KafkaException:
                pass  # It is away just now.


def places(ends: Ends) -> dict[str, int]:
    """{"topic/partition": end}"""
    return {f"{topic}/{one}": end for topic, of in ends.items() for one, end in of.items()}
