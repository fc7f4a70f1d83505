"""compose/up as a person and a script meet it: real broker, real services, free ports, a run directory of its own."""

import json
import os
import re
import signal
import socket
import stat
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
KEYS = """INGEST_URL PRESENCE_URL CONVERSATIONS_URL QUALIFICATION_URL KAFKA_BOOTSTRAP_SERVERS DIRECTCHAT_TOPIC_PREFIX
DEALERSHIP DEALERSHIP_NUMBER STAFF_TOKEN OTHER_DEALERSHIP OTHER_STAFF_TOKEN OPS_TOKEN DIRECTCHAT_STAFF_JWT_SECRET
TWILIO_ACCOUNT_SID TWILIO_AUTH_TOKEN TWILIO_PUBLIC_URL""".split()
PARTS = ["broker", "ingest", "presence", "conversations", "qualification"]


def wait(what, condition, seconds=120):
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, f"{what}: not within {seconds} s"
        time.sleep(0.1)
    return found


def free_ports(count):
    held = [socket.socket() for _ in range(count)]
    for one in held:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in held]
    for one in held:
        one.close()
    return ports


class Up:
    """A run directory with its ports, and the `compose/up` that works there, if any."""

    def __init__(self, directory):
        self.run, self.process = directory / "run", None
        self.output = directory / "output"
        self.environment = {name: value for name, value in os.environ.items()
                            if not name.startswith(("DIRECTCHAT_", "KAFKA_", "TWILIO_"))}
        self.ports = dict(zip(PARTS, free_ports(len(PARTS))))
        self.environment["DIRECTCHAT_RUN_DIR"] = str(self.run)
        for name, port in self.ports.items():
            self.environment[f"DIRECTCHAT_{name.upper()}_PORT"] = str(port)

    def command(self, *arguments):
        return subprocess.run([ROOT / "compose/up", *arguments], env=self.environment, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300)

    def start(self):
        with open(self.output, "w") as output:
            self.process = subprocess.Popen([ROOT / "compose/up"], env=self.environment, stdin=subprocess.DEVNULL,
                                            stdout=output, stderr=subprocess.STDOUT, start_new_session=True)

        def written():
            assert self.process.poll() is None, self.output.read_text()
            # An earlier run's file is removed before this one's services start.
            return (self.run / "env").exists() and "DirectChat is ready" in self.output.read_text()

        wait("compose/up is ready", written, 300)
        return self.env()

    def stop(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        code = self.process.wait(timeout=60)
        self.process = None
        return code

    def env(self):
        return dict(line.split("=", 1) for line in (self.run / "env").read_text().splitlines())

    def pid(self, name):
        for line in (self.run / "pids").read_text().splitlines():
            part, _, rest = line.partition("=")
            if part == name:
                return int(rest.split()[0])
        return None

    def is_listening(self, name):
        with socket.socket() as one:
            return one.connect_ex(("127.0.0.1", self.ports[name])) == 0


def answers(url):
    try:
        with urllib.request.urlopen(url + "/readyz", timeout=2) as answer:
            return answer.status == 200
    except OSError:
        return False


@pytest.fixture
def up(tmp_path):
    one = Up(tmp_path)
    yield one
    if one.process:
        one.stop()


def test_up_from_start_to_stop(up):
    env = up.start()
    assert [name for name in KEYS if not env.get(name)] == []
    assert stat.S_IMODE((up.run / "env").stat().st_mode) == 0o600
    assert f"{env['CONVERSATIONS_URL']}/#token={env['STAFF_TOKEN']}" in up.output.read_text()

    # A second one says so, and harms nothing.
    second = up.command()
    assert second.returncode == 1 and "already running" in second.stdout
    assert up.env() == env

    # The demo uses the services that run, and leaves them running.
    demo = up.command("--demo")
    assert demo.returncode == 0, demo.stdout
    assert "building" not in demo.stdout and "directchat.deal-created" in demo.stdout
    assert up.process.poll() is None and answers(env["INGEST_URL"])

    # The broker writes behind: what it has not written when it is killed is gone, and shards that have folded it halt.
    deal = re.search(r"deal ([A-Za-z0-9_-]+), source", demo.stdout)[1]
    written = ",".join(str(byte) for byte in f'"dealId":"{deal}"'.encode())
    log = up.run / "broker" / "kafka.json"
    wait("the broker has written the deal", lambda: log.exists() and written in log.read_text())

    # What dies is started again.
    for name in ("conversations", "broker"):
        killed = up.pid(name)
        os.kill(killed, signal.SIGKILL)
        wait(f"{name} runs again", lambda: up.pid(name) not in (None, killed) and up.is_listening(name))
    wait("conversations is ready again", lambda: answers(env["CONVERSATIONS_URL"]))

    # Stopped in good order; the data stays.
    assert up.stop() == 0
    assert not (up.run / "env").exists() and not (up.run / "pids").exists()
    assert [name for name in PARTS if up.is_listening(name)] == []
    again = up.start()
    assert again["DIRECTCHAT_STAFF_JWT_SECRET"] == env["DIRECTCHAT_STAFF_JWT_SECRET"]
    assert again["TWILIO_AUTH_TOKEN"] == env["TWILIO_AUTH_TOKEN"]
    request = urllib.request.Request(
        again["CONVERSATIONS_URL"] + "/v1/conversations", headers={"Authorization": f"Bearer {again['STAFF_TOKEN']}"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert len(json.load(answer)["items"]) == 2, "the demo's two conversations are there after a restart"


def test_what_a_killed_up_left_is_taken_over(up):
    env = up.start()
    left = {name: up.pid(name) for name in PARTS}
    assert up.stop(signal.SIGKILL) == -signal.SIGKILL
    assert answers(env["INGEST_URL"]), "the services of a killed up go on"
    up.start()
    for name, pid in left.items():
        assert up.pid(name) != pid
        assert not Path(f"/proc/{pid}/exe").exists() or "Z" in Path(f"/proc/{pid}/stat").read_text().split()[2]


def test_a_taken_port_is_named(up):
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", up.ports["presence"]))
        taken.listen()
        result = up.command()
    assert result.returncode == 1
    assert str(up.ports["presence"]) in result.stdout and "DIRECTCHAT_PRESENCE_PORT" in result.stdout


def test_an_unknown_option_is_refused(up):
    result = up.command("--dmeo")
    assert result.returncode == 1 and "--dmeo" in result.stdout
