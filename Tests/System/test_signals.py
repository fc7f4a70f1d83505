"""What a service says of itself: metrics, health, and the traces of a request."""

import json
import re
import secrets

import httpx
import pytest

from kit import exposition, lines, prometheus, tree
from kit.cluster import NAMES, Cluster
from kit.problem import assert_problem
from kit.prometheus import Prometheus, promtool
from kit.topic import Record
from kit.wait import until

BOARDS = sorted((tree.ROOT / "compose" / "dashboards").glob("*.json"))
# Of ours, of librdkafka's figures and of the process.
NAME = re.compile(r"\b(?:dc|kafka_client|process)_\w+|\bup\b")
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


@pytest.fixture(scope="module")
def cluster(make_cluster) -> Cluster:
    """Everything has happened once: a message each way, a click, a draft, a beat, and a broker that was away."""
    cluster = make_cluster("signals", 4).start()
    staff, customer = cluster.staff(), cluster.visitor().begin()
    with staff.stream() as desk, customer.stream() as page:
        customer.draft("Is the red", 1)
        customer.beat()
        customer.say("Is the red one still there?")
        desk.wait_for_texts(["Is the red one still there?"], customer.conversation)
        staff.reply(customer.conversation, "It is")
        page.wait_for_texts(["It is"])
        staff.qualify(customer.conversation)
        cluster.broker.stop()
        customer.say("Kept while Kafka is away")
        cluster.broker.start()
    cluster.wait_until_caught_up()
    return cluster


@pytest.fixture(scope="module")
def watcher(cluster: Cluster, tmp_path_factory):
    watcher = Prometheus(tmp_path_factory.mktemp("prometheus"), cluster.url).start()
    yield watcher
    watcher.process.kill()


def follow() -> str:
    """A correlation id of one's own."""
    return f"call-{secrets.token_hex(6)}"


# Metrics


@pytest.mark.parametrize("name", NAMES)
def test_the_format_is_what_prometheus_wants(cluster: Cluster, name: str):
    """promtool knows names, units, types and helps."""
    text = exposition.text(cluster.url[name])
    assert promtool("check", "metrics", given=text) == ""
    helped, typed = (set(re.findall(rf"(?m)^# {word} (\S+)", text)) for word in ("HELP", "TYPE"))
    assert helped == typed and len(typed) > 25


def test_a_real_prometheus_scrapes_every_service(cluster: Cluster, watcher: Prometheus):
    until(lambda: {one["labels"]["job"] for one in watcher.targets() if one["health"] == "up"} == set(NAMES),
          "every service to be scraped")
    assert all(not one["lastError"] for one in watcher.targets())

    def numbers(expression: str) -> dict[str, float]:
        return {one["metric"].get("job", ""): float(one["value"][1]) for one in watcher.query(expression)}
    until(lambda: len(numbers("process_start_time_seconds")) == 4, "figures of every process")
    assert all(value > 1.7e9 for value in numbers("process_start_time_seconds").values())
    assert all(value > 1e6 for value in numbers("process_resident_memory_bytes").values())
    assert all(value > 5 for value in numbers("process_open_fds").values())
    assert numbers('sum by (job) (dc_shards{state="live"})') == dict.fromkeys(NAMES, cluster.partitions)
    assert set(numbers('sum by (job) (dc_shards{state="halted"})').values()) == {0}
    assert numbers("sum(dc_messages_accepted_total)")[""] >= 2
    # One that staff saw, and one that the customer saw; the repeats of a cut stream count nothing.
    for sender in ("customer", "staff"):
        assert numbers(f'sum(dc_message_e2e_seconds_count{{sender="{sender}"}})')[""] >= 1
    assert numbers("sum(dc_qualify_seconds_count)")[""] == 1
    assert numbers("dc_disk_size_bytes > dc_disk_free_bytes").keys() == set(NAMES)


def test_lag_is_none_where_everything_is_folded(cluster: Cluster):
    def settled() -> bool:
        for name in NAMES:
            lags = exposition.samples(cluster.url[name], "dc_consumer_lag_records")
            assert {one.labels["shard"] for one in lags} == {str(one) for one in range(cluster.partitions)}
            assert all(one.value == 0 for one in lags), [one for one in lags if one.value]
            assert exposition.value(cluster.url[name], "dc_consumer_lag_seconds") == 0
            assert exposition.value(cluster.url[name], "dc_owed_records") == 0
        return True
    until(settled, "no lag and nothing owed")
    topics = {one.labels["topic"] for one in exposition.samples(cluster.url["conversations"], "dc_consumer_lag_records")}
    assert topics == {cluster.prefix + one for one in ("messages", "qualifications", "presence")}


# Labels that we have, and what each may say. Whatever is added to them is looked at by somebody.
LABELS = {
    "channel": "web|sms", "client": r"[a-z]+\.[\w.:-]+", "code": r"[\w-]+", "kept": "log|spool",
    "kind": "admin|consumer|reader|producer-kept|producer-passing", "le": r"[\d.]+|\+Inf", "method": "[A-Z]+|other",
    "outcome": r"[\w-]+", "reason": r"[a-z-]+", "result": "[a-z]+", "route": r"none|(/([a-z0-9.-]+|\{[a-z]+\}))+|/",
    "sender": "customer|staff", "service": "|".join(NAMES), "shard": r"\d+", "state": "[a-z]+", "status": r"\d{3}|[a-z_]+",
    "topic": r"directchat\.[a-z-]+", "version": r"\d+\.\d+\.\d+"}


@pytest.mark.parametrize("name", NAMES)
def test_no_label_names_a_person_or_a_dealership(cluster: Cluster, name: str):
    """Over all that is exposed, after requests that try to get something of theirs into it."""
    url, dealership = cluster.url[name], cluster.dealerships.ids[0]
    staff, customer = cluster.staff(), cluster.visitor().begin()
    canary = f"canary-{secrets.token_hex(6)}"
    customer.say(f"Call +13145550199 or {canary}@example.com")
    staff.wait_for(customer.conversation)
    staff.qualify(customer.conversation, customer={
        "firstName": canary, "lastName": canary, "email": f"{canary}@example.com", "phone": "+13145550199"})
    for path in (f"/{canary}", f"/v1/conversations/{customer.conversation}", f"/v1/deals/{canary}?q={canary}"):
        httpx.get(url + path, headers={**staff.headers, "X-Correlation-Id": canary}, timeout=20)
    httpx.request(canary.upper()[:6], url + "/v1/messages", timeout=20)
    text = exposition.text(url)
    for word in (
        canary, canary.upper()[:6], "3145550199", "example.com", "staff-sam", "Sam Lee", customer.conversation,
        customer.visitor, *cluster.dealerships.ids,
    ):
        assert word.lower() not in text.lower(), f"{word} is in {name}'s metrics"
    for one in exposition.samples(url):
        for label, value in one.labels.items():
            assert label in LABELS, f"{one.name} has a label {label}, which nobody has looked at"
            assert re.fullmatch(LABELS[label], value), f"{one.name}: {label}={value!r}"
    assert dealership


def test_every_reason_of_a_dead_letter_is_counted_from_0_on():
    """What first appears when it happens has never increased, for whoever watches."""
    sources = [one.read_text() for folder in ("Shared", "Services") for one in (tree.ROOT / folder).rglob("*.swift")]
    said = {word for text in sources for word in re.findall(r'MalformedEvent\(\s*"([a-z-]+)"', text)}
    events = (tree.ROOT / "Shared" / "Contracts" / "Event.swift").read_text()
    known = set(re.findall(r'"([a-z-]+)"', events.split("static let reasons = [")[1].split("]")[0]))
    assert said == known


# Rules and dashboards


def test_rules_and_settings_are_right():
    promtool("check", "config", "prometheus.yml")
    promtool("test", "rules", "alerts.test.yml")
    jobs = re.findall(r"job_name: (\S+)", (prometheus.SETTINGS / "prometheus.yml").read_text())
    assert sorted(jobs) == sorted(NAMES)


def test_a_page_is_about_customers_messages_and_leads_to_a_runbook(watcher: Prometheus):
    rules = until(watcher.rules, "the rules")
    pages = {one["name"] for one in rules if one["labels"]["severity"] == "page"}
    # Whoever adds one says so here: is a message of a customer's lost or late for it?
    assert pages == {
        "NobodyAcceptsMessages", "NobodyShowsMessages", "MessagesRefused", "SpoolCannotBeWritten", "SpoolWaits",
        "MessagesWait", "MessagesSlow", "ShardHalted", "ShardStopped", "ShardsUnserved", "SpoolAway", "TextsRefused"}
    for one in rules:
        assert one["labels"]["severity"] in ("page", "ticket")
        assert (tree.ROOT / one["annotations"]["runbook_url"]).is_file(), one["annotations"]
        assert one["annotations"]["summary"]


def test_nothing_is_wrong_with_a_cluster_that_is_well(cluster: Cluster, watcher: Prometheus):
    until(lambda: watcher.query("up"), "a scrape")
    until(lambda: all(one["lastEvaluation"] > "2000" for one in watcher.rules()), "every rule to be judged")
    firing = [one["name"] for one in watcher.rules() if one["state"] == "firing"]
    assert firing in ([], ["DiskNearlyFull"]), firing


def expressions() -> list[tuple[str, str]]:
    """(board and panel, PromQL)"""
    return [
        (f"{file.stem}: {panel['title']}", target["expr"])
        for file in BOARDS for panel in json.loads(file.read_text())["panels"] for target in panel.get("targets", [])]


def test_every_metric_that_rules_and_boards_name_is_there(cluster: Cluster, watcher: Prometheus):
    """As a real Prometheus has it: librdkafka tells its figures every ten seconds."""
    named = {name: where for where, text in expressions() for name in NAME.findall(text)}
    named |= {
        name: one["name"] for one in until(watcher.rules, "the rules") for name in NAME.findall(one["query"])}
    assert len(named) > 50
    def all_there() -> bool:
        missing = {name: where for name, where in named.items() if name not in watcher.names()}
        assert not missing, f"nobody exposes {missing}"
        return True
    until(all_there, "every metric to have been scraped")


def test_every_board_is_whole_and_every_expression_is_promql(watcher: Prometheus):
    assert [one.stem for one in BOARDS] == ["log", "messages", "state"]
    uids = set()
    for file in BOARDS:
        board = json.loads(file.read_text())
        uids.add(board["uid"])
        panels = board["panels"]
        assert len({one["id"] for one in panels}) == len(panels)
        for one in panels:
            place = one["gridPos"]
            assert place["x"] + place["w"] <= 24
            assert one["type"] == "row" or one["datasource"] == {"type": "prometheus", "uid": "prometheus"}
    assert len(uids) == len(BOARDS)
    for _, text in expressions():
        watcher.query(text)


def test_every_metric_of_ours_is_on_a_board_or_in_a_rule(cluster: Cluster, watcher: Prometheus):
    """What nobody looks at is not worth its cost."""
    shown = {name for _, text in expressions() for name in NAME.findall(text)}
    shown |= {name for one in until(watcher.rules, "the rules") for name in NAME.findall(one["query"])}
    shown = {re.sub(r"_(bucket|sum|count)$", "", one) for one in shown}
    told = {name for service in NAMES
            for name in re.findall(r"(?m)^# TYPE (\S+)", exposition.text(cluster.url[service]))}
    left_out = {
        "process_virtual_memory_bytes", "process_threads", "kafka_client_queue_bytes", "dc_dead_letters_total"}
    assert told - shown <= left_out, told - shown - left_out


# Health


def test_liveness_does_not_depend_on_the_broker(make_cluster):
    cluster = make_cluster("alive", 2).start()
    cluster.visitor().begin().say("before")
    cluster.wait_until_caught_up()
    cluster.broker.kill()
    # Until every client has noticed, and tries in vain to come back.
    for name in NAMES:
        until(lambda: "Kafka client error" in lines.messages(cluster[name]), f"{name} to miss the broker")
        assert cluster[name].answers("/livez") == 200
        assert cluster[name].answers("/status") == 200 and cluster[name].answers("/metrics") == 200
    cluster.assert_alive()
    cluster.broker.start()
    for name in NAMES:
        assert cluster[name].answers("/livez") == 200


def test_liveness_without_ever_seeing_a_broker(make_cluster):
    cluster = make_cluster("never", 2)
    cluster.broker.stop()
    for service in cluster.services.values():
        service.start()
        until(lambda: service.answers("/livez") == 200, f"{service.name} to be live")
        answer = httpx.get(service.url + "/readyz", timeout=20)
        assert answer.status_code == 503 and answer.json()["reasons"]
    cluster.end()


def test_status_tells_how_far_each_shard_is(cluster: Cluster):
    def told() -> bool:
        for name in NAMES:
            status = cluster[name].status()
            assert status["ready"] and status["service"] == name and status["version"]
            for shard in status["shards"]:
                assert shard["state"] == "live" and shard["owed"] == 0 and shard["deadLetters"] == 0
                for topic in shard["topics"]:
                    if topic["topic"] == cluster.prefix + "typing":
                        continue  # Never in a file: nobody is behind with it.
                    assert (topic["lag"], topic["lagSeconds"], topic["progress"]) == (0, 0, "OK"), topic
        return True
    until(told, "every shard to be up to date")


# Correlation and traces


def records(cluster: Cluster, correlation: str) -> list[Record]:
    found = []
    for name in ("messages", "qualifications", "deal-created"):
        found += [one for one in cluster.topic(name).records() if one.header("ce_correlationid") == correlation]
    return found


def test_a_message_is_followed_from_the_request_to_the_stream(cluster: Cluster):
    correlation, staff, customer = follow(), cluster.staff(), cluster.visitor().begin()
    text = f"Follow me {correlation}"
    with staff.stream() as desk:
        answer = customer.client.post(
            "/v1/messages", json={"clientMessageId": customer.new_id(), "text": text},
            headers={**customer.headers, "X-Correlation-Id": correlation, "traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"})
        assert answer.status_code == 202 and answer.headers["x-correlation-id"] == correlation
        desk.wait_for_texts([text], customer.conversation)
    (record,) = records(cluster, correlation)
    assert record.header("ce_id") == answer.json()["messageId"]
    version, trace, span, flags = record.header("traceparent").split("-")
    assert (version, trace, flags) == ("00", TRACE, "01") and span != "00f067aa0ba902b7"
    assert record.header("ce_causationid") is None, "a request is no event"
    for name, said in {
        "ingest": {"request", "folded"}, "conversations": {"folded", "message on a stream"}, "qualification": {"folded"},
    }.items():
        until(lambda: said <= set(lines.messages(cluster[name], correlationId=correlation)), f"{name} to say {said}")
        assert {one["metadata"]["traceId"] for one in lines.of(cluster[name], correlationId=correlation)} == {TRACE}
    (shown,) = [one for one in lines.of(cluster["conversations"], correlationId=correlation)
                if one["message"] == "message on a stream"]
    assert shown["metadata"]["causationId"] == record.header("ce_id")
    assert text not in "".join(cluster[name].process.text() for name in NAMES), "what was written is in a log"


def test_a_reply_is_followed_to_the_customers_stream(cluster: Cluster):
    correlation, staff, customer = follow(), cluster.staff(), cluster.visitor().begin()
    customer.say("Anybody there?")
    staff.wait_for(customer.conversation)
    with customer.stream() as page:
        staff.client.headers["X-Correlation-Id"] = correlation
        staff.reply(customer.conversation, f"Yes {correlation}")
        page.wait_for_texts([f"Yes {correlation}"])
    (record,) = records(cluster, correlation)
    assert record.type == "directchat.message.sent.v1"
    until(lambda: {"folded", "message on a stream"} <= set(lines.messages(cluster["ingest"], correlationId=correlation)),
          "ingest to have shown it")
    assert {"request", "folded"} <= set(lines.messages(cluster["conversations"], correlationId=correlation))


def test_a_click_is_followed_to_the_deal_that_others_hear_of(cluster: Cluster):
    """What is owed names the click's request and the event that caused it, and a second click under the same id is
    somebody else's request: it changes nothing."""
    correlation, staff, customer = follow(), cluster.staff(), cluster.visitor().begin()
    customer.say("I take it")
    staff.wait_for(customer.conversation)
    staff.client.headers["X-Correlation-Id"] = correlation
    staff.client.headers["traceparent"] = f"00-{TRACE}-00f067aa0ba902b7-01"
    click = f"click-{correlation}"
    done = staff.qualify(customer.conversation, request_id=click)
    until(lambda: len(records(cluster, correlation)) == 3, "click, outcome and deal")
    asked, outcome, deal = records(cluster, correlation)
    assert [one.type.split(".", 1)[1] for one in (asked, outcome, deal)] == [
        "qualify.requested.v1", "conversation.qualified.v1", "deal.created.v1"]
    assert outcome.header("ce_causationid") == asked.header("ce_id")
    assert deal.header("ce_causationid") == outcome.header("ce_id") and deal.json["dealId"] == done["dealId"]
    # Owed records have no span of their own: whoever appends them writes the same bytes.
    assert len({one.header("traceparent") for one in (asked, outcome, deal)}) == 1
    until(lambda: lines.messages(cluster["qualification"], correlationId=correlation).count("owed record appended") == 2,
          "both to be noted")
    staff.client.headers["X-Correlation-Id"] = again = follow()
    assert staff.qualify(customer.conversation, request_id=click) == done
    assert records(cluster, again) == []


@pytest.mark.parametrize("given", ["", "00-nothing", f"00-{'0' * 32}-00f067aa0ba902b7-01", f"ff-{TRACE}-00f067aa0ba902b7-01"])
def test_a_malformed_traceparent_begins_a_trace(cluster: Cluster, given: str):
    correlation, customer = follow(), cluster.visitor().begin()
    answer = customer.client.post(
        "/v1/messages", json={"clientMessageId": customer.new_id(), "text": "hello"},
        headers={**customer.headers, "X-Correlation-Id": correlation, "traceparent": given})
    assert answer.status_code == 202
    (record,) = until(lambda: records(cluster, correlation), "the record")
    assert re.fullmatch(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-01", record.header("traceparent"))
    assert TRACE not in record.header("traceparent")


def test_what_waited_in_the_spool_names_its_request(make_cluster):
    cluster = make_cluster("spooled", 2).start()
    correlation, customer = follow(), cluster.visitor().begin()
    cluster.broker.stop()
    answer = customer.client.post(
        "/v1/messages", json={"clientMessageId": "m1", "text": "hello"},
        headers={**customer.headers, "X-Correlation-Id": correlation})
    assert answer.json()["kept"] == "spool"
    url = cluster.url["ingest"]
    assert exposition.value(url, "dc_spool_pending") == 1
    until(lambda: exposition.value(url, "dc_spool_oldest_seconds") > 1, "the message to grow old")
    cluster["ingest"].kill()
    cluster.broker.start()
    cluster.restart("ingest")
    (record,) = until(lambda: records(cluster, correlation), "the record")
    assert record.header("traceparent")
    until(lambda: exposition.value(url, "dc_spool_pending") == exposition.value(url, "dc_spool_oldest_seconds") == 0,
          "an empty spool")


@pytest.mark.parametrize("name, path", [
    ("ingest", "/v1/messages"), ("presence", "/v1/presence"), ("conversations", "/v1/conversations/none"),
    ("qualification", "/v1/deals/none")])
def test_an_error_leads_to_its_line(cluster: Cluster, name: str, path: str):
    answer = httpx.post(cluster.url[name] + path, json={}, timeout=20)
    body = assert_problem(answer, 400, 401, 404, 405)
    assert answer.headers["x-correlation-id"] == body["correlationId"]
    (line,) = until(lambda: lines.of(cluster[name], correlationId=body["correlationId"]), "the line")
    assert line["message"] == "request" and line["metadata"]["code"] == body["code"]
    assert line["metadata"]["status"] == str(answer.status_code) and line["metadata"]["traceId"]
