"""The front's consumer groups as a state machine: each case is a conversation with one group, without a clock."""

import sys
from itertools import count
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "compose" / "front"))

from group import INITIAL_DELAY, NEW_MEMBER_PATIENCE, Group, State  # noqa: E402
from groups import Groups  # noqa: E402
from member import Join  # noqa: E402
from protocol import Error  # noqa: E402

SESSION, REBALANCE = 10.0, 60.0


class Room:
    """One group and a clock that the test moves; `said` is what was answered to whom, the newest last."""

    def __init__(self):
        numbers = count(1)
        self.now = 1000.0
        self.group = Group("g", lambda stem: f"{stem}-{next(numbers)}")
        self.said = {}

    def wait(self, seconds):
        """From one deadline to the next, as an event loop would."""
        end = self.now + seconds
        while (deadline := self.group.next_deadline()) <= end:
            assert deadline > self.now or self.group.state != State.STABLE, "a deadline that is never met"
            self.now = max(self.now, deadline)
            self.group.tick(self.now)
        self.now = end
        self.hear()

    def hear(self):
        for ticket, answer in self.group.answers:
            self.said[ticket] = answer
        self.group.answers = []

    def join(self, name, id="", **wish):
        wish = {"session": SESSION, "rebalance": REBALANCE, "protocols": [("range", b"topics")], **wish}
        self.said.pop(name, None)
        self.group.join(self.now, name, Join(member_id=id, client_id=name, **wish))
        self.hear()
        return self.said.get(name)

    def enter(self, name, **wish):
        """The two joins of a new dynamic member. Gives its id."""
        id = self.join(name, **wish).member_id
        self.join(name, id, **wish)
        return id

    def sync(self, name, id, assignments=None, generation=None, instance=None):
        self.said.pop(name, None)
        self.group.sync(self.now, name, id, instance, generation or self.group.generation, assignments or {})
        self.hear()
        return self.said.get(name)

    def beat(self, id, generation=None, instance=None):
        error = self.group.heartbeat(self.now, id, instance, generation or self.group.generation)
        self.hear()
        return error

    def leave(self, id="", instance=None):
        error = self.group.leave(self.now, id, instance)
        self.hear()
        return error

    def settle(self, *names, **wish):
        """A stable group of these dynamic members. Gives their ids; the first is the leader."""
        ids = [self.enter(name, **wish) for name in names]
        self.wait(3 * INITIAL_DELAY)
        self.share(dict(zip(names, ids)))
        return ids

    def share(self, ids):
        leader = self.group.leader
        for name, id in sorted(ids.items(), key=lambda one: one[1] == leader):
            self.sync(name, id, {one: one.encode() for one in ids.values()} if id == leader else None,
                      instance=self.group.members[id].instance_id)
        assert self.group.state == State.STABLE

    def settle_static(self, *names):
        for name in names:
            self.join(name, instance_id=name)
        self.wait(3 * INITIAL_DELAY)
        ids = {name: self.said[name].member_id for name in names}
        self.share(ids)
        return list(ids.values())


@pytest.fixture
def room():
    return Room()


def test_a_first_join_gets_an_id_and_joins_with_it(room):
    first = room.join("a")
    assert first.error == Error.MEMBER_ID_REQUIRED and first.member_id == "a-1"
    assert not room.group.members
    assert room.join("a", "a-1") is None, "an empty group waits for others first"
    room.wait(3 * INITIAL_DELAY)
    answer = room.said["a"]
    assert (answer.error, answer.generation, answer.leader, answer.protocol) == (0, 1, "a-1", "range")
    assert answer.members == [("a-1", None, b"topics")]
    assert room.sync("a", "a-1", {"a-1": b"all"}).assignment == b"all"
    assert room.group.state == State.STABLE


def test_an_old_client_joins_at_once(room):
    room.join("a", needs_id=False)
    room.wait(3 * INITIAL_DELAY)
    assert room.said["a"].error == Error.NONE


def test_members_that_start_together_are_one_generation(room):
    a, b = room.enter("a"), room.enter("b")
    room.wait(INITIAL_DELAY / 2)
    c = room.enter("c")
    room.wait(3 * INITIAL_DELAY)
    assert {room.said[name].generation for name in "abc"} == {1}
    assert [one for one, _, _ in room.said["a"].members] == [a, b, c]
    assert room.said["b"].members == [], "only the leader hears who the members are"


def test_sync_waits_for_the_leader(room):
    a, b = room.enter("a"), room.enter("b")
    room.wait(3 * INITIAL_DELAY)
    assert room.sync("b", b) is None
    assert room.sync("a", a, {a: b"1", b: b"2"}).assignment == b"1"
    assert room.said["b"].assignment == b"2"


def test_a_new_member_rebalances_all(room):
    a, b = room.settle("a", "b")
    c = room.enter("c")
    assert room.beat(a) == Error.REBALANCE_IN_PROGRESS == room.beat(b)
    assert room.join("a", a) is None and "c" not in room.said
    room.join("b", b)
    assert {room.said[name].generation for name in "abc"} == {2}
    assert room.beat(b, generation=1) == Error.ILLEGAL_GENERATION
    assert room.sync("b", b, generation=1).error == Error.ILLEGAL_GENERATION
    room.share({"a": a, "b": b, "c": c})


def test_a_silent_member_is_evicted_after_its_session(room):
    a, b = room.settle("a", "b")
    room.wait(SESSION * 0.9)
    assert room.beat(a) == Error.NONE
    room.wait(SESSION * 0.2)
    assert list(room.group.members) == [a]
    assert room.beat(a) == Error.REBALANCE_IN_PROGRESS
    assert room.join("a", a).generation == 2
    assert room.beat(b) == Error.UNKNOWN_MEMBER_ID
    assert room.join("b", b).error == Error.UNKNOWN_MEMBER_ID


def test_a_rebalance_does_not_wait_longer_than_the_largest_rebalance_time(room):
    a, b = room.settle("a", "b", session=1000.0)
    c = room.enter("c", session=1000.0)
    room.join("b", b, session=1000.0)
    room.wait(REBALANCE * 0.9)
    assert room.group.generation == 1
    room.wait(REBALANCE * 0.2)
    assert room.said["b"].generation == 2 and list(room.group.members) == [b, c]
    assert room.group.leader == b, "the leader was missing: another leads"


def test_a_member_that_never_asks_for_its_assignment_is_evicted(room):
    a, b = room.settle("a", "b", session=1000.0)
    c = room.enter("c", session=1000.0)
    room.join("a", a, session=1000.0), room.join("b", b, session=1000.0)
    room.sync("a", a, {})
    room.sync("b", b)
    room.wait(REBALANCE * 1.1)
    assert c not in room.group.members and room.group.state == State.PREPARING


def test_a_promised_id_holds_a_rebalance_up_for_its_session_at_most(room):
    (a,) = room.settle("a")
    room.enter("b")
    room.join("c")
    assert room.join("a", a) is None
    room.wait(SESSION * 1.1)
    assert room.said["a"].generation == 2


def test_a_new_member_that_vanishes_while_it_waits_goes_in_the_end(room):
    (a,) = room.settle("a", rebalance=1000.0, session=1000.0)
    b = room.enter("b", rebalance=1000.0)
    room.wait(NEW_MEMBER_PATIENCE * 1.1)
    assert b not in room.group.members and room.said["b"].error == Error.UNKNOWN_MEMBER_ID


def test_a_leave_moves_at_once(room):
    a, b = room.settle("a", "b")
    assert room.leave(b) == Error.NONE
    assert room.join("a", a).members == [(a, None, b"topics")]
    assert room.leave(b) == Error.UNKNOWN_MEMBER_ID


def test_the_last_leave_empties_the_group(room):
    a, b = room.settle("a", "b")
    room.leave(b), room.leave(a)
    assert room.group.state == State.EMPTY and room.group.next_deadline() == float("inf")
    assert room.join("a", a).error == Error.UNKNOWN_MEMBER_ID


def test_a_leave_during_the_sync_begins_anew(room):
    a, b = room.enter("a"), room.enter("b")
    room.wait(3 * INITIAL_DELAY)
    room.sync("b", b)
    room.leave(a)
    assert room.said["b"].error == Error.REBALANCE_IN_PROGRESS
    assert room.join("b", b).leader == b


def test_a_lost_answer_is_given_again(room):
    a, b = room.settle("a", "b")
    again = room.join("b", b)
    assert (again.generation, again.error, room.group.state) == (1, Error.NONE, State.STABLE)
    assert room.sync("b", b).assignment == b.encode()


def test_a_leader_or_another_subscription_rebalances(room):
    a, b = room.settle("a", "b")
    assert room.join("b", b, protocols=[("range", b"other topics")]) is None
    assert room.group.state == State.PREPARING
    room.join("a", a)
    room.share({"a": a, "b": b})
    assert room.join("a", a) is None and room.group.state == State.PREPARING


def test_the_protocol_is_one_that_all_have_and_most_prefer(room):
    room.enter("a", protocols=[("range", b""), ("sticky", b""), ("own", b"")])
    room.enter("b", protocols=[("sticky", b""), ("range", b"")])
    room.enter("c", protocols=[("sticky", b""), ("range", b"")])
    room.wait(3 * INITIAL_DELAY)
    assert room.said["a"].protocol == "sticky"
    assert room.join("d", protocols=[("own", b"")]).error == Error.INCONSISTENT_GROUP_PROTOCOL
    assert room.join("d", protocol_type="connect").error == Error.INCONSISTENT_GROUP_PROTOCOL


def test_a_static_member_restarts_without_a_rebalance(room):
    a, b = room.settle_static("a", "b")
    again = room.join("b", instance_id="b")
    assert again.error == Error.NONE and again.generation == 1 and again.member_id != b
    assert room.sync("b", again.member_id, instance="b").assignment == b.encode()
    assert room.group.state == State.STABLE
    # The one that it replaced is out.
    assert room.beat(b, instance="b") == Error.FENCED_INSTANCE_ID
    assert room.sync("old", b, instance="b").error == Error.FENCED_INSTANCE_ID
    assert room.join("old", b, instance_id="b").error == Error.FENCED_INSTANCE_ID
    assert room.leave(b, "b") == Error.FENCED_INSTANCE_ID
    assert room.group.check_commit(room.now, b, "b", 1) == Error.FENCED_INSTANCE_ID


def test_a_static_leader_restarts_without_a_rebalance(room):
    a, b = room.settle_static("a", "b")
    again = room.join("a", instance_id="a")
    assert again.error == Error.NONE and again.generation == 1
    assert again.leader == a and again.members == [], "it shall not assign anew: nobody would hear"
    assert room.sync("a", again.member_id, instance="a").assignment == a.encode()
    assert room.beat(b, instance="b") == Error.NONE and room.group.leader == again.member_id


def test_a_static_member_with_other_protocols_rebalances(room):
    room.settle_static("a", "b")
    room.join("b", instance_id="b", protocols=[("sticky", b""), ("range", b"")])
    assert room.group.state == State.STABLE, "range is still what all have"
    other = Room()
    other.settle_static("a")
    other.join("a", instance_id="a", protocols=[("sticky", b"")])
    assert other.group.state == State.COMPLETING and other.said["a"].protocol == "sticky"


def test_a_static_member_keeps_its_place_for_its_session(room):
    a, b = room.settle_static("a", "b")
    room.wait(SESSION * 0.9)
    room.beat(a, instance="a")
    assert b in room.group.members
    room.wait(SESSION * 0.2)
    assert b not in room.group.members
    assert room.beat(a, instance="a") == Error.REBALANCE_IN_PROGRESS


def test_an_absent_static_member_is_given_a_share(room):
    a, b = room.settle_static("a", "b")
    room.group.members[b].session = room.group.members[b].deadline = 10_000.0
    room.join("c", instance_id="c")
    room.join("a", a, instance_id="a")
    assert room.group.state == State.PREPARING
    room.wait(REBALANCE * 1.1)
    assert room.said["a"].generation == 2
    assert [instance for _, instance, _ in room.said["a"].members] == ["a", "b", "c"]


def test_an_operator_removes_a_static_member_by_its_instance(room):
    a, b = room.settle_static("a", "b")
    assert room.leave(instance="b") == Error.NONE
    assert list(room.group.members) == [a]
    assert room.leave(instance="b") == Error.UNKNOWN_MEMBER_ID


def test_who_may_commit(room):
    commit = room.group.check_commit
    assert commit(room.now, "", None, -1) is None, "an empty group's offsets are anybody's"
    a, b = room.settle("a", "b")
    assert commit(room.now, a, None, 1) is None
    assert commit(room.now, a, None, 2) == Error.ILLEGAL_GENERATION
    assert commit(room.now, "x", None, 1) == Error.UNKNOWN_MEMBER_ID
    assert commit(room.now, "", None, -1) == Error.UNKNOWN_MEMBER_ID
    room.enter("c")
    assert commit(room.now, a, None, 1) is None, "what was done before the rebalance may still be committed"
    room.join("a", a), room.join("b", b)
    assert commit(room.now, a, None, 2) == Error.REBALANCE_IN_PROGRESS


def test_a_session_time_out_must_be_in_bounds():
    groups = Groups()
    (answer,) = groups.join(0, "ticket", "g", Join(session=0.1, protocols=[("range", b"")]))
    assert answer[1].error == Error.INVALID_SESSION_TIMEOUT
    (answer,) = groups.join(0, "ticket", "", Join(protocols=[("range", b"")]))
    assert answer[1].error == Error.INVALID_GROUP_ID


def test_after_a_restart_members_are_strangers():
    groups = Groups()
    (answer,) = groups.join(0, "ticket", "g", Join(member_id="a-1", protocols=[("range", b"")]))
    assert answer[1].error == Error.UNKNOWN_MEMBER_ID
    assert groups.heartbeat(0, "g", "a-1", None, 1) == Error.UNKNOWN_MEMBER_ID
    assert groups.leave(0, "g", "a-1", None) == Error.UNKNOWN_MEMBER_ID
    assert groups.check_commit(0, "g", "a-1", None, 1) == Error.UNKNOWN_MEMBER_ID
