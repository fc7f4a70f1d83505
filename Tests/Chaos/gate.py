"""The proxy as a child process."""

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

from kit import port
from kit.wait import until


class Gate:
    """All between services and broker goes through it. Commands return once they are obeyed."""

    def __init__(self, to: int, log: Path):
        self.port = port.free()
        self.to = to
        self.log = log
        self.child: subprocess.Popen | None = None
        self._lock = threading.Lock()

    def start(self) -> "Gate":
        self.log.parent.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, str(Path(__file__).with_name("proxy.py")), "--listen", str(self.port), "--to",
                   str(self.to)]
        with open(self.log, "ab") as errors:
            self.child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors)
        until(lambda: port.is_open(self.port), "the proxy to listen")
        return self

    def end(self) -> None:
        if self.child and self.child.poll() is None:
            self.child.kill()
            self.child.wait(10)

    def _tell(self, **command) -> None:
        with self._lock:
            self.child.stdin.write(json.dumps(command).encode() + b"\n")
            self.child.stdin.flush()
            assert self.child.stdout.readline(), "the proxy has ended"

    def close(self) -> None:
        """For everybody but this process."""
        self._tell(gate=os.getpid())

    def open(self) -> None:
        self._tell(gate=None)

    def rule(self, pid: int, **what) -> None:
        self._tell(pid=pid, **what)
