"""A real Prometheus, and its promtool."""

import json
import os
import subprocess
from functools import cache
from pathlib import Path

import httpx

from . import port, tree
from .process import Process
from .wait import until

SETTINGS = tree.ROOT / "compose" / "prometheus"


@cache
def tools() -> Path:
    """The folder of both programs; fetched where it is missing."""
    subprocess.run(["bash", "-c", f"source '{tree.ROOT}/compose/lib.sh' && prometheus_tools"], check=True)
    return tree.ROOT / ".build-tools" / "prometheus" / "usr" / "bin"


def promtool(*arguments: str, given: str | None = None) -> str:
    """What it says; it must be content."""
    result = subprocess.run(
        [tools() / "promtool", *arguments], cwd=SETTINGS, input=given, capture_output=True, text=True, timeout=60)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout + result.stderr


class Prometheus:
    """Scrapes these services every second, and judges the alerts of compose/prometheus."""

    def __init__(self, directory: Path, urls: dict[str, str]):
        directory.mkdir(parents=True, exist_ok=True)
        settings = {
            "global": {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"},
            "rule_files": [str(SETTINGS / "alerts.yml")],
            "scrape_configs": [
                {"job_name": name, "static_configs": [{"targets": [url.removeprefix("http://")]}]}
                for name, url in urls.items()]}
        # JSON is YAML.
        (directory / "prometheus.json").write_text(json.dumps(settings))
        self.port = port.free()
        self.url = f"http://127.0.0.1:{self.port}"
        command = [
            str(tools() / "prometheus"), f"--config.file={directory / 'prometheus.json'}",
            f"--storage.tsdb.path={directory / 'data'}", f"--web.listen-address=127.0.0.1:{self.port}"]
        self.process = Process("prometheus", command, dict(os.environ), directory / "prometheus.log")

    def start(self) -> "Prometheus":
        self.process.start()
        until(lambda: not self.process.is_alive() or port.is_open(self.port), "Prometheus to listen")
        assert self.process.is_alive(), self.process.tail()
        return self

    def _get(self, path: str, **parameters) -> dict | list:
        answer = httpx.get(self.url + path, params=parameters, timeout=20)
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]

    def targets(self) -> list[dict]:
        return self._get("/api/v1/targets")["activeTargets"]

    def names(self) -> set[str]:
        """Every series that it has seen, by its metric's name."""
        return set(self._get("/api/v1/label/__name__/values"))

    def rules(self) -> list[dict]:
        return [rule for group in self._get("/api/v1/rules")["groups"] for rule in group["rules"]]

    def query(self, expression: str) -> list[dict]:
        return self._get("/api/v1/query", query=expression)["result"]
