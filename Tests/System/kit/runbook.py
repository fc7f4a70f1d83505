"""The runbooks' commands, as somebody on call types them."""

import os
import re
import subprocess

from . import tree
from .cluster import Cluster

FOLDER = tree.ROOT / "compose" / "runbooks"
_BLOCK = re.compile(r"(?ms)^ *```sh ([\w-]+)\n(.*?)^ *```$")
_ANY = re.compile(r"(?m)^ *```(.*)$")


def blocks(page: str) -> dict[str, str]:
    """A page's commands by their names, in the order of the page."""
    text = (FOLDER / f"{page}.md").read_text()
    found = dict(_BLOCK.findall(text))
    assert len(found) == len(_BLOCK.findall(text)), f"{page} has two blocks of one name"
    return found


def unnamed(page: str) -> list[str]:
    """What begins the blocks that no test can run."""
    openings = _ANY.findall((FOLDER / f"{page}.md").read_text())[::2]
    return [one for one in openings if not re.fullmatch(r"sh [\w-]+", one)]


class Runbook:
    """One page, read against one cluster."""

    def __init__(self, page: str, cluster: Cluster):
        self.page = page
        self.blocks = blocks(page)
        self.done: set[str] = set()
        self.settings = blocks("README")["settings"]
        self.env = {
            **os.environ, "KAFKA_BOOTSTRAP_SERVERS": cluster.broker.bootstrap, "DIRECTCHAT_TOPIC_PREFIX": cluster.prefix,
            "DIRECTCHAT_STAFF_JWT_SECRET": cluster.secrets.staff, "DEALERSHIP": cluster.dealerships.ids[0],
            "DIRECTCHAT_CLUSTER_NAME": "workshop", "CLUSTER": "workshop", "USER": "alex",
            "PATH": f"{tree.executable('replay').parent}:{os.environ['PATH']}",
            "DATA": str(cluster.directory), "LOGS": str(cluster.directory / "logs"),
            **{f"{name.upper()}_URL": url for name, url in cluster.url.items()}}

    def run(self, block: str, **variables: object) -> str:
        """What it prints; it must succeed."""
        env = {**self.env, **{name: str(value) for name, value in variables.items()}}
        result = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", self.settings + self.blocks[block]], cwd=tree.ROOT, env=env,
            capture_output=True, text=True, timeout=120)
        assert result.returncode == 0, f"{self.page}, {block}: {result.stdout}\n{result.stderr}"
        self.done.add(block)
        return result.stdout

    def end(self) -> None:
        assert self.done == set(self.blocks), f"{self.page}: nobody ran {set(self.blocks) - self.done}"
