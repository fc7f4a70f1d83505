"""Another system reads the deals, with clients that know nothing of us."""

import json
import re
import subprocess

import httpx
import jsonschema
import pytest
from cloudevents.core.bindings.kafka import KafkaMessage, from_binary
from cloudevents.core.formats.json import JSONFormat
from referencing import Registry, Resource

from kit import partition, tree
from kit.cluster import Cluster
from kit.topic import Record
from kit.wait import until

TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"


def schema() -> dict:
    """What other systems may rely on."""
    return json.loads((tree.ROOT / "Shared" / "Contracts" / "schemas" / "deal-created.v1.json").read_text())


def producer_schema() -> dict:
    """What we promise to write: closed, so that a field that nobody meant to publish is noticed."""
    return json.loads((tree.ROOT / "Shared" / "Contracts" / "schemas" / "deal-created.v1.producer.json").read_text())


@pytest.fixture(scope="module")
def deal(cluster: Cluster) -> tuple[dict, dict, Record]:
    """One qualified web conversation: (conversation, the click's answer, the record)."""
    staff = cluster.staff(cluster.dealerships.ids[1])
    customer = cluster.visitor(staff.dealership).begin()
    customer.say("I want it")
    staff.wait_for(customer.conversation)
    done = staff.qualify(customer.conversation, customer={
        "firstName": "Ana", "lastName": "Ortiz", "email": "Ana@Example.com", "phone": "+13145550123"})
    def found():
        return next(
            (one for one in cluster.topic("deal-created").records() if one.json["dealId"] == done["dealId"]), None)
    return staff.conversation(customer.conversation), done, until(found, "the deal on the topic")


def test_record(cluster: Cluster, deal):
    conversation, done, record = deal
    dealership = cluster.dealerships.ids[1]
    assert record.key == dealership.encode()
    assert record.partition == partition.of(dealership, cluster.partitions)
    headers = dict(record.headers)
    assert len(headers) == len(record.headers), "a header stands twice"
    assert set(headers) == {
        "ce_specversion", "ce_id", "ce_source", "ce_type", "ce_time", "ce_subject", "content-type",
        "ce_correlationid", "ce_causationid", "traceparent"}
    text = {name: value.decode() for name, value in headers.items()}
    assert text["ce_specversion"] == "1.0"
    assert text["ce_type"] == "directchat.deal.created.v1"
    assert text["ce_source"] == f"/dealerships/{dealership}/qualification"
    assert text["ce_subject"] == done["dealId"]
    assert text["content-type"] == "application/json"
    assert re.fullmatch(TIME, text["ce_time"])
    assert not any(word in " ".join(text.values()) for word in ("Ana", "Ortiz", "example.com", "314555"))

    value = record.json
    assert value["dealId"] == done["dealId"] and value["dealershipId"] == dealership
    assert value["timeZone"] == "America/Chicago"
    assert value["source"] == {
        "type": "Chat", "description": "Ignitify Chat", "channel": "web", "conversationId": conversation["id"]}
    assert value["customer"] == {
        "id": done["customerId"], "firstName": "Ana", "lastName": "Ortiz", "emails": ["ana@example.com"],
        "phones": ["+13145550123"]}
    assert value["createdBy"] == {"id": "staff-sam", "name": "Sam Lee"}
    for name in ("createdAt", "firstMessageAt", "qualifiedAt"):
        assert re.fullmatch(TIME, value[name]), f"{name}: {value[name]}"
    assert value["firstMessageAt"] <= value["qualifiedAt"] <= value["createdAt"] or \
        value["createdAt"] == value["qualifiedAt"]


def test_schema(deal):
    validator = jsonschema.Draft202012Validator(schema(), format_checker=jsonschema.FormatChecker())
    value = deal[2].json
    validator.validate(value)
    # A schema that takes anything says nothing.
    for name in ("dealId", "customer", "source", "createdAt"):
        assert list(validator.iter_errors({k: v for k, v in value.items() if k != name})), f"{name} is not required"
    assert list(validator.iter_errors({**value, "createdAt": 7}))
    # Fields may be added.
    validator.validate({**value, "addedLater": True})

    known = Registry().with_resource(schema()["$id"], Resource.from_contents(schema()))
    producer = jsonschema.Draft202012Validator(
        producer_schema(), registry=known, format_checker=jsonschema.FormatChecker())
    producer.validate(value)
    assert list(producer.iter_errors({**value, "addedLater": True}))


def test_cloud_event(deal):
    record = deal[2]
    event = from_binary(KafkaMessage(dict(record.headers), record.key, record.value), JSONFormat())
    assert event.get_type() == "directchat.deal.created.v1"
    assert event.get_subject() == record.json["dealId"]
    assert event.get_datacontenttype() == "application/json"
    assert event.get_time().tzinfo is not None
    assert event.get_data() == record.json
    # CloudEvents' extension for correlation.
    assert event.get_extension("correlationid") and event.get_extension("causationid")


def test_kcat(cluster: Cluster, deal):
    _, done, record = deal
    output = subprocess.run(
        ["kcat", "-C", "-b", cluster.broker.bootstrap, "-t", cluster.prefix + "deal-created", "-e", "-q", "-J"],
        capture_output=True, text=True, timeout=60, check=True).stdout
    (found,) = [one for one in map(json.loads, output.splitlines())
                if json.loads(one["payload"])["dealId"] == done["dealId"]]
    assert found["key"] == record.key.decode() and found["partition"] == record.partition
    names, values = found["headers"][0::2], found["headers"][1::2]
    assert dict(zip(names, values)) == {name: value.decode() for name, value in record.headers}
    assert json.loads(found["payload"]) == record.json


def test_a_deal_without_phone_or_email(cluster: Cluster):
    """Each kind of contact alone makes a valid record."""
    staff = cluster.staff()
    validator = jsonschema.Draft202012Validator(schema(), format_checker=jsonschema.FormatChecker())
    wanted = {}
    for contact in ({"email": "b@example.com"}, {"phone": "(314) 555-0123"}):
        customer = cluster.visitor().begin()
        customer.say("I want it")
        done = staff.qualify(customer.conversation, customer={"firstName": "Bo", "lastName": "Ek", **contact})
        wanted[done["dealId"]] = contact
    def all_there():
        found = {one.json["dealId"]: one.json for one in cluster.topic("deal-created").records()}
        return found if set(wanted) <= set(found) else None
    found = until(all_there, "both deals")
    for deal_id, contact in wanted.items():
        validator.validate(found[deal_id])
        customer = found[deal_id]["customer"]
        assert customer["emails"] == (["b@example.com"] if "email" in contact else [])
        assert customer["phones"] == (["+13145550123"] if "phone" in contact else [])


def test_health_and_metrics(cluster: Cluster):
    for name in cluster.services:
        assert cluster[name].answers("/livez") == 200
        assert cluster[name].answers("/readyz") == 200
        metrics = httpx.get(cluster.url[name] + "/metrics", timeout=20)
        assert metrics.status_code == 200 and "# TYPE" in metrics.text
        assert len(cluster[name].shards()) == cluster.partitions
