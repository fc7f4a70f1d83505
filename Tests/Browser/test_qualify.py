"""Qualify Customer, in the Conversations Menu and on the Deal Card."""

import re

import pytest
from kit.wait import until
from playwright.sync_api import expect

CLICKS = re.compile(r"/v1/qualifications(\?|$)")


def announced(cluster, conversation: str) -> list[dict]:
    """What other systems heard of."""
    return [
        record.json for record in cluster.topic("deal-created").records()
        if record.json["source"]["conversationId"] == conversation]


def talking(cluster, text: str = "I want that Tacoma") -> str:
    customer = cluster.visitor().begin()
    customer.say(text)
    cluster.staff().wait_for(customer.conversation)
    return customer.conversation


@pytest.fixture(params=["menu", "deal card"])
def place(request):
    return request.param


def box_at(console, place: str, conversation: str):
    """The box on the right of the menu, or the one on the left of the Deal Card."""
    if place == "deal card":
        console.page.goto(f"{console.url}/conversations/{conversation}/deal")
        return console.deal_card().wait().qualify
    if console.page.url != f"{console.url}/conversations/{conversation}":
        console.page.goto(f"{console.url}/conversations/{conversation}")
    return console.qualify


def assert_on_its_side(console, place: str, box) -> None:
    middle = console.page.viewport_size["width"] / 2
    edge = box.form.bounding_box()
    if place == "menu":
        assert edge["x"] > middle, "not on the right"
    else:
        assert edge["x"] + edge["width"] < middle, "not on the left"


def test_qualifying_starts_a_deal_and_links_to_it(people, cluster, place):
    conversation = talking(cluster)
    sam = people.staff()
    box = box_at(sam, place, conversation)
    expect(box.start).to_be_checked()
    assert_on_its_side(sam, place, box)
    box.fill("Ana", "Ortiz", "Ana.Ortiz@Example.com", "(314) 555-0123").qualify()
    expect(box.within.get_by_text("New deal").first).to_be_visible()
    address = box.wait_for_deal()
    [deal] = cluster.staff().deals(conversation)
    assert address.split("?")[0] == f"/deals/{deal['id']}"
    assert deal["source"] == {"type": "Chat", "description": "Ignitify Chat"}
    assert deal["customer"]["phones"] == ["+13145550123"]
    until(lambda: len(announced(cluster, conversation)) == 1, "the announcement")
    box.deal_link.first.click()
    sam.page.wait_for_url(f"**/deals/{deal['id']}*")
    card = sam.deal_card().wait()
    expect(card.term("Source type")).to_have_text("Chat")
    expect(card.term("Source description")).to_have_text("Ignitify Chat")
    expect(card.contact).to_contain_text("Ana Ortiz")
    assert "3145550123" in re.sub(r"\D", "", card.contact.inner_text())
    # In the menu, too, and there without a reload.
    ada = people.staff(path=f"/conversations/{conversation}", sub="staff-ada", name="Ada Park")
    expect(ada.deals.get_by_role("link").filter(has_text="Ignitify Chat")).to_contain_text("Chat")
    expect(ada.heading).to_have_text("Ana Ortiz")


def test_errors_stand_at_their_fields(people, cluster, place):
    conversation = talking(cluster)
    sam = people.staff()
    # What only the server can tell is wrong; the browser itself reports that answer.
    sam.person.watch.allow(r"status of 422")
    box = box_at(sam, place, conversation)
    box.qualify()
    assert box.error_of("First name") and box.error_of("Last name")
    box.fill("Ana", "Ortiz").qualify()
    described = [
        name for name in ("E-mail", "Phone") if box.field(name).get_attribute("aria-invalid") == "true"]
    assert described and all(box.error_of(name) for name in described), "neither e-mail nor phone is asked for"
    expect(box.field("First name")).not_to_have_attribute("aria-invalid", "true")
    box.fill("Ana", "Ortiz", "not an address").qualify()
    assert box.error_of("E-mail")
    box.fill("Ana", "Ortiz", "", "12").qualify()
    assert box.error_of("Phone")
    assert cluster.staff().deals(conversation) == []
    box.fill("Ana", "Ortiz", "", "314.555.0124").qualify()
    box.wait_for_deal()
    [deal] = cluster.staff().deals(conversation)
    assert deal["customer"]["phones"] == ["+13145550124"]


def test_unchecked_adds_the_contact_and_starts_no_deal_and_later_one(people, cluster, place):
    conversation = talking(cluster)
    sam = people.staff()
    box = box_at(sam, place, conversation)
    box.start.uncheck()
    box.fill("Ben", "Achebe", "ben@example.com").qualify()
    expect(box.within.get_by_text("Contact saved, no deal started")).to_be_visible()
    expect(box.deal_link).to_have_count(0)
    assert cluster.staff().deals(conversation) == []
    until(lambda: cluster.staff().conversation(conversation)["customer"]["name"] == "Ben Achebe", "the name")
    if place == "menu":
        expect(sam.heading).to_have_text("Ben Achebe")
    assert announced(cluster, conversation) == []
    box = box_at(sam, place, conversation)
    expect(box.field("First name")).to_have_value("Ben")
    box.start.check()
    box.qualify()
    box.wait_for_deal()
    assert len(cluster.staff().deals(conversation)) == 1
    until(lambda: len(announced(cluster, conversation)) == 1, "the announcement")


def test_what_was_begun_is_there_again_and_nobody_mixes_with_it(people, cluster):
    conversation, other = talking(cluster), talking(cluster, "I want another one")
    sam = people.staff()
    box = box_at(sam, "menu", conversation)
    box.field("First name").fill("Anna")
    sam.open(other)
    expect(sam.qualify.field("First name")).to_have_value("")
    cluster.staff(sub="staff-ada", name="Ada Park").qualify(
        conversation, customer={"firstName": "Bo", "lastName": "Bea", "email": "bea@bo.com"})
    sam.open(conversation)
    expect(sam.page.get_by_role("list", name="Deals").get_by_role("link")).to_have_count(1)
    expect(sam.qualify.field("First name")).to_have_value("Anna")
    expect(sam.qualify.field("Last name")).to_have_value("")


@pytest.mark.parametrize("start", [True, False], ids=["deal", "contact"])
def test_enter_once_more_changes_nothing(people, cluster, place, start):
    conversation = talking(cluster)
    sam = people.staff()
    box = box_at(sam, place, conversation)
    clicks = []
    sam.page.on("request", lambda one: clicks.append(one) if CLICKS.search(one.url) else None)
    box.start.set_checked(start)
    box.fill("Di", "Fox", "di@example.com").qualify()
    outcome = box.within.get_by_text("Chat / Ignitify Chat" if start else "Contact saved, no deal started").first
    expect(outcome).to_be_visible()
    expect(box.button).not_to_have_attribute("aria-disabled", "true")
    for _ in range(3):
        box.button.press("Enter")
    # Whatever a press began has been sent by the time that the page answers.
    sam.page.evaluate("new Promise((done) => setTimeout(done))")
    assert [one.method for one in clicks if one.method == "POST"] == ["POST"]
    expect(outcome).to_be_visible()
    assert len(cluster.staff().deals(conversation)) == int(start)


def test_a_double_click_makes_one_deal(people, cluster, place):
    conversation = talking(cluster)
    box = box_at(people.staff(), place, conversation)
    box.fill("Cy", "Young", "cy@example.com")
    box.button.dblclick()
    box.wait_for_deal()
    cluster.wait_until_caught_up("qualification")
    assert len(cluster.staff().deals(conversation)) == 1
    assert len(announced(cluster, conversation)) == 1


def test_an_answer_that_was_lost_makes_no_second_deal(people, cluster):
    """The click arrived; the page does not know, and clicks again."""
    conversation = talking(cluster)
    sam = people.staff()
    sam.person.watch.allow_lost_connections()
    box = box_at(sam, "menu", conversation)
    ids = []

    def lose(route):
        if route.request.method != "POST":
            return route.continue_()
        ids.append(route.request.post_data_json["requestId"])
        if len(ids) > 1:
            return route.continue_()
        route.fetch()
        route.abort()

    sam.page.route(CLICKS, lose)
    box.fill("Di", "Ng", "di@example.com").qualify()
    until(lambda: sam.page.evaluate("1") and ids, "the click")
    expect(sam.page.get_by_role("alert").filter(has_text="Not qualified yet")).to_be_visible()
    # Until then the page may have heard of the deal from others: the click stays the same one.
    expect(sam.deals.get_by_role("link")).to_have_count(1)
    expect(box.start).to_be_checked()
    box.qualify()
    box.wait_for_deal()
    assert len(ids) == 2 and len(set(ids)) == 1, ids
    cluster.wait_until_caught_up("qualification")
    assert len(announced(cluster, conversation)) == 1


def test_of_two_at_once_the_second_sees_that_it_is_qualified(people, cluster):
    """And may start another on purpose."""
    conversation = talking(cluster)
    sam = people.staff(path=f"/conversations/{conversation}")
    ada = people.staff(path=f"/conversations/{conversation}", sub="staff-ada", name="Ada Park")
    ada.person.watch.allow(r"status of 409")
    sam.qualify.fill("Ed", "Wu", "ed@example.com")
    ada.qualify.fill("Ed", "Wu", "ed@example.com")
    # Ada's page has not heard of it when she clicks: her click is on its way first and arrives second.
    held = []
    ada.page.route(CLICKS, lambda route: (
        held.append(route) if route.request.method == "POST" and not held else route.continue_()))
    ada.qualify.qualify()
    until(lambda: ada.page.evaluate("1") and held, "Ada's click")
    sam.qualify.qualify()
    first = sam.qualify.wait_for_deal()
    held[0].continue_()
    warning = ada.page.get_by_role("alert").filter(has_text="Already qualified")
    expect(warning).to_be_visible()
    link = warning.get_by_role("link", name="Open Deal Card")
    assert link.get_attribute("href").split("?")[0] == first.split("?")[0]
    assert len(cluster.staff().deals(conversation)) == 1
    warning.get_by_role("button", name="Start another deal").click()
    until(lambda: len(cluster.staff().deals(conversation)) == 2, "another deal")
    expect(sam.deals.get_by_role("link")).to_have_count(2)
    until(lambda: len(announced(cluster, conversation)) == 2, "both announcements")
