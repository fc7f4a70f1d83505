"""compose.yaml, the Dockerfile and the image's entry point, as far as they can be tried without an engine."""

import http.server
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = ROOT / "compose"
TOOLS = Path(sys.executable).parent
SERVICES = ["ingest", "presence", "conversations", "qualification"]
BROKERS = ["kafka-1", "kafka-2", "kafka-3"]
SECRETS = ["DIRECTCHAT_STAFF_JWT_SECRET", "DIRECTCHAT_VISITOR_SECRET", "DIRECTCHAT_SMS_SECRET"]


def assignments(path):
    lines = [line for line in path.read_text().splitlines() if line and not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)


def compose(directory, variables, *arguments):
    """`docker compose` with these variables and no others of ours."""
    file = directory / "env"
    file.write_text("".join(f"{name}={value}\n" for name, value in variables.items()))
    clean = {name: value for name, value in os.environ.items()
             if not name.startswith(("DIRECTCHAT_", "KAFKA_", "TWILIO_", "COMPOSE_"))}
    return subprocess.run(
        [TOOLS / "docker-compose", "--env-file", file, "-f", COMPOSE / "compose.yaml", *arguments], env=clean,
        capture_output=True, text=True, timeout=60)


@pytest.fixture(scope="module")
def example():
    filled = assignments(COMPOSE / ".env.example")
    return filled | {name: f"0123456789abcdef-{name.lower()}" for name in SECRETS}


@pytest.fixture(scope="module")
def config(tmp_path_factory, example):
    result = compose(tmp_path_factory.mktemp("config"), example, "config", "--format", "json")
    assert result.returncode == 0, result.stderr
    assert result.stderr == ""
    return json.loads(result.stdout)


def test_three_brokers_keep_two_copies_of_what_is_acknowledged(config):
    services = config["services"]
    assert [name for name in services if "kafka" in services[name]["image"]] == BROKERS
    assert len({services[name]["environment"]["KAFKA_NODE_ID"] for name in BROKERS}) == 3
    for name in BROKERS:
        environment = services[name]["environment"]
        assert re.fullmatch(r"apache/kafka:(3\.([89]|1\d)|4)\.\d+(\.\d+)?", services[name]["image"])
        assert environment["KAFKA_DEFAULT_REPLICATION_FACTOR"] == "3"
        assert environment["KAFKA_MIN_INSYNC_REPLICAS"] == "2"
        assert environment["KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR"] == "3"
        assert environment["KAFKA_UNCLEAN_LEADER_ELECTION_ENABLE"] == "false"
        assert int(environment["KAFKA_LOG_RETENTION_CHECK_INTERVAL_MS"]) <= 60_000
        assert environment["KAFKA_AUTO_CREATE_TOPICS_ENABLE"] == "false"
        voters = environment["KAFKA_CONTROLLER_QUORUM_VOTERS"].split(",")
        assert f"{environment['KAFKA_NODE_ID']}@{name}:9093" in voters and len(voters) == 3
        assert environment["KAFKA_ADVERTISED_LISTENERS"] == f"PLAINTEXT://{name}:9092"
        mounts = {mount["target"]: mount["source"] for mount in services[name]["volumes"]}
        assert mounts == {environment["KAFKA_LOG_DIRS"]: name} and name in config["volumes"]
        assert not services[name].get("ports"), "nobody outside reaches a broker that asks for no password"


def test_services_can_be_scaled(config):
    for name in SERVICES:
        service = config["services"][name]
        assert not service.get("ports") and "container_name" not in service and "hostname" not in service
        environment = service["environment"]
        # Its own host name, which is another one in each container.
        assert "DIRECTCHAT_ADVERTISE" not in environment and environment["DIRECTCHAT_HOST"] == "0.0.0.0"
        assert "DIRECTCHAT_INSTANCE_ID" not in environment and "DIRECTCHAT_ALLOW_SINGLE_REPLICA" not in environment
        assert environment["DIRECTCHAT_REPLICATION_FACTOR"] == "3"
        assert sorted(environment["KAFKA_BOOTSTRAP_SERVERS"].split(",")) == [f"{broker}:9092" for broker in BROKERS]
        assert service["command"] == [name]
        mounts = {mount["target"]: (mount["type"], mount["source"]) for mount in service["volumes"]}
        assert mounts["/data"] == ("volume", name)
        assert mounts[environment["DIRECTCHAT_SNAPSHOTS"]] == ("volume", "snapshots")
        assert mounts[environment["DIRECTCHAT_DEALERSHIPS"]] == ("bind", str(COMPOSE / "dealerships.json"))
        assert set(service["depends_on"]) == set(BROKERS)
        assert service["stop_grace_period"] == "25s"


def test_what_ingest_fetched_is_what_staff_see(config):
    for name, may_write in {"ingest": True, "conversations": False}.items():
        service = config["services"][name]
        mounts = {mount["target"]: mount for mount in service["volumes"]}
        mount = mounts[service["environment"]["DIRECTCHAT_MEDIA"]]
        assert (mount["type"], mount["source"]) == ("volume", "media")
        assert mount.get("read_only", False) != may_write


def test_everything_comes_back_and_is_watched(config):
    for name, service in config["services"].items():
        assert service["restart"] == "unless-stopped", name
        assert service["healthcheck"]["test"], name
        assert service["deploy"]["resources"]["limits"]["memory"], name
        assert ":" in service["image"] and not service["image"].endswith(":latest"), name


def test_there_is_one_way_in(config):
    services = config["services"]
    assert [name for name in services if services[name].get("ports")] == ["entry"]
    assert set(services["entry"]["networks"]) == {"entry"}
    assert all(set(services[name]["networks"]) == {"log"} for name in BROKERS)
    caddyfile = (COMPOSE / "Caddyfile").read_text()
    assert set(re.findall(r"\{\$(\w+)", caddyfile)) == set(services["entry"]["environment"])
    ways = re.findall(r"dynamic a (\S+) (\d+)", caddyfile)
    assert {name for name, _ in ways} == {"ingest", "conversations", "qualification"}
    assert all(services[name]["environment"]["DIRECTCHAT_PORT"] == port for name, port in ways)


def test_signals_are_for_whoever_asks_for_them_and_sits_at_the_host(tmp_path, example, config):
    result = compose(tmp_path, example, "--profile", "signals", "config", "--format", "json")
    assert result.returncode == 0, result.stderr
    services = json.loads(result.stdout)["services"]
    added = services.keys() - config["services"].keys()
    assert added == {"prometheus", "grafana"}
    for name in added:
        service = services[name]
        assert [port["host_ip"] for port in service["ports"]] == ["127.0.0.1"], name
        assert service["restart"] == "unless-stopped" and service["healthcheck"]["test"], name
        assert service["deploy"]["resources"]["limits"]["memory"], name
        assert ":" in service["image"] and not service["image"].endswith(":latest"), name
        for mount in service["volumes"]:
            assert mount["type"] == "volume" or Path(mount["source"]).exists() and mount["read_only"], mount
    # It reaches every service under the name and port that it is told.
    assert all(set(services["prometheus"]["networks"]) & set(services[name]["networks"]) for name in SERVICES)
    settings = (COMPOSE / "prometheus" / "prometheus.yml").read_text()
    asked = re.findall(r"names: \[(\w+)\], type: A, port: (\d+)", settings)
    assert asked == [(name, services[name]["environment"]["DIRECTCHAT_PORT"]) for name in SERVICES]
    # The boards find their data under the name that Grafana is told, and where it is told to look.
    source = (COMPOSE / "grafana" / "datasource.yaml").read_text()
    assert "uid: prometheus" in source and 'url: "http://prometheus:9090"' in source
    mounts = {mount["target"]: Path(mount["source"]) for mount in services["grafana"]["volumes"]}
    folder = re.search(r"path: ([\w/]+)", (COMPOSE / "grafana" / "dashboards.yaml").read_text())[1]
    assert mounts[folder] == COMPOSE / "dashboards"
    home = Path(services["grafana"]["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"])
    assert (mounts[str(home.parent)] / home.name).is_file()


def test_the_three_sites_agree(config):
    services = config["services"]
    sites = services["entry"]["environment"]
    console = services["conversations"]["environment"]
    assert console["DIRECTCHAT_INGEST_URL"] == sites["DIRECTCHAT_CHAT_SITE"]
    assert console["DIRECTCHAT_QUALIFICATION_URL"] == sites["DIRECTCHAT_DEALS_SITE"]
    assert services["qualification"]["environment"]["DIRECTCHAT_CONSOLE_ORIGIN"] == sites["DIRECTCHAT_STAFF_SITE"]
    assert services["ingest"]["environment"]["TWILIO_PUBLIC_URL"].startswith(sites["DIRECTCHAT_CHAT_SITE"] + "/")


@pytest.mark.parametrize("missing", SECRETS)
def test_a_missing_secret_is_named(tmp_path, example, missing):
    result = compose(tmp_path, example | {missing: ""}, "config", "--quiet")
    assert result.returncode != 0 and missing in result.stderr


def test_no_secret_is_in_the_files():
    given = assignments(COMPOSE / ".env.example")
    assert all(given[name] == "" for name in SECRETS)
    assert subprocess.run(["git", "check-ignore", "-q", "compose/.env"], cwd=ROOT).returncode in (0, 128)


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_takes_its_environment(config, name):
    given = dict(config["services"][name]["environment"])
    sources = "".join(path.read_text() for folder in ("Shared/ServiceKit", f"Services/{name.capitalize()}")
                      for path in (ROOT / folder).glob("*.swift"))
    sources += '"DIRECTCHAT_DATA_VOLUME"' if "${DIRECTCHAT_DATA_VOLUME" in (COMPOSE / "instance").read_text() else ""
    for variable in given:
        known = f'"{variable}"' in sources or f'"{variable.removeprefix("DIRECTCHAT_")}"' in sources
        assert known or variable.startswith("KAFKA_"), f"{name} does not read {variable}"
    given["DIRECTCHAT_DEALERSHIPS"] = str(COMPOSE / "dealerships.json")
    check = [ROOT / ".build" / "debug" / name, "--check"]
    result = subprocess.run(check, env=given, capture_output=True, text=True, timeout=30)
    assert result.returncode == 0 and "the configuration is valid" in result.stderr, result.stderr
    assert json.loads(result.stderr.splitlines()[-1])["metadata"]["advertise"].endswith(":8080")


@pytest.mark.parametrize("status, healthy", [(200, True), (503, False), (None, False)])
def test_the_health_check(config, status, healthy):
    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            assert self.path == "/readyz"
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Answer)
    port = server.server_address[1]
    if status:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    else:
        server.server_close()
    for name in SERVICES:
        test = config["services"][name]["healthcheck"]["test"]
        assert test[0] == "CMD" and "/127.0.0.1/8080" in test[-1]
        # `config` prints a dollar as compose files write it.
        command = [part.replace("$$", "$").replace("/8080", f"/{port}") for part in test[1:]]
        assert (subprocess.run(command, capture_output=True, timeout=20).returncode == 0) == healthy
    if status:
        server.shutdown()
        server.server_close()


def test_the_dockerfile():
    result = subprocess.run([TOOLS / "hadolint", COMPOSE / "Dockerfile"], capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr
    text = (COMPOSE / "Dockerfile").read_text()
    build, run = re.split(r"(?m)^FROM debian:", text)
    assert re.search(r"(?m)^FROM swift:6\.\d+\.\d+-bookworm AS build$", build)
    products = re.findall(r'\.executable\(name: "(\w+)"', (ROOT / "Package.swift").read_text())
    assert re.search(r"for service in ([^;]*);", build)[1].split() == products
    assert re.search(r"(?m)^USER [1-9]\d+:[1-9]\d+$", run) and "STOPSIGNAL SIGTERM" in run
    # Whatever is copied from outside is let in, and nothing else.
    copied = {path for line in re.findall(r"(?m)^COPY (?!--from)(.*)$", text)
              for path in line.split()[:-1] if not path.startswith("--")}
    allowed = {line[1:] for line in (COMPOSE / "Dockerfile.dockerignore").read_text().splitlines()
               if line.startswith("!")}
    assert copied - {"Package.*"} | {"Package.swift", "Package.resolved"} == allowed
    entry = (COMPOSE / "instance").read_text()
    # The tool keeps no files: it is run as any other command.
    services = [product for product in products if product != "replay"]
    assert re.search(r"(?m)^    (.*)\) ;;$", entry)[1].split(" | ") == services


class Containers:
    """`instance` as the containers of one service run it, with a service that only says where it works."""

    def __init__(self, directory):
        self.volume, self.bin, self.running = directory / "data", directory / "bin", []
        self.bin.mkdir()
        self.said = directory / "said"
        self.said.mkdir()
        stub = self.bin / "ingest"
        stub.write_text('#!/bin/sh\necho "${DIRECTCHAT_DATA_DIR-none} $*" >"$SAID"\nexec sleep 300\n')
        stub.chmod(0o755)

    def start(self, *arguments, **variables):
        said = self.said / str(len(self.running))
        process = subprocess.Popen(
            [COMPOSE / "instance", "ingest", *arguments], stderr=subprocess.PIPE, text=True,
            env={"PATH": f"{self.bin}:{os.environ['PATH']}", "SAID": str(said),
                 "DIRECTCHAT_DATA_VOLUME": str(self.volume), **variables})
        self.running.append(process)
        deadline = time.monotonic() + 20
        while not (said.exists() and said.read_text().endswith("\n")):
            assert time.monotonic() < deadline and process.poll() is None
            time.sleep(0.02)
        folder, _, flags = said.read_text().rstrip("\n").partition(" ")
        return folder.removeprefix(f"{self.volume}/"), flags, process

    def stop(self):
        for process in self.running:
            process.kill()
            process.wait()
            process.stderr.close()


@pytest.fixture
def containers(tmp_path):
    several = Containers(tmp_path)
    yield several
    several.stop()


def test_each_container_has_a_folder_and_finds_what_another_left(containers):
    first, flags, process = containers.start("--port", "8080")
    assert (first, flags) == ("ingest/1", "--port 8080")
    assert containers.start()[0] == "ingest/2"
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert containers.start()[0] == "ingest/1"
    assert containers.start()[0] == "ingest/3"
    # Whoever names a folder gets it, and help needs none.
    assert containers.start(DIRECTCHAT_DATA_DIR="/elsewhere")[0] == "/elsewhere"
    assert containers.start("--data-dir", "/elsewhere")[:2] == ("none", "--data-dir /elsewhere")
    assert containers.start("--check")[0] == "none"
