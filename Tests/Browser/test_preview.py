"""The live preview of what a customer is typing."""

import pytest
from kit.wait import until
from playwright.sync_api import expect
from stage import names, screen

# What the customer's side promises, three times over.
EXPIRY = 8 * 3


@pytest.fixture
def pair(people):
    """A customer and the staff who have their conversation open."""
    customer = people.customer()
    conversation = customer.begin("Hello")
    sam = people.staff(path=f"/conversations/{conversation}")
    sam.log.wait_for("Hello")
    return customer, conversation, sam


def test_staff_with_the_conversation_open_see_the_draft(people, cluster, pair):
    """In the thread, at the customer's side, not in the list, and nobody else."""
    customer, conversation, sam = pair
    other = cluster.visitor().begin()
    other.say("Another one")
    cluster.staff().wait_for(other.conversation)
    ada = people.staff(path=f"/conversations/{other.conversation}", sub="staff-ada", name="Ada Park")
    ada.log.wait_for("Another one")
    for console in (sam, ada):
        screen.record_thread(console.page)
    customer.box.press_sequentially("Could I test drive it tom", delay=30)
    sam.wait_for_preview("Could I test drive it tom")
    expect(sam.preview).to_contain_text("typing")
    expect(sam.log.message("Could I test drive")).to_have_count(0)
    theirs, ours = sam.log.message("Hello").bounding_box(), sam.preview.bounding_box()
    assert ours["y"] > theirs["y"] and ours["x"] < sam.main.bounding_box()["x"] + 200, "not at the customer's side"
    # "Clearly not a message": not drawn as one.
    look = """(one) => [one, ...one.querySelectorAll('*')]
      .some((part) => getComputedStyle(part).borderTopStyle === 'dashed')"""
    assert sam.preview.evaluate(look) and not sam.log.message("Hello").evaluate(look)
    expect(ada.preview).to_have_count(0)
    for console in (sam, ada):
        assert not any("test drive" in seen["list"] for seen in screen.recorded_thread(console.page))
    assert not any("test drive" in seen["preview"] for seen in screen.recorded_thread(ada.page))
    ada.open(conversation)
    customer.box.press_sequentially("orrow")
    ada.wait_for_preview("tomorrow")


def test_it_goes_when_it_is_emptied(pair):
    customer, _, sam = pair
    customer.box.press_sequentially("Never mi")
    sam.wait_for_preview("Never mi")
    customer.box.fill("")
    expect(sam.preview).to_have_count(0)


def test_it_expires_after_the_last_change(pair):
    customer, _, sam = pair
    customer.box.press_sequentially("I will think about")
    sam.wait_for_preview("I will think about")
    expect(sam.preview).to_have_count(0, timeout=EXPIRY * 1000)
    expect(customer.box).to_have_value("I will think about")
    customer.box.press_sequentially(" it")
    sam.wait_for_preview("I will think about it")


def test_the_message_replaces_it_and_it_never_comes_after(pair):
    """Twenty times quickly; every change of the screen is looked at."""
    customer, _, sam = pair
    screen.record_thread(sam.page)
    texts = [f"Question {number:02} of many, with an ending" for number in range(20)]
    for text in texts:
        customer.box.press_sequentially(text[:-6], delay=12)
        customer.box.press_sequentially(text[-6:])
        customer.box.press("Enter")
    sam.log.wait_for_order(texts)
    screen.pause(sam.page, 1)
    seen = screen.recorded_thread(sam.page)
    for text in texts:
        # Any beginning of it that names its number.
        beginning = text[:len("Question 00")]
        shown = [n for n, one in enumerate(seen) if any(text in message for message in one["messages"])]
        previewed = [n for n, one in enumerate(seen) if beginning in one["preview"]]
        assert shown and not [n for n in previewed if n >= shown[0]], f"{beginning}: previewed after the message"
    assert any("Question" in one["preview"] for one in seen), "there was no preview at all"
    expect(sam.preview).to_have_count(0)


def test_a_send_while_a_draft_is_fresh_asks_first(pair, cluster):
    customer, conversation, sam = pair
    customer.box.press_sequentially("Wait, I have ano")
    sam.wait_for_preview("Wait, I have ano")
    sam.composer.say("Here is my answer")
    expect(sam.composer.guard).to_be_visible()
    assert sam.log.message("Here is my answer").count() == 0
    sam.composer.wait()
    expect(sam.composer.guard).to_have_count(0)
    expect(sam.composer.box).to_have_value("Here is my answer")
    assert len(cluster.staff().messages(conversation)) == 1
    customer.box.press_sequentially("ther")
    sam.wait_for_preview("another")
    sam.composer.send.click()
    sam.composer.send_anyway()
    expect(sam.log.state("Here is my answer", "Sent")).to_be_visible()
    customer.log.wait_for("Here is my answer")
    expect(customer.box).to_have_value("Wait, I have another")
    # Without a draft nobody asks.
    customer.box.fill("")
    expect(sam.preview).to_have_count(0)
    sam.composer.say("And no question now")
    expect(sam.log.state("And no question now", "Sent")).to_be_visible()


@pytest.mark.parametrize("secret", ["4111 1111 1111 1111", "5500000000000004", "3782-822463-10005", "123-45-6789"])
def test_card_and_social_security_numbers_are_masked(pair, secret):
    customer, _, sam = pair
    screen.record_thread(sam.page)
    customer.box.fill(f"it is {secret} ok")
    sam.wait_for_preview("ok")
    expect(sam.preview).to_contain_text("•")
    assert not any(secret in one["preview"] for one in screen.recorded_thread(sam.page))
    customer.box.fill("call me at (314) 555-0123")
    sam.wait_for_preview("(314) 555-0123")


def test_a_dealership_can_switch_previews_off(people):
    """None is shown, both sides are told so, and chat works."""
    customer = people.customer(names.SILENT)
    expect(customer.box).to_be_visible()
    expect(customer.notice).to_have_count(0)
    conversation = customer.begin("Hello there")
    sam = people.staff(names.SILENT, path=f"/conversations/{conversation}")
    expect(sam.main.get_by_text("Previews are switched off")).to_be_visible()
    screen.record_thread(sam.page)
    customer.box.press_sequentially("A secret sentence", delay=40)
    customer.box.press("Enter")
    sam.log.wait_for("A secret sentence")
    assert not any(one["preview"].strip() for one in screen.recorded_thread(sam.page))


def test_the_widget_says_that_staff_can_see_what_is_typed(people):
    customer = people.customer()
    expect(customer.notice).to_be_visible()


def test_a_lost_draft_of_a_closed_tab_does_not_stay(pair):
    customer, _, sam = pair
    customer.box.press_sequentially("I am leav")
    sam.wait_for_preview("I am leav")
    customer.page.close()
    expect(sam.preview).to_have_count(0, timeout=EXPIRY * 1000)
    until(lambda: sam.page.evaluate("1"), "the page")
