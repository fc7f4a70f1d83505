"""Every command of every runbook, on a cluster in the trouble that its page is about."""

import re
import secrets

import pytest

from kit import exposition, lines
from kit.aftermath import assert_agreed, assert_halted, assert_served, shard_of
from kit.cluster import NAMES, Cluster
from kit.runbook import FOLDER, Runbook, blocks, unnamed
from kit.topic import cloud_event
from kit.trouble import cut
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


def test_dead_letters(well: Cluster):
    book, dealership = Runbook("dead-letters", well), well.dealerships.ids[0]
    shard, topic, correlation = shard_of(well, dealership), well.topic("messages"), f"call-{secrets.token_hex(6)}"
    headers = [*cloud_event("message.received", dealership, "bad-1"), ("ce_correlationid", correlation.encode())]
    offset = topic.append(shard, b"{", dealership.encode(), headers)
    url = well.url["conversations"]
    until(lambda: exposition.value(url, "dc_dead_letter_records", reason="broken-json") == 1, "the dead letter")
    assert exposition.value(url, "dc_dead_letters_total", reason="broken-json") == 1
    assert f"1 {topic.name} broken-json: " in book.run("count", URL=url)
    assert f"{topic.name} {shard} {offset} broken-json bad-1" in book.run("list", URL=url)
    shown = book.run("show", TOPIC=topic.name, PARTITION=shard, OFFSET=offset)
    assert "ce_id=bad-1" in shown and "value {\n" in shown
    # The line that says so is found by what the record says.
    assert "dead letter" in lines.messages(well["conversations"], correlationId=correlation)
    book.end()


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
