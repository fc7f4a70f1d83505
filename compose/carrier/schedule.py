"""Work for later."""

import heapq
import itertools
import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Callable

# Posts that wait for a server which answers nothing keep a thread for half a minute.
THREADS = 64


class Schedule:
    def __init__(self) -> None:
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()
        self._running = 0
        self._changed = threading.Condition()
        self._pool = ThreadPoolExecutor(THREADS, "work")
        threading.Thread(target=self._watch, name="schedule", daemon=True).start()

    @property
    def waiting(self) -> int:
        """What is still to be done or is being done."""
        with self._changed:
            return len(self._due) + self._running

    def add(self, after: float, work: Callable[[], None]) -> None:
        with self._changed:
            heapq.heappush(self._due, (time.monotonic() + after, next(self._order), work))
            self._changed.notify()

    def _watch(self) -> None:
        while True:
            with self._changed:
                while not self._due or self._due[0][0] > time.monotonic():
                    self._changed.wait(self._due[0][0] - time.monotonic() if self._due else None)
                work = heapq.heappop(self._due)[2]
                self._running += 1
            self._pool.submit(self._run, work)

    def _run(self, work: Callable[[], None]) -> None:
        try:
            work()
        except Exception:
            logging.exception("a piece of work failed")
        finally:
            with self._changed:
                self._running -= 1
