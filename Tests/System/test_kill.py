"""kill -9 of any one service in the middle of a load; then the same state out of the log alone."""

import pytest

from kit import log, state
from kit.cluster import NAMES, Cluster
from kit.load import Load
from kit.wait import until

MESSAGES = 5_000
DEALERSHIPS = 20


@pytest.fixture(scope="module")
def cluster(make_cluster) -> Cluster:
    return make_cluster("many", DEALERSHIPS).start()


@pytest.mark.parametrize("killed", NAMES)
def test_everything_acknowledged_is_there_once(cluster: Cluster, killed: str):
    load = Load(cluster, MESSAGES, replies=2, clicks=True).start()
    until(lambda: load.accepted >= MESSAGES / 3, "a third of the load")
    cluster[killed].kill()
    assert load.accepted < MESSAGES, "the load was over before the kill"
    cluster.restart(killed)
    load.wait()
    cluster.assert_alive()
    cluster.wait_until_caught_up()

    found = log.threads(cluster.topic("messages").records())
    for name in ("conversations", "ingest"):
        folded = state.threads(cluster[name])
        assert {key: folded.get(key) for key in found} == found, f"{name} disagrees with the log"
    for talk in load.all:
        thread = found[talk.customer.conversation]
        assert [seq for seq, *_ in thread] == list(range(1, len(thread) + 1))
        customers = [(client_id, text) for _, side, client_id, text in thread if side == "customer"]
        assert customers == talk.sent, "not exactly what was accepted, in the sender's order"
        replies = [(client_id, text) for _, side, client_id, text in thread if side == "staff"]
        assert replies == talk.replies

    deals = [one.json for one in cluster.topic("deal-created").records()]
    for talk in load.all:
        announced = [one["dealId"] for one in deals
                     if one["source"]["conversationId"] == talk.customer.conversation]
        assert announced == [talk.deal], "not exactly one deal for one click"
    for name in NAMES:
        assert cluster.dead_letters(name) == []


def test_staff_read_what_the_log_says(cluster: Cluster):
    """By HTTP, one dealership's threads whole."""
    dealership = cluster.dealerships.ids[0]
    staff = cluster.staff(dealership)
    found = log.threads([one for one in cluster.topic("messages").records()
                         if one.header("ce_source").split("/")[2] == dealership])
    assert {one["id"] for one in staff.conversations(limit=10)} == set(found)
    for conversation, thread in found.items():
        messages = staff.messages(conversation)
        assert [(one["seq"], one["sender"], one["text"]) for one in messages] == [
            (seq, side, text) for seq, side, _, text in thread]


def what_is_said(cluster: Cluster) -> set[tuple[str, str]]:
    """Every event of the kept topics. Ingest repeats its last minute at a start, so the log's length says nothing."""
    return {(topic, one.header("ce_id")) for topic in ("messages", "qualifications", "deal-created")
            for one in cluster.topic(topic).records()}


@pytest.mark.parametrize("name", ["conversations", "ingest", "qualification"])
def test_deleted_files_are_rebuilt_with_the_same_content(cluster: Cluster, name: str):
    cluster.wait_until_caught_up(name)
    before = state.hash_of(cluster[name])
    assert len(before) == cluster.partitions
    said = what_is_said(cluster)

    cluster[name].process.stop()
    assert state.hash_of(cluster[name]) == before, "a stop changes nothing"
    assert cluster[name].delete_files() == cluster.partitions
    assert cluster[name].files() == []
    cluster.restart(name)
    cluster.wait_until_caught_up(name)

    assert state.hash_of(cluster[name]) == before
    assert state.count(cluster[name], "conversations") > 0, "an empty state proves nothing"
    assert what_is_said(cluster) == said, "a rebuild owes nothing"
