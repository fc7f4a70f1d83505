"""compose/broker, and members of groups on it, as processes that a test starts, stops and kills."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# For a loaded two-core machine; nothing passes by how much of it was needed.
PATIENCE = 60


def until(what, condition, seconds=PATIENCE):
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, f"{what}: not within {seconds} s"
        time.sleep(0.05)
    return found


def is_open(port):
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0


class LocalBroker:
    """On a free port, with data of its own that outlives a stop and a start."""

    def __init__(self, directory):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.bootstrap = f"127.0.0.1:{self.port}"
        self.data, self.log, self.process = directory / "data", directory / "log", None

    def start(self):
        with open(self.log, "a") as output:
            self.process = subprocess.Popen(
                [ROOT / "compose/broker", "--port", str(self.port), "--data-dir", self.data],
                stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        until("the broker answers", lambda: self.process.poll() is not None or is_open(self.port))
        assert self.process.poll() is None, self.log.read_text()
        return self

    def end(self, number):
        self.process.send_signal(number)
        return self.process.wait(PATIENCE)

    def child(self):
        """noida-db's process id."""
        return int(Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()[0])

    def processor_seconds(self):
        """What the front and noida-db have used together."""
        ticks = 0
        for pid in (self.process.pid, self.child()):
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")


class Member:
    """`held` is what it said last; None until it has said anything."""

    def __init__(self, broker, directory, group, strategy="cooperative-sticky", session=2000, instance=None):
        self.output = directory / f"member-{time.monotonic_ns()}"
        self.log = Path(f"{self.output}.log")
        arguments = [broker.bootstrap, group, "shared", strategy, str(session), *([instance] if instance else [])]
        with open(self.output, "w") as output, open(self.log, "w") as log:
            self.process = subprocess.Popen(
                [sys.executable, ROOT / "Tests/Compose/group_member.py", *arguments], stdin=subprocess.DEVNULL,
                stdout=output, stderr=log)

    def said(self):
        return [json.loads(line) for line in self.output.read_text().splitlines(keepends=True) if line.endswith("\n")]

    @property
    def held(self):
        return self.said()[-1] if self.said() else None

    def kill(self):
        self.process.kill()
        self.process.wait(PATIENCE)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(PATIENCE) == 0, self.log.read_text()


def share(members, partitions=12):
    """Do these members hold all partitions between them, each about as many as the others?"""
    held = [member.held for member in members]
    if any(not isinstance(one, list) for one in held):
        return False
    together = sorted(partition for one in held for partition in one)
    return together == list(range(partitions)) and max(map(len, held)) - min(map(len, held)) <= 1
