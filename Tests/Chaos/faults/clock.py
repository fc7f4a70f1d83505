"""An instance's wall clock is stepped, and steps back: also while it has promises that hang on a time."""

import time
from pathlib import Path

WEIGHT, CONCERNS_ALL = 2, False


def draw(random, at: float) -> dict:
    offset = random.choice((-3600, -10, 10, 3600, 86_400 * 5 * 365))
    return {"offset": offset, "seconds": round(random.uniform(3, 12), 1)}


def inject(stage, random, offset: int, seconds: float) -> str:
    with stage.keeper.holding(random, fits=stage.has_clock) as one:
        file = Path(one.process.env["FAKETIME_TIMESTAMP_FILE"])
        # What was asked before it stepped back may be answered later.
        stage.load.clocks_wrong_until = max(stage.load.clocks_wrong_until, time.monotonic() + seconds + 15)
        file.write_text(f"{offset:+d}\n")
        try:
            time.sleep(seconds)
        finally:
            file.write_text("+0\n")
        return stage.name(one)
