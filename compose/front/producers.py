"""Ids of idempotent producers that are never given twice.

noida-db counts them in memory and writes the count behind, as everything: killed, it gives the last ones again, while
the producers that have them live on. The numbers of two producers under one id then collide, and what the second one
sends is acknowledged as a repetition and is in no log. Apache Kafka takes its ids from blocks that it keeps.
"""

import time

from wire import i16, i32, i64

# Ids of one millisecond of starting; no producer is made so often.
SHARE = 1 << 20


class ProducerIds:
    def __init__(self) -> None:
        self._next = time.time_ns() // 1_000_000 * SHARE

    def answer(self) -> bytes:
        """The body of an answer to InitProducerId, up to version 1."""
        self._next += 1
        throttle, error, epoch = i32(0), i16(0), i16(0)
        return throttle + error + i64(self._next) + epoch
