"""Injects the faults of a schedule at their times, several at once where they overlap."""

import random
import threading
import time
import traceback
from dataclasses import dataclass

from faults import KINDS
from instances import Nobody
from schedule import Fault
from stage import Stage


@dataclass
class Done:
    """`outcome` in words; `injected` is false where nobody was free for it, or it could not be."""

    fault: Fault
    began: float
    ended: float = 0.0
    outcome: str = ""
    injected: bool = False
    error: str | None = None

    def __str__(self) -> str:
        return f"{self.fault}: {self.outcome} ({self.ended - self.began:.1f} s)"


class Conductor:
    def __init__(self, stage: Stage, faults: list[Fault]):
        self.stage = stage
        self.faults = faults
        self.done: list[Done] = []
        self._threads: list[threading.Thread] = []

    def run(self, seconds: float) -> None:
        """Returns when the last has been undone, `seconds` after the load began at the earliest."""
        began = self.stage.load.began
        for fault in self.faults:
            time.sleep(max(0.0, began + fault.at - time.monotonic()))
            self.stage.load.check()
            done = Done(fault, time.monotonic())
            self.done.append(done)
            thread = threading.Thread(target=self._inject, args=(done,), daemon=True)
            thread.start()
            self._threads.append(thread)
        for thread in self._threads:
            thread.join(180)
        time.sleep(max(0.0, began + seconds - time.monotonic()))
        self.stage.load.check()

    def _inject(self, done: Done) -> None:
        fault = done.fault
        try:
            done.outcome = KINDS[fault.kind].inject(self.stage, random.Random(fault.seed), **fault.parameters)
            done.injected = not done.outcome.startswith("skipped")
        except Nobody:
            done.outcome = "skipped: nobody is there for it"
        except Exception as error:
            done.outcome, done.error = f"failed: {error!r}", traceback.format_exc()
        done.ended = time.monotonic()
