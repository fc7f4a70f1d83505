"""Static members keep their shards over a restart; whichever instance is asked, the owner answers in one hop."""

import time

import httpx
import pytest

from kit import partition
from kit.broker import Broker
from kit.dealerships import Dealerships
from kit.fleet import Fleet
from kit.service import Service
from kit.wait import until

# Long beside a restart, also of a debug build on a loaded machine.
SESSION = 25.0


@pytest.fixture(scope="module")
def fleet(tmp_path_factory):
    directory = tmp_path_factory.mktemp("static")
    fleet = Fleet(
        directory, Broker(directory).start(), Dealerships(8, "lot"), instances={"conversations": 3}, static=True,
        env={"DIRECTCHAT_SESSION_TIMEOUT_MS": str(int(SESSION * 1000))})
    yield fleet.start()
    fleet.end()


@pytest.fixture(scope="module")
def talks(fleet: Fleet) -> dict[str, str]:
    """A conversation of each dealership."""
    found: dict[str, str] = {}
    for dealership in fleet.dealerships.ids:
        customer = fleet.visitor(dealership).begin()
        customer.say("hello")
        fleet.staff(dealership).wait_for(customer.conversation)
        found[dealership] = customer.conversation
    return found


def rebalances(one: Service) -> list[str]:
    """What its log says of shards that came or went."""
    return [line for line in one.process.text().splitlines()
            if '"shards assigned"' in line or '"shards revoked"' in line]


def read(fleet: Fleet, url: str, dealership: str, conversation: str, hop: bool = False) -> httpx.Response:
    headers = fleet.staff(dealership).headers | ({"X-DirectChat-Hop": "1"} if hop else {})
    return httpx.get(
        f"{url}/v1/conversations/{conversation}", params={"dealership": dealership}, headers=headers, timeout=20)


def test_any_instance_reaches_the_owner_in_one_hop(fleet: Fleet, talks: dict[str, str]):
    """Reading, writing and streaming. A request that has made its hop is not sent on: so one was enough."""
    owners = fleet["conversations"].owners()
    assert len(set(owners.values())) == 3
    for dealership, conversation in talks.items():
        owner = owners[partition.of(dealership, fleet.partitions)]
        for one in fleet["conversations"].members:
            until(lambda: read(fleet, one.url, dealership, conversation).status_code == 200, "the claim to be known")
            assert read(fleet, one.url, dealership, conversation).json()["id"] == conversation
            hopped = read(fleet, one.url, dealership, conversation, hop=True)
            assert hopped.status_code == (200 if one.url == owner else 503), f"{one.url} for {owner}: {hopped.text}"
            staff = fleet.staff(dealership)
            staff.conversations_url = one.url
            with staff.stream() as stream:
                text = f"by way of {one.url}"
                staff.reply(conversation, text)
                stream.wait_for_texts([text], conversation)


@pytest.mark.parametrize("how", ["SIGTERM", "SIGKILL"])
def test_a_restart_within_the_session_time_out_moves_nothing(fleet: Fleet, talks: dict[str, str], how: str):
    crew = fleet["conversations"]
    owners = crew.owners()
    one, *others = crew.members
    told = {other.url: rebalances(other) for other in others}
    held = {other.url: set(other.shards()) for other in others}
    began = time.monotonic()
    if how == "SIGTERM":
        assert one.process.stop() == 0, one.process.tail()
    else:
        one.kill()
    one.start()

    def back() -> bool:
        for other in others:
            assert set(other.shards()) == held[other.url]
            assert {shard["state"] for shard in other.shards().values()} == {"live"}, "a shard that stays was touched"
        return one.is_ready() and crew.owners() == owners
    until(back, "the same shards at the same instances")
    took = time.monotonic() - began
    assert took < SESSION, f"the restart took {took:.0f} s, longer than the session time-out: it shows nothing"
    assert {other.url: rebalances(other) for other in others} == told, "the others heard of it"
    for dealership, conversation in talks.items():
        for each in crew.members:
            until(lambda: read(fleet, each.url, dealership, conversation).status_code == 200, f"{dealership} served")


def test_a_stop_hands_over_after_the_session_time_out(fleet: Fleet, talks: dict[str, str]):
    """Which is why one that goes for good should be dynamic."""
    crew = fleet["conversations"]
    one, *others = crew.members
    lost = set(one.shards())
    began = time.monotonic()
    assert one.process.stop() == 0, one.process.tail()
    until(lambda: set(crew.owners()) >= lost, "others to own its shards", 3 * SESSION)
    took = time.monotonic() - began
    # The session began with its last heartbeat, a fifth of it before at most.
    assert took > SESSION * 0.7, f"handed over after {took:.1f} s: the member was not static"
    for dealership, conversation in talks.items():
        for each in others:
            until(lambda: read(fleet, each.url, dealership, conversation).status_code == 200, f"{dealership} served")
