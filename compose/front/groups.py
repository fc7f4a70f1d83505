"""All consumer groups of this broker, in memory: after a restart every member is a stranger and joins again."""

from group import Group, State
from member import Join, JoinAnswer, SyncAnswer, Ticket
from protocol import Error

# What Apache Kafka calls group.min.session.timeout.ms and group.max.session.timeout.ms; the least is lower here, since
# tests wait for it.
SESSION_LEAST = 1.0
SESSION_MOST = 1800.0


class Groups:
    """Finds the group that a request speaks of. Times are seconds, as in `Group`."""

    def __init__(self) -> None:
        self.known: dict[str, Group] = {}

    def join(self, now: float, ticket: Ticket, name: str, wish: Join) -> list[tuple[Ticket, JoinAnswer | SyncAnswer]]:
        """Gives the answers that are due now; this ticket's own may come later, from any other call."""
        error = None
        if not name:
            error = Error.INVALID_GROUP_ID
        elif not SESSION_LEAST <= wish.session <= SESSION_MOST:
            error = Error.INVALID_SESSION_TIMEOUT
        elif wish.member_id and name not in self.known:
            error = Error.UNKNOWN_MEMBER_ID
        if error:
            return [(ticket, JoinAnswer(error, wish.member_id))]
        if name not in self.known:
            self.known[name] = Group(name)
        self.known[name].join(now, ticket, wish)
        return self._due(now)

    def sync(
        self, now: float, ticket: Ticket, name: str, member_id: str, instance_id: str | None, generation: int,
        assignments: dict[str, bytes],
    ) -> list[tuple[Ticket, JoinAnswer | SyncAnswer]]:
        if name not in self.known:
            return [(ticket, SyncAnswer(Error.UNKNOWN_MEMBER_ID))]
        self.known[name].sync(now, ticket, member_id, instance_id, generation, assignments)
        return self._due(now)

    def heartbeat(self, now: float, name: str, member_id: str, instance_id: str | None, generation: int) -> Error:
        if name not in self.known:
            return Error.UNKNOWN_MEMBER_ID
        return self.known[name].heartbeat(now, member_id, instance_id, generation)

    def leave(self, now: float, name: str, member_id: str, instance_id: str | None) -> Error:
        if name not in self.known:
            return Error.UNKNOWN_MEMBER_ID
        return self.known[name].leave(now, member_id, instance_id)

    def check_commit(
        self, now: float, name: str, member_id: str, instance_id: str | None, generation: int,
    ) -> Error | None:
        if name in self.known:
            return self.known[name].check_commit(now, member_id, instance_id, generation)
        if generation < 0 and not member_id:
            return None
        return Error.UNKNOWN_MEMBER_ID

    def delete(self, name: str) -> Error | None:
        """Forgets an empty group; whether there were offsets of it, noida-db knows."""
        if name in self.known and self.known[name].state != State.EMPTY:
            return Error.NON_EMPTY_GROUP
        self.known.pop(name, None)
        return None

    def tick(self, now: float) -> list[tuple[Ticket, JoinAnswer | SyncAnswer]]:
        """Evicts who is late and ends the waits that are over; due at `next_deadline`, harmless before."""
        return self._due(now)

    def next_deadline(self) -> float:
        return min((group.next_deadline() for group in self.known.values()), default=float("inf"))

    def _due(self, now: float) -> list[tuple[Ticket, JoinAnswer | SyncAnswer]]:
        answers = []
        for group in self.known.values():
            group.tick(now)
            answers += group.answers
            group.answers = []
        return answers
