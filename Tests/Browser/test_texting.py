"""Texts as staff see them: the reply box names its channel, bubbles say how far a text has come, and why it has not."""

import json
import re
import secrets
import struct
import zlib
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from kit.dealerships import Dealerships
from kit.wait import until
from playwright.sync_api import expect
from stage import names
from stage.texts import TextLog

SEGMENTS = Path(__file__).resolve().parents[1] / "segments.json"


def a_number() -> str:
    return f"+1314{secrets.randbelow(8_000_000) + 2_000_000}"


def shown(number: str) -> str:
    return f"({number[2:5]}) {number[5:8]}-{number[8:]}"


def found(staff, number: str) -> str:
    """The conversation with a phone."""
    return until(lambda: next((one["id"] for one in staff.conversations(q=number)), None), f"a text of {number}")


@pytest.fixture(scope="module")
def cluster(make_cluster, tmp_path_factory):
    """One whose provider is not there: what it says of a text, a test says itself."""
    shops = Dealerships(3, "shop")
    # Quiet for hours, whenever the tests run.
    now = datetime.now(ZoneInfo("America/Chicago"))
    hours = {"from": now - timedelta(hours=2), "to": now + timedelta(hours=6)}
    next(one for one in shops.all if one["id"] == names.SILENT)["quietHours"] = {
        name: f"{at:%H:%M}" for name, at in hours.items()}
    media = tmp_path_factory.mktemp("media")
    env = names.SUPPORT_ENVIRONMENT | {"DIRECTCHAT_MEDIA": str(media)}
    cluster = make_cluster("texting", shops, env=env)
    cluster.media = media
    return cluster.start()


@pytest.fixture(scope="module")
def site(sites):
    """Another cluster's; nobody opens it here."""
    return sites["site"]


@pytest.fixture
def log(cluster) -> TextLog:
    return TextLog(cluster)


class Texted:
    """A customer has texted, and Sam has the conversation open."""

    def __init__(self, people, cluster, text="Is the blue one still there?", **options):
        self.number = a_number()
        self.phone = cluster.texter(self.number)
        self.phone.text(text)
        self.staff = cluster.staff()
        self.conversation = found(self.staff, self.number)
        self.sam = people.staff(path=f"/conversations/{self.conversation}", **options)
        self.sam.log.wait_for(text)

    def reply(self, text: str) -> str:
        """Sends it in the console; the message's id."""
        self.sam.composer.box.fill(text)
        self.sam.composer.send_text.click()
        return self.sent(text)

    def sent(self, text: str, count: int = 1) -> str:
        def ids():
            all = [one["id"] for one in self.staff.messages(self.conversation) if one["text"] == text]
            return all if len(all) == count else None
        return until(ids, f"{count} times {text!r} in the log")[-1]


@pytest.fixture
def texted(people, cluster) -> Texted:
    return Texted(people, cluster)


def test_segments_are_counted_as_the_server_counts_them(people):
    """One table for both: `TextSegmentsTests` has it too."""
    sam = people.staff()
    cases = json.loads(SEGMENTS.read_text())
    counted = sam.page.evaluate("""async (cases) => {
      const { segmentsOf } = await import("/console/segments.js");
      return cases.map(({ parts }) => segmentsOf(parts.map(([text, times]) => text.repeat(times)).join("")));
    }""", cases)
    for case, count in zip(cases, counted, strict=True):
        wanted = {name: case[name] for name in ("encoding", "units", "segments", "left")}
        assert {name: count[name] for name in wanted} == wanted, case["name"]


def test_a_text_goes_its_way(texted, log):
    sam = texted.sam
    expect(sam.composer.tab("Text")).to_have_attribute("aria-selected", "true")
    expect(sam.composer.tab("Chat")).to_have_count(0)
    expect(sam.composer.send).to_have_count(0)
    message = texted.reply("Yes, it is on the lot.")
    stored = texted.staff.messages(texted.conversation)[-1]
    assert (stored["channel"], stored["status"]) == ("sms", "sending")
    expect(sam.log.state("Yes, it is", "Sending")).to_be_visible()
    log.status(message, "sending", claim="k")
    log.status(message, "queued")
    for status, word in (("sent", "Sent"), ("delivered", "Delivered"), ("sent", "Delivered"), ("read", "Read")):
        log.status(message, status, sid="SM1")
        expect(sam.log.state("Yes, it is", word)).to_be_visible()
    # The same after a reload, and in the Deal Card's timeline.
    sam.page.reload()
    expect(sam.log.state("Yes, it is", "Read")).to_be_visible()


def test_segments_and_the_longest_text(texted):
    composer = texted.sam.composer
    expect(composer.segments).to_be_hidden()
    composer.box.fill("Hello")
    expect(composer.segments).to_have_text("1 segment · 155 left")
    composer.box.fill("я" * 71)
    expect(composer.segments).to_have_text("2 segments · 63 left")
    composer.box.fill("a" * 1_600)
    expect(composer.segments).to_have_text("11 segments · 83 left")
    expect(composer.send_text).to_be_enabled()
    composer.box.fill("a" * 1_601)
    expect(composer.form).to_contain_text("A text has at most 1,600 characters: 1 too many.")
    expect(composer.send_text).to_be_disabled()
    composer.box.press("Enter")
    expect(composer.box).to_have_value("a" * 1_601)
    answer = texted.staff.send(texted.conversation, "a" * 1_601)
    assert (answer.status_code, answer.json()["field"]) == (422, "text"), answer.text


def test_what_was_not_delivered_is_tried_again_as_a_new_text(texted, log):
    sam = texted.sam
    message = texted.reply("See you at five")
    log.status(message, "undelivered", errorCode=30003, reason="Unreachable destination handset")
    failed = sam.log.message("See you at five").first
    expect(failed).to_contain_text("Not delivered: the phone cannot be reached.")
    expect(sam.row(texted.conversation)).to_contain_text("Not delivered")
    failed.get_by_role("button", name="Retry").click()
    again = texted.sent("See you at five", 2)
    assert again != message
    expect(sam.log.message("See you at five")).to_have_count(2)
    expect(failed.get_by_role("button", name="Retry")).to_have_count(0)
    # It is the provider's last word.
    log.status(message, "delivered")
    log.status(again, "delivered")
    expect(sam.log.message("See you at five").last.get_by_role("img", name="Delivered", exact=True)).to_be_visible()
    expect(failed).to_contain_text("Not delivered")


@pytest.mark.parametrize("code, words", [
    (30006, "Not delivered: the number is a landline."), (21610, "Not delivered: the customer has opted out of texts.")])
def test_what_cannot_succeed_is_not_offered_again(texted, log, code, words):
    log.status(texted.reply("See you at five"), "failed", errorCode=code)
    failed = texted.sam.log.message("See you at five")
    expect(failed).to_contain_text(words)
    expect(failed.get_by_role("button", name="Retry")).to_have_count(0)


def test_stop_and_start(texted):
    sam, composer = texted.sam, texted.sam.composer
    texted.phone.text("Stop.")
    expect(composer.form).to_contain_text("opted out of texts")
    expect(composer.box).to_be_disabled()
    expect(composer.send_text).to_be_disabled()
    answer = texted.staff.send(texted.conversation, "Are you sure?")
    assert (answer.status_code, answer.json()["code"]) == (422, "opted-out"), answer.text
    # Nobody has to answer it.
    assert texted.staff.conversation(texted.conversation)["unread"] <= 1
    texted.phone.text("START")
    expect(composer.box).to_be_enabled()
    texted.reply("Welcome back")
    sam.log.wait_for("Welcome back")


def test_a_refusal_that_comes_with_the_answer_is_told(texted):
    """The customer opted out while the text was written, and the page has not heard of it."""
    sam = texted.sam
    sam.person.watch.allow(r"Failed to load resource.*422")
    refusal = {"status": 422, "code": "opted-out", "detail": "the customer has opted out of texts from this number"}
    sam.page.route(re.compile(r"/messages(\?|$)"), lambda route: route.fulfill(
        status=422, content_type="application/problem+json", body=json.dumps(refusal))
        if route.request.method == "POST" else route.continue_())
    sam.composer.box.fill("Too late")
    sam.composer.send_text.click()
    expect(sam.log.state("Too late", "Not sent")).to_be_visible()
    expect(sam.log.message("Too late")).to_contain_text("the customer has opted out of texts")
    sam.log.message("Too late").get_by_role("button", name="Discard").click()
    expect(sam.composer.box).to_have_value("Too late")


def test_words_that_ask_for_an_end_are_flagged(texted):
    sam = texted.sam
    texted.phone.text("Please stop texting me")
    asking = sam.log.message("Please stop texting me")
    expect(asking).to_contain_text("This may be a request to stop texting.")
    asking.get_by_role("button", name="Stop texting this number").click()
    asking.get_by_role("button", name="Cancel").click()
    assert texted.staff.conversation(texted.conversation)["texting"]["consent"] == "none"
    asking.get_by_role("button", name="Stop texting this number").click()
    asking.get_by_role("button", name="Stop texting", exact=True).click()
    expect(asking).to_contain_text("Texts to this number are stopped.")
    expect(sam.composer.box).to_be_disabled()
    assert texted.staff.conversation(texted.conversation)["texting"]["consent"] == "stopped"
    assert texted.staff.post(texted.conversation, "consent", {"state": "granted"}).status_code == 422
    sam.main.get_by_role("link", name="Deal Card").click()
    expect(sam.deal_card().wait().activity).to_contain_text("Texts stopped by Sam Lee, as the customer asked")


@pytest.fixture
def shared(people, cluster, log):
    """A website customer who gave a number with consent."""
    customer = cluster.visitor().begin()
    customer.beat()
    customer.say("Is the blue one still there?")
    number = a_number()
    cluster.staff().wait_for(customer.conversation)
    log.shares(customer.conversation, number)
    sam = people.staff(path=f"/conversations/{customer.conversation}")
    sam.log.wait_for("Is the blue one still there?")
    return customer, number, sam


def test_a_customer_who_left_the_website_is_texted_on_purpose(shared, cluster):
    customer, number, sam = shared
    composer, staff = sam.composer, cluster.staff()
    chat, text = composer.tab("Chat"), composer.tab(f"Text to {shown(number)}")
    expect(text).to_be_visible()
    expect(chat).to_have_attribute("aria-selected", "true")
    expect(composer.send_in_chat).to_be_visible()
    expect(composer.hint).to_be_hidden()
    composer.box.fill("Are you there?")
    composer.box.press("Enter")
    customer.beat(leaving=True)
    expect(composer.hint).to_be_visible()
    composer.hint.get_by_role("button", name="Text them instead").click()
    expect(text).to_have_attribute("aria-selected", "true")
    expect(composer.hint).to_be_hidden()
    composer.box.fill("You left: it is still there.")
    composer.send_text.click()
    said = until(lambda: [one for one in staff.messages(customer.conversation) if one["sender"] == "staff"][1:], "both")
    assert [one["channel"] for one in staff.messages(customer.conversation)[-2:]] == ["web", "sms"], said
    expect(sam.log.message("You left").get_by_text("by text", exact=True)).to_be_visible()
    expect(sam.log.message("Are you there?").get_by_text("by text", exact=True)).to_be_hidden()
    # The answer comes to where the text was sent from.
    cluster.texter(number).text("I will come tomorrow")
    sam.log.wait_for("I will come tomorrow")
    expect(sam.log.message("I will come tomorrow").get_by_text("by text", exact=True)).to_be_visible()
    # The website shows the chat alone: its visitor may have given a number that is somebody else's.
    staff.reply(customer.conversation, "Back in the chat")
    with customer.stream() as stream:
        stream.wait(lambda it: any(one["text"] == "Back in the chat" for one in it.of("message")), "the last reply")
        told = [one["text"] for one in stream.of("message")]
        assert "Are you there?" in told
        assert not {"You left: it is still there.", "I will come tomorrow"} & set(told)
    # By the keyboard, back to the chat.
    text.focus()
    text.press("ArrowLeft")
    expect(chat).to_be_focused()
    expect(composer.send_in_chat).to_be_visible()
    cluster.texter(number).text("STOP")
    chat.press("ArrowRight")
    expect(composer.box).to_be_disabled()
    chat.click()
    expect(composer.box).to_be_enabled()


def test_quiet_hours_say_until_when(people, cluster):
    number, staff = a_number(), cluster.staff(names.SILENT)
    cluster.texter(number, names.SILENT).text("Are you open?")
    conversation = found(staff, number)
    sam = people.staff(names.SILENT, path=f"/conversations/{conversation}")
    expect(sam.composer.form).to_contain_text(re.compile(r"Quiet hours: texts can be sent from \d\d:\d\d on\."))
    sam.composer.box.fill("Yes, at nine.")
    expect(sam.composer.send_text).to_be_disabled()
    sam.composer.box.press("Enter")
    expect(sam.composer.box).to_have_value("Yes, at nine.")
    answer = staff.send(conversation, "Yes, at nine.")
    assert (answer.status_code, answer.json()["code"]) == (422, "quiet-hours"), answer.text
    assert answer.json()["until"] == staff.conversation(conversation)["texting"]["quietUntil"]


def test_nobody_is_texted_without_having_agreed(people, cluster):
    customer = cluster.visitor().begin()
    customer.say("Hello")
    staff = cluster.staff()
    staff.wait_for(customer.conversation)
    body = {"clientMessageId": "m1", "text": "Hi", "channel": "sms"}
    assert staff.post(customer.conversation, "messages", body).json()["code"] == "no-phone"
    staff.qualify(customer.conversation, customer={"firstName": "Ana", "lastName": "Ortiz", "phone": "314 555 0123"})
    def refused():
        assert staff.post(customer.conversation, "messages", body).json()["code"] == "no-consent"
        return True
    until(refused, "the qualified number")
    sam = people.staff(path=f"/conversations/{customer.conversation}")
    expect(sam.composer.tab("Chat")).to_be_visible()
    expect(sam.composer.tabs.get_by_role("tab")).to_have_count(1)
    expect(sam.composer.send).to_be_visible()


def test_a_known_customer_is_texted_first_from_the_deal_card(people, cluster):
    customer, staff, number = cluster.visitor().begin(), cluster.staff(), a_number()
    customer.say("Call me")
    staff.wait_for(customer.conversation)
    deal = staff.qualify(customer.conversation, customer={
        "firstName": "Ana", "lastName": "Ortiz", "phone": number})["dealId"]
    sam = people.staff(path=f"/deals/{deal}")
    card = sam.deal_card().wait()
    button = card.contact.get_by_role("button", name=f"Text {shown(number)}", exact=True)
    button.click()
    dialog = sam.page.get_by_role("dialog", name=f"Text {shown(number)}")
    question = "This is Sam Lee from Shop 1. May I text you? Please respond with only YES or NO."
    expect(dialog).to_contain_text(question)
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).to_have_count(0)
    assert staff.conversations(q="May I text you?" + number) == []
    assert [one["kind"] for one in staff.conversations(q=number)] == ["chat"]
    button.click()
    dialog.get_by_role("button", name="Send text").click()
    texts = until(lambda: [one for one in staff.conversations(q=number) if one["kind"] == "text"], "the conversation")
    text = texts[0]["id"]
    assert [one["text"] for one in staff.messages(text)] == [question]
    assert (texts[0]["customer"]["name"], texts[0]["deal"]["id"], texts[0]["texting"]["consent"]) == (
        "Ana Ortiz", deal, "asked")
    sam.page.wait_for_url(re.compile(f"/conversations/{text}/deal"))
    card.wait()
    expect(card.contact).to_contain_text("Ana Ortiz")
    expect(card.contact).to_contain_text("Asked for consent, no answer yet")
    expect(card.term("Source description")).to_have_text("Ignitify Chat")
    expect(card.composer.form).to_contain_text("Waiting for the customer to answer YES.")
    expect(card.composer.box).to_be_disabled()
    # Not twice, by whomever.
    again = cluster.staff(sub="staff-ada", name="Ada Park").client.post(
        staff.conversations_url + "/v1/texts", json={"clientMessageId": "again", "phone": number})
    assert (again.status_code, again.json()["code"]) == (422, "consent-pending"), again.text
    phone = cluster.texter(number)
    phone.text("yes")
    expect(card.contact).to_contain_text("Agreed to texts")
    expect(card.composer.box).to_be_enabled()
    card.composer.box.fill("Thank you, Ana.")
    card.composer.send_text.click()
    expect(card.activity.get_by_text("Thank you, Ana.", exact=True)).to_have_count(1)
    # From the deal it is found again, and asked no second time.
    sam.page.goto(f"{sam.url}/deals/{deal}")
    button = card.contact.get_by_role("button", name=f"Text {shown(number)}", exact=True)
    expect(card.contact).to_contain_text("Agreed to texts")
    button.click()
    sam.page.wait_for_url(re.compile(f"/conversations/{text}/deal"))
    assert len(staff.messages(text)) == 3


def png(width: int, height: int, colour: tuple[int, int, int]) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    rows = (b"\0" + bytes(colour) * width) * height
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)) + chunk(
        b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def test_what_came_with_a_text_is_shown(texted, log, cluster):
    sam = texted.sam
    message = log.sends_files(texted.conversation, texted.number, "", "image/png", "application/pdf", "video/mp4")
    bubble = sam.page.locator(f'[data-message="{message}"]')
    expect(bubble).to_contain_text("Photo on its way…")
    photo = png(120, 90, (40, 90, 200))
    log.stored(message, 0, photo, "image/png")
    log.stored(message, 1, b"%PDF-1.4 nothing", "application/pdf")
    log.refused(message, 2, "size")
    picture = bubble.get_by_role("img", name="Photo from the customer")
    expect(picture).to_be_visible()
    assert picture.evaluate("(one) => [one.naturalWidth, one.naturalHeight]") == [120, 90]
    expect(bubble).to_contain_text("Video not shown: it is too large")
    with sam.page.expect_download() as download:
        bubble.get_by_role("button", name="attachment-2.pdf").click()
    assert Path(download.value.path()).read_bytes() == b"%PDF-1.4 nothing"
    bubble.get_by_role("button", name="Photo from the customer").click()
    dialog = sam.page.get_by_role("dialog", name="Photo from the customer")
    expect(dialog.get_by_role("img", name="Photo from the customer")).to_be_visible()
    dialog.get_by_role("button", name="Close").click()
    expect(sam.row(texted.conversation)).to_contain_text("3 files")

    path = f"/v1/conversations/{texted.conversation}/messages/{message}/media"
    answer = texted.staff.get(f"{path}/0")
    assert (answer.status_code, answer.content, answer.headers["content-type"]) == (200, photo, "image/png")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"] == "sandbox"
    assert answer.headers["content-disposition"] == "inline"
    assert texted.staff.get(f"{path}/1").headers["content-disposition"].startswith("attachment")
    assert texted.staff.get(f"{path}/2").status_code == 404
    assert texted.staff.get(f"{path}/9").status_code == 404
    other = cluster.staff(names.OTHER)
    assert other.get(f"{path}/0").status_code == 404
