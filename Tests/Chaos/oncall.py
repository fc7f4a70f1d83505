"""The person on call: reads /status, and resumes what is halted or holding by the documented command."""

import threading
import time
from collections import Counter

import httpx

from kit.service import Service

from instances import Keeper


class OnCall:
    def __init__(self, keeper: Keeper):
        self.keeper = keeper
        # "<service> <state>: <kind of trouble>": how often.
        self.resumed: Counter[str] = Counter()
        # Seconds from being seen halted to being live again.
        self.mended: list[float] = []
        self._since: dict[tuple[str, int], float] = {}
        self._client = httpx.Client(timeout=5, headers=keeper.fleet.ops())
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> "OnCall":
        self._thread.start()
        return self

    def end(self) -> None:
        self._ends.set()
        self._thread.join(60)

    def _run(self) -> None:
        while not self._ends.wait(1):
            for one in self.keeper.members():
                if one.process.is_alive():
                    try:
                        self._look(one)
                    except httpx.HTTPError:
                        pass  # Paused, or starting.

    def _look(self, one: Service) -> None:
        for shard in self._client.get(one.url + "/status").json()["shards"]:
            place = (one.name, shard["shard"])
            if shard["state"] in ("halted", "holding"):
                self._since.setdefault(place, time.monotonic())
                # The owner is the one that shows it; a few seconds' rest, so that a cause that lasts is not hammered.
                answer = self._client.post(f"{one.url}/v1/shards/{shard['shard']}/resume")
                if answer.status_code < 300:
                    kind = (shard.get("detail") or "").split(":")[0][:40]
                    self.resumed[f"{one.name} {shard['state']}: {kind}"] += 1
            elif shard["state"] == "live" and place in self._since:
                self.mended.append(time.monotonic() - self._since.pop(place))
