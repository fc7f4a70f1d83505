"""The log is not the one that was folded: each kind is produced on a real broker, is loud, and ends by one command."""

import pytest

from kit import log
from kit.aftermath import (
    assert_agreed, assert_halted, assert_refused, assert_served, deals_decided, outcomes, resume, shard_of)
from kit.cluster import Cluster
from kit.topic import Record, Topic
from kit.trouble import Administration, cut, kill_after, unseen
from kit.wait import until

ATTEMPTS = 5
# What no lost connection tells of is noticed by looking every 30 s, and this much is waited.
NOTICED = 45
# Who folds which topic.
READERS = {
    "messages": ("conversations", "ingest", "qualification"),
    "qualifications": ("conversations", "ingest", "qualification"),
    "deal-created": ("qualification",)}


@pytest.fixture
def cluster(make_cluster) -> Cluster:
    cluster = make_cluster("trouble", 8).start()
    yield cluster
    cluster.end()


@pytest.fixture
def victim(cluster: Cluster) -> str:
    return cluster.dealerships.ids[0]


@pytest.fixture
def spared(cluster: Cluster, victim: str) -> str:
    """A dealership of another shard."""
    return next(one for one in cluster.dealerships.ids if shard_of(cluster, one) != shard_of(cluster, victim))


def halts(cluster: Cluster, topic: str, *dealerships: str) -> dict[str, set[int]]:
    return {name: {shard_of(cluster, one) for one in dealerships} for name in READERS[topic]}


def begun(cluster: Cluster, dealership: str, text: str = "hello") -> str:
    """A conversation that staff have."""
    customer = cluster.visitor(dealership).begin()
    customer.say(text)
    cluster.staff(dealership).wait_for(customer.conversation)
    return customer.conversation


def qualified(cluster: Cluster, dealership: str) -> tuple[str, str]:
    """A conversation with a deal that has been announced."""
    conversation = begun(cluster, dealership)
    deal = cluster.staff(dealership).qualify(conversation)["dealId"]
    until(lambda: any(one.json["dealId"] == deal for one in cluster.topic("deal-created").records()), "the deal")
    return conversation, deal


def until_folded(cluster: Cluster, topic: Topic, shard: int, end: int) -> None:
    """Until every reader's position is there: a service that never saw what is lost then has nothing to complain of."""
    def folded() -> bool:
        for name in READERS[topic.name.removeprefix(cluster.prefix)]:
            topics = cluster[name].shards()[shard]["topics"]
            (one,) = [one for one in topics if one["topic"] == topic.name]
            assert one["position"] >= end, f"{name}: {one}"
        return True
    until(folded, f"{topic.name}/{shard} to be folded up to {end}")


def bytes_of(record: Record) -> tuple:
    """All of a record that is not its place."""
    return record.partition, record.key, record.value, record.headers


def test_a_lost_click_is_gone_for_everybody(cluster: Cluster, victim: str, spared: str):
    """Position beyond the end: the broker is killed in the second in which it had acknowledged a click."""
    shard, staff = shard_of(cluster, victim), cluster.staff(victim)
    _, kept = qualified(cluster, victim)
    topic = cluster.topic("qualifications")
    for attempt in range(ATTEMPTS):
        conversation = begun(cluster, victim)
        end, click = topic.ends()[shard], f"click-{attempt}"

        def action() -> str:
            deal = staff.qualify(conversation, request_id=click)["dealId"]
            until_folded(cluster, topic, shard, end + 2)
            return deal
        lost = kill_after(cluster, action)
        with cluster.broker.as_it_fell() as fallen:
            remains = topic.at(fallen.bootstrap).ends()[shard]
        cluster.broker.start()
        if remains == end:
            break
        print(f"attempt {attempt + 1}: the broker had written {remains - end} of the click's records")
        if remains < end + 2:
            # Half a click: the state owes what it lacks, and the shard is resumed as any.
            until(lambda: any(one["state"] == "halted" for one in cluster["qualification"].shards().values()), "a halt")
            resume(cluster, halts(cluster, "qualifications", victim))
        cluster.wait_until_caught_up()
    else:
        pytest.skip(f"the broker lost no click in {ATTEMPTS} kills: the scenario could not be produced")

    halted = halts(cluster, "qualifications", victim)
    # Where a service follows both, either may be met first.
    assert_halted(cluster, "beyond-end", "qualifications|deal-created", halted)
    assert_refused(cluster, victim, conversation)
    assert_served(cluster, spared, "meanwhile")
    resume(cluster, halted)
    assert_agreed(cluster)
    assert staff.deals(conversation) == [], "a click that the log does not know has a deal"
    assert not staff.conversation(conversation).get("deal")
    assert lost not in deals_decided(topic.records())
    assert kept in deals_decided(topic.records())
    # Whoever clicks again, as the console does for an answer that it never got, makes the deal that it would have been.
    assert staff.qualify(conversation, request_id=click)["dealId"] == lost
    assert_agreed(cluster)
    assert [one["id"] for one in staff.deals(conversation)] == [lost]
    assert_served(cluster, victim, "afterwards")


@pytest.mark.parametrize("lost", ["deal.created", "conversation.qualified"])
def test_what_the_state_owes_is_appended_again(cluster: Cluster, victim: str, spared: str, lost: str):
    """Position beyond the end: of what one click caused only the beginning is left."""
    shard, staff = shard_of(cluster, victim), cluster.staff(victim)
    qualified(cluster, victim)
    conversation, deal = qualified(cluster, victim)
    decisions, deals = cluster.topic("qualifications"), cluster.topic("deal-created")
    (outcome,) = [one for one in outcomes(decisions.records()).values() if one.json["conversationId"] == conversation]
    (announced,) = [one for one in deals.records() if one.json["dealId"] == deal]
    # The broker's own file, as it is when it stops in good order, without its last records.
    cluster.broker.stop()
    cut(cluster.broker, deals, shard, announced.offset)
    if lost == "conversation.qualified":
        cut(cluster.broker, decisions, shard, outcome.offset)
    cluster.broker.start()

    halted = halts(cluster, "deal-created" if lost == "deal.created" else "qualifications", victim)
    assert_halted(cluster, "beyond-end", "qualifications|deal-created", halted)
    assert_served(cluster, spared, "meanwhile")
    resume(cluster, halted)
    assert_agreed(cluster)
    (again,) = [one for one in deals.records() if one.json["dealId"] == deal]
    assert bytes_of(again) == bytes_of(announced)
    (again,) = [one for one in decisions.records() if one.header("ce_id") == outcome.header("ce_id")]
    assert bytes_of(again) == bytes_of(outcome)
    assert [one["id"] for one in staff.deals(conversation)] == [deal]


def test_a_tail_that_has_grown_over(cluster: Cluster, victim: str, spared: str):
    """Another record at the position: what was lost is hidden by what came after it."""
    shard, staff = shard_of(cluster, victim), cluster.staff(victim)
    conversation = begun(cluster, victim, "before")
    topic = cluster.topic("messages")

    def speak() -> tuple[str, str, str]:
        customer = cluster.visitor(victim).begin()
        message = customer.say("lost, and in the spool")["messageId"]
        reply = staff.reply(conversation, "lost for good", f"reply-{customer.visitor}")["messageId"]
        until_folded(cluster, topic, shard, end + 2)
        return message, f"reply-{customer.visitor}", reply
    for attempt in range(ATTEMPTS):
        end = topic.ends()[shard]
        message, sent, reply = kill_after(cluster, speak)
        with unseen(cluster.broker) as other:
            there = topic.at(other.bootstrap)
            lost = message not in log.message_ids(there.records())
            if lost:
                (older,) = [one for one in there.records() if one.partition == shard][-1:]
                while there.ends()[shard] <= end + 3:
                    there.append(shard, older.value, older.key, list(older.headers))
        cluster.broker.start()
        if lost:
            break
        cluster.wait_until_caught_up()
    else:
        pytest.skip(f"the broker lost no message in {ATTEMPTS} kills: the scenario could not be produced")

    halted = halts(cluster, "messages", victim)
    assert_halted(cluster, "other-record", "messages", halted)
    assert_refused(cluster, victim, conversation)
    assert_served(cluster, spared, "meanwhile")
    until(lambda: message in log.message_ids(topic.records()), "the customer's message to be back from the spool")
    resume(cluster, halted)
    assert_agreed(cluster)
    texts = [one["text"] for one in staff.messages(conversation)]
    assert texts == ["before"], "a reply that the log does not know is shown"
    # Whoever sends it again under its id has it there once.
    assert staff.reply(conversation, "lost for good", sent)["messageId"] == reply
    assert [one["text"] for one in staff.messages(conversation)] == ["before", "lost for good"]
    assert_agreed(cluster)


def test_a_head_that_was_trimmed(cluster: Cluster, victim: str, spared: str):
    """Before the start: a service was away for longer than the broker kept records."""
    shard, staff = shard_of(cluster, victim), cluster.staff(victim)
    conversation = begun(cluster, victim, "before")
    cluster["conversations"].process.stop()
    customer = cluster.visitor(victim).begin()
    for number in range(5):
        customer.say(f"during {number}")
    cluster.wait_until_caught_up("ingest", "qualification")
    topic = cluster.topic("messages")
    end = topic.ends()[shard]
    Administration(cluster.broker.bootstrap).trim(topic, shard, end - 2)
    cluster["conversations"].start()

    halted = {"conversations": {shard}}
    assert_halted(cluster, "trimmed", "messages", halted)
    assert_refused(cluster, victim, conversation)
    assert_served(cluster, spared, "meanwhile")
    resume(cluster, halted)
    assert_agreed(cluster, without={shard})
    # It has what the log has, and no more.
    assert staff.get(f"/v1/conversations/{conversation}").status_code == 404
    assert [one["text"] for one in staff.messages(customer.conversation)] == ["during 3", "during 4"]
    assert_served(cluster, victim, "afterwards")


def test_a_topic_made_anew(cluster: Cluster, victim: str, spared: str):
    """Deleted and made again, empty, under the running services: every deal is announced again, as it was."""
    for dealership in (victim, victim, spared):
        qualified(cluster, dealership)
    cluster.wait_until_caught_up()
    topic = cluster.topic("deal-created")
    before = topic.records()
    Administration(cluster.broker.bootstrap).make_anew(topic)

    halted = halts(cluster, "deal-created", victim, spared)
    assert_halted(cluster, "beyond-end", "deal-created", halted)
    assert_served_but_for_deals(cluster, victim)
    resume(cluster, halted)
    assert_agreed(cluster)
    assert_same_deals(before, topic.records())
    assert_served(cluster, victim, "afterwards")


@pytest.mark.parametrize("when", ["while it is away", "while it runs"])
def test_a_topic_made_anew_and_grown_again(cluster: Cluster, victim: str, spared: str, when: str):
    """There are records beyond the position, and the one before it is another."""
    for dealership in (victim, victim, spared):
        qualified(cluster, dealership)
    cluster.wait_until_caught_up()
    topic, shard = cluster.topic("deal-created"), shard_of(cluster, victim)
    before = topic.records()
    if when == "while it is away":
        cluster["qualification"].process.stop()
    Administration(cluster.broker.bootstrap).make_anew(topic)
    # Another order: no record stands where it stood.
    for one in 2 * [one for one in reversed(before) if one.partition == shard]:
        topic.append(shard, one.value, one.key, list(one.headers))
    if when == "while it is away":
        cluster["qualification"].start()

    halted = halts(cluster, "deal-created", victim, spared)
    assert_halted(cluster, "beyond-end|other-record", "deal-created", halted, NOTICED)
    assert "other-record" in cluster["qualification"].shards()[shard]["detail"]
    assert_served_but_for_deals(cluster, victim)
    resume(cluster, halted)
    assert_agreed(cluster)
    assert_same_deals(before, topic.records())
    assert_served(cluster, victim, "afterwards")


def assert_same_deals(before: list[Record], after: list[Record]) -> None:
    """What was announced is announced, with the same bytes. New deals may have joined them."""
    now = {one.header("ce_id"): bytes_of(one) for one in after}
    for one in before:
        assert now[one.header("ce_id")] == bytes_of(one)


def assert_served_but_for_deals(cluster: Cluster, dealership: str) -> None:
    """Chat goes on where only qualification is halted."""
    staff, customer = cluster.staff(dealership), cluster.visitor(dealership).begin()
    customer.say("hello")
    staff.wait_for(customer.conversation)
    staff.reply(customer.conversation, "hello yourself")
    assert staff.click(customer.conversation).status_code == 503


def test_messages_made_anew(cluster: Cluster, victim: str, spared: str):
    """What customers wrote in the last minute comes back from the spool; what staff answered does not."""
    customers = {one: cluster.visitor(one).begin() for one in (victim, spared)}
    for dealership, customer in customers.items():
        customer.say("hello")
        cluster.staff(dealership).wait_for(customer.conversation)
        cluster.staff(dealership).reply(customer.conversation, "lost with the topic")
    cluster.wait_until_caught_up()
    topic = cluster.topic("messages")
    accepted = log.message_ids(topic.records())
    Administration(cluster.broker.bootstrap).make_anew(topic)

    halted = halts(cluster, "messages", *customers)
    assert_halted(cluster, "beyond-end|other-record", "messages", halted)
    resume(cluster, halted)
    until(lambda: accepted <= log.message_ids(topic.records()), "what was accepted to be back from the spool", NOTICED)
    assert_agreed(cluster)
    for dealership, customer in customers.items():
        messages = cluster.staff(dealership).messages(customer.conversation)
        assert [one["text"] for one in messages] == ["hello"]
    assert_served(cluster, victim, "afterwards")


def test_a_service_refuses_to_start_with_another_number_of_partitions(cluster: Cluster):
    """It names the topic, and both numbers; those that run are not disturbed by a topic that they do not read."""
    topic = cluster.topic("deal-created")
    cluster["presence"].process.stop()
    Administration(cluster.broker.bootstrap).grow(topic, cluster.partitions + 1)
    cluster["presence"].start()
    assert cluster["presence"].process.wait(60) != 0, "it runs on a topic of another number of partitions"
    said = cluster["presence"].process.tail(3)
    for word in (topic.name, f"expected {cluster.partitions} partitions", f"found {cluster.partitions + 1}"):
        assert word in said, said
    for name in ("ingest", "conversations"):
        assert cluster[name].is_ready(), f"{name} does not read the topic and is disturbed by it"


def test_more_partitions_under_running_services(cluster: Cluster, victim: str):
    """Every shard that reads the topic halts, and a resume is of no use until the number is right again."""
    topic = cluster.topic("deal-created")
    admin = Administration(cluster.broker.bootstrap)
    _, deal = qualified(cluster, victim)
    (announced,) = topic.records()
    admin.grow(topic, cluster.partitions + 1)
    halted = {"qualification": set(range(cluster.partitions))}
    assert_halted(cluster, "partitions", "deal-created", halted, NOTICED)
    detail = cluster["qualification"].shards()[0]["detail"]
    assert f"{cluster.partitions + 1} partitions" in detail and f"{cluster.partitions} are expected" in detail, detail
    assert_served_but_for_deals(cluster, victim)
    cluster.resume("qualification", 0)
    assert_halted(cluster, "partitions", "deal-created", halted)

    # The way back: a topic has no fewer partitions than before, unless it is made anew.
    admin.make_anew(topic)
    resume(cluster, halted)
    # The number is right, and the log another one: that is for a person to agree to as well.
    halted = halts(cluster, "deal-created", victim)
    assert_halted(cluster, "beyond-end", "deal-created", halted)
    resume(cluster, halted)
    assert_agreed(cluster)
    (again,) = [one for one in topic.records() if one.json["dealId"] == deal]
    assert bytes_of(again) == bytes_of(announced)
    assert_served(cluster, victim, "afterwards")
