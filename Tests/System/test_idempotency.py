"""What is sent many times counts once; what only looks alike counts for itself."""

import secrets

from kit.cluster import Cluster
from kit.crowd import at_once
from kit.problem import assert_problem
from kit.topic import Record
from kit.wait import until


def announced(cluster: Cluster, conversation: str) -> list[Record]:
    """The deal.created records of a conversation."""
    return [one for one in cluster.topic("deal-created").records()
            if one.json["source"]["conversationId"] == conversation]


def test_one_message_however_often_it_is_posted(cluster: Cluster):
    staff = cluster.staff()
    customer = cluster.visitor().begin()
    answers = at_once(20, lambda _: customer.send("Only once", "the-same-id"))
    assert [one.status_code for one in answers] == [202] * 20, {one.text for one in answers}
    assert len({one.json()["messageId"] for one in answers}) == 1
    customer.say("And then this")
    thread = staff.wait_for(customer.conversation, 2)
    assert [(one["seq"], one["text"]) for one in thread] == [(1, "Only once"), (2, "And then this")]


def test_one_reply_however_often_it_is_posted(cluster: Cluster):
    staff = cluster.staff()
    customer = cluster.visitor().begin()
    customer.say("Hello?")
    staff.wait_for(customer.conversation)
    answers = at_once(20, lambda _: staff.send(customer.conversation, "Hi", "the-same-id"))
    # Each is answered from the state that has it, as the one message that it is.
    assert [one.status_code for one in answers] == [201] * 20, {one.text for one in answers}
    assert {(one.json()["messageId"], one.json()["seq"]) for one in answers} == {(answers[0].json()["messageId"], 2)}
    assert [one["text"] for one in staff.messages(customer.conversation)] == ["Hello?", "Hi"]


def test_the_same_id_on_both_sides_is_two_messages(cluster: Cluster):
    staff = cluster.staff()
    customer = cluster.visitor().begin()
    customer.say("Hello?", "same")
    staff.wait_for(customer.conversation)
    staff.reply(customer.conversation, "Hi", "same")
    assert [one["text"] for one in staff.messages(customer.conversation)] == ["Hello?", "Hi"]


def test_the_same_id_with_another_text_is_a_conflict(cluster: Cluster):
    staff = cluster.staff()
    customer = cluster.visitor().begin()
    customer.say("First", "one-id")
    staff.wait_for(customer.conversation)
    assert_problem(customer.send("Second", "one-id"), 409)
    staff.reply(customer.conversation, "First", "one-id")
    assert_problem(staff.send(customer.conversation, "Second", "one-id"), 409)
    assert [one["text"] for one in staff.messages(customer.conversation)] == ["First", "First"]


def test_one_text_however_often_the_webhook_comes(cluster: Cluster):
    staff = cluster.staff(cluster.dealerships.ids[3])
    texter = cluster.texter("+13145550177", staff.dealership)
    webhook = texter.parameters("Only once")
    answers = at_once(50, lambda _: texter.post(webhook))
    assert {one.status_code for one in answers} <= {200, 202, 204}, {one.text for one in answers}
    texter.text("And then this")
    def both():
        found = [one for one in staff.conversations() if one["channel"] == "sms"]
        return found if found and found[0]["lastMessage"]["text"] == "And then this" else None
    (conversation,) = until(both, "the texts")
    thread = staff.messages(conversation["id"])
    assert [(one["seq"], one["text"]) for one in thread] == [(1, "Only once"), (2, "And then this")]


def test_texts_that_come_at_once_open_one_conversation(cluster: Cluster):
    staff = cluster.staff(cluster.dealerships.ids[3])
    texter = cluster.texter("+13145550188", staff.dealership)
    at_once(20, lambda number: texter.text(f"Text {number}"))
    def all_there():
        found = [one for one in staff.conversations() if one["channel"] == "sms"
                 and one["lastMessage"]["text"].startswith("Text ")]
        assert len(found) == 1, f"{len(found)} conversations"
        thread = staff.messages(found[0]["id"])
        return thread if len(thread) == 20 else None
    thread = until(all_there, "20 texts")
    assert [one["seq"] for one in thread] == list(range(1, 21))
    assert sorted(one["text"] for one in thread) == sorted(f"Text {number}" for number in range(20))


def test_two_visitors_with_the_same_id_keep_both_messages(cluster: Cluster):
    staff = cluster.staff()
    visitors = [cluster.visitor().begin(), cluster.visitor().begin()]
    ids = {visitor.say(f"from {number}", "chosen-by-both")["messageId"] for number, visitor in enumerate(visitors)}
    assert len(ids) == 2
    for number, visitor in enumerate(visitors):
        assert [one["text"] for one in staff.wait_for(visitor.conversation)] == [f"from {number}"]


def test_one_click_is_one_deal_however_often_it_is_sent(cluster: Cluster):
    staff = cluster.staff()
    customer = cluster.visitor().begin()
    customer.say("I want it")
    staff.wait_for(customer.conversation)
    request = f"click-{secrets.token_hex(8)}"
    answers = at_once(20, lambda _: staff.click(customer.conversation, request))
    assert [one.status_code for one in answers] == [201] * 20, {one.text for one in answers}
    assert len({(one.json()["customerId"], one.json()["dealId"]) for one in answers}) == 1
    (deal,) = staff.deals(customer.conversation)
    assert deal["id"] == answers[0].json()["dealId"]
    # Behind a later deal of the same dealership a second announcement of this one would have come before it.
    later = staff.qualify(customer.conversation)
    until(lambda: any(one.json["dealId"] == later["dealId"] for one in announced(cluster, customer.conversation)),
          "the later deal on the topic")
    ids = [one.json["dealId"] for one in announced(cluster, customer.conversation)]
    assert ids == [deal["id"], later["dealId"]]


def test_the_same_click_with_another_body_is_a_conflict(cluster: Cluster):
    staff = cluster.staff()
    customer = cluster.visitor().begin()
    customer.say("I want it")
    staff.qualify(customer.conversation, request_id=f"c-{customer.conversation[-8:]}")
    other = {"firstName": "Ben", "lastName": "Ortiz", "email": "ben@example.com"}
    assert_problem(
        staff.click(customer.conversation, f"c-{customer.conversation[-8:]}", customer=other), 409)
    assert len(staff.deals(customer.conversation)) == 1


def test_two_clicks_are_two_deals(cluster: Cluster):
    staff = cluster.staff()
    customer = cluster.visitor().begin()
    customer.say("I want two")
    first, second = staff.qualify(customer.conversation), staff.qualify(customer.conversation)
    assert first["dealId"] != second["dealId"]
    assert {one["id"] for one in staff.deals(customer.conversation)} == {first["dealId"], second["dealId"]}
    until(lambda: len(announced(cluster, customer.conversation)) == 2, "both deals on the topic")


def test_two_clicks_at_once_with_the_same_known_deals_are_one_deal_and_one_conflict(cluster: Cluster):
    staff = cluster.staff()
    for known in ([], None):
        customer = cluster.visitor().begin()
        customer.say("I want it")
        staff.wait_for(customer.conversation)
        if known is None:
            known = [staff.qualify(customer.conversation)["dealId"]]
        answers = at_once(2, lambda _: staff.click(customer.conversation, known_deals=known))
        won, lost = sorted(answers, key=lambda one: one.status_code)
        assert won.status_code == 201, won.text
        problem = assert_problem(lost, 409, naming="already-qualified")
        assert problem["code"] == "already-qualified" and problem["dealId"] == won.json()["dealId"]
        assert len(staff.deals(customer.conversation)) == len(known) + 1


def test_unchecked_is_a_customer_and_no_deal_and_a_later_click_still_makes_one(cluster: Cluster):
    staff = cluster.staff()
    customer = cluster.visitor().begin()
    customer.say("Just call me")
    done = staff.qualify(customer.conversation, start_new_deal=False)
    assert done["customerId"] and not done.get("dealId")
    assert staff.deals(customer.conversation) == []
    def named():
        item = staff.conversation(customer.conversation)
        return item if item.get("customer") else None
    item = until(named, "the customer on the conversation")
    assert item["customer"]["id"] == done["customerId"] and not item.get("deal")

    later = staff.qualify(customer.conversation, known_deals=[])
    assert later["dealId"]
    assert [one["id"] for one in staff.deals(customer.conversation)] == [later["dealId"]]
    until(lambda: len(announced(cluster, customer.conversation)) == 1, "one deal on the topic")
