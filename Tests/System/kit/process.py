"""A child process with a log file."""

import atexit
import os
import signal
import subprocess
from pathlib import Path

_running: set["Process"] = set()


class Process:
    """One command that is started, stopped, killed and started again. Its output is appended to one log."""

    def __init__(self, name: str, command: list[str], env: dict[str, str], log: Path):
        self.name = name
        self.command = command
        self.env = env
        self.log = log
        self.child: subprocess.Popen | None = None

    def start(self) -> None:
        assert not self.is_alive(), f"{self.name} is running already"
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with open(self.log, "ab") as output:
            self.child = subprocess.Popen(
                self.command, env=self.env, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                start_new_session=True)
        _running.add(self)

    @property
    def pid(self) -> int:
        assert self.child
        return self.child.pid

    def is_alive(self) -> bool:
        return self.child is not None and self.child.poll() is None

    def kill(self) -> None:
        """SIGKILL, and waits until the kernel has taken it away."""
        assert self.is_alive(), f"{self.name} had ended by itself: {self.tail()}"
        os.kill(self.pid, signal.SIGKILL)
        self.child.wait(30)
        _running.discard(self)

    def terminate(self) -> None:
        assert self.is_alive(), f"{self.name} had ended by itself: {self.tail()}"
        os.kill(self.pid, signal.SIGTERM)

    def wait(self, within: float) -> int:
        """The exit code; negative for a signal."""
        try:
            code = self.child.wait(within)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"{self.name} did not end within {within:.0f} s: {self.tail()}") from None
        _running.discard(self)
        return code

    def stop(self, within: float = 60) -> int:
        self.terminate()
        return self.wait(within)

    def text(self) -> str:
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def tail(self, lines: int = 15) -> str:
        return "\n".join(self.text().splitlines()[-lines:])


@atexit.register
def _end_all() -> None:
    for process in list(_running):
        if process.is_alive():
            os.kill(process.pid, signal.SIGKILL)
            process.child.wait(10)
