"""The Deal Card: customer, deal, Activity and Conversations."""

from kit.wait import until
from playwright.sync_api import expect


def test_it_opens_from_the_conversation_and_by_its_address(people, cluster):
    customer = people.customer()
    conversation = customer.begin("Before qualification")
    sam = people.staff(path=f"/conversations/{conversation}")
    sam.composer.say("An answer before it")
    expect(sam.log.state("An answer before it", "Sent")).to_be_visible()
    sam.qualify.fill("Ana", "Ortiz", "ana@example.com").qualify()
    address = sam.qualify.wait_for_deal()
    sam.main.get_by_role("link", name="Deal Card").click()
    sam.page.wait_for_url(f"**{address}")
    card = sam.deal_card().wait()
    ada = people.staff(path=address, sub="staff-ada", name="Ada Park")
    other = ada.deal_card().wait()
    left, right = card.contact.bounding_box(), card.deal.bounding_box()
    middle = card.tabs.bounding_box()
    assert left["x"] + left["width"] <= middle["x"] + 1 and middle["x"] < right["x"], "not left, centre, right"
    for one in (card, other):
        expect(one.contact).to_contain_text("Ana Ortiz")
        expect(one.contact).to_contain_text("ana@example.com")
        expect(one.term("Source type")).to_have_text("Chat")
        expect(one.term("Source description")).to_have_text("Ignitify Chat")
        expect(one.term("Created by")).to_contain_text("Sam Lee")
        expect(one.term("Created", ).first).not_to_be_empty()
    customer.say("After qualification")
    for one in (card, other):
        one.show("Activity")
        for text in ("Before qualification", "An answer before it", "After qualification"):
            expect(one.activity.get_by_text(text, exact=True)).to_have_count(1)
        expect(one.activity.get_by_text("Sam Lee").first).to_be_visible()
        said = one.activity.inner_text()
        places = [said.index(text) for text in ("Before qualification", "An answer before it", "After qualification")]
        # The newest on top, beside the reply box.
        assert places == sorted(places, reverse=True)
        assert places[1] > said.index("Ignitify Chat") > places[2], "the event does not stand between the messages"
        one.show("Conversations")
        one.log.wait_for_order(["Before qualification", "An answer before it", "After qualification"])


def test_a_reply_from_both_tabs(people, cluster):
    """Activity has the Chat option on top, Conversations at the bottom."""
    customer = people.customer()
    conversation = customer.begin("Hello")
    deal = cluster.staff().qualify(conversation)["dealId"]
    sam = people.staff(path=f"/deals/{deal}")
    menu = people.staff(path=f"/conversations/{conversation}", sub="staff-ada", name="Ada Park")
    card = sam.deal_card().wait()
    card.show("Activity")
    expect(card.composer.tab("Chat")).to_be_visible()
    assert card.composer.box.bounding_box()["y"] < card.activity.bounding_box()["y"] + 1, "not on top"
    card.composer.say("From Activity")
    expect(card.activity.get_by_text("From Activity", exact=True)).to_have_count(1)
    card.show("Conversations")
    expect(card.composer.tab("Chat")).to_be_visible()
    expect(card.log.state("From Activity", "Sent")).to_be_visible()
    bottom = card.log.message("From Activity").bounding_box()
    assert card.composer.box.bounding_box()["y"] > bottom["y"] + bottom["height"] - 1, "not at the bottom"
    card.composer.say("From Conversations")
    for log in (card.log, menu.log, customer.log):
        log.wait_for_order(["Hello", "From Activity", "From Conversations"])
    assert len(cluster.staff().messages(conversation)) == 3


def test_the_preview_and_the_guard_are_there_too(people, cluster):
    customer = people.customer()
    conversation = customer.begin("Hello")
    deal = cluster.staff().qualify(conversation)["dealId"]
    sam = people.staff(path=f"/deals/{deal}")
    card = sam.deal_card().wait()
    card.show("Conversations")
    card.log.wait_for("Hello")
    customer.box.press_sequentially("One more quest", delay=30)
    sam.wait_for_preview("One more quest")
    card.composer.say("Too early")
    expect(card.composer.guard).to_be_visible()
    card.composer.wait()
    customer.box.press_sequentially("ion")
    customer.box.press("Enter")
    card.log.wait_for("One more question")
    expect(sam.preview).to_have_count(0)


def test_a_conversation_without_a_deal_is_qualified_on_its_card(people, cluster):
    customer = cluster.visitor().begin()
    customer.say("No deal yet")
    cluster.staff().wait_for(customer.conversation)
    sam = people.staff(path=f"/conversations/{customer.conversation}")
    sam.main.get_by_role("link", name="Deal Card").click()
    sam.page.wait_for_url(f"**/conversations/{customer.conversation}/deal*")
    card = sam.deal_card().wait()
    card.show("Activity")
    expect(card.activity.get_by_text("No deal yet", exact=True)).to_be_visible()
    card.qualify.fill("Flo", "Nash", "flo@example.com").qualify()
    card.qualify.wait_for_deal()
    expect(card.activity.get_by_text("Ignitify Chat").first).to_be_visible()
    until(lambda: len(cluster.staff().deals(customer.conversation)) == 1, "the deal")


def test_a_foreign_deal_is_not_there(people, cluster):
    customer = cluster.visitor("shop-2").begin()
    customer.say("Of another dealership")
    other = cluster.staff("shop-2")
    other.wait_for(customer.conversation)
    deal = other.qualify(customer.conversation)["dealId"]
    sam = people.staff()
    sam.person.watch.allow(r"Failed to load resource.*404")
    sam.page.goto(f"{sam.url}/deals/{deal}")
    expect(sam.page.get_by_role("alert").first).to_be_visible()
    assert "Of another dealership" not in sam.page.locator("body").inner_text()
