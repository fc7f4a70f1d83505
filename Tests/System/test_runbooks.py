"""Every command of every runbook, on a cluster in the trouble that its page is about."""

import json
import re
import secrets

import pytest
from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from kit import exposition, lines
from kit.aftermath import assert_agreed, assert_halted, assert_served, shard_of
from kit.cluster import NAMES, Cluster
from kit.runbook import FOLDER, Runbook, blocks, unnamed
from kit.subscriber import Subscriber
from kit.topic import cloud_event
from kit.trouble import cut, plant
from kit.wait import until

PAGES = sorted(one.stem for one in FOLDER.glob("*.md"))
# Of this page whole moves are tested, and its blocks are parts of them: test_repartition.py.
ELSEWHERE = {"more-partitions"}


@pytest.fixture
def cluster(make_cluster) -> Cluster:
    cluster = make_cluster("runbooks", 4).start()
    yield cluster
    cluster.end()


@pytest.fixture(scope="module")
def well(make_cluster) -> Cluster:
    """For pages whose commands only look."""
    return make_cluster("well", 4).start()


def begun(cluster: Cluster, dealership: str) -> str:
    customer = cluster.visitor(dealership).begin()
    customer.say("hello")
    cluster.staff(dealership).wait_for(customer.conversation)
    return customer.conversation


def test_every_page_is_read_here():
    """A page that is added is tested, listed, and has no command that nobody can run."""
    with open(__file__) as own:
        tested = set(re.findall(r'Runbook\("([\w-]+)"', own.read()))
    assert tested | ELSEWHERE | {"README"} == set(PAGES)
    listed = set(re.findall(r"\]\(([\w-]+)\.md\)", (FOLDER / "README.md").read_text()))
    assert listed == set(PAGES) - {"README"}
    for page in set(PAGES) - ELSEWHERE:
        assert blocks(page) and not unnamed(page), f"{page}: {unnamed(page)}"
        assert len((FOLDER / f"{page}.md").read_text().splitlines()) <= 100, f"{page} is more than a page"


def test_a_shard_that_halted(cluster: Cluster):
    victim = cluster.dealerships.ids[0]
    shard, staff, book, lag = (
        shard_of(cluster, victim), cluster.staff(victim), Runbook("shard-halted", cluster),
        Runbook("lag-that-grows", cluster))
    deal = staff.qualify(begun(cluster, victim))["dealId"]
    topic = cluster.topic("deal-created")
    (announced,) = until(lambda: [one for one in topic.records() if one.json["dealId"] == deal], "the deal")
    cluster.wait_until_caught_up()
    assert book.run("which") == ""
    cluster.broker.stop()
    cut(cluster.broker, topic, shard, announced.offset)
    cluster.broker.start()
    assert_halted(cluster, "beyond-end", "deal-created", {"qualification": {shard}})

    url = cluster.url["qualification"]
    (line,) = book.run("which").splitlines()
    assert line.startswith(f"{url} shard {shard} halted: beyond-end on deal-created")
    assert exposition.value(url, "dc_shards", state="halted") == 1
    # It falls behind what is said meanwhile, and says that nobody folds.
    cluster.visitor(victim).begin().say("meanwhile")
    until(lambda: f"{url} shard {shard} (halted) {cluster.prefix}messages: 1 records" in lag.run("who"), "the lag")
    assert "STOP" in lag.run("who")
    assert exposition.value(
        url, "dc_consumer_lag_records", shard=str(shard), topic=cluster.prefix + "messages") == 1
    until(lambda: exposition.value(
        url, "dc_consumer_lag_seconds", shard=str(shard), topic=cluster.prefix + "messages") > 2, "it to wait")

    given = {"URL": url, "SHARD": shard, "TOPIC": topic.name}
    assert f"offset {announced.offset}" in book.run("ends", **given)
    book.run("resume", **given)
    until(lambda: '"ready":true' in book.run("look", **given), "the shard to be live again")
    assert_agreed(cluster)
    until(lambda: lag.run("who").splitlines()[0].startswith("{"), "no lag")
    for name in NAMES:
        assert exposition.value(cluster.url[name], "dc_shards", state="halted") == 0
    book.end()


def test_lag_that_grows(well: Cluster):
    book, dealership = Runbook("lag-that-grows", well), well.dealerships.ids[0]
    for _ in range(3):
        begun(well, dealership)
    well.wait_until_caught_up()
    until(lambda: [one for one in book.run("who").splitlines() if one.startswith("http")] == [], "no lag")
    until(lambda: book.run("broker").count("kafka_client_request_p99_seconds") >= 4, "librdkafka's figures")
    loud = book.run("loud", SHARD=shard_of(well, dealership))
    assert re.search(rf"(?m)^ *\d+ {dealership}$", loud), loud
    assert book.run("machine").count("process_cpu_seconds_total") == 4
    assert book.run("owed").count("dc_owed_failures_total 0") == 4
    book.end()


def test_a_broker_that_lost_its_tail(cluster: Cluster):
    """The spool brings customers' messages back, and the page names the reply that nobody has."""
    victim = cluster.dealerships.ids[0]
    shard, staff, customer = shard_of(cluster, victim), cluster.staff(victim), cluster.visitor(victim).begin()
    customer.say("before")
    staff.wait_for(customer.conversation)
    staff.reply(customer.conversation, "kept")
    topic = cluster.topic("messages")
    end = topic.ends()[shard]
    staff.reply(customer.conversation, "lost for good")
    customer.say("lost, and in the spool")
    cluster.wait_until_caught_up()
    cluster.broker.stop()
    cut(cluster.broker, topic, shard, end)
    cluster.broker.start()
    readers = ("conversations", "ingest", "qualification")
    assert_halted(cluster, "beyond-end|other-record", "messages", {name: {shard} for name in readers})

    book, disk = Runbook("broker-lost-its-tail", cluster), Runbook("out-of-disk", cluster)
    assert cluster.prefix + "messages" in book.run("broker")
    until(lambda: '"pending":0' in book.run("spool"), "the spool to be empty")
    assert book.run("resume").splitlines() == [f"{cluster.url[name]} shard {shard} resumed" for name in readers]
    until(lambda: book.run("look").count('"ready":true') == 4, "every service to be ready")
    assert_agreed(cluster)
    assert [one["text"] for one in staff.messages(customer.conversation)] == ["before", "kept", "lost, and in the spool"]
    (line,) = book.run("lost").splitlines()
    assert re.fullmatch(rf"lost reply: {customer.conversation} Sam Lee \d{{4}}-\d\d-\d\d [\d:]{{8}}", line)
    book.end()

    # What the resumes left is what may go when a disk is full.
    assert len(re.findall(r"GiB free of", disk.run("where"))) == 4
    old = set(re.findall(r"\S+\.sqlite\.halted\S*", disk.run("list")))
    assert {one.rsplit("/", 2)[-2] for one in old} == set(readers)
    disk.run("delete")
    assert disk.run("list") == ""
    assert '"writable":true' in disk.run("look")
    assert_served(cluster, victim, "afterwards")
    disk.end()


def test_a_service_that_is_down(well: Cluster):
    book, customer = Runbook("service-down", well), well.visitor().begin()
    well["presence"].process.stop()
    said = book.run("ask")
    assert f"{well.url['presence']} livez 000 readyz 000" in said
    assert f"{well.url['ingest']} livez 200 readyz 200" in said
    assert len(book.run("log").splitlines()) >= 4
    well.broker.stop()
    staff = well.staff(customer.dealership)
    until(lambda: staff.click(customer.conversation).status_code == 503 or
          staff.send(customer.conversation, "now").status_code == 503, "a refusal")
    assert re.search(r"\d+ (conversations|qualification) /v1/\S+ 503 [a-z-]+", book.run("refused"))
    well.broker.start()
    well.restart("presence")
    well.wait_until_ready()
    assert f"{well.url['presence']} livez 200 readyz 200" in book.run("ask")
    book.end()


def test_dead_letters(well: Cluster, tmp_path):
    book, dealership = Runbook("dead-letters", well), well.dealerships.ids[0]
    shard, topic, correlation = shard_of(well, dealership), well.topic("messages"), f"call-{secrets.token_hex(6)}"
    conversation = begun(well, dealership)
    right = {"conversationId": conversation, "clientMessageId": "bad-1", "channel": "web", "text": "Zoltan was here"}
    headers = [*cloud_event("message.received", dealership, "bad-1"), ("ce_correlationid", correlation.encode())]
    offset = topic.append(shard, json.dumps({**right, "clientMessageId": 7}).encode(), dealership.encode(), headers)
    other = topic.append(shard, b"no event", b"nobody", [])
    url, given = well.url["conversations"], {"PLACE": f"messages/{shard}/{offset}", "REASON": "DC-1021"}

    def open_letters() -> float:
        return exposition.value(url, "dc_dead_letter_records")
    until(lambda: open_letters() == 2, "the dead letters")
    well.wait_until_caught_up()
    assert exposition.value(url, "dc_dead_letters_total", reason="invalid-field") == 1
    assert re.search(rf"conversations +invalid-field +{re.escape(topic.name)} +{dealership} +1\b", book.run("count"))
    listed = book.run("list")
    assert f"conversations  messages/{shard}/{offset}  invalid-field: " in listed and "Zoltan" not in listed
    shown = book.run("show", **given)
    assert "bad-1" in shown and correlation in shown and "Zoltan" not in shown
    # The line that says so is found by what the record says.
    assert "dead letter" in lines.messages(well["conversations"], correlationId=correlation)

    letter = tmp_path / "letter.json"
    book.run("take", **given, LETTER=letter)
    taken = json.loads(letter.read_text())
    assert taken == {**right, "clientMessageId": 7} and letter.stat().st_mode & 0o077 == 0
    letter.write_text(json.dumps(right))
    assert "appended" in book.run("amend", **given, LETTER=letter) and not letter.exists()
    assert "appended" in book.run("discard", **{**given, "PLACE": f"messages/{shard}/{other}"})
    until(lambda: open_letters() == 0, "both to be settled")
    well.staff(dealership).wait_for(conversation, 2)
    until(lambda: book.run("list") == "", "it to be settled for every service")
    settled = book.run("settled")
    assert "amended by alex" in settled and "discarded by alex" in settled and "DC-1021" in settled
    book.end()


def test_a_state_that_looks_wrong(cluster: Cluster):
    book, victim = Runbook("rebuild-after-a-bug", cluster), cluster.dealerships.ids[0]
    shard, staff, conversation = shard_of(cluster, victim), cluster.staff(victim), begun(cluster, victim)
    cluster.wait_until_caught_up()
    given = {"SERVICE": "conversations", "SHARD": shard}
    assert "SAME as the live file" in book.run("compare", **given)
    plant(cluster, "conversations", shard, "UPDATE messages SET text = 'planted' WHERE text = 'hello'")
    assert [one["text"] for one in staff.messages(conversation)] == ["planted"]
    found = book.run("compare", **given)
    assert "DIFFERENT from the live file" in found and "planted" not in found
    place = re.search(rf"written by {re.escape(cluster.prefix)}messages/(\d+) offset (\d+)", found)
    assert "message.received" in book.run("record", PLACE=f"messages/{place[1]}/{place[2]}")
    assert "swapped; the old file is" in book.run("repair", **given)
    cluster.wait_until_ready()
    cluster.wait_until_caught_up()
    assert [one["text"] for one in staff.messages(conversation)] == ["hello"]
    assert "SAME as the live file" in book.run("again", **given)
    book.end()


def test_a_subscriber_that_lost_its_state(cluster: Cluster, tmp_path):
    book, deals, group = Runbook("subscriber-lost-its-state", cluster), cluster.topic("deal-created"), "dms"
    for dealership in cluster.dealerships.ids[:3]:
        cluster.staff(dealership).qualify(begun(cluster, dealership))
    until(lambda: len(deals.records()) == 3, "the deals")
    ends = deals.ends()
    consumer = Consumer({"bootstrap.servers": deals.bootstrap, "group.id": group, "enable.auto.commit": False,
                         "receive.message.max.bytes": 1_500_000_000, "log_level": 0})
    places = [TopicPartition(deals.name, one, at) for one, at in ends.items()]
    consumer.commit(offsets=places, asynchronous=False)

    def committed() -> dict[int, int]:
        return {one.partition: one.offset for one in consumer.committed(places, timeout=30)}

    given = {"GROUP": group, "FROM": "-1d", "REASON": "DMS lost it all", "SAVE": tmp_path / "before.json",
             "PLAN": tmp_path / "plan.json", "OWN_TOPIC": "dms.deals-again"}
    assert group in book.run("groups", **given)
    assert "3 records will be read again" in book.run("preview", **given)
    assert committed() == ends, "nothing was changed"
    book.run("reset", **given)
    assert sum(ends[one] - at for one, at in committed().items()) == 3
    book.run("undo", **given)
    assert committed() == ends
    consumer.close()

    own = NewTopic("dms.deals-again", deals.partitions, 1, config={"retention.ms": "-1"})
    # Held: one that is dropped ends with its questions unanswered.
    admin = AdminClient({"bootstrap.servers": deals.bootstrap})
    admin.create_topics([own])["dms.deals-again"].result(30)
    book.run("plan", **given)
    book.run("apply", **given)
    again = Subscriber(deals.bootstrap, "dms.deals-again", deals.partitions).read()
    assert again.deals == Subscriber(deals.bootstrap, deals.name, deals.partitions).read().deals
    assert len(again.deals) == 3
    book.run("lag", **given)
    book.end()


def test_erasing_a_customer(make_cluster):
    """The page says what stays; what it says that goes is gone."""
    cluster = make_cluster("erasing", 4)
    cluster.add_carrier().start()
    cluster.start()
    book, dealership = Runbook("erasing-a-customer", cluster), cluster.dealerships.ids[0]
    staff = cluster.staff(dealership)
    phone = cluster.carrier.phone("+13035550001", cluster.dealerships.number(dealership))
    phone.text("Zoltan texts", "car.png")
    conversation = until(lambda: next((one["id"] for one in staff.conversations()), None), "the text")
    topic, media = cluster.topic("messages"), cluster["ingest"].data / "media"

    def kept() -> list[str]:
        return [one.json["sha256"] for one in topic.records() if one.type == "directchat.message.media.v1"]
    until(kept, "the picture")
    deal = staff.qualify(conversation)["dealId"]
    until(cluster.topic("deal-created").records, "the deal")
    given = {"CONVERSATION": conversation}
    found = book.run("find", **given)
    for kind in ("message.received", "message.media", "qualify.requested", "conversation.qualified", "deal.created"):
        assert f" {kind} " in found, found
    assert "Zoltan" not in found
    assert deal in book.run("subscribers", **given)
    (name,) = kept()
    assert (media / name[:2] / name).exists()
    assert name in book.run("pictures", **given) and not (media / name[:2] / name).exists()
    shard = shard_of(cluster, dealership)
    plant(cluster, "qualification", shard, "UPDATE customers SET first_name = first_name || 'x'")
    repair = Runbook("rebuild-after-a-bug", cluster)
    repair.run("repair", SERVICE="qualification", SHARD=shard)
    assert ".sqlite.replaced" in book.run("copies")
    book.run("delete")
    assert book.run("copies") == ""
    book.end()
    cluster.end()


def test_a_request_that_is_followed(well: Cluster):
    book, staff, correlation = Runbook("follow-a-request", well), well.staff(), f"call-{secrets.token_hex(6)}"
    conversation = begun(well, staff.dealership)
    staff.client.headers["X-Correlation-Id"] = correlation
    staff.qualify(conversation)
    def found() -> bool:
        records = book.run("records", CORRELATION_ID=correlation)
        return all(f"{well.prefix}{name} " in records for name in ("qualifications", "deal-created"))
    until(found, "click, outcome and deal")
    assert book.run("records", CORRELATION_ID=correlation).count(f"ce_correlationid={correlation},") == 3
    until(lambda: {"request", "folded", "owed record appended"} <=
          set(re.findall(r'","qualification","([^"]+)"', book.run("lines", CORRELATION_ID=correlation))), "its lines")
    book.end()
