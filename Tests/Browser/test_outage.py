"""Services are killed and come back while people talk: nothing is missed, nothing comes twice."""

import pytest
from playwright.sync_api import expect


@pytest.fixture
def tolerant(people):
    """The browser itself reports each failed request."""
    yield people
    for person in people.all:
        person.watch.allow_lost_connections()


def test_consoles_reconnect_and_miss_and_double_nothing(tolerant, cluster):
    customer, other = cluster.visitor().begin(), cluster.visitor().begin()
    customer.say("Before the fall")
    cluster.staff().wait_for(customer.conversation)
    sam = tolerant.staff(path=f"/conversations/{customer.conversation}")
    ada = tolerant.staff(path=f"/conversations/{customer.conversation}", sub="staff-ada", name="Ada Park")
    for console in (sam, ada):
        console.log.wait_for("Before the fall")
    said = ["Before the fall"]
    cluster["conversations"].kill()
    try:
        for number in range(5):
            said.append(f"During the fall {number}.")
            customer.say(said[-1])
        other.say("A new one during the fall")
        for console in (sam, ada):
            expect(console.reconnecting).to_be_visible()
            expect(console.reconnecting).to_contain_text("showing what we had")
            console.log.wait_for("Before the fall")
        sam.composer.box.fill("Written during the fall")
    finally:
        cluster.restart("conversations")
    said.append("After the fall")
    customer.say(said[-1])
    for console in (sam, ada):
        console.log.wait_for_order(said)
        expect(console.reconnecting).to_have_count(0)
        expect(console.row(other.conversation)).to_be_visible()
    expect(sam.composer.box).to_have_value("Written during the fall")
    sam.composer.box.press("Enter")
    said.append("Written during the fall")
    for console in (sam, ada):
        console.log.wait_for_order(said)


def test_the_widget_loses_and_doubles_nothing_while_ingest_is_away(tolerant, cluster):
    customer = tolerant.customer()
    said = ["One before."]
    conversation = customer.begin(said[0])
    second = customer.new_tab("inventory")
    second.log.wait_for(said[0])
    sam = tolerant.staff(path=f"/conversations/{conversation}")
    cluster["ingest"].kill()
    try:
        for number in range(5):
            said.append(f"Number {number} in between.")
            customer.box.fill(said[-1])
            customer.send.click()
            customer.log.wait_for(said[-1])
        expect(customer.log.state(said[-1], "Sending")).to_be_visible()
    finally:
        cluster.restart("ingest")
    for log in (customer.log, second.log, sam.log):
        log.wait_for_order(said)
    expect(customer.log.sent(said[-1])).to_be_visible()
    assert [one["text"] for one in cluster.staff().messages(conversation)] == said
    sam.composer.say("Both of us are back")
    customer.log.wait_for("Both of us are back")


def test_the_widget_offline_and_online_again(tolerant, cluster):
    customer = tolerant.customer()
    said = ["Online"]
    conversation = customer.begin(said[0])
    customer.person.context.set_offline(True)
    for number in range(3):
        said.append(f"Offline {number}.")
        customer.box.fill(said[-1])
        customer.box.press("Enter")
        customer.log.wait_for(said[-1])
    # Said only after 15 s, and typing is never blocked.
    expect(customer.unstable).to_be_visible()
    expect(customer.box).to_be_editable()
    cluster.staff().reply(conversation, "Said while you were away")
    customer.person.context.set_offline(False)
    customer.log.wait_for("Said while you were away")
    customer.log.wait_for_order(said)
    expect(customer.log.sent(said[-1])).to_be_visible()
    expect(customer.unstable).to_have_count(0)
    assert [one["text"] for one in cluster.staff().messages(conversation) if one["sender"] == "customer"] == said


def test_without_qualification_the_button_says_why_and_chat_goes_on(tolerant, cluster):
    customer = tolerant.customer()
    conversation = customer.begin("I would like to buy it")
    sam = tolerant.staff(path=f"/conversations/{conversation}")
    box = sam.qualify
    expect(box.button).to_be_enabled()
    cluster["qualification"].kill()
    try:
        box.fill("Ana", "Ortiz", "ana@example.com")
        expect(box.button).to_have_attribute("aria-disabled", "true")
        expect(sam.side.get_by_text("Qualification is not reachable")).to_be_visible()
        described = box.button.get_attribute("aria-describedby") or ""
        why = sam.page.locator(f"#{described}").inner_text() if described else ""
        assert "not reachable" in why, "the button itself does not say why"
        box.button.click(force=True)
        sam.composer.say("Chat goes on")
        customer.log.wait_for("Chat goes on")
        customer.say("So it does")
        sam.log.wait_for("So it does")
    finally:
        cluster.restart("qualification")
    expect(box.button).not_to_have_attribute("aria-disabled", "true")
    expect(sam.side.get_by_text("Qualification is not reachable")).to_have_count(0)
    if not box.deal_link.count():
        box.qualify()
    box.wait_for_deal()
    assert len(cluster.staff().deals(conversation)) == 1


def test_what_could_not_be_read_offline_shows_by_itself_when_the_connection_is_back(tolerant, cluster):
    customer, other = cluster.visitor().begin(), cluster.visitor().begin()
    for one, text in ((customer, "Opened before"), (other, "Opened offline")):
        one.say(text)
        cluster.staff().wait_for(one.conversation)
    cluster.staff().post(other.conversation, "close")
    sam = tolerant.staff(path=f"/conversations/{customer.conversation}")
    sam.log.wait_for("Opened before")
    sam.person.context.set_offline(True)
    sam.choose("Closed")
    expect(sam.page.get_by_text("The list could not be read")).to_be_visible()
    sam.main.get_by_role("link", name="Deal Card").click()
    card = sam.deal_card().wait()
    expect(card.main.get_by_text("The activity could not be read")).to_be_visible()
    sam.person.context.set_offline(False)
    expect(card.activity.get_by_text("Opened before")).to_be_visible()
    expect(card.main.get_by_text("The activity could not be read")).to_be_hidden()
    sam.page.get_by_role("link", name="Conversations Menu").click()
    expect(sam.row(other.conversation)).to_be_visible()


def test_a_page_opened_offline_shows_by_itself_when_the_connection_is_back(tolerant, cluster):
    """Known to the server alone: the list that the console has read does not name it."""
    customer, other = cluster.visitor().begin(), cluster.visitor().begin()
    for one, text in ((customer, "Opened before"), (other, "Opened offline")):
        one.say(text)
        cluster.staff().wait_for(one.conversation)
    deal = cluster.staff().qualify(other.conversation)["dealId"]
    cluster.staff().post(other.conversation, "close")
    for path in (f"/conversations/{other.conversation}", f"/deals/{deal}"):
        sam = tolerant.staff(path=f"/conversations/{customer.conversation}")
        sam.log.wait_for("Opened before")
        sam.person.context.set_offline(True)
        sam.page.evaluate(
            "(path) => { history.pushState(null, '', path); dispatchEvent(new PopStateEvent('popstate')); }", path)
        failed = sam.page.get_by_text("could not be read")
        expect(failed.first).to_be_visible()
        sam.person.context.set_offline(False)
        expect(sam.page.get_by_text("Opened offline").first).to_be_visible()
        expect(failed).to_have_count(0)
