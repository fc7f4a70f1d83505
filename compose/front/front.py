"""The broker as its clients see it: noida-db's log, with groups and waits as Apache Kafka has them."""

import asyncio
import logging
import socket
import struct

from coordinator import Coordinator
from fetches import CHANGING, FetchRequest, Sleepers, has_news, produced
from noida import HOST, Noida
from producers import ProducerIds
from protocol import NEWEST, Api, Request
from wire import Malformed, Reader, array, i16, i32, string

# Apache Kafka's socket.request.max.bytes.
REQUEST_BYTES = 104_857_600
# An answer to a fetch that is longer has records in it.
EMPTY_FETCH_BYTES = 1_000_000
# noida-db answers with all it has, whatever was asked for: hundreds of megabytes pass in pieces.
PIECE_BYTES = 1_048_576

log = logging.getLogger("front")


class Front:
    """Shared by all connections."""

    def __init__(self, noida: Noida, advertised: int | None = None):
        self.noida = noida
        # The port where clients reach it through something that stands before it.
        self.advertised = advertised
        self.coordinator = Coordinator()
        self.producer_ids = ProducerIds()
        self.sleepers = Sleepers()
        self._connections: set[asyncio.Task] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._connections.add(asyncio.current_task())
        connection = Connection(self, reader, writer)
        try:
            await connection.serve()
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # one of the two ends is gone
        except Malformed as error:
            log.warning("hung up on %s: %s", connection.client_host, error)
        finally:
            self._connections.discard(asyncio.current_task())
            connection.close()

    def hang_up(self) -> None:
        for task in self._connections:
            task.cancel()


class Connection:
    """One client. As in Apache Kafka its requests are served one by one: a fetch that waits holds up the rest."""

    def __init__(self, front: Front, reader: asyncio.StreamReader, writer: asyncio.StreamWriter):
        self.front = front
        self.reader = reader
        self.writer = writer
        self.client_host = writer.get_extra_info("peername")[0]
        # asyncio does so only for sockets that name their protocol. Without it each answer in two writes waits 40 ms for
        # the client's delayed acknowledgement of the first.
        writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # Where this client found the front is where it shall find it again.
        self.host, self.port = writer.get_extra_info("sockname")[:2]
        self.port = front.advertised or self.port
        self.upstream: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def serve(self) -> None:
        while True:
            try:
                head = await self.reader.readexactly(4)
            except asyncio.IncompleteReadError:
                return
            (size,) = struct.unpack(">i", head)
            if not 8 <= size <= REQUEST_BYTES:
                raise Malformed(f"a request of {size} bytes")
            request = Request(await self.reader.readexactly(size))
            if request.version > NEWEST.get(request.api, request.version) or request.version < 0:
                raise Malformed(f"request {request.api} of version {request.version}")
            await self._answer(request)
            await self.writer.drain()

    def close(self) -> None:
        self.writer.close()
        if self.upstream:
            self.upstream[1].close()

    async def _answer(self, request: Request) -> None:
        coordinator = self.front.coordinator
        match request.api:
            case Api.PRODUCE:
                await self._produce(request)
            case Api.FETCH:
                await self._fetch(request)
            case Api.JOIN_GROUP:
                self._send(request, await coordinator.join(request, self.client_host))
            case Api.SYNC_GROUP:
                self._send(request, await coordinator.sync(request))
            case Api.HEARTBEAT:
                self._send(request, coordinator.heartbeat(request))
            case Api.LEAVE_GROUP:
                self._send(request, coordinator.leave(request))
            case Api.OFFSET_COMMIT:
                refusal, frame = coordinator.refuse_commit(request)
                if refusal is not None:
                    self._send(request, refusal)
                else:
                    await self._pass(frame)
            case Api.DESCRIBE_GROUPS:
                mine, frame = coordinator.describe(request)
                await self._join_lists(request, mine, frame, 4 if request.version >= 1 else 0)
            case Api.DELETE_GROUPS:
                mine, frame = coordinator.delete(request)
                await self._join_lists(request, mine, frame, 4)
            case Api.LIST_GROUPS:
                await self._list_groups(request)
            case Api.INIT_PRODUCER_ID if request.body.nullable_string() is None:
                self._send(request, self.front.producer_ids.answer())
            case Api.API_VERSIONS:
                self._send(request, capped(await self._ask(request.frame), request.version))
            case Api.METADATA:
                self._send(request, self._moved_brokers(await self._ask(request.frame), request.version))
            case Api.FIND_COORDINATOR:
                self._send(request, self._moved_coordinator(await self._ask(request.frame), request.version))
            case _:
                await self._pass(request.frame)
                if request.api in CHANGING:
                    self.front.sleepers.wake_all()

    def _send(self, request: Request, body: bytes) -> None:
        self.writer.write(i32(4 + len(body)) + request.correlation + body)

    # noida-db

    async def _forward(self, frame: bytes) -> asyncio.StreamReader:
        if not self.upstream:
            self.upstream = await asyncio.open_connection(HOST, self.front.noida.port, limit=PIECE_BYTES)
            self.upstream[1].get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        reader, writer = self.upstream
        writer.writelines([i32(len(frame)), frame])
        await writer.drain()
        return reader

    async def _size(self, frame: bytes) -> tuple[asyncio.StreamReader, int]:
        reader = await self._forward(frame)
        (size,) = struct.unpack(">i", await reader.readexactly(4))
        return reader, size

    async def _ask(self, frame: bytes) -> bytes:
        """The answer's body, without the correlation id."""
        reader, size = await self._size(frame)
        return (await reader.readexactly(size))[4:]

    async def _pass(self, frame: bytes) -> None:
        await self._relay(*await self._size(frame))

    async def _relay(self, reader: asyncio.StreamReader, size: int) -> None:
        self.writer.write(i32(size))
        while size:
            piece = await reader.read(min(size, PIECE_BYTES))
            if not piece:
                raise asyncio.IncompleteReadError(b"", size)
            size -= len(piece)
            self.writer.write(piece)
            await self.writer.drain()

    # The log

    async def _produce(self, request: Request) -> None:
        partitions, wants_answer = produced(request)
        if wants_answer:
            await self._pass(request.frame)
        else:
            await self._forward(request.frame)
        self.front.sleepers.wake(partitions)

    async def _fetch(self, request: Request) -> None:
        wish = FetchRequest(request)
        loop = asyncio.get_running_loop()
        deadline = loop.time() + wish.wait
        with self.front.sleepers.watching(wish.partitions) as changed:
            while True:
                changed.clear()
                reader, size = await self._size(request.frame)
                if size > EMPTY_FETCH_BYTES:
                    return await self._relay(reader, size)
                answer = await reader.readexactly(size)
                remaining = deadline - loop.time()
                if wish.least_bytes <= 0 or remaining <= 0 or has_news(answer, request.version):
                    break
                try:
                    async with asyncio.timeout(remaining):
                        await changed.wait()
                except TimeoutError:
                    break
        self.writer.writelines([i32(size), answer])

    # Answers that name noida-db's own address or versions, or only its own groups

    def _moved_brokers(self, body: bytes, version: int) -> bytes:
        reader = Reader(body)
        reader.skip(4 if version >= 3 else 0)
        start, brokers = reader.position, []
        for _ in reader.count():
            node = reader.i32()
            reader.string()
            reader.i32()
            rack = string(reader.nullable_string()) if version >= 1 else b""
            brokers.append(i32(node) + string(self.host) + i32(self.port) + rack)
        return body[:start] + array(brokers) + reader.rest()

    def _moved_coordinator(self, body: bytes, version: int) -> bytes:
        reader = Reader(body)
        reader.skip(4 if version >= 1 else 0)
        reader.i16()
        if version >= 1:
            reader.nullable_string()
        reader.i32()
        return body[:reader.position] + string(self.host) + i32(self.port)

    async def _join_lists(self, request: Request, mine: list[bytes], frame: bytes, prefix: int) -> None:
        """An answer that is a throttle time, where there is one, and a list: ours and noida-db's in one."""
        body = Reader(await self._ask(frame))
        body.skip(prefix)
        theirs = len(body.count())
        count = i32(len(mine) + theirs)
        self._send(request, bytes(prefix) + count + b"".join(mine) + body.rest())

    async def _list_groups(self, request: Request) -> None:
        body = Reader(await self._ask(request.frame))
        if request.version >= 1:
            body.i32()
        error = body.i16()
        theirs = [(body.string(), body.string()) for _ in body.count()]
        known = self.front.coordinator.groups.known
        listed = self.front.coordinator.listed()
        listed += [string(name) + string(kind) for name, kind in theirs if name not in known]
        self._send(request, (i32(0) if request.version >= 1 else b"") + i16(error) + array(listed))


def capped(body: bytes, version: int) -> bytes:
    """An answer to ApiVersions with `NEWEST` in the place of what is newer; its layout is asked for by `version`."""
    reader = Reader(body)
    # An error means that the version itself was refused, in the first layout.
    is_flexible = reader.i16() == 0 and version >= 3
    patched = bytearray(body)
    length = 0
    if is_flexible:
        shift = 0
        while True:  # a compact array's length plus one, seven bits a byte
            byte = reader.i8()
            length |= (byte & 0x7F) << shift
            shift += 7
            if byte >= 0:
                break
        length -= 1
    else:
        length = len(reader.count())
    for _ in range(length):
        api, _, newest = reader.i16(), reader.i16(), reader.i16()
        struct.pack_into(">h", patched, reader.position - 2, min(newest, NEWEST.get(api, newest)))
        if is_flexible and reader.i8():
            raise Malformed("noida-db tags an API's versions")
    return bytes(patched)
