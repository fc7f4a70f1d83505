"""Records put on the wire again: planned, applied, killed in the middle, refused where the log has changed."""

import json
from pathlib import Path

import pytest
from confluent_kafka import Producer, TopicPartition
from confluent_kafka.admin import AdminClient

from kit.broker import Broker
from kit.cluster import NAMES, Cluster
from kit.interrupted import Checkpoint, kill_three_times
from kit.replay import Outcome, Replay
from kit.subscriber import Subscriber
from kit.topic import Record, Topic
from kit.topics import DEALERSHIPS, PROVENANCE, fill, make_topic, pair, plain, unused
from kit.wait import until

DONE, NOT_ALL, REFUSED = 0, 1, 2


@pytest.fixture(scope="module")
def log(make_cluster) -> Cluster:
    """A broker without services."""
    return make_cluster("wire")


@pytest.fixture
def replay(log: Cluster, tmp_path) -> Replay:
    """With a folder of its own for plans."""
    tool = Replay(log)
    tool.directory = tmp_path
    return tool


def plan(replay: Replay, source: Topic, *arguments: object, file: str = "plan.json", **env: str) -> Outcome:
    return replay(
        "redeliver", "plan", source.name, "--reason", "ticket 4711", "--plan", file, "--json", *arguments, **env)


def apply(replay: Replay, *arguments: object, file: str = "plan.json", cluster: str = "workshop", **env: str) -> Outcome:
    return replay("redeliver", "apply", file, "--cluster", cluster, "--json", *arguments, **env)


def own_headers(record: Record) -> dict[str, str]:
    return {name.removeprefix(PROVENANCE): value.decode()
            for name, value in record.headers if name.startswith(PROVENANCE)}


def test_a_plan_says_what_will_be_done_and_does_nothing(log: Cluster, replay: Replay):
    source, target = pair(log.broker)
    made = plan(replay, source, "--to-topic", target.name, "--dealership", DEALERSHIPS[0], "--rate", 2)
    assert made.code == DONE, made.said
    found = made.json[0]
    mine = [one for one in source.records() if one.key == DEALERSHIPS[0].encode()]
    assert found["types"] == {"conversation.read": len(mine)} and found["dealerships"] == {DEALERSHIPS[0]: len(mine)}
    assert [(one["partition"], one["first"]["offset"], one["last"]["offset"], one["records"]) for one in found["parts"]] == [
        (mine[0].partition, mine[0].offset, mine[-1].offset, len(mine))]
    assert found["parts"][0]["bytes"] > 100 * len(mine)
    assert found["alreadyThere"] == 0 and found["estimatedSeconds"] == (len(mine) + 1) // 2
    assert found["source"]["cluster"]["name"] == "workshop" and len(found["sha256"]) == 64
    assert not target.records(), "a plan writes nothing"
    assert plan(replay, source).code == REFUSED, "it does not write over another plan"
    assert plan(replay, source, "--dealership", "nobody", file="no.json").code == REFUSED
    assert plan(replay, source, "--to-topic", "nowhere", file="no.json").code == REFUSED
    few = make_topic(log.broker.bootstrap, unused("few"), 3)
    refused = plan(replay, source, "--to-topic", few.name, file="no.json")
    assert refused.code == REFUSED and "3 partitions" in refused.said


def test_everything_is_kept_and_says_where_it_is_from(log: Cluster, replay: Replay):
    source, target = pair(log.broker)
    assert plan(replay, source, "--to-topic", target.name).code == DONE
    done = apply(replay)
    assert done.code == DONE, done.said
    records, copies = source.records(), target.records()
    assert plain(copies) == plain(records)
    assert [own_headers(one)["of"] for one in copies] == [
        f"{source.name}/{one.partition}/{one.offset}" for one in records]
    about = own_headers(copies[0])
    assert set(about) == {"id", "of", "by", "reason", "at"}
    assert (about["by"], about["reason"]) == ("alex", "ticket 4711")
    assert done.json[0]["records"] == done.json[0]["sent"] == len(records)

    again = apply(replay)
    assert again.code == DONE and again.json[0]["sent"] == 0, again.said
    assert len(target.records()) == len(records), "a plan that was applied is applied"
    audit = [json.loads(one) for one in (replay.directory / "replay-audit.jsonl").read_text().splitlines()]
    assert [(one["event"], one["by"], one["records"]) for one in audit] == [
        ("begun", "alex", 0), ("done", "alex", len(records))]
    second = plan(replay, source, "--to-topic", target.name, file="second.json")
    events = len([one for one in records if one.header("ce_id")])
    assert second.json[0]["alreadyThere"] == events, "the target has them, and the plan says so"


@pytest.mark.parametrize("fate", Checkpoint.FATES)
def test_kill_9_in_the_middle_and_the_same_command_goes_on(log: Cluster, replay: Replay, fate: str):
    source, target = pair(log.broker, 400)
    assert plan(replay, source, "--to-topic", target.name, "--rate", 60).code == DONE
    file = replay.directory / "plan.json"
    command = replay.command("redeliver", "apply", file, "--cluster", "workshop")
    sent = kill_three_times(replay, command, target, Checkpoint(Path(f"{file}.checkpoint")), fate)
    done = apply(replay, "--rate", 10_000)
    assert done.code == DONE, done.said
    copies = [one for one in target.records() if own_headers(one).get("id") != "another"]
    assert plain(copies) == plain(source.records()), "each once, in order"
    assert done.json[0]["records"] == 402 and done.json[0]["sent"] == 402 - sent, done.said


def test_progress_is_on_standard_error(log: Cluster, replay: Replay):
    source, target = pair(log.broker, 100)
    plan(replay, source, "--to-topic", target.name)
    done = apply(replay, "--rate", 40)
    assert done.code == DONE and "s left" in done.said and "/s" in done.said, done.said


# What is refused


def test_a_plan_that_was_changed(log: Cluster, replay: Replay):
    source, target = pair(log.broker)
    plan(replay, source, "--to-topic", target.name)
    file = replay.directory / "plan.json"
    file.write_text(file.read_text().replace('"rate" : 500', '"rate" : 5000'))
    refused = apply(replay)
    assert refused.code == REFUSED and "was changed" in refused.said
    assert not target.records()


def test_a_topic_whose_head_was_trimmed(log: Cluster, replay: Replay):
    source, target = pair(log.broker)
    made = plan(replay, source, "--to-topic", target.name).json[0]
    part = made["parts"][-1]
    place = TopicPartition(source.name, part["partition"], part["first"]["offset"] + 1)
    admin = AdminClient({"bootstrap.servers": log.broker.bootstrap})
    for one in admin.delete_records([place]).values():
        one.result(30)
    refused = apply(replay)
    assert refused.code == REFUSED and "trimmed" in refused.said, refused.said
    assert not target.records()


def test_a_topic_that_was_made_anew(log: Cluster, replay: Replay):
    source, target = pair(log.broker)
    plan(replay, source, "--to-topic", target.name)
    admin = AdminClient({"bootstrap.servers": log.broker.bootstrap})
    admin.delete_topics([source.name])[source.name].result(30)
    make_topic(log.broker.bootstrap, source.name)
    fill(source, 90, first=1_000)
    refused = apply(replay)
    assert refused.code == REFUSED and "another record stands" in refused.said, refused.said
    admin.delete_topics([target.name])[target.name].result(30)
    make_topic(log.broker.bootstrap, target.name, 5)
    refused = apply(replay)
    assert refused.code == REFUSED and "12 partitions when the plan was made" in refused.said, refused.said


def test_a_cluster_that_is_not_the_named_one_and_a_public_topic(log: Cluster, replay: Replay):
    source, target = pair(log.broker)
    plan(replay, source, "--to-topic", target.name)
    assert apply(replay, cluster="production").code == REFUSED
    missing = replay("redeliver", "apply", "plan.json")
    assert missing.code == REFUSED and "--cluster workshop" in missing.said
    # The shell says which cluster it means, and has another one's servers.
    mistaken = apply(replay, DIRECTCHAT_CLUSTER_ID="of-production")
    assert mistaken.code == REFUSED and "workshop is the cluster of-production" in mistaken.said, mistaken.said
    public = make_topic(log.broker.bootstrap, unused("shop") + ".deal-created")
    plan(replay, source, "--to-topic", public.name, file="public.json")
    refused = apply(replay, file="public.json")
    assert refused.code == REFUSED and "--i-know-subscribers-will-see-this" in refused.said
    assert not target.records() and not public.records()
    assert apply(replay, "--i-know-subscribers-will-see-this", file="public.json").code == DONE


def test_to_another_cluster(log: Cluster, replay: Replay, tmp_path):
    source, _ = pair(log.broker)
    other = Broker(tmp_path / "other").start()
    try:
        target = make_topic(other.bootstrap, "dms.deals-again")
        settings = tmp_path / "target.conf"
        settings.write_text(
            f"# of the DMS\nbootstrap.servers = {other.bootstrap}\nreceive.message.max.bytes = 1500000000\n")
        env = {"DIRECTCHAT_TARGET_CLUSTER_NAME": "dms", "KAFKA_TARGET_SOCKET_TIMEOUT_MS": "20000"}
        flags = ["--target-config", settings]
        made = plan(replay, source, "--to-topic", target.name, *flags, **env)
        assert made.code == DONE, made.said
        assert apply(replay, *flags, cluster="workshop", **env).code == REFUSED, "the target's name is asked for"
        done = apply(replay, *flags, cluster="dms", **env)
        assert done.code == DONE, done.said
        assert plain(target.records()) == plain(source.records())
        assert not [one for one in Replay(log)("topics", "--all", "--json").json if one["name"] == target.name]
        # Local brokers have one id for all; the same topic there is another one.
        make_topic(other.bootstrap, source.name)
        flags += ["--target-bootstrap-servers", other.bootstrap]
        assert plan(replay, source, *flags, file="same.json", **env).json[0]["alreadyThere"] == 0
    finally:
        other.kill()


def test_a_topic_that_would_not_keep_or_take_the_copies(log: Cluster, replay: Replay):
    source, _ = pair(log.broker)
    bootstrap = log.broker.bootstrap
    for settings, complaint in [
            ({"retention_ms": 1_800_000}, "deletes what is older than 1800000 ms"),
            ({"message_timestamp_type": "LogAppendTime"}, "its own time"),
            ({"max_message_bytes": 700}, "takes batches of 700")]:
        target = make_topic(bootstrap, unused("target"), **settings)
        refused = plan(replay, source, "--to-topic", target.name)
        assert refused.code == REFUSED and complaint in refused.said, refused.said
        assert not (replay.directory / "plan.json").exists()
    # Each is small enough, and a batch of all would not be.
    target = make_topic(bootstrap, unused("target"), max_message_bytes=1_500, retention_ms=7_200_000)
    assert plan(replay, source, "--to-topic", target.name).code == DONE
    done = apply(replay, "--rate", 10_000)
    assert done.code == DONE, done.said
    assert plain(target.records()) == plain(source.records())


def test_a_record_of_two_million_bytes(log: Cluster, replay: Replay):
    source, target = (
        make_topic(log.broker.bootstrap, unused(one), max_message_bytes=3_000_000)
        for one in ("source", "target"))
    producer = Producer({"bootstrap.servers": log.broker.bootstrap, "message.max.bytes": 3_000_000})
    producer.produce(source.name, value=b"x" * 2_000_000, partition=4)
    assert producer.flush(60) == 0
    assert plan(replay, source, "--to-topic", target.name).code == DONE
    done = apply(replay)
    assert done.code == DONE, done.said
    assert plain(target.records()) == plain(source.records())


def test_a_record_of_the_year_10000(log: Cluster, replay: Replay):
    source, target = pair(log.broker)
    producer = Producer({"bootstrap.servers": log.broker.bootstrap})
    producer.produce(source.name, value=b"later", partition=0, timestamp=253_402_300_800_000)
    assert producer.flush(60) == 0
    assert plan(replay, source, "--to-topic", target.name).code == DONE
    done = apply(replay)
    assert done.code == DONE, done.said
    assert plain(target.records()) == plain(source.records())


def test_another_redelivery_came_first(log: Cluster, replay: Replay):
    source, target = pair(log.broker)
    for file in ("one.json", "two.json"):
        assert plan(replay, source, "--to-topic", target.name, file=file).code == DONE
    assert apply(replay, file="one.json").code == DONE
    refused = apply(replay, file="two.json")
    assert refused.code == REFUSED and "has written to" in refused.said, refused.said
    assert len(target.records()) == len(source.records())
    assert apply(replay, file="one.json").code == DONE, "its own copies are no others'"
    assert plan(replay, source, "--to-topic", target.name, file="three.json").code == DONE
    assert apply(replay, file="three.json").code == DONE, "a plan that knows of them"


def test_the_target_was_trimmed_meanwhile(log: Cluster, replay: Replay):
    """Who asked for the copies has had them: only the rest is sent."""
    source, target = pair(log.broker, 400)
    assert plan(replay, source, "--to-topic", target.name, "--rate", 60).code == DONE
    file = replay.directory / "plan.json"
    run = replay.process("run", replay.command("redeliver", "apply", file, "--cluster", "workshop"))
    run.start()
    until(lambda: not run.is_alive() or sum(target.ends().values()) > 30, "it to have gone on")
    run.kill()
    before = target.records()
    assert 0 < len(before) < 402, "it was over before the kill"
    admin = AdminClient({"bootstrap.servers": log.broker.bootstrap})
    known = {one["partition"]: one["targetNext"]
             for one in json.loads((replay.directory / "plan.json.checkpoint").read_text())["places"]}
    places = [TopicPartition(target.name, one, at) for one, at in known.items() if at]
    for one in admin.delete_records(places).values():
        one.result(30)
    done = apply(replay, "--rate", 10_000)
    assert done.code == DONE, done.said
    assert done.json[0]["records"] == 402 and done.json[0]["sent"] == 402 - len(before), done.said
    assert sum(target.ends().values()) == 402, "nothing was sent twice"


# A subscriber


def test_a_day_of_deals_again(make_cluster, tmp_path):
    """Twice to a subscriber that keeps ids: nothing changes. To one that lost its state: all of it is back."""
    shop = make_cluster("deals").start()
    for number in range(5):
        customer = shop.visitor(shop.dealerships.ids[number % 3]).begin()
        customer.say("Hello")
        staff = shop.staff(customer.dealership)
        staff.wait_for(customer.conversation)
        staff.qualify(customer.conversation)
    shop.wait_until_caught_up()
    topic = shop.topic("deal-created")
    until(lambda: len(topic.records()) == 5, "all deals to be announced")
    careful = Subscriber(topic.bootstrap, topic.name, topic.partitions).read()
    forgetful = Subscriber(topic.bootstrap, topic.name, topic.partitions).read()
    before = dict(careful.deals)
    assert len(before) == careful.changes == 5
    forgetful.lose_state()

    replay = Replay(shop)
    replay.directory = tmp_path
    for number in range(2):
        file = f"day-{number}.json"
        made = plan(replay, topic, "--from", "-1d", file=file)
        assert made.code == DONE and made.json[0]["alreadyThere"] == 5, made.said
        assert sum(one["records"] for one in made.json[0]["parts"]) == 5, "copies are not copied again"
        assert apply(replay, file=file).code == REFUSED, "subscribers will see it"
        done = apply(replay, "--i-know-subscribers-will-see-this", file=file)
        assert done.code == DONE and done.json[0]["sent"] == 5, done.said
        assert (careful.read().deals, careful.changes) == (before, 5), "nothing changes"
    assert forgetful.read().deals == before, "and nothing is missing"
    assert forgetful.changes == 10
    assert len(topic.records()) == 15

    shop.wait_until_caught_up()
    assert len(topic.records()) == 15, "no service has announced anything"
    for name in NAMES:
        assert not shop.dead_letters(name)
    shop.assert_alive()
    shop.end()  # Nobody else needs it.
