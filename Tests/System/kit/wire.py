"""HTTP for a load of thousands of requests: kept-alive connections and event streams on one thread."""

import asyncio
import json
from typing import AsyncIterator

from .fleet import Balancer

# What goes wrong with a connection.
Broken = (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, asyncio.TimeoutError, ValueError)


class Wire:
    """One connection."""

    def __init__(self, url: str):
        self.host, self.port = url.removeprefix("http://").split(":")
        self.reader: asyncio.StreamReader | None = None
        self.writer: asyncio.StreamWriter | None = None

    async def send(self, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        """Status and the head; what follows is for the caller to read."""
        if self.writer is None:
            self.reader, self.writer = await asyncio.open_connection(self.host, int(self.port), limit=1 << 20)
        lines = [f"{method} {path} HTTP/1.1", f"Host: {self.host}:{self.port}", f"Content-Length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        self.writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
        head = (await self.reader.readuntil(b"\r\n\r\n")).lower()
        return int(head[9:12]), head

    async def chunks(self) -> AsyncIterator[bytes]:
        while size := int((await self.reader.readuntil(b"\r\n")).split(b";")[0], 16):
            yield (await self.reader.readexactly(size + 2))[:-2]
        await self.reader.readuntil(b"\r\n")

    async def body(self, head: bytes) -> bytes:
        if b"transfer-encoding: chunked" in head:
            return b"".join([one async for one in self.chunks()])
        _, found, rest = head.partition(b"content-length:")
        return await self.reader.readexactly(int(rest.split(b"\r\n")[0])) if found else b""

    async def exchange(self, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        status, head = await self.send(method, path, headers, body)
        answer = await self.body(head)
        if b"connection: close" in head:
            self.close()
        return status, answer

    def close(self) -> None:
        if self.writer:
            self.writer.close()
        self.reader = self.writer = None


class Caller:
    """Calls any instance behind a balancer. Connections are kept and shared."""

    def __init__(self, balancer: Balancer):
        self.balancer = balancer
        self._idle: dict[str, list[Wire]] = {}

    async def call(
        self, method: str, path: str, headers: dict[str, str], body: bytes = b"", within: float = 10,
        url: str | None = None,
    ) -> tuple[int, bytes]:
        """Status and body; status 0 where nobody answered, for whatever reason. `url`: of one instance."""
        url = url or self.balancer.choose()
        idle = self._idle.setdefault(url, [])
        wire = idle.pop() if idle else Wire(url)
        try:
            async with asyncio.timeout(within):
                status, answer = await wire.exchange(method, path, headers, body)
        except Broken as error:
            wire.close()
            if isinstance(error, ConnectionRefusedError):
                self.balancer.refused(url)
            return 0, repr(error).encode()
        except BaseException:
            wire.close()
            raise
        idle.append(wire)
        return status, answer

    async def post(self, path: str, headers: dict[str, str], body: dict) -> tuple[int, bytes]:
        return await self.call(
            "POST", path, {**headers, "Content-Type": "application/json"}, json.dumps(body).encode())
