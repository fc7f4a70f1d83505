"""Texts: each once in its conversation, each reply at the provider once at most, whatever comes twice, late or dies."""

import json
import threading
from collections import Counter
from datetime import datetime, timezone

import pytest

from kit import partition
from kit.carrier import Carrier
from kit.cluster import Cluster
from kit.topic import cloud_event
from kit.wait import until

PHONES, TEXTS, REPLIES = 50, 20, 4
# What staff see, and how far it is.
SHOWN = {"sending": 0, "unconfirmed": 0, "sent": 1, "delivered": 2, "read": 3, "failed": 4}
RANKS = {
    "unconfirmed": 15, "accepted": 20, "scheduled": 20, "queued": 20, "sending": 20, "sent": 30, "delivered": 40,
    "read": 50, "failed": 100, "undelivered": 100, "canceled": 100}


def make(make_cluster, theme: str, **plan) -> tuple[Cluster, Carrier]:
    cluster = make_cluster(theme)
    carrier = cluster.add_carrier(plan=plan).start()
    return cluster.start(), carrier


class Talk:
    """A phone and the dealership that it texts with."""

    def __init__(self, cluster: Cluster, carrier: Carrier, number: str, dealership: str):
        self.cluster = cluster
        self.dealership = dealership
        self.number = number
        self.ours = cluster.dealerships.number(dealership)
        self.phone = carrier.phone(number, self.ours)
        self.conversation = ""
        self.replies: list[str] = []

    def reply(self, text: str) -> str:
        """As conversations writes it; gives the message's id."""
        client_id = f"r-{text.replace(' ', '-')}"
        message = f"{self.conversation}.s.{client_id}"
        body = {
            "conversationId": self.conversation, "clientMessageId": client_id, "channel": "sms", "text": text,
            "author": {"id": "staff-sam", "name": "Sam Lee"}, "from": self.ours, "to": self.number}
        now = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
        self.cluster.topic("messages").append(
            partition.of(self.dealership, self.cluster.partitions), json.dumps(body).encode(),
            self.dealership.encode(),
            cloud_event("message.sent", self.dealership, message, "conversations", self.conversation, now))
        self.replies.append(text)
        return message

    def staff(self):
        return self.cluster.staff(self.dealership)


def find(cluster: Cluster, talks: list[Talk]) -> None:
    """Waits until each phone's first text is in the log, and notes its conversation."""
    def all_found() -> bool:
        found = {}
        for one in cluster.topic("messages").records():
            if one.type == "directchat.message.received.v1":
                found.setdefault(one.json["from"], one.json["conversationId"])
        for talk in talks:
            assert talk.number in found, f"nothing from {talk.number}"
            talk.conversation = found[talk.number]
        return True
    until(all_found, "a text of every phone")


def statuses(cluster: Cluster) -> dict[str, list[dict]]:
    """By message, in the topic's order."""
    found: dict[str, list[dict]] = {}
    for one in cluster.topic("messages").records():
        if one.type == "directchat.message.status.v1":
            found.setdefault(one.json["messageId"], []).append(one.json)
    return found


def settled(words: list[dict]) -> int:
    """The rank that these reports make; written apart from the product's own."""
    rank, claim = 0, None
    for one in words:
        word, by = one["status"], one.get("claim")
        if word == "sending" and by:
            rank, claim = (10, by) if rank == 0 else (rank, claim)
        elif word == "released":
            rank, claim = (0, None) if rank == 10 and claim == by else (rank, claim)
        elif not by or by == claim:
            new = RANKS.get(word, 0)
            if new == 100 and rank < 40 or new != 100 and rank != 100 and new > rank:
                rank = new
    return rank


def shown(rank: int) -> str:
    return {15: "unconfirmed", 30: "sent", 40: "delivered", 50: "read", 100: "failed"}.get(rank, "sending")


def restart(cluster: Cluster) -> None:
    cluster["ingest"].kill()
    cluster.restart("ingest")


class Watch(threading.Thread):
    """Looks at one conversation's statuses again and again: none may go back."""

    def __init__(self, talk: Talk):
        super().__init__(daemon=True)
        self.talk = talk
        self.ended = threading.Event()
        self.seen: dict[str, str] = {}
        self.went_back: list[tuple[str, str, str]] = []

    def run(self) -> None:
        staff = self.talk.staff()
        while not self.ended.wait(0.2):
            for one in staff.messages(self.talk.conversation):
                if one["sender"] != "staff":
                    continue
                before = self.seen.get(one["id"], "sending")
                if SHOWN[one["status"]] < SHOWN[before]:
                    self.went_back.append((one["id"], before, one["status"]))
                self.seen[one["id"]] = one["status"]


def test_a_thousand_texts_and_two_hundred_replies(make_cluster):
    cluster, carrier = make(
        make_cluster, "texts",
        webhooks={"delay": [0, 0.5], "double": 0.3, "reorder": 0.2, "late": 1, "again": 2},
        callbacks={"delay": [0, 0.5], "double": 0.3, "reorder": 0.3},
        answers={"429": 0.05, "503": 0.05, "500": 0.02, "close": 0.02, "accept-then-500": 0.03,
                 "accept-then-close": 0.03})
    talks = [
        Talk(cluster, carrier, f"+1303555{n:04}", cluster.dealerships.ids[n % len(cluster.dealerships.ids)])
        for n in range(PHONES)]
    for talk in talks:
        talk.phone.text("Text 0", is_awaited=False)
    find(cluster, talks)
    watch = Watch(talks[0])
    watch.start()

    for turn in range(1, TEXTS):
        for n, talk in enumerate(talks):
            talk.phone.text(f"Text {turn}", is_awaited=False)
            if turn % 5 == 0:
                talk.reply(f"Reply {turn} to {n}")
        if turn % 5 == 0:
            restart(cluster)
    for n, talk in enumerate(talks):
        talk.reply(f"Reply {TEXTS} to {n}")
    restart(cluster)
    carrier.wait_until_quiet(180)

    def all_settled() -> bool:
        counts = cluster["ingest"].status()["texts"]
        assert counts["waiting"] == counts["claimed"] == 0, counts
        return True
    # A claim that died is given up after a minute, and a pair that was asked to wait rests for a while.
    until(all_settled, "every reply to be settled", 300)
    carrier.wait_until_quiet(180)
    cluster.wait_until_caught_up()
    watch.ended.set()
    watch.join(30)
    assert watch.went_back == []
    assert len(watch.seen) == REPLIES

    # Texts. The provider calls until somebody takes each.
    taken = {one["sid"] for one in carrier.journal("webhook")
             if any(isinstance(result, int) and result < 300 for result in one["results"])}
    sent = {one["sid"]: one for one in carrier.journal("texted")}
    assert len(sent) == PHONES * TEXTS and taken == set(sent)
    accepted = Counter((one["to"], one["body"]) for one in carrier.journal("accepted"))
    words = statuses(cluster)
    outcomes: Counter[str] = Counter()
    for talk in talks:
        thread = talk.staff().messages(talk.conversation)
        assert [one["seq"] for one in thread] == list(range(1, len(thread) + 1))
        received = Counter(one["text"] for one in thread if one["sender"] == "customer")
        assert received == Counter(f"Text {turn}" for turn in range(TEXTS)), talk.conversation

        replies = [one for one in thread if one["sender"] == "staff"]
        assert [one["text"] for one in replies] == talk.replies
        for one in replies:
            count = accepted[talk.number, one["text"]]
            assert count <= 1, f"{one['text']} was sent {count} times: {words[one['id']]}"
            assert one["status"] == shown(settled(words[one["id"]])), words[one["id"]]
            # What the provider never took is not called sent, and what it took is not called failed.
            assert one["status"] == "unconfirmed" if not count else one["status"] != "failed", words[one["id"]]
            outcomes[one["status"]] += 1
        order = [one["body"] for one in carrier.journal("accepted") if one["to"] == talk.number]
        assert order == [text for text in talk.replies if text in order], "not in the order of the topic"
    assert sum(outcomes.values()) == PHONES * REPLIES
    assert outcomes["delivered"] + outcomes["sent"] > PHONES * REPLIES / 2, outcomes
    for name in ("ingest", "conversations", "qualification"):
        assert cluster.dead_letters(name) == []
    print(f"\n{len(carrier.journal('webhook'))} webhooks of {len(sent)} texts; replies: {dict(outcomes)}")


@pytest.mark.parametrize("place, is_sent", [("text-claimed", False), ("text-sent", True)])
def test_a_sender_that_dies_leaves_no_doubt_behind(make_cluster, place: str, is_sent: bool):
    """Killed between claim and POST, and between the POST and its result."""
    cluster, carrier = make(make_cluster, f"dies-{place}", callbacks={"delay": [20, 20]})
    talk = Talk(cluster, carrier, "+13035550001", cluster.dealerships.ids[0])
    talk.phone.text("Still there?")
    find(cluster, [talk])
    ingest = cluster["ingest"]
    assert ingest.process.stop() == 0
    plain = ingest.process.env
    ingest.process.env = {**plain, "DIRECTCHAT_FAILPOINT": f"{place}:1"}
    cluster.restart("ingest")
    message = talk.reply("Yes")
    until(lambda: not ingest.process.is_alive(), "ingest to die at its place")
    ingest.process.env = plain
    cluster.restart("ingest")
    second = talk.reply("Come by")

    def status(id: str) -> str:
        [found] = [one for one in talk.staff().messages(talk.conversation) if one["id"] == id]
        return found["status"]
    if is_sent:
        # The callback settles it, before or after it was given up.
        until(lambda: status(message) == "delivered", "the first reply to be delivered", 150)
    else:
        until(lambda: status(message) == "unconfirmed", "the first reply to be given up", 150)
        assert cluster["ingest"].status()["texts"]["unconfirmed"] == 1
    # The next one waits for that word, and goes then.
    until(lambda: status(second) == "delivered", "the second reply to be delivered", 150)
    bodies = [one["body"] for one in carrier.journal("accepted")]
    assert bodies == (["Yes", "Come by"] if is_sent else ["Come by"])


def test_a_stop_waits_for_texts_under_way(make_cluster):
    cluster, carrier = make(make_cluster, "stops")
    talk = Talk(cluster, carrier, "+13035550001", cluster.dealerships.ids[0])
    talk.phone.text("Still there?")
    find(cluster, [talk])
    for n in range(5):
        talk.reply(f"Reply {n}")
    until(lambda: carrier.journal("accepted"), "the first of them at the provider")
    assert cluster["ingest"].process.stop(20) == 0
    cluster.restart("ingest")
    until(lambda: len(talk.phone.received()) == 5, "all of them on the phone")
    # The provider has them in order; what reaches the phone first is the carriers' matter.
    assert [one["body"] for one in carrier.journal("accepted")] == talk.replies
    assert sorted(talk.phone.received()) == sorted(talk.replies)
    assert all(one[-1]["status"] != "unconfirmed" for one in statuses(cluster).values())


def test_stop_is_heard_and_opens_nothing(make_cluster):
    cluster, carrier = make(make_cluster, "stop-word")
    dealership = cluster.dealerships.ids[0]
    stranger = carrier.phone("+13035550009", cluster.dealerships.number(dealership))
    stranger.text("STOP")
    talk = Talk(cluster, carrier, "+13035550001", dealership)
    talk.phone.text("Still there?")
    find(cluster, [talk])
    talk.phone.text(" Stop. ")
    message = talk.reply("Yes")
    def refused():
        [found] = [one for one in talk.staff().messages(talk.conversation) if one["id"] == message]
        return found if found["status"] == "failed" else None
    found = until(refused, "the reply to be refused")
    assert found["error"]["reason"] == "opted-out"
    assert carrier.journal("accepted") == []
    assert [one["id"] for one in talk.staff().conversations()] == [talk.conversation]


def test_pictures_are_fetched_with_their_text(make_cluster):
    cluster, carrier = make(make_cluster, "pictures")
    dealership = cluster.dealerships.ids[0]
    talk = Talk(cluster, carrier, "+13035550001", dealership)
    talk.phone.text("Look", "car.png", "dent.png")
    talk.phone.text("", "mileage.png")
    find(cluster, [talk])
    def all_stored() -> list[list[dict]]:
        media = [one.get("media") or [] for one in talk.staff().messages(talk.conversation)]
        assert [len(one) for one in media] == [2, 1]
        assert all(one["state"] == "stored" for all in media for one in all), media
        return media
    for one in until(all_stored, "all pictures to be stored"):
        assert all(each["contentType"] == "image/png" and each["bytes"] > 100 for each in one)
    # Each once.
    assert len(carrier.journal("fetched")) == 3
    words = [one.json for one in cluster.topic("messages").records() if one.type == "directchat.message.media.v1"]
    folder = cluster["ingest"].data / "media"
    for one in words:
        assert (folder / one["sha256"][:2] / one["sha256"]).stat().st_size == one["bytes"]
