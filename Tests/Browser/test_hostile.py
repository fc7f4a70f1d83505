"""300 hostile strings through widget, list, preview and deal card: shown as text, to the letter, and nothing breaks."""

import re
import time

import pytest
from kit.wait import until
from pages.parts import assert_no_break, is_in_view
from playwright.sync_api import TimeoutError, expect
from stage import hostile, names

TEXTS = hostile.texts()
SENT = [hostile.kept(one) for one in TEXTS]
# As many by hand as a text box takes without changing them.
TYPED = [one for one in SENT if one.isprintable() and one == one.strip()][:20]

# Controls draw nothing: a page may leave them out.
_MISSING = """(root, texts) => {
  const drawn = (text) => text.replace(/[\\u0000-\\u0008\\u000b-\\u001f\\u007f-\\u009f]/g, "");
  const shown = new Set([...root.querySelectorAll('*')].map((one) => drawn(one.textContent)));
  return texts.filter((one) => !shown.has(drawn(one)));
}"""
# The whole draft as one element's text, or the part of it that is looked for.
_PREVIEWED = """([text, isPart]) => {
  const drawn = (text) => text.replace(/[\\u0000-\\u0008\\u000b-\\u001f\\u007f-\\u009f]/g, "");
  const group = document.querySelector('[aria-label="Live preview"]');
  const wanted = drawn(text);
  return group?.checkVisibility() && [group, ...group.querySelectorAll('*')].some((one) =>
    drawn(one.textContent) === wanted || (isPart && one.textContent.includes(wanted)));
}"""
_ALIVE = "script, iframe, object, embed, form, style, link, meta, base, img[src], video, audio, marquee, textarea"


def assert_shown(root, texts: list[str]) -> None:
    def all_there():
        missing = root.evaluate(_MISSING, texts)
        assert not missing, f"{len(missing)} not shown as sent: {[one[:60] for one in missing[:5]]}"
        return True
    until(all_there, "every text", names.PATIENCE)
    assert root.locator(_ALIVE).count() == 0, "a text became an element"
    for address in root.locator("a").evaluate_all("all => all.map((one) => one.getAttribute('href'))"):
        assert re.match(r"(https?://|mailto:|tel:|/)", address, re.I) and not address.startswith("//"), address


def listen(console_or_widget, wanted: set[str]) -> None:
    page = console_or_widget.page
    page.on("request", lambda one: "evil.example" in one.url and wanted.add(one.url))


@pytest.fixture(scope="module")
def fetched():
    """What was asked of the attacker's host."""
    return set()


@pytest.fixture(scope="module")
def conversation(cluster):
    """One customer who says it all, and what the fixtures share of them."""
    return {}


def test_through_the_widget_into_the_thread(people, cluster, conversation, fetched):
    customer = people.customer(names.HOSTILE)
    listen(customer, fetched)
    requests = []
    customer.page.on("request", lambda one: one.url.endswith("/v1/messages") and requests.append(one))
    for text in TYPED:
        customer.box.fill(text)
        customer.box.press("Enter")
    until(lambda: customer.page.evaluate("1") and requests, "a message to be sent")
    api = cluster.visitor(names.HOSTILE)
    api.token = requests[0].all_headers()["authorization"].removeprefix("Bearer ")
    until(lambda: customer.log.missing(TYPED) == [], "what was typed")
    for text in (one for one, kept in zip(TEXTS, SENT) if kept not in TYPED):
        assert api.send(text).status_code == 202
    staff = cluster.staff(names.HOSTILE)
    conversation["id"] = until(lambda: staff.conversations(), "the conversation")[0]["id"]
    stored = [one["text"] for one in staff.wait_for(conversation["id"], 300)]
    assert sorted(stored) == sorted(SENT)
    assert_shown(customer.log.log, SENT)
    assert_no_break(customer.page, [customer.dialog])
    assert is_in_view(customer.box) and is_in_view(customer.send)
    sam = people.staff(names.HOSTILE, path=f"/conversations/{conversation['id']}")
    listen(sam, fetched)
    assert_shown(sam.log.log, SENT)
    assert_no_break(sam.page, [sam.list, sam.main, sam.side])
    assert is_in_view(sam.composer.box) and is_in_view(sam.composer.send)
    assert not fetched


def test_in_the_list(people, cluster, fetched):
    """A conversation for each, so that each is a last message."""
    for text in TEXTS:
        customer = cluster.visitor(names.HOSTILE).begin()
        customer.say(text)
    staff = cluster.staff(names.HOSTILE)
    until(lambda: len(staff.conversations(limit=200)) >= 300, "the conversations")
    sam = people.staff(names.HOSTILE)
    listen(sam, fetched)
    more = sam.page.get_by_role("button", name="Show more")
    expect(sam.rows.nth(20)).to_be_attached()

    def all_rows():
        if more.count() and more.is_visible():
            more.click()
        assert sam.rows.count() >= 300, sam.rows.count()
        return True

    until(all_rows, "every row", names.PATIENCE)
    assert_shown(sam.list, SENT)
    assert_no_break(sam.page, [sam.list])
    heights = sam.rows.evaluate_all("all => all.map((one) => one.getBoundingClientRect().height)")
    assert max(heights) <= 2 * min(heights), "a text makes its row taller than others"
    assert not fetched


def test_in_the_preview(people, cluster, fetched):
    customer = cluster.visitor(names.HOSTILE).begin()
    customer.say("I will type a lot")
    cluster.staff(names.HOSTILE).wait_for(customer.conversation)
    sam = people.staff(names.HOSTILE, path=f"/conversations/{customer.conversation}")
    listen(sam, fetched)
    sam.log.wait_for("I will type a lot")
    revision = int(time.time() * 1000)
    for number, text in enumerate(SENT):
        # Digits that look like a card's are masked; of a long draft the end is shown.
        wanted = text[-40:] if len(text) > 1000 else text
        if re.search(r"\d[\d .-]{7,}\d", text):
            wanted = "•"
        customer.draft(text, revision + number)
        try:
            sam.page.wait_for_function(_PREVIEWED, arg=[wanted, wanted != text])
        except TimeoutError as error:
            raise AssertionError(f"{text[:60]!r} is not previewed as {wanted!r}") from error
        if number % 10 == 0 or len(text) > 500:
            assert_no_break(sam.page, [sam.main])
            assert is_in_view(sam.composer.box)
    assert sam.preview.locator(_ALIVE).count() == 0
    assert not fetched


def test_in_the_deal_card(people, cluster, conversation, fetched):
    """With a name that is no better."""
    staff = cluster.staff(names.HOSTILE)
    deal = staff.qualify(conversation["id"], customer={
        "firstName": f"<img src=x onerror={hostile.PWN}>", "lastName": "\u202e" + "W" * 90,
        "email": "a@b.example"})["dealId"]
    sam = people.staff(names.HOSTILE, path=f"/deals/{deal}")
    listen(sam, fetched)
    card = sam.deal_card().wait()
    expect(card.contact).to_contain_text("<img src=x onerror=")
    card.show("Activity")
    assert_shown(card.activity, SENT)
    assert_no_break(sam.page, [card.contact, card.deal, card.activity])
    assert is_in_view(card.composer.box)
    card.show("Conversations")
    assert_shown(card.log.log, SENT)
    assert_no_break(sam.page, [card.contact, card.deal, card.main])
    assert is_in_view(card.composer.box) and is_in_view(card.composer.send)
    sam.page.goto(f"{sam.url}/conversations/{conversation['id']}")
    expect(sam.heading).to_contain_text("<img src=x onerror=")
    assert_no_break(sam.page, [sam.list, sam.main, sam.side])
    assert not fetched
