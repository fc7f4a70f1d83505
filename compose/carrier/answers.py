"""How the API answers the next requests, where a test or the plan says so."""

import threading

from plan import ANSWERS, Plan


class Answers:
    """Wishes come first, the oldest one first; then the plan."""

    def __init__(self, plan: Plan):
        self._plan = plan
        self._lock = threading.Lock()
        self._wishes: list[dict] = []
        self._requests = 0

    def wish(self, answer: str, times: int = 1, to: str | None = None) -> None:
        """`to`: only for texts to this phone."""
        if answer not in ANSWERS:
            raise ValueError(f"next.answer is none of {', '.join(ANSWERS)}")
        if not isinstance(times, int) or times < 1:
            raise ValueError(f"next.times cannot be {times!r}")
        with self._lock:
            self._wishes.append({"answer": answer, "times": times, "to": to})

    def forget(self) -> None:
        with self._lock:
            self._wishes = []

    def take(self, to: str) -> str | None:
        """None: as it should be."""
        with self._lock:
            self._requests += 1
            for one in self._wishes:
                if one["to"] in (None, to):
                    one["times"] -= 1
                    if not one["times"]:
                        self._wishes.remove(one)
                    return one["answer"]
            return self._plan.answer(self._requests)

    @property
    def state(self) -> dict:
        with self._lock:
            return {"requests": self._requests, "next": [dict(one) for one in self._wishes]}
