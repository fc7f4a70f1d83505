"""One of the four services, as a process with an address."""

import re
from pathlib import Path

import httpx

from . import port, tree
from .process import Process
from .wait import until


class Service:
    """`arguments` and `env` are what it is started with, each time."""

    def __init__(self, name: str, directory: Path, arguments: list[str], env: dict[str, str], number: int):
        self.name = name
        self.port = number
        self.data = directory / name
        self.url = f"http://127.0.0.1:{self.port}"
        command = [
            str(tree.executable(name)), "--host", "127.0.0.1", "--port", str(self.port), "--advertise", self.url,
            "--data-dir", str(self.data), *arguments]
        self.process = Process(name, command, env, directory / "logs" / f"{name}.log")

    def start(self) -> None:
        self.process.start()

    def answers(self, path: str) -> int | None:
        try:
            return httpx.get(self.url + path, timeout=5).status_code
        except httpx.HTTPError:
            return None

    def is_ready(self) -> bool:
        return self.answers("/readyz") == 200

    def wait_until_ready(self) -> None:
        until(lambda: not self.process.is_alive() or self.is_ready(), f"{self.name} to be ready")
        assert self.process.is_alive(), f"{self.name} has ended: {self.process.tail()}"

    def kill(self) -> None:
        self.process.kill()
        assert not port.is_open(self.port), f"the killed {self.name}'s port is still open"

    def status(self) -> dict:
        answer = httpx.get(self.url + "/status", timeout=20)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def shards(self) -> dict[int, dict]:
        """What `/status` says of each shard held here."""
        return {one["shard"]: one for one in self.status()["shards"]}

    def files(self) -> list[Path]:
        """The shard files; the spool is none of them."""
        pattern = re.compile(rf"{self.name}-\d+\.v\d+\.sqlite$")
        return sorted(one for one in self.data.rglob("*.sqlite") if pattern.search(one.name))

    def delete_files(self) -> int:
        """Deletes the shard files of a stopped service."""
        assert not self.process.is_alive()
        files = self.files()
        for one in files:
            for suffix in ("", "-wal", "-shm"):
                Path(f"{one}{suffix}").unlink(missing_ok=True)
        return len(files)
