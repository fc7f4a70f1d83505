"""A customer's message reaches staff, the reply reaches the customer, streams lose and repeat nothing."""

import threading

import pytest

from kit.cluster import Cluster
from kit.problem import assert_problem
from kit.wait import until


def listed(staff, conversation: str, **parameters) -> dict | None:
    return next((one for one in staff.conversations(**parameters) if one["id"] == conversation), None)


def test_message_reaches_staff_and_the_reply_the_customer(cluster: Cluster):
    staff = cluster.staff()
    silent = cluster.visitor().begin()
    customer = cluster.visitor().begin()
    with staff.stream() as seen, customer.stream() as answers:
        sent = customer.say("Is stock 12886 still available? 🚗")
        assert sent["kept"] in ("log", "spool")

        until(lambda: listed(staff, customer.conversation), "the conversation in the list")
        item = listed(staff, customer.conversation)
        assert (item["channel"], item["kind"], item["status"]) == ("web", "chat", "open")
        assert item["lastMessage"]["text"] == "Is stock 12886 still available? 🚗"
        assert item["unread"] == 1 and item["awaitingReplySince"]
        assert "customer" not in item or item["customer"] is None
        assert listed(staff, customer.conversation, filter="unreplied")
        assert listed(staff, customer.conversation, filter="chat")
        assert not listed(staff, silent.conversation), "a conversation without a message is listed"

        (message,) = seen.wait_for_texts(["Is stock 12886 still available? 🚗"], customer.conversation)
        assert message["id"] == sent["messageId"]
        assert (message["sender"], message["seq"], message["channel"]) == ("customer", 1, "web")

        reply = staff.reply(customer.conversation, "It is. Want to see it?")
        assert reply["seq"] == 2
        answers.wait_for_texts(["It is. Want to see it?"])
        (arrived,) = [one for one in answers.messages() if one["sender"] == "staff"]
        assert arrived["id"] == reply["messageId"] and arrived["text"] == "It is. Want to see it?"

        thread = staff.messages(customer.conversation)
        assert [(one["seq"], one["sender"], one["text"]) for one in thread] == [
            (1, "customer", "Is stock 12886 still available? 🚗"), (2, "staff", "It is. Want to see it?")]
        assert thread[1]["author"]["name"] == "Sam Lee"
        until(lambda: not listed(staff, customer.conversation).get("awaitingReplySince"), "nobody waiting")
        assert not listed(staff, customer.conversation, filter="unreplied")


def test_a_text_reaches_staff_and_is_answered_by_text(cluster: Cluster):
    staff = cluster.staff()
    texter = cluster.texter("+13145550123")
    texter.text("Is it still there?")
    def of_texter():
        return next((one for one in staff.conversations() if one["channel"] == "sms" and one["status"] == "open"), None)
    item = until(of_texter, "the text in the list")
    assert item["kind"] == "chat", "a customer who texts in is listed under Chat"
    assert listed(staff, item["id"], filter="chat")
    texter.text("Hello?")
    assert [one["text"] for one in staff.wait_for(item["id"], 2)] == ["Is it still there?", "Hello?"]
    # The number is in no id: it is personal.
    assert "3145550123" not in item["id"]

    staff.reply(item["id"], "Yes")
    (text,) = [one for one in staff.messages(item["id"]) if one["sender"] == "staff"]
    assert (text["text"], text["channel"]) == ("Yes", "sms")
    texter.text("STOP")
    until(lambda: listed(staff, item["id"])["texting"]["consent"] == "stopped", "the opt-out")
    before = cluster.topic("messages").ends()
    problem = assert_problem(staff.send(item["id"], "Sure?"), 422, naming="opted-out")
    assert problem["code"] == "opted-out"
    assert_problem(staff.post(item["id"], "messages", {
        "clientMessageId": "m", "text": "Sure?", "channel": "web"}), 422, naming="channel")
    assert cluster.topic("messages").ends() == before, "the refused reply was appended"


def pump(send, texts: list[str]) -> threading.Thread:
    """Sends one after the other beside the test."""
    thread = threading.Thread(target=lambda: [send(text) for text in texts], daemon=True)
    thread.start()
    return thread


def read_with_cuts(stream, texts: list[str], send, seen) -> None:
    """Sends while the stream is cut three times in the middle, and asserts each text once and in order."""
    with stream:
        sender = pump(send, texts)
        for share in (0.2, 0.5, 0.8):
            stream.wait(lambda _: len(seen()) >= share * len(texts), f"{share:.0%} of the messages")
            cursor = stream.cut()
            assert cursor, "the stream gave no id to resume from"
            stream.resume()
        stream.wait(lambda _: texts[-1] in seen(), "the last message")
        sender.join()
        assert seen() == texts
        assert stream.connections == 4
        assert not stream.of("reset"), "the log has not changed: nothing to reset"


def test_staff_stream_resumes(cluster: Cluster):
    staff = cluster.staff(cluster.dealerships.ids[1])
    customer = cluster.visitor(staff.dealership).begin()
    texts = [f"staff stream {number}" for number in range(60)]
    stream = staff.stream()
    read_with_cuts(
        stream, texts, customer.say, lambda: [one["text"] for one in stream.messages(customer.conversation)])
    ids = [one["id"] for one in stream.messages()]
    assert len(ids) == len(set(ids))


def test_customer_stream_resumes(cluster: Cluster):
    staff = cluster.staff(cluster.dealerships.ids[2])
    customer = cluster.visitor(staff.dealership).begin()
    customer.say("Hello?")
    staff.wait_for(customer.conversation)
    texts = [f"reply {number}" for number in range(60)]
    stream = customer.stream()
    read_with_cuts(
        stream, texts, lambda text: staff.reply(customer.conversation, text),
        lambda: [one["text"] for one in stream.messages() if one["sender"] == "staff"])
    ids = [one["id"] for one in stream.messages()]
    assert len(ids) == len(set(ids))


def test_messages_sent_while_no_stream_was_open_come_with_the_next(cluster: Cluster):
    staff = cluster.staff()
    customer = cluster.visitor().begin()
    customer.say("Hello?")
    staff.wait_for(customer.conversation)
    with customer.stream() as stream:
        staff.reply(customer.conversation, "One")
        stream.wait_for_texts(["One"])
        stream.cut()
        for text in ("Two", "Three"):
            staff.reply(customer.conversation, text)
        stream.resume()
        stream.wait_for_texts(["Three"])
        assert [one["text"] for one in stream.messages() if one["sender"] == "staff"] == ["One", "Two", "Three"]


def test_a_customer_sees_nobody_elses_messages(cluster: Cluster):
    staff = cluster.staff()
    one, other = cluster.visitor().begin(), cluster.visitor().begin()
    for customer in (one, other):
        customer.say("Hello?")
        staff.wait_for(customer.conversation)
    with one.stream() as stream:
        staff.reply(other.conversation, "for the other")
        staff.reply(one.conversation, "for the one")
        stream.wait_for_texts(["for the one"])
        assert {message["conversationId"] for message in stream.messages()} == {one.conversation}


def test_a_cursor_ahead_of_the_log_gets_reset_and_the_full_state(cluster: Cluster):
    staff = cluster.staff()
    customer = cluster.visitor().begin()
    customer.say("Hello?")
    staff.wait_for(customer.conversation)
    staff.reply(customer.conversation, "Hi")
    # The second is a place inside this log, but counted in another with more partitions.
    streams = [(stream(), id) for id in (f"m99999999.p{cluster.partitions}", f"m1.p{2 * cluster.partitions}")
               for stream in (customer.stream, staff.stream)]
    for stream, id in streams:
        stream.last_id = id
        with stream:
            stream.wait(lambda s: s.of("reset"), "reset")
            if stream.name.startswith("customer"):
                stream.wait_for_texts(["Hi"], customer.conversation)


def test_the_dot_goes_online_and_offline(cluster: Cluster):
    staff = cluster.staff()
    customer = cluster.visitor().begin()
    customer.say("I am here")
    staff.wait_for(customer.conversation)

    def dot() -> str:
        return listed(staff, customer.conversation)["presence"]["state"]

    assert dot() in ("offline", "unknown")
    with staff.stream() as stream:
        assert customer.beat().status_code == 204
        until(lambda: dot() == "online", "the dot")
        assert listed(staff, customer.conversation)["presence"]["page"] == "https://shop.example/inventory/12886"
        assert staff.conversation(customer.conversation)["presence"]["state"] == "online"
        assert customer.beat(leaving=True).status_code == 204
        until(lambda: dot() == "offline", "the dot to go")

        def states() -> list[str]:
            return [one["presence"]["state"] for one in stream.of("conversation")
                    if one["id"] == customer.conversation and one.get("presence")]
        stream.wait(lambda _: "online" in states() and states()[-1] == "offline", "both states on the stream")


def test_draft_is_seen_only_by_staff_who_have_the_conversation_open(cluster: Cluster):
    here, elsewhere = cluster.dealerships.ids[:2]
    customer = cluster.visitor(here).begin()
    neighbour = cluster.visitor(elsewhere).begin()
    customer.say("Hello?")
    watching, beside = cluster.staff(here), cluster.staff(here, sub="staff-kim", name="Kim")
    foreign = cluster.staff(elsewhere, sub="staff-lou", name="Lou")
    watching.wait_for(customer.conversation)
    with (
        watching.stream(open=customer.conversation) as open_stream, beside.stream() as beside_stream,
        foreign.stream(open=customer.conversation) as foreign_stream,
    ):
        customer.draft("I was thinking of", 1)
        customer.draft("I was thinking of the red one", 2)
        open_stream.wait(
            lambda s: any(one["text"] == "I was thinking of the red one" for one in s.of("draft")), "the draft")
        assert {one["conversationId"] for one in open_stream.of("draft")} == {customer.conversation}

        # What follows a draft on a stream shows that the draft itself does not come.
        customer.say("I was thinking of the blue one")
        beside_stream.wait_for_texts(["I was thinking of the blue one"], customer.conversation)
        assert beside_stream.of("draft") == []
        if foreign_stream.status == 200:
            neighbour.say("next door")
            foreign_stream.wait_for_texts(["next door"], neighbour.conversation)
        assert foreign_stream.of("draft") == []
        assert foreign_stream.messages(customer.conversation) == []

        # The message ends its draft: for whoever comes later, and for whoever watches.
        open_stream.wait_for_texts(["I was thinking of the blue one"], customer.conversation)
        with watching.stream(open=customer.conversation) as later:
            customer.say("Or green")
            later.wait_for_texts(["Or green"], customer.conversation)
            assert [one for one in later.of("draft") if one["text"]] == []
        open_stream.wait(lambda s: s.of("draft")[-1]["text"] == "", "the draft's end")


def test_agent_typing_reaches_the_customer_without_text(cluster: Cluster):
    staff = cluster.staff()
    customer = cluster.visitor().begin()
    customer.say("Hello?")
    staff.wait_for(customer.conversation)
    with customer.stream() as stream:
        staff.typing(customer.conversation, True)
        stream.wait(lambda s: {"typing": True} in s.of("typing"), "typing")
        staff.typing(customer.conversation, False)
        stream.wait(lambda s: s.of("typing")[-1] == {"typing": False}, "the end of typing")
        assert all(set(one) == {"typing"} for one in stream.of("typing")), "more than a boolean reached the customer"


@pytest.mark.parametrize("action", ["ignore", "close"])
def test_an_inbound_message_reopens(cluster: Cluster, action: str):
    staff = cluster.staff()
    customer = cluster.visitor().begin()
    customer.say("Hello?")
    staff.wait_for(customer.conversation)
    answer = staff.post(customer.conversation, action)
    assert answer.status_code == 204, answer.text
    status = {"ignore": "ignored", "close": "closed"}[action]
    assert staff.conversation(customer.conversation)["status"] == status
    assert not listed(staff, customer.conversation, filter="unreplied")
    customer.say("One more thing")
    staff.wait_for(customer.conversation, 2)
    assert staff.conversation(customer.conversation)["status"] == "open"
    assert listed(staff, customer.conversation, filter="unreplied")


def test_session_is_resumed_unless_it_was_closed(cluster: Cluster):
    staff = cluster.staff()
    customer = cluster.visitor().begin()
    customer.say("Hello?")
    staff.wait_for(customer.conversation)
    first = customer.conversation
    assert cluster.visitor().begin(resume=customer.token).conversation == first
    assert staff.post(first, "close").status_code == 204
    def resumed_elsewhere():
        return cluster.visitor().begin(resume=customer.token).conversation != first
    until(resumed_elsewhere, "a new conversation after the old one was closed")


def test_reading_clears_unread(cluster: Cluster):
    staff = cluster.staff()
    customer = cluster.visitor().begin()
    ids = [customer.say(text)["messageId"] for text in ("One", "Two", "Three")]
    staff.wait_for(customer.conversation, 3)
    for message, unread in ((ids[1], 1), (ids[0], 1), (ids[2], 0)):
        answer = staff.post(customer.conversation, "read", {"messageId": message})
        assert answer.status_code == 204, answer.text
        assert staff.conversation(customer.conversation)["unread"] == unread, "the mark only moves forward"


def test_qualified_conversation_carries_customer_and_deal(cluster: Cluster):
    staff = cluster.staff()
    customer = cluster.visitor().begin()
    customer.say("I want it")
    done = staff.qualify(
        customer.conversation,
        customer={"firstName": "Ana", "lastName": "Ortiz", "email": "Ana@Example.com", "phone": "+13145550123"})
    def qualified():
        item = staff.conversation(customer.conversation)
        return item if item.get("deal") else None
    item = until(qualified, "the deal on the conversation")
    assert item["deal"]["id"] == done["dealId"]
    assert item["customer"]["id"] == done["customerId"] and item["customer"]["name"] == "Ana Ortiz"
    (deal,) = staff.deals(customer.conversation)
    assert deal["source"]["type"] == "Chat" and deal["source"]["description"] == "Ignitify Chat"
    assert deal["conversationIds"] == [customer.conversation]
