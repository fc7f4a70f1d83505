"""One consumer group, as Apache Kafka's coordinator keeps it: no sockets and no clock."""

import uuid
from collections import Counter
from enum import StrEnum
from typing import Callable

from member import Join, JoinAnswer, Member, SyncAnswer, Ticket
from protocol import Error

# An empty group waits so long for more members than the first, and again while they come: one rebalance for all that
# start together. Apache Kafka's default is 3 s.
INITIAL_DELAY = 0.2
# A member that waits in its first JoinGroup cannot heartbeat; if it never comes for the answer it goes after this time.
NEW_MEMBER_PATIENCE = 300.0


class State(StrEnum):
    EMPTY = "Empty"
    PREPARING = "PreparingRebalance"
    COMPLETING = "CompletingRebalance"
    STABLE = "Stable"


class Group:
    """
    Empty --join--> Preparing --all have joined, or time is over--> Completing --leader's sync--> Stable
                        ^                                               |                           |
                        +------------- a join, a leave, a death --------+---------------------------+
    Preparing without members becomes Empty.

    Each call says what time it is, in seconds of any clock that only goes forward. Answers to JoinGroup and SyncGroup
    gather in `answers`, each with its caller's ticket.
    """

    def __init__(self, name: str, new_id: Callable[[str], str] = lambda stem: f"{stem}-{uuid.uuid4()}"):
        self.name = name
        self.new_id = new_id
        self.state = State.EMPTY
        self.generation = 0
        self.protocol_type = ""
        self.protocol: str | None = None
        self.leader: str | None = None
        self.members: dict[str, Member] = {}
        # Ids that were given out and have not joined yet, with the time until which they may.
        self.promised: dict[str, float] = {}
        self.answers: list[tuple[Ticket, JoinAnswer | SyncAnswer]] = []
        self.rebalance_deadline = 0.0
        self.sync_deadline = 0.0
        # Of the wait of an empty group for its first members.
        self.is_initial = False
        self.has_grown = False
        self.initial_limit = 0.0

    # JoinGroup

    def join(self, now: float, ticket: Ticket, wish: Join) -> None:
        if error := self._refusal(wish):
            self._answer(ticket, JoinAnswer(error, wish.member_id))
        elif not wish.member_id:
            self._join_first(now, ticket, wish)
        elif wish.member_id in self.promised:
            self._add(now, ticket, wish, wish.member_id)
        elif error := self._stranger(wish.member_id, wish.instance_id):
            self._answer(ticket, JoinAnswer(error, wish.member_id))
        else:
            self._join_again(now, ticket, wish, self.members[wish.member_id])

    def _refusal(self, wish: Join) -> Error | None:
        if not wish.protocols or not wish.protocol_type:
            return Error.INCONSISTENT_GROUP_PROTOCOL
        if self.state == State.EMPTY or not self.members:
            return None
        others = [one for one in self.members.values()
                  if one.id != wish.member_id and (not wish.instance_id or one.instance_id != wish.instance_id)]
        names = {name for name, _ in wish.protocols}
        if self.protocol_type != wish.protocol_type or (others and not names & self._common(others)):
            return Error.INCONSISTENT_GROUP_PROTOCOL
        return None

    def _join_first(self, now: float, ticket: Ticket, wish: Join) -> None:
        id = self.new_id(wish.instance_id or wish.client_id)
        if wish.instance_id and (old := self._static(wish.instance_id)):
            self._replace(now, ticket, wish, old, id)
        elif wish.instance_id or not wish.needs_id:
            self._add(now, ticket, wish, id)
        else:
            self.promised[id] = now + wish.session
            self._answer(ticket, JoinAnswer(Error.MEMBER_ID_REQUIRED, id))

    def _join_again(self, now: float, ticket: Ticket, wish: Join, member: Member) -> None:
        is_same = member.protocols == wish.protocols
        if is_same and (self.state == State.COMPLETING or self.state == State.STABLE and member.id != self.leader):
            # Its answer was lost: it hears again what it has missed.
            member.update(wish)
            self._touch(now, member)
            self._answer(ticket, self._membership(member))
            return
        member.update(wish)
        self._await_join(now, member, ticket)
        self._prepare(now)

    def _add(self, now: float, ticket: Ticket, wish: Join, id: str) -> None:
        self.promised.pop(id, None)
        member = Member(
            id, wish.instance_id, wish.client_id, wish.client_host, wish.session, wish.rebalance, wish.protocols)
        self.protocol_type = wish.protocol_type
        self.members[id] = member
        self.has_grown = True
        self._await_join(now, member, ticket)
        self._prepare(now)

    def _replace(self, now: float, ticket: Ticket, wish: Join, old: Member, id: str) -> None:
        """A static member that has started again: it takes its own place, and whoever holds it yet is fenced."""
        self._dismiss(old, Error.FENCED_INSTANCE_ID)
        leader_before = self.leader
        # In its old place, since the order of members decides who gets which partitions.
        old.id, old_id = id, old.id
        self.members = {one.id: one for one in self.members.values()}
        if self.leader == old_id:
            self.leader = id
        old.update(wish)
        self._touch(now, old)
        if self.state == State.STABLE and self._choose() == self.protocol:
            # With the old leader's id, also for the leader itself: what it would assign now reaches nobody.
            answer = self._membership(old)
            answer.leader, answer.members = leader_before or "", []
            self._answer(ticket, answer)
        else:
            self._await_join(now, old, ticket)
            self._prepare(now)

    def _await_join(self, now: float, member: Member, ticket: Ticket) -> None:
        if member.is_new:
            member.deadline = now + NEW_MEMBER_PATIENCE
        if member.join_ticket is not None:
            self._answer(member.join_ticket, JoinAnswer(Error.REBALANCE_IN_PROGRESS, member.id))
        member.join_ticket = ticket

    def _membership(self, member: Member) -> JoinAnswer:
        members = []
        if member.id == self.leader:
            members = [(one.id, one.instance_id, one.metadata(self.protocol)) for one in self.members.values()]
        return JoinAnswer(Error.NONE, member.id, self.generation, self.protocol or "", self.leader or "", members)

    # The rebalance

    def _prepare(self, now: float) -> None:
        if self.state == State.COMPLETING:
            for member in self.members.values():
                member.assignment = b""
                self._answer_sync(member, SyncAnswer(Error.REBALANCE_IN_PROGRESS))
        if self.state != State.PREPARING:
            patience = max((one.rebalance for one in self.members.values()), default=0)
            self.is_initial = self.state == State.EMPTY
            self.initial_limit = now + patience
            self.rebalance_deadline = now + (INITIAL_DELAY if self.is_initial else patience)
            self.has_grown = False
            self.state = State.PREPARING
        self._proceed(now)

    def _proceed(self, now: float) -> None:
        """Ends the wait for members if there is nobody to wait for, or the time is over."""
        if self.state != State.PREPARING:
            return
        if self.is_initial:
            if now < self.rebalance_deadline:
                return
            if self.has_grown and now < self.initial_limit:
                self.has_grown = False
                self.rebalance_deadline = min(now + INITIAL_DELAY, self.initial_limit)
                return
            self._complete(now)
        elif now >= self.rebalance_deadline or not self.promised and all(
                one.join_ticket is not None for one in self.members.values()):
            self._complete(now)

    def _complete(self, now: float) -> None:
        # Static members keep their place until their session is over.
        for absent in [one for one in self.members.values() if one.join_ticket is None and not one.instance_id]:
            del self.members[absent.id]
        joined = [one for one in self.members.values() if one.join_ticket is not None]
        patience = max((one.rebalance for one in self.members.values()), default=0)
        self.is_initial = False
        if self.members and not joined:
            self.rebalance_deadline = now + patience
            return
        self.generation += 1
        if not self.members:
            self.state, self.protocol, self.leader = State.EMPTY, None, None
            return
        if self.leader not in [one.id for one in joined]:
            self.leader = joined[0].id
        self.protocol = self._choose()
        self.state = State.COMPLETING
        self.sync_deadline = now + patience
        for member in self.members.values():
            member.has_synced = False
        for member in joined:
            self._touch(now, member)
            member.is_new = False
            ticket, member.join_ticket = member.join_ticket, None
            self._answer(ticket, self._membership(member))

    @staticmethod
    def _common(members: list[Member]) -> set[str]:
        return set.intersection(*({name for name, _ in one.protocols} for one in members))

    def _choose(self) -> str:
        """Each member votes for the one that it prefers among those that all have."""
        common = self._common(list(self.members.values()))
        votes = Counter(next(name for name, _ in one.protocols if name in common) for one in self.members.values())
        return votes.most_common(1)[0][0]

    # SyncGroup, Heartbeat, LeaveGroup, and what OffsetCommit must say

    def sync(
        self, now: float, ticket: Ticket, member_id: str, instance_id: str | None, generation: int,
        assignments: dict[str, bytes],
    ) -> None:
        if error := self.check(member_id, instance_id, generation):
            self._answer(ticket, SyncAnswer(error))
        elif self.state == State.PREPARING:
            self._answer(ticket, SyncAnswer(Error.REBALANCE_IN_PROGRESS))
        else:
            member = self.members[member_id]
            member.has_synced = True
            self._touch(now, member)
            self._answer_sync(member, SyncAnswer(Error.REBALANCE_IN_PROGRESS))
            member.sync_ticket = ticket
            if self.state == State.COMPLETING and member_id == self.leader:
                self.state = State.STABLE
                for one in self.members.values():
                    one.assignment = assignments.get(one.id, b"")
            if self.state == State.STABLE:
                for one in self.members.values():
                    if one.sync_ticket is not None:
                        self._touch(now, one)
                        self._answer_sync(one, SyncAnswer(Error.NONE, one.assignment))

    def heartbeat(self, now: float, member_id: str, instance_id: str | None, generation: int) -> Error:
        if error := self.check(member_id, instance_id, generation):
            return error
        self._touch(now, self.members[member_id])
        return Error.REBALANCE_IN_PROGRESS if self.state == State.PREPARING else Error.NONE

    def leave(self, now: float, member_id: str, instance_id: str | None) -> Error:
        if self.promised.pop(member_id, None) is not None:
            self._proceed(now)
            return Error.NONE
        if instance_id and not member_id and (member := self._static(instance_id)):
            member_id = member.id  # an operator names the instance only
        if error := self._stranger(member_id, instance_id):
            return error
        self._remove(now, self.members[member_id])
        return Error.NONE

    def check(self, member_id: str, instance_id: str | None, generation: int) -> Error | None:
        """Why this is no member of the present generation."""
        if error := self._stranger(member_id, instance_id):
            return error
        return Error.ILLEGAL_GENERATION if generation != self.generation else None

    def check_commit(self, now: float, member_id: str, instance_id: str | None, generation: int) -> Error | None:
        """Why this caller may not commit; who is no member may while the group has none."""
        if generation < 0 and not member_id and not instance_id:
            return None if self.state == State.EMPTY else Error.UNKNOWN_MEMBER_ID
        if error := self.check(member_id, instance_id, generation):
            return error
        if self.state == State.COMPLETING:
            return Error.REBALANCE_IN_PROGRESS
        self._touch(now, self.members[member_id])
        return None

    def _stranger(self, member_id: str, instance_id: str | None) -> Error | None:
        if instance_id and (member := self._static(instance_id)) and member.id != member_id:
            return Error.FENCED_INSTANCE_ID
        known = self.members.get(member_id)
        is_other = known is None or instance_id and known.instance_id != instance_id
        return Error.UNKNOWN_MEMBER_ID if is_other else None

    def _static(self, instance_id: str) -> Member | None:
        return next((one for one in self.members.values() if one.instance_id == instance_id), None)

    # Deaths

    def tick(self, now: float) -> None:
        for id in [id for id, deadline in self.promised.items() if now >= deadline]:
            del self.promised[id]
        for member in [one for one in self.members.values() if one.is_late(now)]:
            self._remove(now, member)
        if self.state in (State.COMPLETING, State.STABLE) and now >= self.sync_deadline:
            # Heartbeats alone do not make a member: it must also come for its assignment.
            for member in [one for one in self.members.values() if not one.has_synced]:
                self._remove(now, member)
        self._proceed(now)

    def next_deadline(self) -> float:
        """When `tick` has something to do, if nothing is heard before."""
        times = [*self.promised.values()]
        times += [one.deadline for one in self.members.values() if one.is_late(float("inf"))]
        if self.state == State.PREPARING:
            times.append(self.rebalance_deadline)
        elif not all(one.has_synced for one in self.members.values()):
            times.append(self.sync_deadline)
        return min(times, default=float("inf"))

    def _remove(self, now: float, member: Member) -> None:
        self._dismiss(member, Error.UNKNOWN_MEMBER_ID)
        # One removal may have ended the rebalance and with it another late member already.
        if self.members.pop(member.id, None) is None:
            return
        if self.leader == member.id:
            self.leader = None
        self._prepare(now)

    def _dismiss(self, member: Member, error: Error) -> None:
        ticket, member.join_ticket = member.join_ticket, None
        if ticket is not None:
            self._answer(ticket, JoinAnswer(error, member.id))
        self._answer_sync(member, SyncAnswer(error))

    def _touch(self, now: float, member: Member) -> None:
        member.deadline = now + member.session

    def _answer_sync(self, member: Member, answer: SyncAnswer) -> None:
        ticket, member.sync_ticket = member.sync_ticket, None
        if ticket is not None:
            self._answer(ticket, answer)

    def _answer(self, ticket: Ticket, answer: JoinAnswer | SyncAnswer) -> None:
        self.answers.append((ticket, answer))
