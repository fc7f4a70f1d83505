"""More partitions: `replay repartition` beside a load, killed and resumed; then the services on the copy."""

import itertools

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic

from kit import log, partition, state
from kit.cluster import NAMES, Cluster
from kit.load import Load
from kit.replay import Replay
from kit.topic import Record, Topic, cloud_event
from kit.wait import until

OLD, NEW = "directchat.", "directchat2."
FEW, MANY = 12, 24
ENDLESS = 1_000_000  # Messages: the load ends when it is stopped.
DEALERSHIPS = 16
COPIED = ("messages", "qualifications", "deal-created", "presence")
DONE, DIFFERS, REFUSED = 0, 1, 2


@pytest.fixture(scope="module")
def old(make_cluster) -> Cluster:
    return make_cluster("more", DEALERSHIPS, partitions=FEW, prefix=OLD).start()


def cluster_on(old: Cluster, prefix: str, partitions: int) -> Cluster:
    """The same dealerships, secrets and broker; new addresses and data folders."""
    cluster = Cluster(
        old.directory / prefix.rstrip("."), old.broker, old.dealerships, partitions=partitions, prefix=prefix,
        env=old.secrets.environment())
    cluster.secrets = old.secrets
    return cluster


def dealership_of(record: Record) -> str:
    return (record.header("ce_source") or "//").split("/")[2]


def by_dealership(records: list[Record]) -> dict[str, list[tuple]]:
    """What each dealership's readers see, in order."""
    found: dict[str, list[tuple]] = {}
    for one in records:
        found.setdefault(dealership_of(one), []).append((one.key, one.value, one.headers, one.timestamp))
    return found


def what_staff_see(cluster: Cluster) -> dict:
    """Lists, threads and deals of every dealership, by HTTP. Presence comes and goes."""
    seen = {}
    for dealership in cluster.dealerships.ids:
        staff = cluster.staff(dealership)
        listed = staff.conversations(limit=100)
        for one in listed:
            one.pop("presence")
        ids = [one["id"] for one in listed]
        seen[dealership] = (
            listed, {one: staff.messages(one) for one in ids}, {one: staff.deals(one) for one in ids})
    return seen


def dead_letters(cluster: Cluster, name: str) -> list[str]:
    return sorted(one["reason"] for one in cluster.dead_letters(name))


def put_dead_letters_there(cluster: Cluster) -> None:
    """One that is no event, and one on another partition than its dealership's."""
    messages = cluster.topic("messages")
    messages.append(5, b"no event", b"nobody", [])
    stray = next(one for one in (f"stray-{number}" for number in itertools.count()) if partition.of(one, FEW) != 0)
    messages.append(0, b"{}", stray.encode(), cloud_event("message.status", stray, "misplaced"))


def kill_in_the_middle(replay: Replay, name: str, target: Topic, more_than: int) -> None:
    # A batch takes as long as the linger: there is a middle.
    copy = replay.process(name, replay.repartition(OLD, NEW, MANY), KAFKA_LINGER_MS="400")
    copy.start()
    def begun():
        assert copy.is_alive(), copy.tail()
        try:
            return sum(target.ends().values()) > more_than
        except Exception as error:  # The topic is not there yet.
            raise AssertionError(str(error)) from None
    until(begun, "the copy to have begun")
    copy.kill()


# A sender that is stopped ends its thread in the middle.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_the_whole_move(old: Cluster):
    replay = Replay(old)
    command = replay.repartition(OLD, NEW, MANY)
    put_dead_letters_there(old)
    load = Load(old, ENDLESS, replies=2, clicks=True).start()
    watching = load.all[0].customer.stream().open()
    until(lambda: load.accepted >= 1_500, "more than one batch")

    source, target = old.topic("messages"), Topic(old.broker.bootstrap, NEW + "messages", MANY)
    kill_in_the_middle(replay, "first", target, 0)
    assert 0 < sum(target.ends().values()) < sum(source.ends().values()), "it was over before the kill"
    kill_in_the_middle(replay, "second", target, sum(target.ends().values()))
    accepted = load.accepted
    code, result, said = replay.run(command)
    assert code == DONE, said
    assert load.accepted > accepted, "nobody wrote during the first pass"

    until(lambda: load.all[0].deal, "a deal")
    load.stop()
    old.wait_until_caught_up()
    watching.wait_for_texts([load.all[0].sent[-1][1]])
    cursor = watching.cut()
    until(lambda: old["ingest"].status()["spool"]["pending"] == 0, "ingest's spool to be drained")
    before, letters = what_staff_see(old), {name: dead_letters(old, name) for name in NAMES}
    assert letters["conversations"], "dead letters are what is to be shown"
    threads = state.threads(old["conversations"])
    assert set(old.stop().values()) == {0}

    code, result, said = replay.run(command)
    assert code == DONE, said
    assert sum(one["copied"] for one in result["copied"]) > 0, "nothing was left for the second pass"
    assert [one["behind"] for one in result["copied"]] == [0] * len(COPIED)
    assert result["copied"][0]["deadLetters"] == 2
    code, result, said = replay.run([*command, "--verify"])
    assert (code, [one.get("difference") for one in result["verified"]]) == (DONE, [None] * len(COPIED)), said
    for name in ("messages", "qualifications", "deal-created"):
        copy = Topic(old.broker.bootstrap, NEW + name, MANY).records()
        assert by_dealership(copy) == by_dealership(old.topic(name).records()), f"{name}: not each record once, in order"
        for one in copy:
            if one.header("ce_id") not in (None, "misplaced"):
                assert one.partition == partition.of(dealership_of(one), MANY)

    new = cluster_on(old, NEW, MANY)
    try:
        new.start()
        new.wait_until_caught_up()
        after_the_move(old, new, load, before, letters, threads, cursor)
        code, _, said = replay.run(command)
        assert code == REFUSED and "services have run on directchat2." in said, said
    finally:
        new.stop()


def after_the_move(
    old: Cluster, new: Cluster, load: Load, before: dict, letters: dict, threads: dict, cursor: str | None,
) -> None:
    assert what_staff_see(new) == before
    assert state.threads(new["conversations"]) == threads
    assert {name: dead_letters(new, name) for name in NAMES} == letters
    found = log.threads(new.topic("messages").records())
    for talk in load.all:
        thread = found[talk.customer.conversation]
        for side, told in (("customer", talk.sent), ("staff", talk.replies)):
            # One that was not answered when the load was stopped may be there or not.
            assert [(id, text) for _, by, id, text in thread if by == side][:len(told)] == told

    announced = [one.header("ce_id") for one in old.topic("deal-created").records()]
    talk = load.all[0]
    customer = new.visitor(talk.customer.dealership).begin(resume=talk.customer.token)
    assert customer.conversation == talk.customer.conversation, "a session goes on"
    stream = customer.stream()
    stream.last_id = cursor
    with stream:
        stream.wait_for_texts([talk.sent[-1][1]])
        assert len(stream.of("reset")) == 1, "an old place is none in the new log"
        seen = [(one["seq"], one["text"]) for one in stream.messages()]
        assert seen == [(seq, text) for seq, _, _, text in threads[customer.conversation]][:len(seen)]
    customer.say("Still there?")
    staff = new.staff(customer.dealership)
    until(lambda: staff.messages(customer.conversation)[-1]["text"] == "Still there?", "a new message in an old thread")
    staff.reply(customer.conversation, "Yes")
    again = staff.click(customer.conversation, request_id=talk.click, customer={
        "firstName": "Ana", "lastName": "Ortiz", "phone": "+13145550123"})
    assert again.json()["dealId"] == talk.deal, "a click of before is known"
    newcomer = new.visitor(customer.dealership).begin()
    newcomer.say("Hello?")
    staff.wait_for(newcomer.conversation)
    deal = staff.qualify(newcomer.conversation)["dealId"]
    new.wait_until_caught_up()
    now = new.topic("deal-created").records()
    assert sorted(one.header("ce_id") for one in now if one.json["dealId"] != deal) == sorted(announced)
    assert [one.json["dealId"] for one in now].count(deal) == 1
    new.assert_alive()


# What is not a copy


def drop(records: list[Record]) -> list[Record]:
    return records[:3] + records[4:]


def double(records: list[Record]) -> list[Record]:
    return records[:4] + records[3:]


def swap(records: list[Record]) -> list[Record]:
    """Two neighbours of one dealership."""
    for a, b in itertools.pairwise(range(len(records))):
        if dealership_of(records[a]) == dealership_of(records[b]) and records[a].value != records[b].value:
            return records[:a] + [records[b], records[a]] + records[b + 1:]
    raise AssertionError("no two neighbours")


def alter(records: list[Record]) -> list[Record]:
    one = records[3]
    other = Record(one.partition, one.offset, one.key, one.value[:-1] + b" }", one.headers, one.timestamp)
    return records[:3] + [other] + records[4:]


def copy_by_hand(old: Cluster, prefix: str, mangle=None) -> None:
    """A copy that is not ours; `mangle` spoils `messages`."""
    kafka = {"bootstrap.servers": old.broker.bootstrap}
    admin = AdminClient(kafka)
    made = admin.create_topics(
        [NewTopic(prefix + name, num_partitions=MANY, replication_factor=1) for name in COPIED])
    for one in made.values():
        one.result(30)
    for name in COPIED:
        records = [one for one in old.topic(name).records() if one.header("ce_id") not in (None, "misplaced")]
        if name == "messages" and mangle:
            records = mangle(records)
        # One request a partition at a time: the order is the order of the calls.
        producer = Producer({**kafka, "acks": "all", "enable.idempotence": True})
        for one in records:
            producer.produce(
                prefix + name, value=one.value, key=one.key, headers=list(one.headers), timestamp=one.timestamp,
                partition=partition.of(dealership_of(one), MANY))
        assert producer.flush(60) == 0


@pytest.fixture(scope="module")
def quiet(make_cluster) -> Cluster:
    """A log that nobody writes to any more."""
    cluster = make_cluster("quiet", 4, partitions=FEW, prefix=OLD).start()
    Load(cluster, 400, replies=1, clicks=True).start().wait()
    cluster.wait_until_caught_up()
    cluster.stop()
    return cluster


@pytest.mark.parametrize("mangle", [drop, double, swap, alter])
def test_a_broken_copy_is_seen(quiet: Cluster, mangle):
    prefix = f"{mangle.__name__}."
    copy_by_hand(quiet, prefix, mangle)
    command = Replay(quiet).repartition(OLD, prefix, MANY)
    code, result, said = Replay(quiet).run([*command, "--verify"])
    assert code == DIFFERS, said
    differences = {one["topic"]: one.get("difference") for one in result["verified"]}
    assert "quiet-" in differences.pop(OLD + "messages"), "it says whose record differs"
    assert set(differences.values()) == {None}


@pytest.mark.parametrize("mangle", [double, swap, alter])
def test_a_broken_copy_is_not_gone_on_with(quiet: Cluster, mangle):
    prefix = f"more-{mangle.__name__}."
    copy_by_hand(quiet, prefix, mangle)
    before = Topic(quiet.broker.bootstrap, prefix + "messages", MANY).ends()
    code, _, said = Replay(quiet).run(Replay(quiet).repartition(OLD, prefix, MANY))
    assert code == REFUSED and "not copied from" in said, said
    assert Topic(quiet.broker.bootstrap, prefix + "messages", MANY).ends() == before, "nothing was changed"


def test_a_lost_progress_file_costs_time_only(quiet: Cluster):
    replay = Replay(quiet)
    copy_by_hand(quiet, "whole.")
    command = replay.repartition(OLD, "whole.", MANY)
    for _ in range(2):
        code, result, said = replay.run(command)
        assert code == DONE, said
        assert [one["copied"] for one in result["copied"]] == [0] * len(COPIED), "a record was copied again"
    code, _, said = replay.run([*command, "--verify"])
    assert code == DONE, said


def test_a_foreign_record_behind_a_finished_copy_is_refused(quiet: Cluster):
    replay = Replay(quiet)
    command = replay.repartition(OLD, "stranger.", MANY)
    assert replay.run(command)[0] == DONE
    Topic(quiet.broker.bootstrap, "stranger.qualifications", MANY).append(
        7, b"{}", b"quiet-1", cloud_event("qualify.requested", "quiet-1", "after-the-switch"))
    code, _, said = replay.run(command)
    assert code == REFUSED and "stranger.qualifications/7@" in said, said


def test_another_number_of_partitions_is_refused(quiet: Cluster):
    replay = Replay(quiet)
    assert replay.run(replay.repartition(OLD, "counted.", MANY))[0] == DONE
    code, _, said = replay.run(replay.repartition(OLD, "counted.", MANY + 1))
    assert code == REFUSED and "24 partitions instead of 25" in said, said


def test_fewer_partitions_work_too(quiet: Cluster):
    """Records of several old partitions meet in one new one."""
    replay = Replay(quiet)
    command = replay.repartition(OLD, "fewer.", 5)
    assert replay.run(command)[0] == DONE
    (replay.directory / "fewer.json").unlink()
    code, result, said = replay.run(command)
    assert (code, sum(one["copied"] for one in result["copied"])) == (DONE, 0), said
    code, _, said = replay.run([*command, "--verify"])
    assert code == DONE, said
