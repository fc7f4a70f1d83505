"""Records to lines of JSON and back, and the offsets of a subscriber's group."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from confluent_kafka import Consumer, TopicPartition

from kit.cluster import Cluster
from kit.interrupted import Checkpoint, kill_three_times
from kit.replay import Replay
from kit.topic import Topic
from kit.topics import make_topic, pair, plain, unused
from kit.wait import until

DONE, REFUSED, FAILED, USAGE = 0, 2, 3, 64


@pytest.fixture(scope="module")
def log(make_cluster) -> Cluster:
    return make_cluster("lines")


@pytest.fixture
def replay(log: Cluster, tmp_path) -> Replay:
    tool = Replay(log)
    tool.directory = tmp_path
    return tool


def take(replay: Replay, file: str, target: Topic, *arguments: object):
    return replay("import", file, "--topic", target.name, "--reason", "ticket 4711", *arguments)


def test_a_round_trip_changes_nothing(log: Cluster, replay: Replay):
    source, target = pair(log.broker)
    assert replay("export", source.name).code == REFUSED, "lines are not masked, and that must be said"
    written = replay("export", source.name, "--unmask", "--output", "all.jsonl")
    assert written.code == DONE, written.said
    assert (replay.directory / "all.jsonl").stat().st_mode & 0o077 == 0, "for its owner only"
    lines = (replay.directory / "all.jsonl").read_text().splitlines()
    records = source.records()
    assert sorted((json.loads(one)["partition"], json.loads(one)["offset"]) for one in lines) == [
        (one.partition, one.offset) for one in records]
    printed = replay("export", source.name, "--unmask")
    assert sorted(printed.lines) == sorted(lines)

    dry = take(replay, "all.jsonl", target, "--dry-run", "--json")
    assert dry.code == DONE and sum(dry.json[0]["perPartition"].values()) == len(records)
    assert take(replay, "all.jsonl", target).code == REFUSED
    assert take(replay, "all.jsonl", target, "--cluster", "production").code == REFUSED
    assert not target.records()
    done = take(replay, "all.jsonl", target, "--cluster", "workshop", "--json")
    assert done.code == DONE and done.json[0]["sent"] == len(records), done.said
    assert plain(target.records(), "nothing-") == plain(records, "nothing-")
    again = take(replay, "all.jsonl", target, "--cluster", "workshop", "--json")
    assert again.code == DONE and again.json[0]["sent"] == 0
    assert len(target.records()) == len(records)


@pytest.mark.parametrize("fate", ("kept", "older"))
def test_kill_9_in_the_middle_of_an_import(log: Cluster, replay: Replay, fate: str):
    source, target = pair(log.broker, 400)
    file = replay.directory / "all.jsonl"
    replay("export", source.name, "--unmask", "--output", file)
    command = replay.command(
        "import", file, "--topic", target.name, "--reason", "r", "--cluster", "workshop", "--rate", 60)
    sent = kill_three_times(replay, command, target, Checkpoint(Path(f"{file}.checkpoint")), fate)
    done = take(replay, "all.jsonl", target, "--cluster", "workshop", "--rate", 10_000, "--json")
    assert done.code == DONE and done.json[0]["records"] == 402, done.said
    assert done.json[0]["sent"] == 402 - sent
    copies = [one for one in target.records() if one.value != b"not ours"]
    assert plain(copies, "nothing-") == plain(source.records(), "nothing-"), "each once, in order"


@pytest.mark.parametrize(("line", "complaint"), [
    ("no json", "line 2"), ('{"topic":"t"}', "line 2"),
    ('{"topic":"t","partition":12,"offset":0,"timestamp":1,"key":null,"headers":[],"value":null}', "partition 12"),
    ('{"topic":"t","partition":1,"offset":0,"timestamp":1,"key":null,"headers":[],"valueBase64":"*"}', "base64"),
])
def test_a_wrong_line_is_found_before_anything_is_written(log: Cluster, replay: Replay, line: str, complaint: str):
    _, target = pair(log.broker, 1)
    fine = '{"topic":"t","partition":1,"offset":0,"timestamp":1,"key":null,"headers":[],"value":"x"}'
    (replay.directory / "bad.jsonl").write_text(f"{fine}\n{line}\n")
    refused = take(replay, "bad.jsonl", target, "--cluster", "workshop")
    assert refused.code == REFUSED and complaint in refused.said, refused.said
    assert not target.records()


def test_another_file_of_the_same_name_is_refused(log: Cluster, replay: Replay):
    source, target = pair(log.broker)
    replay("export", source.name, "--unmask", "--output", "all.jsonl")
    assert take(replay, "all.jsonl", target, "--cluster", "workshop").code == DONE
    (replay.directory / "all.jsonl").unlink()
    replay("export", source.name, "--unmask", "--limit", 1, "--output", "all.jsonl")
    assert take(replay, "all.jsonl", target, "--cluster", "workshop").code == REFUSED


def test_the_same_file_to_another_topic_is_not_done(log: Cluster, replay: Replay):
    source, target = pair(log.broker)
    replay("export", source.name, "--unmask", "--output", "all.jsonl")
    assert take(replay, "all.jsonl", target, "--cluster", "workshop").code == DONE
    other = make_topic(log.broker.bootstrap, unused("other"))
    refused = take(replay, "all.jsonl", other, "--cluster", "workshop")
    assert refused.code == REFUSED and "another plan, file, topic" in refused.said, refused.said
    (replay.directory / "all.jsonl.checkpoint").unlink()
    assert take(replay, "all.jsonl", other, "--cluster", "workshop").code == DONE
    assert plain(other.records(), "nothing-") == plain(source.records(), "nothing-")


def test_a_topic_that_would_not_keep_or_take_the_lines(log: Cluster, replay: Replay):
    source, _ = pair(log.broker)
    replay("export", source.name, "--unmask", "--output", "all.jsonl")
    for settings, complaint in [
            ({"retention_ms": 1_800_000}, "deletes what is older"), ({"max_message_bytes": 500}, "line ")]:
        target = make_topic(log.broker.bootstrap, unused("to"), **settings)
        refused = take(replay, "all.jsonl", target, "--cluster", "workshop")
        assert refused.code == REFUSED and complaint in refused.said, refused.said
        assert not target.records() and not (replay.directory / "all.jsonl.checkpoint").exists()


def test_a_setting_that_kafka_does_not_know(replay: Replay):
    wrong = replay("topics", KAFKA_HEAP_OPTS="-Xmx1g")
    assert wrong.code == USAGE and "heap.opts" in wrong.said, wrong.said
    assert replay("tail", "messages", "--last", 2**63 - 1).code == USAGE


# Offsets


class Group:
    def __init__(self, topic: Topic):
        self.topic = topic
        self.name = unused("dms")

    def consumer(self) -> Consumer:
        return Consumer({
            "bootstrap.servers": self.topic.bootstrap, "group.id": self.name, "enable.auto.commit": False,
            "auto.offset.reset": "earliest", "receive.message.max.bytes": 1_500_000_000, "log_level": 0})

    def commit(self, offsets: dict[int, int]) -> None:
        consumer = self.consumer()
        consumer.commit(
            offsets=[TopicPartition(self.topic.name, one, at) for one, at in offsets.items()], asynchronous=False)
        consumer.close()

    def committed(self) -> dict[int, int]:
        consumer = self.consumer()
        places = [TopicPartition(self.topic.name, one) for one in range(self.topic.partitions)]
        found = {one.partition: one.offset for one in consumer.committed(places, timeout=30) if one.offset >= 0}
        consumer.close()
        return found


def test_reset_and_undo(log: Cluster, replay: Replay):
    source, _ = pair(log.broker)
    ends = source.ends()
    group = Group(source)
    group.commit(ends)
    shown = replay("offsets", "show", group.name, "--json")
    assert {one["partition"]: one["committed"] for one in shown.json} == ends
    reset = ["offsets", "reset", group.name, source.name, "--to-position", "earliest", "--reason", "lost it all"]
    apply = ["--apply", "--save", "before.json", "--cluster", "workshop"]

    dry = replay(*reset)
    assert dry.code == DONE and f"{sum(ends.values())} records will be read again, 0 skipped" in dry.lines[-1]
    assert group.committed() == ends, "nothing was changed"
    assert replay(*reset, "--apply").code == USAGE, "without a way back"
    assert replay(*reset, "--apply", "--save", "no.json", "--cluster", "production").code == REFUSED
    assert not (replay.directory / "no.json").exists() and group.committed() == ends

    done = replay(*reset, *apply)
    assert done.code == DONE, done.said
    assert group.committed() == {one: 0 for one in ends}
    saved = json.loads((replay.directory / "before.json").read_text())
    assert {one["partition"]: one["old"] for one in saved["rows"]} == ends
    assert replay(*reset, *apply).code == REFUSED, "the way back is not written over"

    undo = ["offsets", "undo", "before.json", "--reason", "wrong"]
    assert replay(*undo).code == DONE and group.committed() == {one: 0 for one in ends}
    one = next(one for one, end in ends.items() if end > 1)
    group.commit({one: 1})
    assert replay(*undo, "--apply", "--cluster", "workshop").code == REFUSED, "it has gone on since"
    group.commit({one: 0})
    assert replay(*undo, "--apply", "--cluster", "workshop").code == DONE
    assert group.committed() == ends
    audit = [json.loads(one) for one in (replay.directory / "replay-audit.jsonl").read_text().splitlines()]
    assert [(one["command"], one["event"]) for one in audit] == [
        ("offsets reset", "begun"), ("offsets reset", "done"), ("offsets undo", "begun"), ("offsets undo", "done")]


def test_nothing_to_put_back(log: Cluster, replay: Replay):
    source, _ = pair(log.broker)
    group = Group(source)
    reset = replay(
        "offsets", "reset", group.name, source.name, "--to-position", "latest", "--reason", "r", "--apply", "--save",
        "before.json", "--cluster", "workshop")
    assert reset.code == DONE and "unknown" in "".join(reset.lines), reset.said
    refused = replay("offsets", "undo", "before.json", "--reason", "r", "--apply", "--cluster", "workshop")
    assert refused.code == REFUSED and "nothing committed before" in refused.said, refused.said
    assert group.committed() == source.ends()


def test_a_time_and_a_part(log: Cluster, replay: Replay):
    source, _ = pair(log.broker)
    group = Group(source)
    group.commit(source.ends())
    records = [one for one in source.records() if one.header("ce_id")]
    chosen = records[-1].partition
    mine = [one for one in records if one.partition == chosen]
    moment = mine[len(mine) // 2].timestamp
    time = datetime.fromtimestamp(moment / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    done = replay(
        "offsets", "reset", group.name, source.name, "--to-position", time, "--partition", chosen, "--reason", "r",
        "--apply", "--save", "before.json", "--cluster", "workshop")
    assert done.code == DONE, done.said
    assert group.committed() == {**source.ends(), chosen: mine[len(mine) // 2].offset}


def test_an_active_group_is_left_alone(log: Cluster, replay: Replay):
    source, _ = pair(log.broker)
    group = Group(source)
    group.commit(source.ends())
    member = group.consumer()
    member.subscribe([source.name])
    try:
        until(lambda: member.poll(0.1) is not None or member.assignment(), "the member to have joined")
        refused = replay(
            "offsets", "reset", group.name, source.name, "--to-position", "earliest", "--reason", "r", "--apply",
            "--save", "before.json", "--cluster", "workshop")
        assert refused.code == REFUSED and "stop the subscriber first" in refused.said, refused.said
        assert not (replay.directory / "before.json").exists()
    finally:
        member.close()
    assert group.committed() == source.ends()


def test_the_services_own_groups_are_refused(log: Cluster, replay: Replay):
    source, _ = pair(log.broker, 1)
    for group in ("directchat.conversations", "directchat.conversations.lag"):
        refused = replay("offsets", "reset", group, source.name, "--to-position", "latest", "--reason", "r")
        assert refused.code == REFUSED and "its own files" in refused.said, refused.said
    assert replay("offsets", "show", "nobody").code == REFUSED
