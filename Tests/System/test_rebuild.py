"""A wrong state is found and repaired, and a dead letter corrected, by `replay`, beside services that serve on."""

import json
import signal
from dataclasses import dataclass
from pathlib import Path

import httpx
import jsonschema
import pytest

from kit import exposition, log, partition, state, tree
from kit.cluster import NAMES, Cluster
from kit.load import Load
from kit.problem import assert_problem
from kit.replay import Replay
from kit.topic import cloud_event
from kit.trouble import plant
from kit.wait import until

KEPT = ("messages", "qualifications", "deal-created")
READERS = ("ingest", "conversations", "qualification")
DONE, DIFFERS, REFUSED, FAILED, WRONG = 0, 1, 2, 3, 64


@pytest.fixture(scope="module")
def shop(make_cluster) -> Cluster:
    cluster = make_cluster("rebuild", 3, partitions=4)
    cluster.add_carrier().start()
    return cluster.start()


@pytest.fixture(scope="module")
def replay(shop: Cluster) -> Replay:
    return Replay(shop)


@dataclass
class Talk:
    dealership: str
    conversation: str
    shard: int


@pytest.fixture(scope="module")
def talk(shop: Cluster) -> Talk:
    """A conversation with a deal on the website, and one by text that was answered."""
    dealership = shop.dealerships.ids[0]
    staff, customer = shop.staff(dealership), shop.visitor(dealership).begin()
    for number in range(5):
        customer.say(f"question {number}")
    staff.wait_for(customer.conversation, 5)
    staff.reply(customer.conversation, "the answer")
    staff.qualify(customer.conversation)
    phone = shop.carrier.phone("+13035550001", shop.dealerships.number(dealership))
    phone.text("hello by text")
    texted = until(
        lambda: next((one["id"] for one in staff.conversations() if one["channel"] == "sms"), None), "the text")
    staff.reply(texted, "answered by text")
    phone.wait_for("answered by text")
    shop.carrier.wait_until_quiet()
    shop.wait_until_caught_up()
    return Talk(dealership, customer.conversation, partition.of(dealership, shop.partitions))


def ends(cluster: Cluster) -> dict:
    return {name: cluster.topic(name).ends() for name in KEPT}


def json_of(replay: Replay, *arguments: str, **env: str) -> tuple[int, dict, str]:
    return replay.run(replay.command(*arguments, "--json"), **env)


def rebuild(replay: Replay, name: str, shard: int, *flags: str) -> tuple[int, dict, str]:
    code, result, said = json_of(replay, "rebuild", name, "--shard", str(shard), *flags)
    return code, (result["shards"][0] if result else {}), said


def tables(result: dict) -> dict[str, dict]:
    return {one["table"]: one for one in result["verification"]}


def leftovers(cluster: Cluster, name: str) -> list[str]:
    return sorted(one.name for one in cluster[name].data.iterdir() if ".rebuild" in one.name or ".watch" in one.name)


# What is planted; the table, its key, the column; where the record that wrote the row stands.
PLANTED = {
    "conversations": (
        "UPDATE messages SET text = 'planted' WHERE text = 'question 3'", "messages", "text", "messages"),
    "qualification": (
        "UPDATE customers SET last_name = 'Planted' WHERE last_name = 'Ortiz'", "customers", "last_name",
        "qualifications"),
}


@pytest.mark.parametrize("name", PLANTED)
def test_a_wrong_row_is_found_and_repaired(shop: Cluster, replay: Replay, talk: Talk, name: str):
    statement, table, column, topic = PLANTED[name]
    shop.wait_until_caught_up()
    right = state.hash_of(shop[name])
    plant(shop, name, talk.shard, statement)
    wrong = state.hash_of(shop[name])
    assert wrong != right
    before, texted, said = ends(shop), len(shop.carrier.journal("accepted")), len(shop.carrier.journal())
    [written] = [
        one for one in shop.topic(topic).records()
        if one.type in ("directchat.message.received.v1", "directchat.conversation.qualified.v1")
        and (one.json.get("text") == "question 3" or one.json.get("customer"))]

    code, result, told = rebuild(replay, name, talk.shard, "--verify", "--unmask")
    assert code == DIFFERS, told
    found = tables(result)
    assert [one for one in found if found[one]["live"] != found[one]["rebuilt"]] == [table]
    first = found[table]["first"]
    assert (found[table]["different"], first["kind"]) == (1, "changed")
    assert [one["name"] for one in first["columns"]] == [column]
    assert first["columns"][0]["live"].lower() == "planted"
    assert first["writer"] == {
        "topic": shop.prefix + topic, "partition": talk.shard, "offset": written.offset}
    if name == "conversations":
        assert first["conversation"] == talk.conversation
        assert [one["id"] for one in found[table]["conversations"]["named"]] == [talk.conversation]
        assert "planted" in [one["text"] for one in shop.staff(talk.dealership).messages(talk.conversation)]
    assert state.hash_of(shop[name]) == wrong, "the live file is only read"
    assert shop[name].shards()[talk.shard]["rebuild"]["state"] == "verified"
    code, result, _ = rebuild(replay, name, talk.shard, "--verify")
    assert "planted" not in json.dumps(result).lower(), "what people wrote is masked"

    code, result, told = rebuild(replay, name, talk.shard, "--swap")
    assert code == DONE, told
    assert (shop[name].data / result["replaced"]).exists()
    shop[name].wait_until_ready()
    shop.wait_until_caught_up(name)
    assert state.hash_of(shop[name]) == right
    assert "planted" not in [one["text"] for one in shop.staff(talk.dealership).messages(talk.conversation)]
    code, result, told = rebuild(replay, name, talk.shard, "--verify")
    assert (code, result["isSame"]) == (DONE, True), told
    assert len(shop.staff(talk.dealership).deals(talk.conversation)) == 1
    assert ends(shop) == before, "a rebuild appends nothing"
    assert len(shop.carrier.journal("accepted")) == texted and len(shop.carrier.journal()) == said


def test_all_shards_of_every_service_are_what_a_rebuild_gives(shop: Cluster, replay: Replay, talk: Talk):
    before = ends(shop)
    folded = exposition.value(shop.url["qualification"], "dc_records_folded_total")
    for name in NAMES:
        code, result, said = json_of(replay, "rebuild", name, "--verify", "--anew")
        assert code == DONE, said
        assert [one["shard"] for one in result["shards"]] == list(range(shop.partitions))
        assert all(one["isSame"] for one in result["shards"])
    assert ends(shop) == before
    assert exposition.value(shop.url["qualification"], "dc_records_folded_total") == folded, "the live shards' alone"
    assert exposition.value(shop.url["qualification"], "dc_rebuild_remaining_records") == 0


@pytest.mark.parametrize("place", ["rebuilding:1", "rebuilt:1", "swapping:1", "swapped:1"])
def test_kill_in_the_middle(shop: Cluster, replay: Replay, talk: Talk, place: str):
    """The live file is whole after it, the old one or the new one, and a rebuild begins anew."""
    name = "conversations"
    right = state.hash_of(shop[name])
    plant(shop, name, talk.shard, PLANTED[name][0])
    wrong, before = state.hash_of(shop[name]), ends(shop)
    service, plain = shop[name], shop[name].process.env
    assert service.process.stop() == 0
    service.process.env = {**plain, "DIRECTCHAT_FAILPOINT": place}
    shop.restart(name)
    try:
        shop.wait_until_caught_up(name)
        tool = replay.process(
            f"kill-{place}", replay.command("rebuild", name, "--shard", str(talk.shard), "--verify", "--swap"))
        tool.start()
        assert service.process.wait(90) == -signal.SIGKILL
    finally:
        service.process.env = plain
    shop.restart(name)
    assert tool.wait(90) in (REFUSED, FAILED), tool.tail()
    shop.wait_until_caught_up(name)
    assert leftovers(shop, name) == [], "what the killed process left is of no use"
    assert state.hash_of(shop[name]) == (right if place == "swapped:1" else wrong)

    code, result, said = rebuild(replay, name, talk.shard, "--verify", "--swap")
    assert code == DONE, said
    shop[name].wait_until_ready()
    shop.wait_until_caught_up(name)
    assert state.hash_of(shop[name]) == right
    assert ends(shop) == before


def test_only_ops_may_and_not_without_a_comparison(shop: Cluster, replay: Replay, talk: Talk):
    url = f"{shop.url['qualification']}/v1/shards/{talk.shard}"
    for route in ("rebuild", "verify", "swap"):
        refused = httpx.post(f"{url}/{route}", headers=shop.staff().headers, timeout=20)
        assert refused.status_code == 403, refused.text
        assert httpx.post(f"{url}/{route}", timeout=20).status_code == 401
        missing = httpx.post(f"{shop.url['qualification']}/v1/shards/99/{route}", headers=shop.ops(), timeout=20)
        assert missing.status_code == 404
    asked = httpx.post(f"{url}/rebuild?anew=true", headers=shop.ops(), timeout=20)
    assert asked.status_code == 202, asked.text
    until(
        lambda: httpx.get(f"{url}/rebuild", headers=shop.ops(), timeout=20).json()["state"] == "rebuilt", "the rebuild")
    assert_problem(httpx.post(f"{url}/swap", headers=shop.ops(), timeout=20), 409, naming="verify")
    code, _, said = rebuild(replay, "qualification", talk.shard, "--swap")
    assert code == REFUSED and "not-verified" in said, said
    code, _, said = json_of(replay, "rebuild", "qualification", "--shard", "99")
    assert code == REFUSED and "no shard 99" in said, said
    code, _, said = json_of(replay, "rebuild", "sales")
    assert code == WRONG, said
    code, _, said = json_of(replay, "rebuild", "ingest", DIRECTCHAT_OPS_TOKEN="")
    assert code == REFUSED and "compose/token" in said, said


# A sender that is stopped ends its thread in the middle.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_compared_and_swapped_while_everybody_writes(shop: Cluster, replay: Replay, talk: Talk):
    """The live file never stands still: both are compared where a snapshot of it was, and the swap loses nothing."""
    load = Load(shop, 1_000_000, replies=2, clicks=True).start()
    try:
        until(lambda: load.accepted >= 300, "a load")
        for name in READERS:
            accepted = load.accepted
            code, result, said = rebuild(replay, name, talk.shard, "--anew", "--verify", "--swap")
            assert (code, result["isSame"]) == (DONE, True), said
            assert result["verification"][0]["live"]["rows"] > 0
            until(lambda: load.accepted > accepted + 50, "the load to go on")
        until(lambda: load.all[0].deal, "a deal")
    finally:
        load.stop()
    shop.wait_until_caught_up()
    found = log.threads(shop.topic("messages").records())
    for name in ("conversations", "ingest"):
        assert state.threads(shop[name]) == found, f"{name} disagrees with the log"
    for one in load.all:
        said = [(client_id, text) for _, side, client_id, text in found[one.customer.conversation] if side == "customer"]
        assert said[:len(one.sent)] == one.sent
    for name in READERS:
        code, result, said = rebuild(replay, name, talk.shard, "--verify")
        assert (code, result["isSame"]) == (DONE, True), said


# Dead letters


def put_broken(cluster: Cluster, talk: Talk, client_id: str) -> tuple[int, dict]:
    """A message whose text is no text, refused by every service that reads the topic; and what it should have been."""
    value = {"conversationId": talk.conversation, "clientMessageId": client_id, "channel": "web", "text": 12}
    offset = cluster.topic("messages").append(
        talk.shard, json.dumps(value).encode(), talk.dealership.encode(),
        cloud_event("message.received", talk.dealership, f"{talk.conversation}.c.{client_id}", "ingest",
                    talk.conversation))
    return offset, {**value, "text": f"corrected {client_id}"}


def dead(replay: Replay, talk: Talk, verb: str, offset: int, *flags: str, **env: str) -> tuple[int, dict, str]:
    cluster = env.pop("cluster", "workshop")
    return json_of(
        replay, "dead", verb, f"messages/{talk.shard}/{offset}", "--cluster", cluster, "--by", "Alex Ray", "--reason",
        "DC-1021: a number", *flags, **env)


def letter(cluster: Cluster, name: str, offset: int) -> dict | None:
    return next((one for one in cluster.dead_letters(name) if one["offset"] == offset), None)


def settled_records(cluster: Cluster, offset: int) -> list:
    return [one for one in cluster.topic("messages").records()
            if (one.type or "").startswith("directchat.dead-letter.") and one.json["letter"]["offset"] == offset]


def decision_schema() -> dict:
    return json.loads((tree.ROOT / "Shared" / "Contracts" / "schemas" / "dead-letter.v1.json").read_text())


@pytest.mark.parametrize("place", ["before-amend:1", "amended:1"])
def test_an_amended_letter_is_folded_once(
    shop: Cluster, replay: Replay, talk: Talk, tmp_path: Path, place: str,
):
    client_id = place.split(":")[0]
    offset, value = put_broken(shop, talk, client_id)
    shop.wait_until_caught_up()
    assert letter(shop, "conversations", offset)["reason"] == "invalid-field"
    data = tmp_path / "value.json"
    data.write_text(json.dumps(value))

    code, _, said = dead(replay, talk, "amend", offset, "--data", str(data), cluster="another")
    assert code == REFUSED and "not the cluster another" in said, said
    code, _, said = dead(replay, talk, "amend", offset)
    assert code == REFUSED and "would be refused" in said, said
    code, _, _ = dead(replay, talk, "amend", offset, "--data", str(data), DIRECTCHAT_FAILPOINT=place)
    assert code == -signal.SIGKILL
    killed_after = len(settled_records(shop, offset))
    assert killed_after == (1 if place == "amended:1" else 0)
    for _ in range(2):
        code, result, said = dead(replay, talk, "amend", offset, "--data", str(data))
        assert code == DONE, said
    assert [one["appended"] for one in result["records"]] == [False]
    [record] = settled_records(shop, offset)
    jsonschema.validate(record.json, decision_schema())
    assert record.header("ce_id") == result["id"] and record.json["letter"]["eventId"].endswith(client_id)

    # Doubles on the wire are the same event.
    shop.topic("messages").append(talk.shard, record.value, record.key, list(record.headers))
    shop.wait_until_caught_up()
    texts = [one["text"] for one in shop.staff(talk.dealership).messages(talk.conversation)]
    assert texts.count(value["text"]) == 1
    for name in READERS:
        one = letter(shop, name, offset)
        if not one:
            assert name == "qualification", "it reads no text"
            continue
        settled = one["settled"]
        assert (settled["decision"], settled["by"], settled["reason"]) == ("amended", "Alex Ray", "DC-1021: a number")
        assert settled["eventId"] == result["id"] and settled["at"]
        assert shop[name].shards()[talk.shard]["deadLetters"] == 0
    code, _, said = dead(replay, talk, "discard", offset)
    assert code == REFUSED and "amended by Alex Ray" in said, said
    def refusals() -> list[float]:
        return [exposition.value(shop.url[name], "dc_dead_letters_total") for name in READERS]

    refused = refusals()
    for name in READERS:
        code, result, said = rebuild(replay, name, talk.shard, "--verify", "--anew")
        assert (code, result.get("isSame")) == (DONE, True), said
    assert refusals() == refused, "what a rebuild refuses again is counted once"


def test_a_discarded_letter_is_settled(shop: Cluster, replay: Replay, talk: Talk):
    offset = shop.topic("messages").append(talk.shard, b"no event", b"nobody", [])
    shop.wait_until_caught_up()
    before = {name: state.hash_of(shop[name]) for name in READERS}
    code, result, said = dead(replay, talk, "discard", offset)
    assert code == DONE and result["records"][0]["appended"], said
    [record] = settled_records(shop, offset)
    jsonschema.validate(record.json, decision_schema())
    code, result, said = dead(replay, talk, "discard", offset)
    assert code == DONE and not result["records"][0]["appended"], said
    shop.wait_until_caught_up()
    for name in READERS:
        assert letter(shop, name, offset)["settled"]["decision"] == "discarded"
        assert shop[name].shards()[talk.shard]["deadLetters"] == 0
    assert {name: state.hash_of(shop[name]) for name in READERS} == before
    code, _, said = dead(replay, talk, "amend", offset, "--type", "conversation.closed")
    assert code == REFUSED and "does not say everything" in said, said
    # It names an offset, which would be another record's.
    code, _, said = replay.run(replay.repartition(shop.prefix, "more.", 6))
    assert code == REFUSED and "decision about the dead letter" in said, said
