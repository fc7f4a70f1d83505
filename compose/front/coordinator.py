"""The group requests: read from their frames, put to the groups, and their answers written."""

import asyncio

from group import State
from groups import Groups
from member import Join
from protocol import Error, Request
from wire import array, data, i16, i32, string


class Coordinator:
    """Answers are bodies: what follows the correlation id. JoinGroup and SyncGroup take as long as the group does."""

    def __init__(self) -> None:
        self.groups = Groups()
        self._timer: asyncio.TimerHandle | None = None

    def _settle(self, answers: list) -> None:
        """Hands out what is due and sets the alarm for what comes next."""
        for ticket, answer in answers:
            if not ticket.done():  # its client may be gone
                ticket.set_result(answer)
        if self._timer:
            self._timer.cancel()
            self._timer = None
        deadline = self.groups.next_deadline()
        if deadline != float("inf"):
            self._timer = asyncio.get_running_loop().call_at(deadline, self.tick)

    def tick(self) -> None:
        self._settle(self.groups.tick(asyncio.get_running_loop().time()))

    async def join(self, request: Request, client_host: str) -> bytes:
        body = request.body
        name = body.string()
        wish = Join(client_id=request.client_id, client_host=client_host, needs_id=request.version >= 4)
        wish.session = body.i32() / 1000
        wish.rebalance = body.i32() / 1000 if request.version >= 1 else wish.session
        wish.member_id = body.string()
        wish.instance_id = body.nullable_string() if request.version >= 5 else None
        wish.protocol_type = body.string()
        wish.protocols = [(body.string(), body.bytes()) for _ in body.count()]
        loop = asyncio.get_running_loop()
        ticket = loop.create_future()
        self._settle(self.groups.join(loop.time(), ticket, name, wish))
        answer = await ticket
        members = [
            string(id) + (string(instance) if request.version >= 5 else b"") + data(metadata)
            for id, instance, metadata in answer.members]
        return (
            (i32(0) if request.version >= 2 else b"") + i16(answer.error) + i32(answer.generation)
            + string(answer.protocol) + string(answer.leader) + string(answer.member_id) + array(members))

    async def sync(self, request: Request) -> bytes:
        body = request.body
        name, generation, member_id = body.string(), body.i32(), body.string()
        instance_id = body.nullable_string() if request.version >= 3 else None
        assignments = {body.string(): body.bytes() for _ in body.count()}
        loop = asyncio.get_running_loop()
        ticket = loop.create_future()
        self._settle(self.groups.sync(loop.time(), ticket, name, member_id, instance_id, generation, assignments))
        answer = await ticket
        return (i32(0) if request.version >= 1 else b"") + i16(answer.error) + data(answer.assignment)

    def heartbeat(self, request: Request) -> bytes:
        body = request.body
        name, generation, member_id = body.string(), body.i32(), body.string()
        instance_id = body.nullable_string() if request.version >= 3 else None
        self.tick()
        now = asyncio.get_running_loop().time()
        error = self.groups.heartbeat(now, name, member_id, instance_id, generation)
        return (i32(0) if request.version >= 1 else b"") + i16(error)

    def leave(self, request: Request) -> bytes:
        body = request.body
        name = body.string()
        throttle = i32(0) if request.version >= 1 else b""
        now = asyncio.get_running_loop().time()
        if request.version < 3:
            error = self.groups.leave(now, name, body.string(), None)
            self.tick()
            return throttle + i16(error)
        leavers = [(body.string(), body.nullable_string()) for _ in body.count()]
        members = [
            string(id) + string(instance) + i16(self.groups.leave(now, name, id, instance)) for id, instance in leavers]
        self.tick()
        return throttle + i16(Error.NONE) + array(members)

    def refuse_commit(self, request: Request) -> tuple[bytes | None, bytes]:
        """Either the answer, or what to ask noida-db instead: a commit by nobody, since it knows no members."""
        body = request.body
        name = body.string()
        generation, member_id, instance_id = -1, "", None
        if request.version >= 1:
            generation, member_id = body.i32(), body.string()
        if request.version >= 7:
            instance_id = body.nullable_string()
        now = asyncio.get_running_loop().time()
        error = self.groups.check_commit(now, name, member_id, instance_id, generation)
        if not error:
            nobody = i32(-1) + string("") if request.version >= 1 else b""
            nobody += string(None) if request.version >= 7 else b""
            return None, request.header + string(name) + nobody + body.rest()
        if 2 <= request.version <= 4:
            body.i64()
        topics = []
        for _ in body.count():
            topic, partitions = body.string(), []
            for _ in body.count():
                partitions.append(i32(body.i32()) + i16(error))
                body.skip(8 + (8 if request.version == 1 else 4 if request.version >= 6 else 0))
                body.nullable_string()
            topics.append(string(topic) + array(partitions))
        return (i32(0) if request.version >= 3 else b"") + array(topics), b""

    # What noida-db answers in part: the groups that it knows by their offsets only.

    def describe(self, request: Request) -> tuple[list[bytes], bytes]:
        """The groups known here, and what to ask noida-db about the others."""
        body = request.body
        names = [body.string() for _ in body.count()]
        mine = [name for name in names if name in self.groups.known]
        others = array([string(name) for name in names if name not in mine])
        return [self._description(name, request.version) for name in mine], request.header + others + body.rest()

    def _description(self, name: str, version: int) -> bytes:
        group = self.groups.known[name]
        is_stable = group.state == State.STABLE
        members = [
            string(one.id) + (string(one.instance_id) if version >= 4 else b"") + string(one.client_id)
            + string("/" + one.client_host) + data(one.metadata(group.protocol) if is_stable else b"")
            + data(one.assignment if is_stable else b"")
            for one in group.members.values()]
        return (
            i16(Error.NONE) + string(name) + string(group.state) + string(group.protocol_type)
            + string(group.protocol if is_stable else "") + array(members)
            + (i32(-2**31) if version >= 3 else b""))  # operations: not asked for

    def listed(self) -> list[bytes]:
        return [string(name) + string(group.protocol_type) for name, group in self.groups.known.items()]

    def delete(self, request: Request) -> tuple[list[bytes], bytes]:
        """The refusals, and what to ask noida-db to delete."""
        names = [request.body.string() for _ in request.body.count()]
        errors = {name: self.groups.delete(name) for name in names}
        refused = [string(name) + i16(error) for name, error in errors.items() if error]
        return refused, request.header + array([string(name) for name, error in errors.items() if not error])
