"""The whole exchange: a phone, the console and the Deal Card, with a provider between them."""

import re

import pytest
from kit.wait import until
from pages.phone import Phone
from playwright.sync_api import expect
from stage import names
from stage.texts import TextLog

ANA, BEN, CARA, DORA = "+13145550191", "+13145550192", "+13145550193", "+13145550194"


@pytest.fixture
def phone(people, cluster):
    def one(number: str) -> Phone:
        page = people.person("a phone", viewport=names.PHONE).context.new_page()
        return Phone(page, cluster.carrier.url, number).open(cluster.dealerships.number(names.MAIN))
    return one


def test_a_customer_texts_and_is_answered(people, cluster, phone):
    ana = phone(ANA)
    ana.say("Is the Tacoma still there?")
    staff = cluster.staff()
    conversation = until(lambda: next((one["id"] for one in staff.conversations(q=ANA)), None), "Ana's text")
    sam = people.staff(path=f"/conversations/{conversation}")
    sam.log.wait_for("Is the Tacoma still there?")
    sam.composer.box.fill("Yes, both of them.")
    sam.composer.send_text.click()
    expect(ana.message("Yes, both of them.")).to_have_count(1)
    expect(sam.log.state("Yes, both of them.", "Delivered")).to_be_visible()

    sam.qualify.fill("Ana", "Ortiz", phone="(314) 555-0191").qualify()
    address = sam.qualify.wait_for_deal()
    sam.page.goto(sam.url + address)
    card = sam.deal_card().wait()
    ana.say("Then I come at five")
    expect(card.activity.get_by_text("Then I come at five", exact=True)).to_have_count(1)
    card.composer.box.fill("See you at five, Ana.")
    card.composer.send_text.click()
    expect(ana.message("See you at five, Ana.")).to_have_count(1)
    card.show("Conversations")
    expect(card.log.state("See you at five, Ana.", "Delivered")).to_be_visible()

    cluster.carrier.control(texts={"phones": {ANA: 30006}})
    card.composer.box.fill("Bring your licence.")
    card.composer.send_text.click()
    expect(card.log.message("Bring your licence.")).to_contain_text("Not delivered: the number is a landline.")
    cluster.carrier.control(texts={"phones": {}})
    assert ana.message("Bring your licence.").count() == 0

    ana.say("STOP")
    expect(card.contact).to_contain_text("Opted out of texts")
    expect(card.composer.box).to_be_disabled()
    ana.say("START")
    expect(card.composer.box).to_be_enabled()


def test_what_is_not_confirmed_is_sent_again_only_on_purpose(people, cluster, phone):
    dora, staff = phone(DORA), cluster.staff()
    dora.say("When may I come?")
    conversation = until(lambda: next((one["id"] for one in staff.conversations(q=DORA)), None), "Dora's text")
    sam = people.staff(path=f"/conversations/{conversation}")
    sam.log.wait_for("When may I come?")
    # The provider's answer says nothing about who has it.
    cluster.carrier.answer_next("500", to=DORA)
    sam.composer.box.fill("Come at five")
    sam.composer.send_text.click()
    doubtful = sam.log.message("Come at five").first
    expect(doubtful).to_contain_text("Not confirmed: it may have arrived.")
    doubtful.get_by_role("button", name="Send again").click()
    expect(doubtful).to_contain_text("The customer may get it twice.")
    doubtful.get_by_role("button", name="Cancel").click()
    assert len(staff.messages(conversation)) == 2
    doubtful.get_by_role("button", name="Send again").click()
    doubtful.get_by_role("button", name="Send it again").click()
    expect(dora.message("Come at five")).to_have_count(1)
    first, second = [one for one in staff.messages(conversation) if one["sender"] == "staff"]
    assert first["status"] == "unconfirmed" and first["id"] != second["id"]
    # The callback comes after all.
    TextLog(cluster, names.MAIN).status(first["id"], "delivered")
    expect(doubtful.get_by_role("img", name="Delivered", exact=True)).to_be_visible()
    expect(doubtful).not_to_contain_text("Not confirmed")


def test_a_photo_from_the_phone(people, cluster, phone):
    cara, staff = phone(CARA), cluster.staff()
    cara.say("Like this one?", "A blue car")
    conversation = until(
        lambda: next((one["id"] for one in staff.conversations(q="3145550193")), None), "Cara's text")
    sam = people.staff(path=f"/conversations/{conversation}")
    photo = sam.log.message("Like this one?").get_by_role("img", name="Photo from the customer")
    expect(photo).to_be_visible()
    assert photo.evaluate("(one) => one.naturalWidth") > 0


def test_a_known_customer_is_texted_first(people, cluster, phone):
    customer, staff = cluster.visitor().begin(), cluster.staff()
    customer.say("Text me, please")
    staff.wait_for(customer.conversation)
    deal = staff.qualify(customer.conversation, customer={
        "firstName": "Ben", "lastName": "Iris", "phone": BEN})["dealId"]
    ben = phone(BEN)
    sam = people.staff(path=f"/deals/{deal}")
    card = sam.deal_card().wait()
    card.contact.get_by_role("button", name="Text (314) 555-0192", exact=True).click()
    sam.page.get_by_role("dialog").get_by_role("button", name="Send text").click()
    question = "This is Sam Lee from Shop 1. May I text you? Please respond with only YES or NO."
    expect(ben.message(question)).to_have_count(1)
    sam.page.wait_for_url(re.compile("/conversations/sms-.*/deal"))
    expect(card.composer.form).to_contain_text("Waiting for the customer to answer YES.")
    # Neither yes nor no: the question may be put again, and nothing else.
    ben.say("Who is this?")
    expect(card.composer.form).to_contain_text("The question was not answered with YES or NO")
    expect(card.composer.box).to_be_disabled()
    card.composer.form.get_by_role("button", name="Ask again").click()
    expect(ben.message(question)).to_have_count(2)
    expect(card.composer.form).to_contain_text("Waiting for the customer to answer YES.")
    ben.say("YES")
    expect(card.contact).to_contain_text("Agreed to texts")
    card.composer.box.fill("Thank you, Ben.")
    card.composer.send_text.click()
    expect(ben.message("Thank you, Ben.")).to_have_count(1)
    number = cluster.dealerships.number(names.MAIN)
    assert cluster.carrier.phone(BEN, number).received() == [question, question, "Thank you, Ben."]
