"""What `replay` shows: topics, groups, lag, owners, records, dead letters."""

import json

import pytest

from kit import partition
from kit.cluster import NAMES, Cluster
from kit.load import Load
from kit.replay import Replay
from kit.topic import cloud_event
from kit.wait import until

DONE, NOT_FINE, REFUSED, USAGE = 0, 1, 2, 64
SHARDS = 12
# Presence reads only topics whose old records do not matter, and has no position.
POSITIONED = ("conversations", "ingest", "qualification")
SECRET_TEXT = "Is the red one at 12 Elm Street still there?"
CANARIES = ("Elm Street", "Zoltan", "Quimby", "+13145550177", "Sam Lee")


@pytest.fixture(scope="module")
def shop(make_cluster) -> Cluster:
    return make_cluster("see").start()


@pytest.fixture(scope="module")
def talk(shop: Cluster):
    """A qualified conversation: (dealership, conversation, deal)."""
    customer = shop.visitor().begin()
    customer.say(SECRET_TEXT)
    staff = shop.staff(customer.dealership)
    staff.wait_for(customer.conversation)
    staff.reply(customer.conversation, "Yes, Zoltan")
    answer = staff.click(customer.conversation, customer={
        "firstName": "Zoltan", "lastName": "Quimby", "phone": "+13145550177"})
    shop.wait_until_caught_up()
    return customer.dealership, customer.conversation, answer.json()["dealId"]


def test_topics_groups_and_owners(shop: Cluster, talk):
    replay = Replay(shop)
    topics = {one["name"]: one for one in replay("topics", "--json").json}
    assert set(topics) == {shop.prefix + one for one in (
        "messages", "qualifications", "deal-created", "presence", "owners", "activity", "typing")}
    assert topics["directchat.messages"]["next"] == list(shop.topic("messages").ends().values())
    assert topics["directchat.deal-created"]["retention"] == "kept"

    groups = {one["group"]: one for one in replay("groups", "--json").json}
    for name in NAMES:
        assert groups[shop.prefix + name]["state"] == "Stable"
        assert sum(len(one["partitions"]) for one in groups[shop.prefix + name]["members"]) == SHARDS

    owners = replay("owners", "--json").json
    assert {(one["service"], one["shard"], one["address"]) for one in owners} == {
        (name, shard, shop.url[name]) for name in NAMES for shard in range(SHARDS)}
    assert {one["service"] for one in replay("owners", "presence", "--json").json} == {"presence"}
    for command in ("topics", "groups", "owners"):
        assert replay(command).code == DONE


def test_lag_of_services_that_keep_up_and_of_one_that_is_gone(shop: Cluster, talk):
    replay = Replay(shop)
    until(lambda: len(replay("lag", "--window", 0, "--json").lines) == len(POSITIONED) * SHARDS, "positions of all")
    until(lambda: replay("lag", "--json").code == DONE, "all to be OK")

    dealership = shop.dealerships.ids[0]
    shard = partition.of(dealership, SHARDS)
    shop["conversations"].process.stop()
    try:
        customer = shop.visitor(dealership).begin()
        for number in range(3):
            customer.say(f"Anybody there? {number}")
        found = replay("lag", "--json")
        assert found.code == NOT_FINE, found.said
        bad = [one for one in found.json if one["status"] != "OK"]
        assert [(one["service"], one["shard"], one["status"]) for one in bad] == [("conversations", shard, "STOP")]
        assert bad[0]["records"] >= 3 and bad[0]["seconds"] > 0
        assert replay("lag", "ingest", "--window", 0).code == DONE
    finally:
        shop.restart("conversations")
    shop.wait_until_caught_up("conversations")
    until(lambda: replay("lag", "conversations", "--json").code == DONE, "conversations to be OK again")


def test_nothing_personal_is_shown_unless_asked_for(shop: Cluster, talk):
    replay = Replay(shop)
    for topic in ("messages", "qualifications", "deal-created"):
        ends = shop.topic(topic).ends()
        place = next(f"{topic}/{one}/{end - 1}" for one, end in ends.items() if end)
        for arguments in (["tail", topic], ["tail", topic, "--json"], ["show", place], ["show", place, "--json"]):
            shown = replay(*arguments)
            assert shown.code == DONE and shown.lines, shown.said
            for canary in CANARIES:
                assert canary not in "\n".join(shown.lines) + shown.said, arguments
    unmasked = "\n".join(replay("tail", "messages", "--unmask").lines)
    assert SECRET_TEXT in unmasked


def test_tail_finds_what_is_meant(shop: Cluster, talk):
    dealership, conversation, deal = talk
    replay = Replay(shop)

    def ids(*arguments: object) -> list[str]:
        found = replay("tail", *arguments, "--json")
        assert found.code == DONE, found.said
        return [one["event"]["id"] for one in found.json]

    mine = [one for one in shop.topic("messages").records() if one.header("ce_subject") == conversation]
    all_of_it = [one.header("ce_id") for one in mine]
    assert ids("messages", "--conversation", conversation, "--from", "-1h") == all_of_it
    assert ids("messages", "--conversation", conversation, "--last", 1) == all_of_it[-1:]
    assert ids("messages", "--conversation", conversation, "--limit", 2) == all_of_it[:2]
    assert ids("messages", "--conversation", conversation, "--from", "-1h", "--type", "message.sent") == [
        one.header("ce_id") for one in mine if one.type == "directchat.message.sent.v1"]
    one = mine[0]
    assert ids("messages", "--partition", one.partition, "--offsets", f"{one.offset}..{one.offset + 1}") == [
        one.header("ce_id")]
    assert ids("messages", "--key", dealership, "--from", "-1h", "--header", f"ce_id={all_of_it[0]}") == all_of_it[:1]
    assert ids("messages", "--dealership", "nobody", "--from", "-1h") == []
    assert ids("messages", "--conversation", conversation, "--to", "-1h") == []
    # The deal is about itself and comes from the conversation.
    assert len(ids("directchat.deal-created", "--conversation", conversation, "--from", "-1h")) == 1
    assert replay("tail", "deal-created", "--from", "-1h", "--json").json[0]["event"]["subject"] == deal

    assert replay("tail", "nothing").code == REFUSED
    refused = replay("tail", "messages", "--from", "2026-08-22T19:03:27")
    assert refused.code == USAGE and "has no zone" in refused.said
    assert replay("show", "messages/0/999999").code == REFUSED


def test_drafts_are_not_kept(shop: Cluster, talk, tmp_path):
    replay = Replay(shop)
    refused = replay("export", "typing", "--unmask", "--output", tmp_path / "drafts.jsonl")
    assert refused.code == REFUSED and "typing" in refused.said and not list(tmp_path.iterdir())
    assert replay("redeliver", "plan", "typing", "--reason", "r", "--plan", tmp_path / "plan.json").code == REFUSED


# A sender that is stopped ends its thread in the middle.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_tail_ends_on_a_busy_topic_and_follows_where_asked_to(shop: Cluster, talk):
    replay = Replay(shop)
    following = replay.process(
        "following", replay.command("tail", "messages", "--last", 0, "--follow", "--json", "--type", "message.received"))
    load = Load(shop, 100_000, replies=0, clicks=False).start()
    try:
        until(lambda: load.accepted > 20, "a load")
        assert replay("tail", "messages", "--from", "-1h").code == DONE, "it ends although there is always more"
        following.start()
        until(lambda: len(following.text().splitlines()) > 20, "what comes")
    finally:
        load.stop()
    following.stop()
    events = [json.loads(one)["event"] for one in following.text().splitlines()[:20]]
    assert {one["type"] for one in events} == {"message.received"}
    until(lambda: shop["ingest"].status()["spool"]["pending"] == 0, "the spool to be drained")
    shop.wait_until_caught_up()


def test_dead_letters_with_their_records(shop: Cluster, talk):
    replay = Replay(shop)
    dealership = shop.dealerships.ids[1]
    shard = partition.of(dealership, SHARDS)
    messages = shop.topic("messages")
    body = b'{"conversationId":"c-dead","text":"call Zoltan"}'
    event = cloud_event("message.received", dealership, "dead-1", subject="c-dead")
    refused = messages.append(shard, body, dealership.encode(), event)
    garbage = messages.append(shard, b"Quimby \xff", b"nobody", [])
    readers = {"ingest", "conversations", "qualification"}

    def listed(*arguments: object) -> list[dict]:
        found = replay("dead", "ls", *arguments, "--json")
        assert found.code == DONE, found.said
        assert not any(canary in "\n".join(found.lines) for canary in CANARIES)
        return found.json

    until(lambda: {one["service"] for one in listed()} >= readers, "every reader to have refused it")
    until(lambda: len([one for one in listed() if one["offset"] == garbage]) == len(readers), "and the other")
    mine = listed("--service", "conversations", "--dealership", dealership)
    assert [(one["service"], one["offset"], one["reason"], one["eventId"]) for one in mine] == [
        ("conversations", refused, "missing-field", "dead-1")]
    record = mine[0]["record"]
    assert record["event"]["type"] == "message.received" and record["refused"]["reason"] == "missing-field"
    assert record["body"] == {"conversationId": "c-dead", "text": "***"}
    assert {one["reason"] for one in listed("--reason", "missing-header")} == {"missing-header"}
    assert listed("--service-url", shop.url["ingest"])[0]["service"] == "ingest"

    shown = replay("dead", "show", f"messages/{shard}/{refused}", "--json")
    assert shown.code == DONE and {one["service"] for one in shown.json[0]["deadLetterOf"]} == readers
    assert replay("dead", "show", f"messages/{shard}/{refused}").code == DONE
    fine = next(one for one in messages.records() if one.header("ce_subject") == talk[1])
    assert replay("dead", "show", f"messages/{fine.partition}/{fine.offset}").code == NOT_FINE

    counted = {(one["service"], one["reason"], one.get("dealership")): one["count"]
               for one in replay("dead", "stats", "--json").json}
    assert counted[("qualification", "missing-field", dealership)] == 1
    assert replay("dead", "stats").code == DONE

    agent = shop.staff(dealership).token
    refusal = replay("dead", "ls", DIRECTCHAT_OPS_TOKEN=agent)
    assert refusal.code == REFUSED and "role ops" in refusal.said
    assert replay("dead", "ls", DIRECTCHAT_OPS_TOKEN="").code == REFUSED


def test_a_burst_of_dead_letters(shop: Cluster, talk):
    """More of one partition than are sought one by one; whose they are is told, and who is in a key is not."""
    replay = Replay(shop)
    dealership, messages = shop.dealerships.ids[2], shop.topic("messages")
    shard = partition.of(dealership, SHARDS)
    offsets = [messages.append(shard, b"[]", f"{dealership}/Zoltan Quimby".encode(), [("x-caller", b"Sam Lee")])
               for _ in range(30)]
    service = ("--service", "conversations", "--reason", "missing-header")

    def counted() -> dict[str | None, int]:
        return {one.get("dealership"): one["count"] for one in replay("dead", "stats", *service, "--json").json}
    until(lambda: counted().get(dealership) == 30, "all of them to be counted, by the dealership of their keys")
    found = replay("dead", "ls", *service, "--dealership", dealership, "--json")
    assert [one["offset"] for one in found.json] == offsets
    assert all(one["record"]["offset"] == one["offset"] and one["record"]["key"] == "***" for one in found.json)
    assert not any(canary in "\n".join(found.lines) for canary in CANARIES)
    few = replay("dead", "ls", *service, "--limit", 2)
    assert few.code == DONE and len(few.lines) == 4 and "more: --limit" in few.said


def test_an_instance_that_does_not_answer_is_named(shop: Cluster, talk):
    shop["presence"].process.stop()
    try:
        found = Replay(shop)("dead", "ls")
        assert found.code == 3 and shop.url["presence"] in found.said
        assert found.lines, "what the others told is shown"
    finally:
        shop.restart("presence")
