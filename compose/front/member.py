"""One member of a consumer group, and what it says when it joins."""

from dataclasses import dataclass, field
from typing import Any

# A ticket is whatever the caller waits with; the group hands it back with its answer.
Ticket = Any


@dataclass
class Join:
    """A JoinGroup request. Times are seconds; protocols are (name, metadata), the preferred one first."""

    member_id: str = ""
    instance_id: str | None = None
    client_id: str = ""
    client_host: str = ""
    session: float = 10
    rebalance: float = 60
    protocol_type: str = "consumer"
    protocols: list[tuple[str, bytes]] = field(default_factory=list)
    # Since version 4 a dynamic member is first told its id and joins with it: one whose first answer was lost does
    # not stay behind as a member that nobody is.
    needs_id: bool = True


@dataclass
class Member:
    id: str
    instance_id: str | None
    client_id: str
    client_host: str
    session: float
    rebalance: float
    protocols: list[tuple[str, bytes]]
    assignment: bytes = b""
    # Waiting in JoinGroup or in SyncGroup.
    join_ticket: Ticket = None
    sync_ticket: Ticket = None
    has_synced: bool = False
    # Has never been part of a generation.
    is_new: bool = True
    # When it is taken for dead.
    deadline: float = 0

    def update(self, wish: Join) -> None:
        self.client_id, self.client_host = wish.client_id, wish.client_host
        self.session, self.rebalance = wish.session, wish.rebalance
        self.protocols = wish.protocols

    def metadata(self, protocol: str | None) -> bytes:
        return next((data for name, data in self.protocols if name == protocol), b"")

    def is_late(self, now: float) -> bool:
        # Who waits for the others cannot heartbeat meanwhile.
        waits = (self.join_ticket is not None or self.sync_ticket is not None) and not self.is_new
        return not waits and now >= self.deadline


@dataclass
class JoinAnswer:
    """`members` is (id, instance id, metadata) of everybody for the leader, and empty for the others."""

    error: int
    member_id: str = ""
    generation: int = -1
    protocol: str = ""
    leader: str = ""
    members: list[tuple[str, str | None, bytes]] = field(default_factory=list)


@dataclass
class SyncAnswer:
    error: int
    assignment: bytes = b""
