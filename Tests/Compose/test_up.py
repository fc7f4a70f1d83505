"""compose/up as a person and a script meet it: real broker, real services, free ports, a run directory of its own."""

import json
import os
import re
import signal
import socket
import sqlite3
import stat
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
KEYS = """INGEST_URL PRESENCE_URL CONVERSATIONS_URL QUALIFICATION_URL INGEST_URLS PRESENCE_URLS CONVERSATIONS_URLS
QUALIFICATION_URLS KAFKA_BOOTSTRAP_SERVERS DIRECTCHAT_TOPIC_PREFIX DEALERSHIP DEALERSHIP_NUMBER STAFF_TOKEN
OTHER_DEALERSHIP OTHER_STAFF_TOKEN OPS_TOKEN DIRECTCHAT_STAFF_JWT_SECRET TWILIO_ACCOUNT_SID TWILIO_AUTH_TOKEN
TWILIO_PUBLIC_URL TWILIO_STATUS_URL TWILIO_API_URL PHONE_URL DIRECTCHAT_MEDIA""".split()
PARTS = ["broker", "ingest", "presence", "conversations", "qualification", "phone"]
TWO_OF_TWO = ["--instances", "ingest=2,conversations=2"]


def wait(what, condition, seconds=120):
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, f"{what}: not within {seconds} s"
        time.sleep(0.1)
    return found


def free_ports(count):
    """Ports that are free, as those of a second and a third instance are, 100 and 200 above."""
    held, ports = [], []
    while len(ports) < count:
        port = 0
        try:
            for more in (0, 100, 200):
                held.append(socket.socket())
                held[-1].bind(("127.0.0.1", port + more))
                port = port or held[-1].getsockname()[1]
        except (OSError, OverflowError):
            continue
        ports.append(port)
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

    def start(self, *arguments):
        with open(self.output, "w") as output:
            self.process = subprocess.Popen([ROOT / "compose/up", *arguments], env=self.environment,
                                            stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                                            start_new_session=True)

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
            service, _, number = name.partition("-")
            return one.connect_ex(("127.0.0.1", self.ports[service] + 100 * (int(number or 1) - 1))) == 0


def answers(url):
    try:
        with urllib.request.urlopen(url + "/readyz", timeout=2) as answer:
            return answer.status == 200
    except OSError:
        return False


def answer_of(url, body=None, **headers):
    """The JSON that comes back, once no shard is on its way from one instance to another."""
    data = None if body is None else json.dumps(body).encode()
    if data:
        headers["Content-Type"] = "application/json"

    def asked():
        try:
            with urllib.request.urlopen(urllib.request.Request(url, data, headers), timeout=10) as answer:
                return [json.load(answer)]
        except urllib.error.HTTPError as error:
            assert error.code == 503, (url, error.code, error.read())
            return None

    return wait(url, asked)[0]


def written_as(text):
    """As the broker's file has it."""
    return ",".join(str(byte) for byte in text.encode())


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
    assert f"{env['PHONE_URL']}/?from=%2B13145550142&to=%2B13145550100\n" in up.output.read_text()
    assert env["TWILIO_API_URL"] == env["PHONE_URL"] == f"http://127.0.0.1:{up.ports['phone']}"
    assert env["TWILIO_STATUS_URL"] == env["TWILIO_PUBLIC_URL"] + "/status"
    assert Path(env["DIRECTCHAT_MEDIA"]).is_dir()

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
    written = written_as(f'"dealId":"{deal}"')
    log = up.run / "broker" / "kafka.json"
    wait("the broker has written the deal", lambda: log.exists() and written in log.read_text())

    # What the phone sends is in the console.
    text = f"from the phone {time.monotonic_ns()}"
    answer_of(env["PHONE_URL"] + "/phone/+12125550142/texts", {"to": env["DEALERSHIP_NUMBER"], "text": text})
    wait("the phone's text", lambda: text in json.dumps(answer_of(
        env["CONVERSATIONS_URL"] + "/v1/conversations", Authorization=f"Bearer {env['STAFF_TOKEN']}")))
    wait("the broker has written it", lambda: written_as(text) in log.read_text())

    # What dies is started again.
    for name in ("conversations", "phone", "broker"):
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
        assert len(json.load(answer)["items"]) == 3, "the demo's two conversations and the phone's are still there"
    texts = answer_of(again["PHONE_URL"] + "/phone/+12125550142/texts")["texts"]
    assert [(one["text"], one["state"]) for one in texts] == [(text, "taken")], "the phone has its thread again"


def test_several_instances(up):
    env = up.start(*TWO_OF_TWO)
    both = {name: env[f"{name.upper()}_URLS"].split(",") for name in ("ingest", "conversations")}
    for name, urls in both.items():
        assert urls == [f"http://127.0.0.1:{up.ports[name] + more}" for more in (0, 100)]
        assert env[f"{name.upper()}_URL"] == urls[0]
        assert (up.run / f"{name}-2").is_dir() and (up.run / "logs" / f"{name}-2.log").exists()
    assert env["PRESENCE_URLS"] == env["PRESENCE_URL"]
    started = up.output.read_text().split("DirectChat is ready.")[1]
    assert all(url in started for urls in both.values() for url in urls)

    # Whichever is asked answers, also for a dealership that the other one serves.
    staff = {env["DEALERSHIP"]: env["STAFF_TOKEN"], env["OTHER_DEALERSHIP"]: env["OTHER_STAFF_TOKEN"]}
    for url in both["conversations"]:
        for token in staff.values():
            assert answer_of(url + "/v1/conversations", Authorization=f"Bearer {token}")["items"] == []
    shards = [answer_of(url + "/status")["shards"] for url in both["conversations"]]
    assert all(shards) and sum(map(len, shards)) == 12, "each serves a share"
    for url in both["ingest"]:
        for dealership in staff:
            assert answer_of(url + "/v1/sessions", {"dealership": dealership})["conversationId"]

    # The console of either, and of one that is added later, may call qualification.
    for more in (0, 100, 200):
        origin = f"http://127.0.0.1:{up.ports['conversations'] + more}"
        request = urllib.request.Request(env["QUALIFICATION_URL"] + "/livez", headers={"Origin": origin})
        with urllib.request.urlopen(request, timeout=5) as answer:
            assert answer.headers["Access-Control-Allow-Origin"] == origin

    killed = up.pid("conversations-2")
    os.kill(killed, signal.SIGKILL)
    wait("conversations-2 runs again", lambda: up.pid("conversations-2") not in (None, killed))
    wait("both are ready again", lambda: all(map(answers, both["conversations"])))

    # One more, as a person starts it: with what .run/env has, and an address and a folder of its own.
    port, log = up.ports["conversations"] + 200, up.run / "logs" / "third.log"
    line = (f"set -a; source '{up.run}/env'; exec '{ROOT}/.build/debug/conversations' --port {port} "
            f"--advertise http://127.0.0.1:{port} --data-dir '{up.run}/conversations-3'")
    with open(log, "w") as output:
        third = subprocess.Popen(["bash", "-c", line], env={"PATH": os.environ["PATH"]}, stdin=subprocess.DEVNULL,
                                 stdout=output, stderr=subprocess.STDOUT)
    try:
        urls = [*both["conversations"], f"http://127.0.0.1:{port}"]
        wait("each of three serves four shards", lambda: third.poll() is None and all(map(answers, urls)) and [
            len(answer_of(url + "/status")["shards"]) for url in urls] == [4, 4, 4])
        for token in staff.values():
            assert answer_of(urls[2] + "/v1/conversations", Authorization=f"Bearer {token}")["items"] == []
    finally:
        third.terminate()
        assert third.wait(timeout=30) == 0, log.read_text()

    assert up.stop() == 0
    parts = [*PARTS, "ingest-2", "conversations-2"]
    assert [name for name in parts if up.is_listening(name)] == [] and not (up.run / "pids").exists()


def test_what_a_killed_up_left_is_taken_over(up):
    env = up.start(*TWO_OF_TWO)
    left = {name: up.pid(name) for name in [*PARTS, "ingest-2", "conversations-2"]}
    assert up.stop(signal.SIGKILL) == -signal.SIGKILL
    assert answers(env["INGEST_URLS"].split(",")[1]), "the services of a killed up go on"
    with sqlite3.connect(up.run / "ingest-2" / "ingest-spool.sqlite") as spool:
        spool.execute("""INSERT INTO spool (topicPartition, conversationId, side, clientMessageId, dealership, eventId,
            eventType, eventTime, data) VALUES (0, 'c', 'customer', 'm', 'd', 'e', 't', 0, x'00')""")
    spool.close()
    again = up.start()
    assert again["INGEST_URLS"] == again["INGEST_URL"]
    assert re.search(r"WARNING: 1 messages in \S+/ingest-2 .* --instances ingest=2", up.output.read_text())
    for name, pid in left.items():
        assert up.pid(name) != pid
        assert not Path(f"/proc/{pid}/exe").exists() or "Z" in Path(f"/proc/{pid}/stat").read_text().split()[2]


def test_a_provider_of_ones_own_makes_the_phone_needless(up):
    up.environment["TWILIO_API_URL"] = "http://127.0.0.1:1"
    up.environment["TWILIO_STATUS_URL"] = "https://sms.example.com/status"
    # Nobody needs that port then.
    up.environment["DIRECTCHAT_PHONE_PORT"] = str(up.ports["ingest"])
    env = up.start()
    for name in ("TWILIO_API_URL", "TWILIO_STATUS_URL"):
        assert env[name] == up.environment[name]
    assert "PHONE_URL" not in env and up.pid("phone") is None and "customer's phone" not in up.output.read_text()


def test_a_taken_port_is_named(up):
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", up.ports["presence"]))
        taken.listen()
        result = up.command()
    assert result.returncode == 1
    assert str(up.ports["presence"]) in result.stdout and "DIRECTCHAT_PRESENCE_PORT" in result.stdout


@pytest.mark.parametrize("value, said", [
    ("dms=2", "no service 'dms'"), ("ingest=0", "'0'"), ("ingest=13", "12 partitions"), ("ingest=two", "'two'"),
    ("ingest", "<service>=<number>"), ("ingest=2,,presence=2", "<service>=<number>"),
    ("ingest=2,ingest=3", "twice"), ("", "needs a value"),
])
def test_a_wrong_number_of_instances_is_refused(up, value, said):
    result = up.command("--instances", value)
    assert result.returncode == 1 and said in result.stdout
    assert not (up.run / "pids").exists() and "building" not in result.stdout


def test_instances_that_would_share_a_port_are_refused(up):
    up.environment["DIRECTCHAT_PRESENCE_PORT"] = str(up.ports["ingest"] + 100)
    result = up.command("--instances", "ingest=2")
    assert result.returncode == 1 and "DIRECTCHAT_PRESENCE_PORT" in result.stdout


def test_a_phone_that_would_share_a_port_is_refused(up):
    for name in ("ingest", "broker"):
        up.environment["DIRECTCHAT_PHONE_PORT"] = str(up.ports[name])
        result = up.command()
        assert result.returncode == 1 and "would both listen" in result.stdout and "phone" in result.stdout, name


def test_an_unknown_option_is_refused(up):
    result = up.command("--dmeo")
    assert result.returncode == 1 and "--dmeo" in result.stdout
