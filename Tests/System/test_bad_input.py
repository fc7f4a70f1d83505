"""What is refused, how it is refused, and what goes on all the same."""

import contextlib
import json
import subprocess
import time
from urllib.parse import urlencode

import httpx
import pytest

from kit import partition, token
from kit.cluster import Cluster
from kit.problem import assert_problem
from kit.texter import signature
from kit.topic import cloud_event
from kit.wait import until

JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def people(cluster: Cluster):
    """A customer with a conversation, their staff, and staff of another dealership."""
    here, elsewhere = cluster.dealerships.ids[:2]
    customer = cluster.visitor(here).begin()
    customer.say("Hello?")
    staff = cluster.staff(here)
    staff.wait_for(customer.conversation)
    return customer, staff, cluster.staff(elsewhere, sub="staff-lou", name="Lou")


# HTTP

@pytest.mark.parametrize("body", [b"{", b"", b"[]", b'"text"', b'{"text": "cut sh', b"nul"])
def test_malformed_json(cluster: Cluster, people, body: bytes):
    customer, staff, _ = people
    for url, headers in (
        (customer.url + "/v1/messages", customer.headers), (customer.url + "/v1/sessions", {}),
        (f"{staff.conversations_url}/v1/conversations/{customer.conversation}/messages", staff.headers),
        (staff.qualification_url + "/v1/qualifications", staff.headers),
    ):
        assert_problem(httpx.post(url, content=body, headers={**headers, **JSON}), 400, naming="json")
        # A form is what a page of somebody else's may send without asking the browser first.
        answer = httpx.post(url, content=body, headers={**headers, "Content-Type": "text/plain"})
        assert_problem(answer, 415, naming="content type")
    no_text = b'{"clientMessageId": "a", "text": "\xff"}'
    answer = httpx.post(customer.url + "/v1/messages", content=no_text, headers={**customer.headers, **JSON})
    assert_problem(answer, 400, naming="UTF-8")


def test_missing_and_wrong_fields_are_named(cluster: Cluster, people):
    customer, staff, _ = people
    thread = f"{staff.conversations_url}/v1/conversations/{customer.conversation}"
    good = {"requestId": "r-1", "conversationId": customer.conversation, "startNewDeal": True,
            "customer": {"firstName": "Ana", "lastName": "Ortiz", "email": "ana@example.com"}}
    without = lambda name: {key: value for key, value in good.items() if key != name}
    for url, headers, body, field in (
        (customer.url + "/v1/sessions", {}, {}, "dealership"),
        (customer.url + "/v1/messages", customer.headers, {"text": "no id"}, "clientMessageId"),
        (customer.url + "/v1/messages", customer.headers, {"clientMessageId": "a"}, "text"),
        (customer.url + "/v1/messages", customer.headers, {"clientMessageId": "a b", "text": "x"}, "clientMessageId"),
        (customer.url + "/v1/messages", customer.headers, {"clientMessageId": "a" * 65, "text": "x"},
         "clientMessageId"),
        (customer.url + "/v1/messages", customer.headers, {"clientMessageId": 7, "text": "x"}, "clientMessageId"),
        (customer.url + "/v1/messages", customer.headers, {"clientMessageId": "a", "text": ""}, "text"),
        (customer.url + "/v1/messages", customer.headers, {"clientMessageId": "a", "text": None}, "text"),
        (customer.url + "/v1/beats", customer.headers, {"visible": True}, "tabId"),
        (thread + "/messages", staff.headers, {"text": "no id"}, "clientMessageId"),
        (thread + "/messages", staff.headers, {"clientMessageId": "a"}, "text"),
        (thread + "/read", staff.headers, {}, "messageId"),
        (staff.qualification_url + "/v1/qualifications", staff.headers, without("requestId"), "requestId"),
        (staff.qualification_url + "/v1/qualifications", staff.headers, without("conversationId"), "conversationId"),
        (staff.qualification_url + "/v1/qualifications", staff.headers, without("customer"), "customer"),
        (staff.qualification_url + "/v1/qualifications", staff.headers, without("startNewDeal"), "startNewDeal"),
        (staff.qualification_url + "/v1/qualifications", staff.headers, {**good, "startNewDeal": "no"},
         "startNewDeal"),
        (staff.qualification_url + "/v1/qualifications", staff.headers,
         {**good, "customer": {"firstName": "Ana", "lastName": "Ortiz"}}, "email"),
        (staff.qualification_url + "/v1/qualifications", staff.headers,
         {**good, "customer": {"lastName": "Ortiz", "email": "a@example.com"}}, "firstName"),
    ):
        assert_problem(httpx.post(url, json=body, headers=headers), 400, 422, naming=field)


def test_unknown_and_foreign_conversations_look_alike(cluster: Cluster, people):
    customer, staff, foreign = people
    for who, conversation in ((staff, "nobody-has-this-one"), (foreign, customer.conversation)):
        for answer in (
            who.get(f"/v1/conversations/{conversation}"), who.get(f"/v1/conversations/{conversation}/messages"),
            who.send(conversation, "Hi"), who.post(conversation, "close"),
            who.post(conversation, "assign", {"to": None}),
        ):
            problem = assert_problem(answer, 404)
            assert problem["code"] == "not-found"
    before = cluster.topic("qualifications").ends()
    for who, conversation in ((staff, "nobody-has-this-one"), (foreign, customer.conversation)):
        assert_problem(who.click(conversation), 404)
    assert cluster.topic("qualifications").ends() == before, "a click on no conversation was appended"
    assert customer.conversation not in {one["id"] for one in foreign.conversations()}
    elsewhere = dict(params={"dealership": foreign.dealership}, headers=staff.headers)
    assert_problem(httpx.get(staff.conversations_url + "/v1/conversations", **elsewhere), 404, naming="dealership")


def test_tokens(cluster: Cluster, people):
    customer, staff, _ = people
    here = staff.dealership
    secret = cluster.secrets.staff
    own = token.claims(customer.token)
    unsigned = customer.token.rsplit(".", 1)[0] + "."
    expired_visitor = token.sign({**own, "exp": int(time.time()) - 3600}, cluster.secrets.visitor)
    for bad, naming in (
        (None, "Authorization"), ("no-jwt", "token"), (unsigned, "token"),
        (expired_visitor, "expired"), (token.sign(own, "x" * 64), "token"), (staff.token, "token"),
    ):
        headers = {} if bad is None else {"Authorization": f"Bearer {bad}"}
        answer = httpx.post(customer.url + "/v1/messages", json={"clientMessageId": "a", "text": "x"}, headers=headers)
        assert_problem(answer, 401, naming=naming)
        assert_problem(httpx.get(customer.url + "/v1/stream", headers=headers), 401, naming=naming)
    for bad, naming in (
        (None, "Authorization"), ("no-jwt", "token"), (token.staff(secret, [here], expires_in=-3600), "expired"),
        (token.staff("x" * 64, [here]), "token"), (token.staff(secret, [here], audience="somebody-else"), "meant"),
        (customer.token, "token"),
    ):
        headers = {} if bad is None else {"Authorization": f"Bearer {bad}"}
        for url in (
            staff.conversations_url + "/v1/conversations", staff.conversations_url + "/v1/stream",
            staff.qualification_url + "/v1/deals",
        ):
            assert_problem(httpx.get(url, headers=headers), 401, naming=naming)


def test_an_expired_session_is_resumed(cluster: Cluster, people):
    customer, *_ = people
    old = token.sign({**token.claims(customer.token), "exp": int(time.time()) - 3600}, cluster.secrets.visitor)
    assert cluster.visitor(customer.dealership).begin(resume=old).conversation == customer.conversation
    forged = token.sign(token.claims(customer.token), "x" * 64)
    body = {"dealership": customer.dealership, "resume": forged}
    answer = httpx.post(customer.url + "/v1/sessions", json=body)
    if answer.status_code == 201:
        assert answer.json()["conversationId"] != customer.conversation, "a forged token gave a conversation"
    else:
        assert_problem(answer, 401)
    assert_problem(httpx.post(customer.url + "/v1/sessions", json={"dealership": "no-such-shop"}), 400, 404, 422)


def test_long_texts(cluster: Cluster, people):
    customer, staff, _ = people
    before = cluster.topic("messages").ends()
    assert_problem(customer.send("x" * 5_000), 400, 413, 422, naming="text")
    assert_problem(staff.send(customer.conversation, "x" * 5_000), 400, 413, 422, naming="text")
    for answer in (customer.send("x" * 1_000_000), staff.send(customer.conversation, "x" * 1_000_000)):
        assert_problem(answer, 413, naming="body")
    assert cluster.topic("messages").ends() == before, "a refused text was appended"
    # Characters are counted, not bytes.
    longest = "🚗" * 4_000
    customer.say("x" * 4_000)
    customer.say(longest)
    # The longest way to write it in JSON: an escaped pair of surrogates for each character.
    escaped = json.dumps({"clientMessageId": "escaped-to-48000-bytes", "text": longest}).encode()
    assert len(escaped) > 48_000
    for url, headers, status in (
        (customer.url + "/v1/messages", customer.headers, 202),
        (f"{staff.conversations_url}/v1/conversations/{customer.conversation}/messages", staff.headers, 201),
    ):
        answer = httpx.post(url, content=escaped, headers={**headers, **JSON}, timeout=30)
        assert answer.status_code == status, answer.text
    until(lambda: [one["text"] for one in staff.messages(customer.conversation)].count(longest) == 3, "all of them")


def test_wrong_signatures(cluster: Cluster):
    texter = cluster.texter("+13145550199")
    before = cluster.topic("messages").ends()
    good = texter.parameters("Hello?")
    for answer in (
        texter.post(good, sign="AAAAAAAAAAAAAAAAAAAAAAAAAAA="), texter.post(good, sign=""),
        texter.post(good, sign="no base64 at all"), httpx.post(texter.url, data=good),
    ):
        assert_problem(answer, 400, 401, 403, naming="signature")
    stranger = cluster.texter("+13145550199")
    stranger.to = "+19995550100"
    assert_problem(stranger.post(stranger.parameters("Hello?")), 400, 404, 422, naming="to")
    report = "/status?dealership=shop-1&conversation=sms-1&message=sms-1.s.m1"
    answer = httpx.post(texter.url + report, data={"MessageSid": "SM1", "MessageStatus": "delivered"}, timeout=30)
    assert_problem(answer, 403, naming="signature")
    assert cluster.topic("messages").ends() == before, "an unsigned text was appended"


def test_reports_that_are_none(cluster: Cluster):
    texter = cluster.texter("+13145550199")
    before = cluster.topic("messages").ends()
    good = {"AccountSid": texter.account, "MessageSid": "SM1", "MessageStatus": "delivered"}
    named = {"dealership": cluster.dealerships.ids[0], "conversation": "sms-1", "message": "sms-1.s.m1"}
    for parameters, query, status, name in (
        ({**good, "MessageSid": ""}, named, 400, "MessageSid"),
        ({**good, "MessageStatus": "a b"}, named, 400, "MessageStatus"),
        ({**good, "AccountSid": "AC2"}, named, 403, "AccountSid"),
        (good, {**named, "message": "sms-2.s.m1"}, 400, "message"),
        (good, {**named, "dealership": "nobody"}, 404, "dealership"),
        (good, {**named, "conversation": ""}, 400, "conversation"),
    ):
        url = f"{texter.url}/status?{urlencode(query)}"
        headers = {"X-Twilio-Signature": signature(url, parameters, texter.auth_token)}
        answer = httpx.post(url, data=parameters, headers=headers, timeout=30)
        assert_problem(answer, status, naming=name)
    assert cluster.topic("messages").ends() == before, "a report of nothing was appended"


def test_contacts_that_are_none(cluster: Cluster, people):
    customer, _, _ = people
    for contact, name in (
        ({"phone": "555-0123", "mayText": True}, "contact.phone"),
        ({"email": "ana", "mayText": False}, "contact.email"), ({"phone": "3145550123"}, "contact.mayText"),
        ({"name": "x" * 101, "mayText": True}, "contact.name"), ("Ana", "contact"),
    ):
        body = {"clientMessageId": customer.new_id(), "text": "Hi", "contact": contact}
        assert_problem(customer.post("/v1/messages", json=body), 400, naming=name)


def test_operations_need_the_role(cluster: Cluster, people):
    _, staff, _ = people
    for name in ("ingest", "conversations", "qualification"):
        url = cluster.url[name] + "/v1/dead-letters"
        assert_problem(httpx.get(url), 401)
        assert_problem(httpx.get(url, headers=staff.headers), 403, naming="role")
        assert_problem(httpx.post(cluster.url[name] + "/v1/shards/0/resume", headers=staff.headers), 403)


def test_correlation_ids_are_the_clients_own(cluster: Cluster):
    answer = httpx.get(cluster.url["ingest"] + "/no/such/path", headers={"X-Correlation-Id": "support-4711"})
    assert assert_problem(answer, 404)["correlationId"] == "support-4711"
    assert answer.headers["x-correlation-id"] == "support-4711"


# Records

def received(cluster: Cluster, dealership: str, conversation: str, id: str, text: str) -> tuple[bytes, list]:
    body = {"conversationId": conversation, "clientMessageId": id, "channel": "web", "text": text, "visitorId": "v"}
    headers = cloud_event("message.received", dealership, f"{conversation}.c.{id}", subject=conversation)
    return json.dumps(body).encode(), headers


def test_dead_letters_do_not_stop_the_next_record(cluster: Cluster, people):
    customer, staff, _ = people
    here = staff.dealership
    key = here.encode()
    right = partition.of(here, cluster.partitions)
    wrong = (right + 1) % cluster.partitions
    messages = cluster.topic("messages")
    good_value, good_headers = received(cluster, here, customer.conversation, "injected", "from another producer")
    secret_text = "what the customer wrote 8c1f"

    bad = {
        messages.append(right, b"{}", key, []): ("missing-header", right),
        messages.append(right, b"\x00\xff\xfe", None, [("content-type", b"text/plain")]): ("missing-header", right),
        messages.append(right, secret_text.encode(), key, cloud_event("message.received", here, "no-json")):
            ("not-an-object", right),
        messages.append(right, good_value[:-5], key, cloud_event("message.received", here, "cut-short")):
            ("broken-json", right),
        messages.append(right, json.dumps({"text": secret_text}).encode(), key,
                        cloud_event("message.received", here, "no-fields")): ("missing-field", right),
        messages.append(right, None, key, cloud_event("message.received", here, "tombstone")): ("no-value", right),
        messages.append(right, good_value, b"somebody-else", good_headers): ("invalid-key", right),
    }
    elsewhere = messages.append(wrong, good_value, key, good_headers)
    messages.append(right, good_value, key, good_headers)
    until(lambda: staff.messages(customer.conversation)[-1]["text"] == "from another producer", "the next record")
    cluster.wait_until_caught_up()

    for name in ("ingest", "conversations", "qualification"):
        letters = {(one["topic"], one["partition"], one["offset"]): one for one in cluster.dead_letters(name)}
        for offset, (reason, where) in bad.items():
            letter = letters[(messages.name, where, offset)]
            assert letter["reason"] == reason, f"{name}: {letter}"
            assert letter["detail"]
        letter = letters[(messages.name, wrong, elsewhere)]
        assert letter["reason"] == "wrong-partition" and letter["eventId"] == good_headers[1][1].decode()
        assert secret_text not in json.dumps(list(letters.values())), "a dead letter shows what a customer wrote"
        status = cluster[name].shards()
        assert status[right]["deadLetters"] >= len(bad) and status[wrong]["deadLetters"] >= 1
    assert [one["text"] for one in staff.messages(customer.conversation)].count("from another producer") == 1


def test_unknown_types_are_skipped_and_counted(cluster: Cluster, people):
    customer, staff, _ = people
    here = staff.dealership
    shard = partition.of(here, cluster.partitions)
    names = ("ingest", "conversations", "qualification")
    before = {name: (cluster[name].shards()[shard]["skipped"], len(cluster.dead_letters(name))) for name in names}
    cluster.topic("messages").append(
        shard, b'{"new": true}', here.encode(), cloud_event("message.sung", here, "sung-1"))
    customer.say("after the unknown")
    until(lambda: staff.messages(customer.conversation)[-1]["text"] == "after the unknown", "the next record")
    cluster.wait_until_caught_up()
    for name in names:
        skipped, letters = before[name]
        assert cluster[name].shards()[shard]["skipped"] == skipped + 1, name
        assert len(cluster.dead_letters(name)) == letters


# A full disk

@pytest.fixture
def small_disk(make_cluster):
    """A cluster whose conversations live on a disk of 24 MB."""
    cluster = make_cluster("disk", 2, partitions=2)
    place = cluster["conversations"].data
    place.mkdir(parents=True)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(place)], capture_output=True, text=True)
    if mounted.returncode:
        cluster.end()
        pytest.skip(f"mount does not work here: {mounted.stderr.strip()}")
    yield cluster.start()
    cluster.end()
    subprocess.run(["umount", str(place)], check=True)


def test_a_full_disk_stops_the_shard_and_makes_no_dead_letter(small_disk: Cluster):
    cluster = small_disk
    service = cluster["conversations"]
    here = cluster.dealerships.ids[0]
    shard = partition.of(here, cluster.partitions)
    staff, customer = cluster.staff(here), cluster.visitor(here).begin()
    customer.say("before")
    staff.wait_for(customer.conversation)

    filler = service.data / "filler"
    with open(filler, "wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(b"\0" * 4096)
    texts = ["before"]

    def stopped():
        # What is left of the files' own pages has to be used up too.
        texts.append(f"{len(texts)} " + "x" * 3_900)
        customer.say(texts[-1])
        found = service.shards()[shard]
        return found if found["state"] == "stopped" else None
    found = until(stopped, "the shard to stop")
    assert found["detail"], "a stopped shard says why"
    assert service.answers("/readyz") != 200
    assert cluster["ingest"].is_ready(), "the others go on"
    refused = staff.send(customer.conversation, "Hi")
    assert_problem(refused, 503)
    assert int(refused.headers["retry-after"]) > 0
    assert service.process.is_alive()

    filler.unlink()
    thread = staff.wait_for(customer.conversation, len(texts))
    assert [one["text"] for one in thread] == texts
    assert [one["seq"] for one in thread] == list(range(1, len(texts) + 1))
    service.wait_until_ready()
    assert service.shards()[shard]["state"] == "live"
    assert cluster.dead_letters("conversations") == []
    staff.reply(customer.conversation, "Hi")
