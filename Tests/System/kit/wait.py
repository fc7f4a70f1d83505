"""Waiting for a condition, never for a time."""

import time
from typing import Callable, TypeVar

T = TypeVar("T")

# Long enough for a debug build on a loaded machine; nothing passes or fails by how much of it was needed.
PATIENCE = 90.0


def until(condition: Callable[[], T], what: str, within: float = PATIENCE) -> T:
    """Polls until the condition is true and returns what it returned.

    An AssertionError inside the condition counts as "not yet" and is shown if the deadline passes.
    """
    deadline = time.monotonic() + within
    pause = 0.01
    while True:
        last: object = None
        try:
            last = condition()
            if last:
                return last
        except AssertionError as error:
            last = error
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {within:.0f} s for {what}; last: {last}")
        time.sleep(pause)
        pause = min(pause * 1.5, 0.25)
