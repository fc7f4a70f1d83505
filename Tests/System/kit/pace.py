"""Doing something at a given rate."""

import asyncio
import random
import time
from typing import Awaitable, Callable


async def paced(
    rate: float, ends: asyncio.Event, action: Callable[[], Awaitable[None]], after: float = 0,
) -> None:
    """`rate` times a second until `ends` is set, also after a pause: what could not be done then is done faster."""
    due = time.monotonic() + after + random.uniform(0, 1 / rate)
    while not ends.is_set():
        if (wait := due - time.monotonic()) > 0:
            try:
                await asyncio.wait_for(ends.wait(), wait)
                return
            except asyncio.TimeoutError:
                pass
        await action()
        due += 1 / rate
