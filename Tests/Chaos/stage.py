"""One round's world: broker, proxy, services, load, and who looks after them."""

import random
import subprocess
import threading
import time
from collections import Counter
from contextlib import contextmanager, suppress
from pathlib import Path

from confluent_kafka import KafkaException

from kit import port
from kit.broker import Broker
from kit.cluster import NAMES
from kit.dealerships import Dealerships
from kit.fleet import Fleet
from kit.service import Service

from ends import Ends, Watch, ends_of
from gate import Gate
from instances import Keeper, Nobody, fake_clock, name_of
from load import Load
from oncall import OnCall

DEALERSHIPS, PARTITIONS, INSTANCES = 20, 6, 2
SESSION_MS = 6_000
DISK = "400m"
# Which second instances live on a small disk of their own.
SMALL_DISKS = ("ingest", "conversations", "qualification")
# What may have been appended between looking at the ends and the kill that follows.
UNSEEN = 20


class Stage:
    def __init__(self, directory: Path, rate: float, seed: int):
        self.directory = directory
        self.random = random.Random(seed)
        # Where the broker is reached for real, and where everybody reaches it.
        behind = port.free()
        self.gate = Gate(behind, directory / "logs" / "proxy.log").start()
        self.broker = Broker(directory, behind, advertised=self.gate.port).start()
        self.fleet = Fleet(
            directory, self.broker, Dealerships(DEALERSHIPS, "lot"), partitions=PARTITIONS,
            instances={name: INSTANCES for name in NAMES}, env={
                "DIRECTCHAT_SESSION_TIMEOUT_MS": str(SESSION_MS), "DIRECTCHAT_SNAPSHOTS": str(directory / "snapshots"),
                "DIRECTCHAT_SNAPSHOT_EVERY": "500"})
        self.watch = Watch(self.broker.bootstrap, self.fleet.prefix, PARTITIONS)
        self.mounted: list[Path] = []
        self.mount_refused: str | None = None
        self.broker_lock = threading.Lock()
        self.enlisting = threading.Lock()
        self.regular = INSTANCES
        self.losses: list[dict] = []
        # Records lost by each kill and each cut.
        self.broker_kills: list[int] = []
        self.cut_tails: list[int] = []
        # (place, reached): how often
        self.failpoints: Counter[tuple[str, bool]] = Counter()
        # (when, what)
        self.notes: list[tuple[float, str]] = []
        self.keeper = Keeper(self.fleet, self.note)
        self._furnish()
        self.load: Load | None = None
        self.oncall: OnCall | None = None
        self.rate = rate

    def _furnish(self) -> None:
        """The first of each service is static, as one on a machine that is updated; the second dynamic, with a clock
        and a disk of its own."""
        for name in NAMES:
            first, second = self.fleet[name].members
            first.process.command += ["--instance-id", f"{name}-1"]
            fake_clock(second, self.directory / "clocks")
            if name in SMALL_DISKS:
                self._mount(second.data)

    def _mount(self, place: Path) -> None:
        place.mkdir(parents=True, exist_ok=True)
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", str(place)], capture_output=True, text=True)
        if done.returncode:
            self.mount_refused = done.stderr.strip() or "mount failed"
        else:
            self.mounted.append(place)

    # Life

    def start(self) -> "Stage":
        self.fleet.start()
        self.keeper.start()
        self.watch.start()
        self.oncall = OnCall(self.keeper).start()
        self.load = Load(self.fleet, self.rate).start()
        return self

    def end(self) -> None:
        """Everything that was started is killed, whatever state it is in."""
        for one in (self.load, self.oncall, self.keeper, self.watch):
            if one:
                one.end()
        for process in [*[one.process for one in self.fleet.services.values()], self.broker.process]:
            with suppress(AssertionError, ProcessLookupError):
                process.kill()
        self.gate.end()
        for place in self.mounted:
            subprocess.run(["umount", "-l", str(place)], check=False)

    def note(self, what: str) -> None:
        self.notes.append((time.monotonic(), what))

    # For faults

    @contextmanager
    def broker_in_hand(self):
        """One fault of the broker at a time; it runs again afterwards, whatever came of the fault."""
        with self.broker_lock:
            try:
                yield self.broker
            finally:
                if not self.broker.process.is_alive():
                    self.broker.start()
                self.gate.open()

    def ends(self) -> Ends:
        """Raises `Nobody` where the broker is too busy to say, which a loss must wait for."""
        for _ in range(5):
            with suppress(KafkaException, TimeoutError):
                return ends_of(self.broker.bootstrap, self.fleet.prefix, PARTITIONS)
        raise Nobody

    def lost(self, at: float, what: str, before: Ends, after: Ends, looked: float | None = None) -> int:
        """Notes which tails are gone; returns how many records.

        `looked`: when the ends were asked for, of a broker that went on taking records until it was killed."""
        unseen = 0 if looked is None else UNSEEN
        topics: dict[str, dict[str, tuple[int, int]]] = {}
        for topic, of in before.items():
            for one, end in of.items():
                if after[topic][one] < end:
                    topics.setdefault(topic, {})[str(one)] = (after[topic][one], end + unseen)
        if topics:
            self.losses.append({
                "since": self.watch.since(after, at), "looked": looked, "at": at, "what": what, "topics": topics})
        return sum(end - unseen - first for of in topics.values() for first, end in of.values())

    def is_on_small_disk(self, one: Service) -> bool:
        return one.data in self.mounted

    def has_clock(self, one: Service) -> bool:
        return "FAKETIME_TIMESTAMP_FILE" in one.process.env

    def name(self, one: Service) -> str:
        return name_of(one)
