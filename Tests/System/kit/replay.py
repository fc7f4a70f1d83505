"""The on-call tool, run beside a cluster."""

import json
import subprocess
from dataclasses import dataclass

from . import token, tree
from .cluster import Cluster
from .process import Process


@dataclass(frozen=True)
class Outcome:
    code: int
    lines: list[str]
    said: str

    @property
    def json(self) -> list[dict]:
        return [json.loads(one) for one in self.lines]


class Replay:
    def __init__(self, cluster: Cluster):
        self.directory = cluster.directory / "replay"
        self.directory.mkdir(exist_ok=True)
        ops = token.staff(
            cluster.secrets.staff, cluster.dealerships.ids, sub="ops-alex", name="Alex Ray", role="ops")
        self.env = {
            **cluster.env, "DIRECTCHAT_ALLOW_SINGLE_REPLICA": "true", "DIRECTCHAT_OPS_TOKEN": ops,
            "DIRECTCHAT_CLUSTER_NAME": "workshop", "USER": "alex"}

    def __call__(self, *arguments: object, **env: str) -> Outcome:
        """Runs a command in the tool's own folder to its end."""
        done = subprocess.run(
            self.command(*arguments), env={**self.env, **env}, capture_output=True, text=True, timeout=240,
            cwd=self.directory)
        return Outcome(done.returncode, done.stdout.splitlines(), done.stderr)

    @staticmethod
    def command(*arguments: object) -> list[str]:
        return [str(tree.executable("replay")), *(str(one) for one in arguments)]

    def repartition(self, source: str, target: str, partitions: int) -> list[str]:
        return self.command(
            "repartition", "--from", source, "--to", target, "--partitions", partitions, "--progress-file",
            self.directory / f"{target}json", "--json")

    def run(self, command: list[str], **env: str) -> tuple[int, dict, str]:
        """Exit code, the result, and what it said besides."""
        done = subprocess.run(command, env={**self.env, **env}, capture_output=True, text=True, timeout=240)
        return done.returncode, json.loads(done.stdout) if done.stdout.strip() else {}, done.stderr

    def process(self, name: str, command: list[str], **env: str) -> Process:
        return Process(name, command, {**self.env, **env}, self.directory / f"{name}.log")
