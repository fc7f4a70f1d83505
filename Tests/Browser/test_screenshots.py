"""Pictures of the three pages, for the README and for whoever looks at a run's results.

They go to `.build-test/screenshots/`, and with DIRECTCHAT_UPDATE_SCREENSHOTS=1 to `Tests/Browser/screenshots/` too.
"""

import os
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import expect
from stage import names

ROOT = Path(__file__).resolve().parents[2]
BYTES = 150_000
SIZES = {"desktop": {"width": 1280, "height": 720}, "phone": names.PHONE}


@pytest.fixture(scope="module")
def scene(cluster):
    """A morning at a dealership, up to where the pictures begin."""
    shop, staff = names.SHOWROOM, cluster.staff(names.SHOWROOM)
    for first, last, said, answer in (
        ("Marcus", "Bell", "Do you have the Tacoma in silver, 4x4?", "We do, two of them. Shall I send pictures?"),
        ("Priya", "Raman", "What would you give me for a 2018 Civic, 62,000 miles?", None),
    ):
        customer = cluster.visitor(shop).begin()
        customer.say(said)
        staff.wait_for(customer.conversation)
        staff.qualify(customer.conversation, start_new_deal=first != "Priya", customer={
            "firstName": first, "lastName": last, "email": f"{first.lower()}@example.com"})
        if answer:
            staff.reply(customer.conversation, answer)
    cluster.texter("+13145550142", shop).text("Hi, is the service department open on Sunday?")
    waiting = cluster.visitor(shop).begin()
    waiting.say("Is the price on the website the out-the-door price?")
    return shop


@pytest.fixture
def talk(people, cluster, scene):
    """Ana is on the website and in the middle of a sentence."""
    customer = people.customer(scene, page="inventory/12886")
    conversation = customer.begin("Hi! Is the blue one still there?")
    staff = cluster.staff(scene)
    staff.wait_for(conversation)
    staff.reply(conversation, "Good morning! Yes, it is on the lot, and washed.")
    customer.log.wait_for("washed")
    customer.say("Great. Does it have the tow package?")
    staff.wait_for(conversation, 3)
    staff.reply(conversation, "It does: hitch, wiring and the transmission cooler.")
    customer.log.wait_for("transmission cooler")
    return customer, conversation


def save(page, name: str, is_kept: bool = True) -> None:
    page.evaluate("document.fonts.ready")
    page.wait_for_timeout(300)
    folder = ROOT / ".build-test/screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.png"
    page.screenshot(path=path, animations="disabled", caret="hide")
    assert path.stat().st_size < BYTES, f"{path.name} has {path.stat().st_size} bytes"
    if is_kept and os.environ.get("DIRECTCHAT_UPDATE_SCREENSHOTS") == "1":
        kept = Path(__file__).parent / "screenshots"
        kept.mkdir(exist_ok=True)
        shutil.copy(path, kept)


@pytest.mark.parametrize("size", SIZES)
def test_console(people, scene, talk, size):
    customer, conversation = talk
    sam = people.staff(scene, path="/" if size == "phone" else f"/conversations/{conversation}", viewport=SIZES[size])
    sam.wait_for_dot(conversation)
    if size == "phone":
        save(sam.page, "console-phone-list", is_kept=False)
        sam.open(conversation)
    sam.log.wait_for("transmission cooler")
    if size == "desktop":
        sam.qualify.fill("Ana", "Ortiz", "ana@example.com", "(314) 555-0123")
    sam.composer.box.focus()
    customer.box.press_sequentially("Could I test drive it tom")
    sam.wait_for_preview("Could I test drive it tom")
    save(sam.page, f"console-{size}")


@pytest.mark.parametrize("size", SIZES)
def test_deal_card(people, cluster, scene, talk, size):
    customer, conversation = talk
    deal = cluster.staff(scene).qualify(conversation, customer={
        "firstName": "Ana", "lastName": "Ortiz", "email": "ana@example.com", "phone": "3145550123"})["dealId"]
    customer.say("Could I test drive it tomorrow at five?")
    sam = people.staff(scene, path=f"/deals/{deal}", viewport=SIZES[size])
    card = sam.deal_card().wait()
    card.show("Activity")
    expect(card.activity.get_by_text("Could I test drive it tomorrow at five?", exact=True)).to_be_visible()
    save(sam.page, f"deal-card-{size}")


@pytest.mark.parametrize("size", SIZES)
def test_widget(people, cluster, scene, size):
    customer = people.customer(scene, page="inventory/12886", viewport=SIZES[size])
    conversation = customer.begin("Hi! Is the blue one still there?")
    staff = cluster.staff(scene)
    staff.wait_for(conversation)
    staff.reply(conversation, "Good morning! Yes, it is on the lot, and washed.")
    customer.log.wait_for("washed")
    customer.contact.get_by_role("button", name="Not now").click()
    customer.say("Could I test drive it tomorrow?")
    staff.typing(conversation, True)
    expect(customer.typing).to_be_visible()
    save(customer.page, f"widget-{size}")
