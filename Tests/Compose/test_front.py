"""The local broker as real clients see it: groups, waiting fetches, and how it ends."""

import os
import random
import re
import signal
import subprocess
import threading
import time
from contextlib import suppress

import pytest
from confluent_kafka import OFFSET_BEGINNING, Consumer, ConsumerGroupTopicPartitions, KafkaException, Producer
from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic
from local_broker import PATIENCE, LocalBroker, Member, is_open, share, until

# How long a killed member stays; what must happen after it is given three times that.
SESSION = 2.0
LATE = 3 * SESSION


@pytest.fixture(scope="module")
def broker(tmp_path_factory):
    one = LocalBroker(tmp_path_factory.mktemp("broker")).start()
    create(one, "shared", 12)
    yield one
    one.end(signal.SIGTERM)


@pytest.fixture
def own_broker(tmp_path):
    one = LocalBroker(tmp_path).start()
    yield one
    if one.process.poll() is None:
        one.end(signal.SIGKILL)


@pytest.fixture
def start(broker, tmp_path):
    """Starts members of one group of this test's own."""
    group = f"group-{time.monotonic_ns()}"
    members = []

    def one(instance=None, **options):
        members.append(Member(broker, tmp_path, group, instance=instance, **options))
        return members[-1]

    one.group = group
    yield one
    for member in members:
        if member.process.poll() is None:
            member.kill()


def create(broker, topic, partitions=1):
    admin = AdminClient({"bootstrap.servers": broker.bootstrap})
    admin.create_topics([NewTopic(topic, partitions, 1)])[topic].result(30)


def produce(broker, topic, value, **record):
    producer = Producer({"bootstrap.servers": broker.bootstrap, "linger.ms": 0})
    outcome = []
    producer.produce(topic, value, on_delivery=lambda error, message: outcome.append((error, message)), **record)
    assert producer.flush(30) == 0 and outcome[0][0] is None, outcome
    return outcome[0][1].offset()


def reader(broker, topic, **settings):
    consumer = Consumer({"bootstrap.servers": broker.bootstrap, "group.id": "reader", "enable.auto.commit": False,
                         "auto.offset.reset": "earliest", **settings})
    consumer.assign([TopicPartition(topic, 0, OFFSET_BEGINNING)])
    return consumer


def read(consumer, count, seconds=30):
    deadline, records = time.monotonic() + seconds, []
    while len(records) < count and time.monotonic() < deadline:
        record = consumer.poll(0.2)
        if record is not None and not record.error():
            records.append(record)
    return records


# Groups

@pytest.mark.parametrize("strategy", ["cooperative-sticky", "range"])
def test_a_killed_member_is_evicted_and_a_leave_moves_at_once(start, strategy):
    one, two, three = (start(strategy=strategy, session=int(SESSION * 1000)) for _ in range(3))
    until("three share", lambda: share([one, two, three]))
    three.kill()
    until("two have its partitions", lambda: share([one, two]), LATE)
    two.stop()
    until("one has all", lambda: share([one]), LATE)


def test_a_leave_does_not_wait_for_the_session(start):
    one, two = start(session=45_000), start(session=45_000)
    until("two share", lambda: share([one, two]))
    two.stop()
    until("one has all", lambda: share([one]), 20)


def test_kcat_shares_with_a_newer_librdkafka(broker, start, tmp_path):
    other = start(strategy="range", session=6000)
    until("one has all", lambda: share([other]))
    output = tmp_path / "kcat"
    with open(output, "w") as into:
        kcat = subprocess.Popen(
            ["kcat", "-b", broker.bootstrap, "-X", "session.timeout.ms=6000",
             "-X", "partition.assignment.strategy=range", "-G", start.group, "shared"], stdin=subprocess.DEVNULL, stdout=into, stderr=subprocess.STDOUT)
    try:
        until("half is left", lambda: len(other.held) == 6)
        until("kcat has its half", lambda: len(re.findall(r"shared \[\d+\]", output.read_text())) == 6)
    finally:
        kcat.kill()
        kcat.wait()
    until("kcat is evicted", lambda: share([other]), 3 * 6)


def test_static_members_restart_in_their_place(start):
    one = start("one", session=20_000)
    two = start("two", session=20_000)
    until("two static members share", lambda: share([one, two]))
    for killed in (one, two):  # one of them leads
        other = two if killed is one else one
        before, said = killed.held, len(other.said())
        killed.kill()
        again = start("one" if killed is one else "two", session=20_000)
        until("it has its partitions again", lambda: again.held == before, 15)
        assert len(other.said()) == said, "nothing moved"
        if killed is one:
            one = again
        else:
            two = again
    # A second one of the same name is the name's owner from now on.
    usurper = start("two", session=20_000)
    until("the old one is fenced", lambda: "fenced" in two.log.read_text())
    until("the new one holds its partitions", lambda: share([one, usurper]))


def test_a_silent_static_member_is_evicted(start):
    one, two = start("one", session=int(SESSION * 1000)), start("two", session=int(SESSION * 1000))
    until("two share", lambda: share([one, two]))
    two.kill()
    until("one has all", lambda: share([one]), LATE)


def test_many_joins_and_leaves_end_in_order(start):
    stays = start(session=6000)
    until("one has all", lambda: share([stays]))
    random.seed(4)
    for _ in range(20):
        guests = [start(session=6000) for _ in range(random.randint(1, 2))]
        until("all share", lambda: share([stays, *guests]))
        random.shuffle(guests)
        for guest in guests:
            guest.stop()
        until("one has all again", lambda: share([stays]))


def test_groups_are_described_listed_and_deleted(broker, start):
    admin = AdminClient({"bootstrap.servers": broker.bootstrap})
    members = [start("one"), start("two")]
    until("two share", lambda: share(members))
    described = admin.describe_consumer_groups([start.group])[start.group].result(30)
    assert described.state.name == "STABLE" and described.partition_assignor == "cooperative-sticky"
    assert sorted(one.group_instance_id for one in described.members) == ["one", "two"]
    assert sorted(len(one.assignment.topic_partitions) for one in described.members) == [6, 6]

    # A group of which there are offsets only.
    kept = f"{start.group}-kept"
    Consumer({"bootstrap.servers": broker.bootstrap, "group.id": kept}).commit(
        offsets=[TopicPartition("shared", 3, 7)], asynchronous=False)
    listed = [one.group_id for one in admin.list_consumer_groups().result(30).valid]
    assert listed.count(start.group) == 1 and listed.count(kept) == 1
    with pytest.raises(KafkaException, match="NON_EMPTY_GROUP"):
        admin.delete_consumer_groups([start.group])[start.group].result(30)
    admin.delete_consumer_groups([kept])[kept].result(30)


def test_commits_are_checked_and_kept(own_broker, tmp_path):
    create(own_broker, "shared", 1)
    settings = {"bootstrap.servers": own_broker.bootstrap, "group.id": "committing", "enable.auto.commit": False}
    consumer = Consumer(settings)
    consumer.subscribe(["shared"])
    until("it is assigned", lambda: consumer.poll(0.2) or consumer.assignment())
    consumer.commit(offsets=[TopicPartition("shared", 0, 5)], asynchronous=False)
    with pytest.raises(KafkaException, match="UNKNOWN_MEMBER_ID"):
        Consumer(settings).commit(offsets=[TopicPartition("shared", 0, 9)], asynchronous=False)
    assert own_broker.end(signal.SIGTERM) == 0
    own_broker.start()
    until("it is assigned again", lambda: consumer.poll(0.2) or consumer.assignment())
    until("the offset is kept", lambda: consumer.committed([TopicPartition("shared", 0)], 30)[0].offset == 5)
    consumer.close()
    admin = AdminClient({"bootstrap.servers": own_broker.bootstrap})
    asked = ConsumerGroupTopicPartitions("committing", [TopicPartition("shared", 0)])
    assert admin.list_consumer_group_offsets([asked])["committing"].result(30).topic_partitions[0].offset == 5


# The log

def test_records_pass_unchanged(broker):
    create(broker, "bytes")
    written = [
        {"value": bytes(range(256)), "key": b"key",
         "headers": [("a", b"1"), ("a", b""), ("b", None), ("c", b"\xff\0")]},
        {"value": None, "key": b"tombstone"},
        {"value": b"", "key": None},
        {"value": random.Random(4).randbytes(900_000), "key": b""},
    ]
    for record in written:
        produce(broker, "bytes", **record)
    consumer = reader(broker, "bytes")
    found = read(consumer, len(written))
    consumer.close()
    assert [one.value() for one in found] == [one["value"] for one in written]
    assert [one.key() for one in found] == [one["key"] for one in written]
    assert [one.headers() for one in found] == [one.get("headers") for one in written]


def test_more_than_one_piece_passes(broker):
    create(broker, "large")
    producer = Producer({"bootstrap.servers": broker.bootstrap, "linger.ms": 20})
    values = [random.Random(number).randbytes(100_000) for number in range(200)]
    for value in values:
        producer.produce("large", value)
    assert producer.flush(60) == 0
    consumer = reader(broker, "large", **{"receive.message.max.bytes": 1_000_000_000})
    assert [one.value() for one in read(consumer, len(values))] == values
    consumer.close()


def test_an_idle_fetch_waits_and_a_record_ends_the_wait(broker):
    create(broker, "quiet")
    consumer = reader(broker, "quiet", **{"fetch.wait.max.ms": 20_000})
    arrivals = []
    ended = threading.Event()

    def listen():
        while not ended.is_set():
            record = consumer.poll(0.1)
            if record is not None and not record.error():
                arrivals.append((record.value(), time.monotonic()))

    listener = threading.Thread(target=listen)
    listener.start()
    try:
        produce(broker, "quiet", b"first")
        until("the first record", lambda: arrivals)
        for number in range(3):
            sent = time.monotonic()
            produce(broker, "quiet", b"%d" % number)
            until("the record", lambda: len(arrivals) == number + 2)
            # The client would have waited for 20 s, had nothing ended the wait.
            assert arrivals[-1][1] - sent < 10
    finally:
        ended.set()
        listener.join()
        consumer.close()


def test_idle_clients_are_quiet(broker, start):
    """Without waiting fetches each of these clients takes all that a core gives."""
    members = [start(session=45_000) for _ in range(3)]
    until("three share", lambda: share(members))
    before, began = broker.processor_seconds(), time.monotonic()
    until("some seconds have passed", lambda: time.monotonic() - began > 5)
    used = (broker.processor_seconds() - before) / (time.monotonic() - began)
    assert used < 0.3, f"{used:.2f} of a core for three idle clients"


# Life

def test_a_stop_keeps_everything(own_broker):
    create(own_broker, "kept")
    offsets = [produce(own_broker, "kept", b"%d" % number) for number in range(20)]
    assert own_broker.end(signal.SIGTERM) == 0
    assert not is_open(own_broker.port)
    own_broker.start()
    consumer = reader(own_broker, "kept")
    assert [one.offset() for one in read(consumer, 20)] == offsets
    consumer.close()


def test_a_kill_takes_the_tail_at_most_and_frees_the_port(own_broker):
    create(own_broker, "lost")
    written = own_broker.data / "kafka.json"
    produce(own_broker, "lost", b"early")
    text = ",".join(str(byte) for byte in b"early")
    until("the early record is written", lambda: written.exists() and text in written.read_text())
    for number in range(20):
        produce(own_broker, "lost", b"late %d" % number)
    child = own_broker.child()
    own_broker.end(signal.SIGKILL)
    assert not is_open(own_broker.port)
    until("noida-db has gone with it", lambda: not is_running(child), 10)
    own_broker.start()
    consumer = reader(own_broker, "lost", **{"enable.partition.eof": True})
    assert read(consumer, 1)[0].value() == b"early"
    consumer.close()


def is_running(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_the_front_ends_with_noida(own_broker):
    os.kill(own_broker.child(), signal.SIGKILL)
    assert own_broker.process.wait(30) == 1
    assert "ended by itself" in own_broker.log.read_text()


def test_a_taken_port_is_named(own_broker, tmp_path):
    second = LocalBroker(tmp_path / "second")
    (tmp_path / "second").mkdir()
    second.port = own_broker.port
    command = [*own_broker.process.args[:2], str(second.port), "--data-dir", second.data]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1 and str(second.port) in done.stderr


def test_a_killed_broker_gives_no_producers_id_again(own_broker):
    """Else what one of the two sends is acknowledged as the other's repetition, and is in no log."""
    create(own_broker, "kept")
    settings = {"bootstrap.servers": own_broker.bootstrap, "enable.idempotence": True}
    acknowledged = []

    def send(producer, name, count):
        for number in range(count):
            producer.produce(
                "kept", value=f"{name} {number}", partition=0,
                on_delivery=lambda error, message: error or acknowledged.append(message.value()))
        assert producer.flush(PATIENCE) == 0

    def everything():
        consumer = Consumer({"bootstrap.servers": own_broker.bootstrap, "group.id": "none"})
        consumer.assign([TopicPartition("kept", 0, OFFSET_BEGINNING)])
        end = consumer.get_watermark_offsets(TopicPartition("kept", 0), timeout=30)[1]
        found = []
        while len(found) < end:
            found += [one.value() for one in consumer.consume(end, 1) if not one.error()]
        consumer.close()
        return found

    # The topic is written to the file; the first producer's id is not yet, when the broker is killed.
    own_broker.end(signal.SIGTERM)
    own_broker.start()
    first = Producer(settings)
    send(first, "before", 1)
    own_broker.end(signal.SIGKILL)
    own_broker.start()
    acknowledged.clear()
    second = Producer(settings)
    send(second, "second", 20)
    # The broker has lost what it had sent: it may be told so, and must then not be told anything else.
    with suppress(KafkaException):
        send(first, "first", 20)
    assert len(acknowledged) >= 20
    assert set(acknowledged) <= set(everything())
