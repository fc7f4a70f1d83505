"""The reply box: Enter, Shift-Enter, sending, sent, failed and tried again."""

import re

from kit.wait import until
from playwright.sync_api import expect
from stage import names

MESSAGES = re.compile(r"/messages(\?|$)")


def opened(people, cluster, text="Is the blue one still there?"):
    customer = cluster.visitor().begin()
    customer.say(text)
    cluster.staff().wait_for(customer.conversation)
    sam = people.staff(path=f"/conversations/{customer.conversation}")
    # Read from the server before a test takes that away.
    sam.log.wait_for(text)
    expect(sam.composer.box).to_be_visible()
    return customer, sam


def texts_in_log(cluster, conversation: str, text: str) -> list:
    """Every record that says it, whatever the state makes of it."""
    return [
        record for record in cluster.topic("messages").records()
        if record.value and text.encode() in record.value and conversation.encode() in record.value]


def test_enter_sends_and_shift_enter_breaks_the_line(people, cluster):
    customer = people.customer()
    conversation = customer.begin("Is the blue one still there?")
    sam = people.staff(path=f"/conversations/{conversation}")
    tab = sam.composer.tab("Chat")
    expect(tab).to_be_visible()
    expect(tab).to_have_attribute("aria-selected", "true")
    box = sam.composer.box
    box.press_sequentially("Yes, it is.")
    box.press("Shift+Enter")
    box.press_sequentially("Come and see it.")
    assert box.input_value() == "Yes, it is.\nCome and see it."
    assert sam.log.message("Come and see it.").count() == 0
    box.press("Enter")
    expect(box).to_have_value("")
    expect(sam.log.state("Come and see it.", "Sent")).to_be_visible()
    customer.log.wait_for("Come and see it.")
    assert cluster.staff().messages(conversation)[-1]["text"] == "Yes, it is.\nCome and see it."
    # Both lines stand on lines of their own, for both.
    for log in (sam.log, customer.log):
        assert "Yes, it is.\nCome and see it." in log.message("Come and see it.").inner_text()
    # The reply box stays at the bottom of the column, below all messages.
    assert box.bounding_box()["y"] > sam.log.message("Come and see it.").bounding_box()["y"]


def test_a_message_is_sending_before_it_is_sent(people, cluster):
    customer, sam = opened(people, cluster)
    held = []
    sam.page.route(
        MESSAGES, lambda route: held.append(route) if route.request.method == "POST" else route.continue_())
    sam.composer.say("On its way")
    expect(sam.log.state("On its way", "Sending")).to_be_visible()
    assert texts_in_log(cluster, customer.conversation, "On its way") == []
    until(lambda: sam.page.evaluate("1") and held, "the request")
    held[0].continue_()
    expect(sam.log.state("On its way", "Sent")).to_be_visible()
    expect(sam.log.message("On its way")).to_have_count(1)


def test_a_failed_message_is_tried_again_without_a_double(people, cluster):
    customer, sam = opened(people, cluster)
    sam.person.watch.allow_lost_connections()
    sam.page.route(MESSAGES, lambda route: route.abort() if route.request.method == "POST" else route.continue_())
    sam.composer.say("Never mind the rain")
    failed = sam.log.message("Never mind the rain")
    expect(sam.log.state("Never mind the rain", "Not sent")).to_be_visible()
    assert texts_in_log(cluster, customer.conversation, "Never mind the rain") == []
    # Also for those who have gone on to something else.
    expect(sam.row(customer.conversation)).to_contain_text("Not sent")
    sam.page.unroute_all()
    failed.get_by_role("button", name="Retry").click()
    expect(sam.log.state("Never mind the rain", "Sent")).to_be_visible()
    expect(sam.log.message("Never mind the rain")).to_have_count(1)
    assert len(texts_in_log(cluster, customer.conversation, "Never mind the rain")) == 1
    expect(sam.row(customer.conversation)).not_to_contain_text("Not sent")


def test_a_message_waits_for_the_connection_and_goes_by_itself(people, cluster):
    customer, sam = opened(people, cluster)
    sam.person.watch.allow_lost_connections()
    tries = []
    sam.page.on("request", lambda one: tries.append(one) if one.method == "POST" and "/messages" in one.url else None)
    sam.person.context.set_offline(True)
    sam.composer.say("As soon as I am back")
    expect(sam.log.state("As soon as I am back", "Sending")).to_be_visible()
    expect(sam.row(customer.conversation)).to_contain_text("Sending")
    # More often than one that a server that is there does not take.
    until(lambda: sam.page.evaluate("1") and len(tries) > 4, "some tries")
    expect(sam.log.state("As soon as I am back", "Sending")).to_be_visible()
    sam.person.context.set_offline(False)
    expect(sam.log.state("As soon as I am back", "Sent")).to_be_visible()
    assert len(texts_in_log(cluster, customer.conversation, "As soon as I am back")) == 1


def test_a_message_whose_answer_was_lost_is_not_doubled(people, cluster):
    """It arrived; only the page does not know."""
    customer, sam = opened(people, cluster)
    sam.person.watch.allow_lost_connections()
    ids = []

    def lose(route):
        if route.request.method != "POST":
            return route.continue_()
        ids.append(route.request.post_data_json["clientMessageId"])
        route.fetch()
        route.abort()

    sam.page.route(MESSAGES, lose)
    sam.composer.say("Twice told")
    expect(sam.log.message("Twice told")).to_have_count(1)
    until(lambda: sam.page.evaluate("1") and ids, "the request")
    # Seen on its own stream it needs no Retry; where the page still asks, Retry makes no double.
    retry = sam.log.message("Twice told").get_by_role("button", name="Retry")
    until(lambda: retry.count() or sam.log.state("Twice told", "Sent").count(), "an outcome", names.PATIENCE)
    sam.page.unroute_all(behavior="ignoreErrors")
    if retry.count():
        retry.click()
    expect(sam.log.state("Twice told", "Sent")).to_be_visible()
    expect(sam.log.message("Twice told")).to_have_count(1)
    assert len({record.header("ce_id") for record in texts_in_log(cluster, customer.conversation, "Twice told")}) == 1
    assert len(cluster.staff().messages(customer.conversation)) == 2
    assert len(set(ids)) == 1


def test_what_staff_say_stands_in_every_console_and_tab_in_one_order(people, cluster):
    one, two = people.customer(), people.customer(person=None)
    first, second = one.begin("First customer"), two.begin("Second customer")
    sam = people.staff(path=f"/conversations/{first}")
    ada = people.staff(path=f"/conversations/{first}", sub="staff-ada", name="Ada Park")
    said = []
    for number in range(3):
        for console, name in ((sam, "Sam"), (ada, "Ada")):
            said.append(f"{name} says {number}.")
            console.composer.say(said[-1])
            console.log.wait_for(said[-1])
            expect(console.log.state(said[-1], "Sent")).to_be_visible()
    for log in (sam.log, ada.log, one.log):
        log.wait_for_order(said)
    expect(sam.log.message("Ada says 0.")).to_contain_text("Ada Park")
    sam.open(second).composer.say("To the second only")
    two.log.wait_for("To the second only")
    assert one.log.message("To the second only").count() == 0
    assert ada.log.message("To the second only").count() == 0


def test_unsent_text_is_kept_for_each_conversation(people, cluster):
    customer, sam = opened(people, cluster, "One")
    other = cluster.visitor().begin()
    other.say("Two")
    sam.composer.box.fill("Half a sentence for the f")
    sam.open(other.conversation)
    expect(sam.composer.box).to_have_value("")
    sam.open(customer.conversation)
    expect(sam.composer.box).to_have_value("Half a sentence for the f")
