"""What must hold while shards are halted, and after they were resumed."""

import time
from typing import Callable

import httpx

from . import log, partition, state
from .cluster import NAMES, Cluster
from .problem import assert_problem
from .topic import Record
from .wait import PATIENCE, until

DECISIONS = {"directchat.conversation.qualified.v1", "directchat.qualify.declined.v1"}


def assert_halted(
    cluster: Cluster, kind: str, topic: str, shards: dict[str, set[int]], within: float = PATIENCE,
) -> None:
    """Waits until these shards of these services are halted, all others live, and each service says so.

    `kind` and `topic` (its name without the prefix): what must be named; of several, with a bar between them, one.
    """
    def settled() -> bool:
        for name in NAMES:
            found = cluster[name].shards()
            assert len(found) == cluster.partitions, f"{name} holds {sorted(found)}"
            states = {number: one["state"] for number, one in found.items()}
            halted = {number for number, one in states.items() if one == "halted"}
            assert halted == shards.get(name, set()), f"{name}: {states}"
            assert all(states[number] == "live" for number in set(states) - halted), f"{name}: {states}"
            ready = httpx.get(cluster.url[name] + "/readyz", timeout=20)
            assert ready.status_code == (503 if halted else 200), f"{name}: {ready.text}"
            for number in halted:
                reasons = [one for one in ready.json()["reasons"] if f"shard {number} " in one]
                assert len(reasons) == 1, f"{name}: {ready.text}"
                for said in (found[number]["detail"], *reasons):
                    assert any(one in said for one in kind.split("|")), f"{name}: {said!r} does not name {kind}"
                    assert any(one in said for one in topic.split("|")), f"{name}: {said!r} does not name {topic}"
                    assert "resume" in said, f"{name}: {said!r} does not say what to do"
        return True
    until(lasting(settled), f"{shards} to be halted and nothing else", within)


def lasting(condition: Callable[[], bool], seconds: float = 2) -> Callable[[], bool]:
    """Holds once the condition has held that long: a broker that comes back makes its groups join again, and a shard
    that moves then goes through all its states once more."""
    since: list[float] = []

    def held() -> bool:
        try:
            assert condition()
        except AssertionError:
            since.clear()
            raise
        since.append(time.monotonic())
        return since[-1] - since[0] >= seconds
    return held


def assert_served(cluster: Cluster, dealership: str, text: str) -> None:
    """A customer there writes, staff read and answer, and the customer sees it."""
    staff, customer = cluster.staff(dealership), cluster.visitor(dealership).begin()
    with customer.stream() as stream:
        customer.say(text)
        staff.wait_for(customer.conversation)
        staff.reply(customer.conversation, f"{text}, answered")
        stream.wait_for_texts([f"{text}, answered"])
    assert staff.qualify(customer.conversation)["dealId"]


def assert_refused(cluster: Cluster, dealership: str, conversation: str) -> None:
    """What needs the halted state says that it is not there, and what a customer writes is taken all the same."""
    staff = cluster.staff(dealership)
    assert_problem(staff.get(f"/v1/conversations/{conversation}"), 503, naming="halted")
    assert_problem(staff.send(conversation, "into the void"), 503, naming="halted")
    cluster.visitor(dealership).begin().say("written while the shard is halted")


def resume(cluster: Cluster, shards: dict[str, set[int]]) -> None:
    """By the documented command, which is not everybody's."""
    for name, numbers in shards.items():
        for number in numbers:
            refused = httpx.post(
                f"{cluster.url[name]}/v1/shards/{number}/resume", headers=cluster.staff().headers, timeout=20)
            assert refused.status_code == 403, refused.text
            cluster.resume(name, number)


def outcomes(records: list[Record]) -> dict[tuple[str, str], Record]:
    """The first outcome of each click in the topic `qualifications`: {(dealership, request): record}."""
    found: dict[tuple[str, str], Record] = {}
    for one in records:
        if one.type in DECISIONS:
            found.setdefault((one.header("ce_source").split("/")[2], one.json["requestId"]), one)
    return found


def deals_decided(records: list[Record]) -> dict[str, dict]:
    """Every deal that an outcome opened: {id: as the outcome says}."""
    opened = [one.json.get("deal") for one in outcomes(records).values()]
    return {one["dealId"]: one for one in opened if one}


def assert_agreed(cluster: Cluster, without: set[int] = frozenset()) -> None:
    """Waits until all services agree about messages and deals, with the log and so with one another.

    `without`: shards whose log has lost its head, so that it tells less than who folded it before.
    """
    cluster.wait_until_caught_up()

    def agreed() -> bool:
        said = log.threads([one for one in cluster.topic("messages").records() if one.partition not in without])
        for name in ("conversations", "ingest"):
            folded = {
                key: thread for file in cluster[name].files() if state.shard_of(file) not in without
                for key, thread in state.threads_of_file(file).items()}
            assert folded == said, f"{name} disagrees with the log about messages"
        decided = deals_decided(cluster.topic("qualifications").records())
        announced = {one.json["dealId"]: one.json for one in cluster.topic("deal-created").records()}
        assert announced == decided, "deal-created disagrees with the outcomes"
        kept = state.column(cluster["qualification"], "SELECT id FROM deals")
        assert sorted(kept) == sorted(decided), "qualification disagrees with the log about deals"
        shown = state.column(cluster["conversations"], "SELECT deal FROM outcomes WHERE deal IS NOT NULL")
        assert sorted(shown) == sorted(decided), "conversations disagrees with the log about deals"
        return True
    until(agreed, "all services to agree")
    for name in NAMES:
        assert cluster.dead_letters(name) == []


def shard_of(cluster: Cluster, dealership: str) -> int:
    return partition.of(dealership, cluster.partitions)
