"""A TCP proxy before the broker: delays, throttles, cuts or refuses the connections of one process.

Runs as a process of its own, `python3 proxy.py --listen PORT --to PORT`, told what to do by lines of JSON on its
standard input: {pid, delay?, rate?, refuse?, cut?} replaces the rule of that process (`pid` alone: none any more);
{gate: pid} refuses everybody but that process, {gate: null} opens again. Seconds, bytes a second.
"""

import argparse
import asyncio
import json
import socket
import sys
from pathlib import Path

HOST = "127.0.0.1"
PIECE = 65_536
SERVICES = ("ingest", "presence", "conversations", "qualification")
# A slow peer holds up only itself.
BUFFER = 1 << 20


def inode_of(port: int, to: int) -> str | None:
    """The socket of whoever is connected from this local port to that one: from the same port another process may be
    connected to somebody else."""
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        if fields[1].endswith(f":{port:04X}") and fields[2].endswith(f":{to:04X}") and fields[3] == "01":
            return fields[9]
    return None


def pid_of(port: int, to: int, known: int | None) -> int | None:
    """Whose socket it is: the known process's, a service's, or nobody's. All others' files are not looked at, since a
    broker that comes back is connected to by all at once."""
    wanted = f"socket:[{inode_of(port, to)}]"
    for process in Path("/proc").iterdir():
        if not process.name.isdigit():
            continue
        try:
            if int(process.name) != known and (process / "comm").read_text().strip() not in SERVICES:
                continue
            if any(str(one.readlink()) == wanted for one in (process / "fd").iterdir()):
                return int(process.name)
        except OSError:
            continue  # It ended, or is another user's.
    return None


class Link:
    """One client's connection and ours to the broker."""

    def __init__(self, pid: int | None, *writers: asyncio.StreamWriter):
        self.pid = pid
        self.writers = writers

    def cut(self) -> None:
        for one in self.writers:
            one.transport.abort()


class Proxy:
    def __init__(self, to: int):
        self.to = to
        self.rules: dict[int, dict] = {}
        self.gate: int | None = None
        self.links: set[Link] = set()

    def obey(self, command: dict) -> None:
        if "gate" in command:
            self.gate = command["gate"]
            if self.gate is not None:
                self._cut(lambda link: link.pid != self.gate)
            return
        pid = command.pop("pid")
        self.rules[pid] = command
        if command.get("cut") or command.get("refuse"):
            self._cut(lambda link: link.pid == pid)

    def _cut(self, concerns) -> None:
        for link in [one for one in self.links if concerns(one)]:
            link.cut()

    def refuses(self, pid: int | None) -> bool:
        return (self.gate is not None and pid != self.gate) or bool(self.rules.get(pid, {}).get("refuse"))

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ports = writer.get_extra_info("peername")[1], writer.get_extra_info("sockname")[1]
        pid = await asyncio.to_thread(pid_of, *ports, self.gate)
        if self.refuses(pid):
            return writer.transport.abort()
        try:
            back, forth = await asyncio.open_connection(HOST, self.to, limit=BUFFER)
        except OSError:
            return writer.transport.abort()
        for one in (writer, forth):
            one.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        link = Link(pid, writer, forth)
        self.links.add(link)
        if self.refuses(pid):
            link.cut()
        try:
            await asyncio.gather(self._pass(pid, reader, forth), self._pass(pid, back, writer))
        except OSError:
            pass  # One of the two ends is gone.
        finally:
            self.links.discard(link)
            link.cut()

    async def _pass(self, pid: int | None, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while piece := await reader.read(PIECE):
            rule = self.rules.get(pid)
            if rule:
                await asyncio.sleep(rule.get("delay", 0) + (len(piece) / rule["rate"] if "rate" in rule else 0))
            writer.write(piece)
            await writer.drain()
        # Half a connection is none, to Kafka's clients.
        raise ConnectionResetError


async def run(listen: int, to: int) -> None:
    proxy = Proxy(to)
    server = await asyncio.start_server(proxy.serve, HOST, listen, limit=BUFFER)
    commands = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(commands), sys.stdin)
    async with server:
        while line := await commands.readline():
            proxy.obey(json.loads(line))
            print("done", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--listen", type=int, required=True)
    parser.add_argument("--to", type=int, required=True)
    given = parser.parse_args()
    asyncio.run(run(given.listen, given.to))
