"""The phone page of the local provider: what a person texts reaches staff, and what staff send is on the phone."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from kit.wait import until
from pages.phone import Phone
from playwright.sync_api import expect
from stage import names

axe = Axe()


@pytest.fixture
def pick_up(people, cluster):
    """Picks up a phone, in a browser of its own."""
    def one(number: str, to: str | None = names.MAIN, **options) -> Phone:
        page = people.person("phone", **options).context.new_page()
        return Phone(page, cluster.carrier.url, number).open(to and cluster.dealerships.number(to))
    return one


def send(cluster, to: str, text: str, dealership: str = names.MAIN) -> None:
    answer = cluster.carrier.send(cluster.dealerships.number(dealership), to, text)
    assert answer.status_code == 201, answer.text


def test_a_person_texts_and_is_answered(pick_up, cluster, people):
    phone = pick_up("+13145550161")
    hostile = "<img src=x onerror='window.__pwned=1'> is it there?"
    phone.say(hostile)
    phone.say("Like this one", "A blue car")
    expect(phone.log.get_by_role("img", name="A blue car")).to_be_visible()
    [found] = until(
        lambda: [one for one in cluster.staff().conversations() if one.get("phone") == phone.number],
        "the phone's conversation")
    assert found["channel"] == "sms"
    sam = people.staff(path=f"/conversations/{found['id']}")
    sam.log.wait_for(hostile, "Like this one")

    send(cluster, phone.number, "It is. Shall I hold it?")
    expect(phone.message("It is. Shall I hold it?")).to_be_visible()
    cluster.carrier.control(texts={"phones": {phone.number: 30005}})
    send(cluster, phone.number, "this one is lost")
    expect(phone.log).to_contain_text("did not reach this phone: Unknown destination handset (30005)")
    expect(phone.message("this one is lost")).to_have_count(0)
    cluster.carrier.control(texts={"phones": {}})
    # What was said stays, also for a page that is opened later.
    phone.page.reload()
    expect(phone.message("It is. Shall I hold it?")).to_be_visible()
    expect(phone.message("Like this one")).to_contain_text("Delivered")


def test_what_the_dealership_does_not_take_is_marked(pick_up, cluster):
    phone = pick_up("+13145550162")
    cluster["ingest"].kill()
    try:
        phone.box.fill("Hello?")
        phone.box.press("Enter")
        expect(phone.message("Hello?")).to_contain_text("Not delivered: The dealership's system cannot be reached")
    finally:
        cluster.restart("ingest")
    phone.say("Hello again")


def test_threads_and_numbers(pick_up, cluster):
    phone = pick_up("+13145550163")
    phone.say("Hello, first shop")
    send(cluster, phone.number, "Hello from the other shop", names.OTHER)
    other = phone.thread("Shop 2")
    expect(other).to_contain_text("Hello from the other shop")
    expect(other.get_by_text("new", exact=True)).to_be_visible()
    other.click()
    expect(phone.name).to_have_text("Shop 2")
    expect(other.get_by_text("new", exact=True)).to_be_hidden()
    expect(phone.message("Hello, first shop")).to_have_count(0)
    phone.page.go_back()
    expect(phone.message("Hello, first shop")).to_be_visible()

    # Another phone, as one types its number; it knows nothing of this.
    phone.own.fill("314 555")
    phone.write.click()
    expect(phone.page.get_by_role("alert").filter(has_text="area code")).to_be_visible()
    phone.own.fill("(314) 555-0164")
    phone.write.click()
    expect(phone.box).to_be_focused()
    expect(phone.threads).to_have_count(0)
    expect(phone.log).to_contain_text("Nothing has been written yet")
    phone.dealership.select_option(cluster.dealerships.number(names.OTHER))
    expect(phone.name).to_have_text("Shop 2")


def test_the_keyboard_is_enough(pick_up):
    phone = pick_up("+13145550165")
    phone.box.focus()
    phone.box.press_sequentially("One line")
    phone.box.press("Shift+Enter")
    phone.box.press_sequentially("and another")
    phone.page.keyboard.press("Shift+Tab")
    phone.page.keyboard.press("Enter")
    expect(phone.page.get_by_role("button", name="Add: A blue car")).to_be_focused()
    phone.page.keyboard.press("Escape")
    expect(phone.page.get_by_role("button", name="Add a picture")).to_be_focused()
    phone.page.keyboard.press("Enter")
    phone.page.keyboard.press("Enter")
    expect(phone.box).to_be_focused()
    phone.page.keyboard.press("Enter")
    expect(phone.message("and another")).to_contain_text("Delivered")
    expect(phone.message("and another").get_by_role("img", name="A blue car")).to_be_visible()


def test_on_a_small_screen(pick_up):
    phone = pick_up("+13145550166", viewport=names.PHONE)
    phone.say("Hello")
    assert phone.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    phone.back.click()
    expect(phone.box).to_be_hidden()
    expect(phone.own).to_be_focused()
    phone.thread("Shop 1").click()
    expect(phone.box).to_be_focused()
    expect(phone.message("Hello")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [names.DESKTOP, names.PHONE], ids=["desktop", "phone"])
def test_it_is_accessible(pick_up, cluster, viewport, scheme):
    # The check is a script of its own, which the page's policy rightly refuses.
    phone = pick_up("+13145550167", viewport=viewport, scheme=scheme, bypass_csp=True)
    phone.say(f"Hello {scheme} {viewport['width']}", "A dent in a door")
    send(cluster, phone.number, f"Hello to you {scheme} {viewport['width']}")
    expect(phone.message(f"Hello to you {scheme} {viewport['width']}")).to_be_visible()
    expect(phone.log).to_have_attribute("aria-live", "polite")
    phone.page.get_by_role("button", name="Add a picture").click()
    for place in ("thread", "threads") if viewport == names.PHONE else ("both",):
        if place == "threads":
            phone.page.keyboard.press("Escape")
            phone.back.click()
        faults = axe.run(phone.page, options={"resultTypes": ["violations"]}).response["violations"]
        assert [(one["id"], one["nodes"][0]["html"]) for one in faults] == [], place
