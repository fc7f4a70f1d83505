"""Several instances of each service on one broker, which come and go."""

import random
import time
from pathlib import Path

import httpx

from . import port
from .cluster import NAMES, Cluster
from .service import Service
from .wait import until


class Crew:
    """All instances of one service, as one: what each shard's owner says."""

    def __init__(self, name: str):
        self.name = name
        self.members: list[Service] = []

    def alive(self) -> list[Service]:
        return [one for one in self.members if one.process.is_alive()]

    def owned(self) -> dict[int, tuple[Service, dict]]:
        """The owner of each shard and what it says of it; each shard once, or it is not the moment to ask."""
        found: dict[int, tuple[Service, dict]] = {}
        for one in self.alive():
            try:
                shards = one.shards()
            except httpx.HTTPError as error:
                raise AssertionError(f"{one.url} does not answer: {error!r}") from error
            for number, shard in shards.items():
                assert number not in found, f"{self.name}/{number} is held by two"
                found[number] = (one, shard)
        return found

    def owners(self) -> dict[int, str]:
        """The address of each live shard's owner."""
        return {number: one.url for number, (one, shard) in self.owned().items() if shard["state"] == "live"}

    def shards(self) -> dict[int, dict]:
        return {number: shard for number, (_, shard) in self.owned().items()}

    def files(self) -> list[Path]:
        """Of each shard its owner's file: others may have older ones."""
        held = self.owned()
        return sorted(
            file for number, (one, _) in held.items() for file in one.files()
            if file.name.split(".")[0] == f"{self.name}-{number}")


class Balancer:
    """What stands before the instances of one service: sends to any that was not refused just now."""

    def __init__(self) -> None:
        self.urls: list[str] = []
        self._refused: dict[str, float] = {}

    def add(self, url: str) -> None:
        self.urls = [*self.urls, url]

    def remove(self, url: str) -> None:
        self.urls = [one for one in self.urls if one != url]

    def choose(self) -> str:
        now = time.monotonic()
        fine = [one for one in self.urls if self._refused.get(one, 0) + 1 < now]
        return random.choice(fine or self.urls)

    def refused(self, url: str) -> None:
        self._refused[url] = time.monotonic()


class Fleet(Cluster):
    """A cluster with a balancer before each service. Members are dynamic unless they are told to be static."""

    def __init__(self, *arguments, instances: dict[str, int], static: bool = False, **options):
        super().__init__(*arguments, **options)
        self.static = static
        self.templates = self.services
        self.crews = {name: Crew(name) for name in NAMES}
        self.balancers = {name: Balancer() for name in NAMES}
        self.services = {}
        for name in NAMES:
            for _ in range(instances.get(name, 1)):
                self.enlist(name)

    def __getitem__(self, name: str) -> Crew:
        return self.crews[name]

    def enlist(self, name: str) -> Service:
        """One more instance, not yet started, with files and a port of its own."""
        number = len(self.crews[name].members) + 1
        template = self.templates[name]
        arguments = list(template.process.command)
        arguments = arguments[arguments.index("--data-dir") + 2:]
        at = arguments.index("--instance-id")
        arguments[at:at + 2] = ["--instance-id", f"{name}-{number}"] if self.static else []
        one = Service(
            name, self.directory / f"{name}-{number}", arguments, self.env,
            template.port if number == 1 else port.free())
        self.crews[name].members.append(one)
        self.services[f"{name}-{number}"] = one
        return one

    def start(self) -> "Fleet":
        for one in self.services.values():
            one.start()
        for name in NAMES:
            self.wait_until_owned(name)
            for one in self.crews[name].members:
                one.wait_until_ready()
                self.balancers[name].add(one.url)
        return self

    def add(self, name: str) -> Service:
        """Starts one more and lets it have requests once it says that it is ready."""
        one = self.enlist(name)
        one.start()
        one.wait_until_ready()
        self.balancers[name].add(one.url)
        return one

    def is_owned(self, name: str) -> bool:
        """Is every shard live with one owner that runs?"""
        return len(self.crews[name].owners()) == self.partitions

    def wait_until_owned(self, name: str, within: float = 90) -> None:
        def owned() -> bool:
            states = {number: shard["state"] for number, shard in self.crews[name].shards().items()}
            assert list(sorted(states)) == list(range(self.partitions)), f"{name} holds {sorted(states)}"
            assert set(states.values()) == {"live"}, f"{name}: {states}"
            return True
        until(owned, f"every shard of {name} to be live", within)

    def dead_letters(self, name: str) -> list[dict]:
        found: list[dict] = []
        for one in self.crews[name].alive():
            answer = httpx.get(
                one.url + "/v1/dead-letters", params={"limit": 1000}, headers=self.ops(), timeout=20)
            assert answer.status_code == 200, answer.text
            found += answer.json()["items"]
        return found
