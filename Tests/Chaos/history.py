"""What clients sent, and what they were told."""

import json
import time
from collections import Counter
from pathlib import Path


class History:
    """An operation is there from its first sending on; how a line looks stands in `checker/run.py`."""

    def __init__(self) -> None:
        self.operations: list[dict] = []
        # "<op> <status>": how often a request was answered so and repeated.
        self.repeats: Counter[str] = Counter()
        self._numbers: Counter[str] = Counter()

    def begin(self, op: str, dealership: str, conversation: str | None, sender: str, client: str, **more) -> dict:
        self._numbers[sender] += 1
        begun = {
            "op": op, "dealership": dealership, "conversation": conversation, "sender": sender,
            "number": self._numbers[sender], "client": client, "sent": time.monotonic(), "told": None, "kept": None,
            "by": None, "attempts": 0, **more}
        self.operations.append(begun)
        return begun

    @property
    def accepted(self) -> int:
        """Messages of both sides."""
        return sum(one["told"] is not None for one in self.operations if one["op"] != "click")

    def save(self, file: Path) -> None:
        with open(file, "w") as output:
            output.writelines(json.dumps(one) + "\n" for one in self.operations)

    def waits(self) -> dict[str, list[float]]:
        """Seconds from the first sending to the acceptance, of each kind of operation, sorted."""
        found: dict[str, list[float]] = {}
        for one in self.operations:
            if one["told"] is not None:
                found.setdefault(one["op"], []).append(one["told"] - one["sent"])
        return {op: sorted(all) for op, all in found.items()}
