"""How services end, what they refuse to begin with, and what they never write down."""

import pytest

from kit import port
from kit.cluster import NAMES, Cluster
from kit.process import Process
from kit.wait import until

STOP = 3 * 20  # What a stop may take, three times over: a debug build on a loaded machine.


@pytest.fixture(scope="module")
def cluster(make_cluster) -> Cluster:
    return make_cluster("life", 2, env={"DIRECTCHAT_LOG_LEVEL": "debug"}).start()


def test_drafts_are_written_nowhere(cluster: Cluster):
    """And messages are, which shows that the search finds what is there."""
    staff = cluster.staff()
    customer = cluster.visitor().begin()
    message, reply, draft = "canary-message-4b1d", "canary-reply-77aa", "canary-draft-9e02"
    customer.say(message)
    staff.wait_for(customer.conversation)
    staff.reply(customer.conversation, reply)
    with staff.stream(open=customer.conversation) as stream:
        customer.draft(draft, 1)
        stream.wait(lambda s: any(one["text"] == draft for one in s.of("draft")), "the draft")
        customer.draft(draft + " and more", 2)
        stream.wait(lambda s: any(one["text"] == draft + " and more" for one in s.of("draft")), "the draft")
    cluster.wait_until_caught_up()

    found: dict[str, set[str]] = {message: set(), reply: set(), draft: set()}
    for file in cluster.directory.rglob("*"):
        # The broker's own memory of `typing` is a file too; it keeps a minute of it, as bytes in JSON.
        if file.is_file() and file.relative_to(cluster.directory).parts[0] != "broker":
            content = file.read_bytes()
            for canary in found:
                if canary.encode() in content:
                    found[canary].add(str(file.relative_to(cluster.directory)))
    assert found[draft] == set(), "a draft was written down"
    for canary in (message, reply):
        assert any(one.startswith("conversations/") for one in found[canary])
        assert any(one.startswith("ingest/") for one in found[canary])
        assert not any(one.startswith("logs/") for one in found[canary]), "a message's text is in a log"


@pytest.mark.parametrize("name", NAMES)
def test_a_second_process_on_the_same_files_is_refused(cluster: Cluster, name: str):
    first = cluster[name].process
    command = list(first.command)
    for flag, value in (("--port", str(port.free())),):
        command[command.index(flag) + 1] = value
    second = Process(f"second {name}", command, first.env, cluster.directory / "logs" / f"second-{name}.log")
    second.start()
    assert second.wait(STOP) != 0
    assert str(cluster[name].data) in second.text(), second.tail()
    assert first.is_alive()
    cluster[name].wait_until_ready()
    assert len(cluster[name].shards()) == cluster.partitions, "the second took the first one's shards"


@pytest.mark.parametrize("name,variable", [
    ("ingest", "DIRECTCHAT_STAFF_JWT_SECRET"), ("ingest", "DIRECTCHAT_VISITOR_SECRET"),
    ("ingest", "DIRECTCHAT_SMS_SECRET"), ("ingest", "TWILIO_AUTH_TOKEN"), ("ingest", "KAFKA_BOOTSTRAP_SERVERS"),
    ("presence", "DIRECTCHAT_STAFF_JWT_SECRET"), ("conversations", "DIRECTCHAT_STAFF_JWT_SECRET"),
    ("qualification", "DIRECTCHAT_STAFF_JWT_SECRET"), ("qualification", "KAFKA_BOOTSTRAP_SERVERS"),
])
def test_what_is_missing_is_named(cluster: Cluster, name: str, variable: str):
    first = cluster[name].process
    command = list(first.command)
    for flag, value in (("--port", str(port.free())), ("--data-dir", str(cluster.directory / f"no-{variable}"))):
        command[command.index(flag) + 1] = value
    env = {key: value for key, value in first.env.items() if key != variable}
    process = Process(f"{name} without", command, env, cluster.directory / "logs" / f"{name}-{variable}.log")
    process.start()
    assert process.wait(STOP) not in (0, -9)
    assert variable in process.text(), process.tail()


def test_secrets_are_in_no_log(cluster: Cluster):
    staff = cluster.staff()
    customer = cluster.visitor().begin()
    customer.say("Hello?")
    staff.wait_for(customer.conversation)
    cluster.texter("+13145550155").text("Hello?")
    staff.qualify(customer.conversation)
    secrets = cluster.secrets.confidential() + [staff.token, customer.token, "3145550155", "ana@example.com"]
    logs = list((cluster.directory / "logs").glob("*.log"))
    assert len(logs) >= len(NAMES)
    for log in logs:
        content = log.read_text(errors="replace")
        for secret in secrets:
            assert secret not in content, f"{log.name} shows a secret: {secret[:6]}…"
    assert "KAFKA" in (cluster.directory / "logs" / "ingest.log").read_text() or any(
        cluster.broker.bootstrap in one.read_text(errors="replace") for one in logs), "nothing is shown at start"


def test_sigterm_ends_everything_in_good_order(cluster: Cluster):
    """Last in this file: with open streams, each service ends with 0, and goes on where it was."""
    staff = cluster.staff()
    customers = [cluster.visitor().begin() for _ in range(3)]
    for customer in customers:
        customer.say("Hello?")
    for customer in customers:
        staff.wait_for(customer.conversation)
    streams = [one.stream() for one in customers] + [
        staff.stream(), staff.stream(open=customers[0].conversation)]
    for stream in streams:
        stream.open()
    for name in NAMES:
        cluster[name].process.terminate()
    codes = {name: cluster[name].process.wait(STOP) for name in NAMES}
    assert codes == {name: 0 for name in NAMES}, "\n".join(cluster[name].process.tail(5) for name in NAMES)
    until(lambda: not any(one.is_open() for one in streams), "the streams to end")

    cluster.start()
    for customer in customers:
        customer.say("Still there?")
    for stream in streams:
        stream.resume()
    for customer, stream in zip(customers, streams):
        staff.reply(customer.conversation, "Yes")
        stream.wait_for_texts(["Yes"])
        assert [one["text"] for one in stream.messages() if one["sender"] == "staff"] == ["Yes"]
    for customer in customers:
        assert [one["text"] for one in staff.messages(customer.conversation)] == ["Hello?", "Still there?", "Yes"]
    for stream in streams:
        stream.close()
