"""The on-call tool, run beside a cluster."""

import json
import subprocess

from . import tree
from .cluster import Cluster
from .process import Process


class Replay:
    def __init__(self, cluster: Cluster):
        self.directory = cluster.directory / "replay"
        self.directory.mkdir(exist_ok=True)
        self.env = {**cluster.env, "DIRECTCHAT_ALLOW_SINGLE_REPLICA": "true"}

    def repartition(self, source: str, target: str, partitions: int) -> list[str]:
        return [
            str(tree.executable("replay")), "repartition", "--from", source, "--to", target, "--partitions",
            str(partitions), "--progress-file", str(self.directory / f"{target}json"), "--json"]

    def command(self, *arguments: str) -> list[str]:
        return [str(tree.executable("replay")), *arguments, "--json"]

    def run(self, command: list[str], **env: str) -> tuple[int, dict, str]:
        """Exit code, the result, and what it said besides."""
        done = subprocess.run(command, env={**self.env, **env}, capture_output=True, text=True, timeout=240)
        return done.returncode, json.loads(done.stdout) if done.stdout.strip() else {}, done.stderr

    def process(self, name: str, command: list[str], **env: str) -> Process:
        return Process(name, command, {**self.env, **env}, self.directory / f"{name}.log")
