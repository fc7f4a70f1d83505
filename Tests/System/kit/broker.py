"""The local Kafka broker, as a process that can be stopped in good order or killed."""

import os
import shutil
import time
from contextlib import contextmanager
from pathlib import Path

from . import port, tree
from .process import Process
from .wait import until


class Broker:
    """`compose/broker`. SIGTERM keeps everything; SIGKILL loses about the last second of what it acknowledged.

    `advertised`: the port of what stands before it; clients then reach it there only.
    """

    def __init__(self, directory: Path, number: int | None = None, advertised: int | None = None):
        self.directory = directory
        self.port = number or port.free()
        self.advertised = advertised or self.port
        self.data = directory / "broker"
        # Of the steady clock; when it was started last.
        self.started = 0.0
        command = [str(tree.ROOT / "compose/broker"), "--port", str(self.port), "--advertised-port",
                   str(self.advertised), "--data-dir", str(self.data)]
        self.process = Process("broker", command, dict(os.environ), directory / "logs" / "broker.log")

    @property
    def bootstrap(self) -> str:
        return f"127.0.0.1:{self.advertised}"

    def start(self) -> "Broker":
        self.data.mkdir(parents=True, exist_ok=True)
        self.process.start()
        self.started = time.monotonic()
        until(lambda: not self.process.is_alive() or port.is_open(self.port), "the broker to listen")
        assert self.process.is_alive(), f"the broker has ended: {self.process.tail()}"
        return self

    def stop(self) -> None:
        self.process.stop()
        assert not port.is_open(self.port), "the stopped broker's port is still open"

    def kill(self) -> None:
        self.process.kill()
        assert not port.is_open(self.port), "the killed broker's port is still open: something else was killed"

    def last_write(self) -> int:
        """Changes whenever it has written its files: what it took since then is only in its memory."""
        return max((one.stat().st_mtime_ns for one in self.data.rglob("*") if one.is_file()), default=0)

    @contextmanager
    def as_it_fell(self):
        """What a killed broker would come back with: another broker on a copy of its files."""
        assert not self.process.is_alive()
        copy = self.directory / f"fallen-{port.free()}"
        shutil.copytree(self.data, copy / "broker")
        other = Broker(copy)
        other.start()
        try:
            yield other
        finally:
            other.process.kill()
            shutil.rmtree(copy)
