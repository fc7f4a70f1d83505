"""Who is to run, and who is in the hands of a fault just now."""

import random
import signal
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import Callable

from kit.fleet import Fleet
from kit.service import Service

# Preloaded only where a clock will be stepped.
LIBRARY = next((str(one) for one in Path("/usr/lib").glob("*/faketime/libfaketime.so.1")), "")

# How long a fault waits for an instance that is free for it.
PATIENCE = 12.0


class Nobody(Exception):
    """No instance is free for it, or the broker does not answer."""


class Keeper:
    """Runs every instance that should run: what ends by itself is started again, as a supervisor does."""

    def __init__(self, fleet: Fleet, note: Callable[[str], None]):
        self.fleet = fleet
        self.note = note
        self.held: set[Service] = set()
        self.retired: set[Service] = set()
        # "<instance>: <how>" of what ended by itself, and of stops that were no good end.
        self.ended_by_themselves: list[str] = []
        self.crashes: list[str] = []
        # Seconds from the start of a process to its readiness, by service.
        self.restores: dict[str, list[float]] = {}
        self._lock = threading.Lock()
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> "Keeper":
        self._thread.start()
        return self

    def end(self) -> None:
        """Nobody is started again from here on."""
        self._ends.set()
        if self._thread.is_alive():
            self._thread.join(30)

    def members(self, service: str | None = None) -> list[Service]:
        """Who should run, of one service or of all."""
        return [one for crew in self.fleet.crews.values() if service in (None, crew.name)
                for one in list(crew.members) if one not in self.retired]

    @contextmanager
    def holding(
        self, random: random.Random, service: str | None = None, fits: Callable[[Service], bool] = lambda _: True,
    ):
        """One that runs and that no other fault has, chosen by the seed as far as that can be; waited for a while."""
        deadline = time.monotonic() + PATIENCE
        while (chosen := self._take(random, service, fits)) is None:
            if time.monotonic() > deadline:
                raise Nobody
            time.sleep(0.1)
        try:
            yield chosen
        finally:
            with self._lock:
                self.held.discard(chosen)

    def _take(self, random: random.Random, service: str | None, fits: Callable[[Service], bool]) -> Service | None:
        with self._lock:
            free = [one for one in self.members(service)
                    if one not in self.held and one.process.is_alive() and fits(one)]
            if not free:
                return None
            chosen = random.choice(free)
            self.held.add(chosen)
            return chosen

    def enlist(self, service: str, launch: Callable[[Service], None]) -> Service:
        """One more instance. Until it has been launched it is nobody's to find dead and start a second time."""
        with self._lock:
            one = self.fleet.enlist(service)
            self.held.add(one)
        try:
            launch(one)
        finally:
            with self._lock:
                self.held.discard(one)
        return one

    def launch(self, one: Service) -> None:
        """Starts it and waits until it is ready, or for a while: a shard of it may wait for a person."""
        began = time.monotonic()
        one.start()
        while time.monotonic() - began < 30:
            if not one.process.is_alive():
                return
            if one.is_ready():
                self.restores.setdefault(one.name, []).append(time.monotonic() - began)
                return
            time.sleep(0.1)

    def judge(self, one: Service, code: int | None) -> None:
        """An error of its own may end a process, and SIGKILL is ours; another signal is a crash."""
        if code is not None and code < 0 and code != -signal.SIGKILL:
            self.crashes.append(f"{name_of(one)} ended by signal {-code}: {one.process.tail(3)[-600:]}")

    def retire(self, one: Service) -> None:
        self.retired.add(one)
        self.fleet.balancers[one.name].remove(one.url)

    def revive(self) -> None:
        """Also those that were taken away for good: what only their spools have comes then."""
        for one in list(self.retired):
            self.retired.discard(one)
            self.fleet.balancers[one.name].add(one.url)

    def _run(self) -> None:
        while not self._ends.wait(0.3):
            with self._lock:
                dead = [one for one in self.members() if one not in self.held and not one.process.is_alive()]
                self.held.update(dead)
            for one in dead:
                code = one.process.child.poll() if one.process.child else None
                self.note(f"{name_of(one)} had ended by itself with {code}")
                self.ended_by_themselves.append(f"{name_of(one)}: {code}")
                self.judge(one, code)
                one.start()
            with self._lock:
                self.held.difference_update(dead)


def name_of(one: Service) -> str:
    return one.data.parent.name


def fake_clock(one: Service, folder: Path) -> None:
    """From its next start on its wall clock is what its file says; its steady clock is the machine's."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / name_of(one)
    file.write_text("+0\n")
    one.process.env = {
        **one.process.env, **as_environment(one.process.command[1:]), "LD_PRELOAD": LIBRARY,
        "FAKETIME_TIMESTAMP_FILE": str(file), "FAKETIME_CACHE_DURATION": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        # Else waits that go by the steady clock end at once, and whoever waits spins.
        "FAKETIME_FORCE_MONOTONIC_FIX": "0"}


def as_environment(flags: list[str]) -> dict[str, str]:
    """The library changes the environment before `main`; Swift, which finds the arguments beside it, then has none."""
    found: dict[str, str] = {}
    for at, flag in enumerate(flags):
        if flag.startswith("--"):
            value = flags[at + 1] if at + 1 < len(flags) and not flags[at + 1].startswith("--") else "true"
            found["DIRECTCHAT_" + flag[2:].replace("-", "_").upper()] = value
    return found
