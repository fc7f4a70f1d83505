"""Many at once."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Callable, TypeVar

T = TypeVar("T")


def at_once(count: int, action: Callable[[int], T]) -> list[T]:
    """Runs the action `count` times, all let go at the same moment."""
    gate = threading.Barrier(count)

    def run(number: int) -> T:
        gate.wait(30)
        return action(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))
