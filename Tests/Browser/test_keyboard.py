"""The console by keyboard alone, and on a phone."""

import pytest
from kit.wait import until
from playwright.sync_api import expect
from stage import names

# Something is drawn around or in whatever has the focus.
_RING = """() => {
  let one = document.activeElement;
  while (one.shadowRoot?.activeElement) one = one.shadowRoot.activeElement;
  const look = (style) => [style.outlineStyle === "none" ? "" : style.outlineWidth + style.outlineColor,
    style.boxShadow, style.borderColor, style.backgroundColor].join("|");
  const parts = [one, one.parentElement, one.parentElement?.parentElement].filter(Boolean);
  const focused = parts.map((part) => look(getComputedStyle(part)));
  one.blur();
  const blurred = parts.map((part) => look(getComputedStyle(part)));
  one.focus({ focusVisible: true });
  return focused.join() !== blurred.join();
}"""


@pytest.fixture
def three(cluster):
    """Conversations, the newest first as the list shows them."""
    said = []
    for number in range(3):
        customer = cluster.visitor().begin()
        customer.say(f"Keyboard {number}")
        said.insert(0, customer)
    cluster.staff().wait_for(said[0].conversation)
    return said


def test_everything_by_keyboard(people, cluster, three):
    sam = people.staff()
    keys = sam.page.keyboard
    expect(sam.row(three[0].conversation)).to_be_visible()
    until(lambda: sam.order()[:3] == [one.conversation for one in three], "the newest on top")
    keys.press("j")
    first = sam.rows.nth(0).get_by_role("link")
    expect(first).to_be_focused()
    keys.press("j")
    expect(sam.rows.nth(1).get_by_role("link")).to_be_focused()
    keys.press("ArrowDown")
    expect(sam.rows.nth(2).get_by_role("link")).to_be_focused()
    keys.press("k")
    expect(sam.rows.nth(1).get_by_role("link")).to_be_focused()
    assert sam.page.evaluate(_RING), "the focus is not visible on a row"
    keys.press("Enter")
    sam.wait_until_open(three[1].conversation)
    sam.log.wait_for("Keyboard 1")
    keys.press("r")
    expect(sam.composer.box).to_be_focused()
    assert sam.page.evaluate(_RING), "the focus is not visible in the reply box"
    keys.type("jk/q? are letters here")
    keys.press("Enter")
    expect(sam.log.state("jk/q? are letters here", "Sent")).to_be_visible()
    # An update does not take the focus away.
    three[1].say("Another message")
    sam.log.wait_for("Another message")
    expect(sam.composer.box).to_be_focused()
    keys.press("Escape")
    if sam.composer.box.evaluate("(one) => one === document.activeElement"):
        sam.composer.box.blur()
    keys.press("q")
    expect(sam.qualify.field("First name")).to_be_focused()
    keys.type("Kim")
    keys.press("Tab")
    expect(sam.qualify.field("Last name")).to_be_focused()
    keys.type("Park")
    keys.press("Tab")
    keys.type("kim@example.com")
    keys.press("Enter")
    sam.qualify.wait_for_deal()
    assert len(cluster.staff().deals(three[1].conversation)) == 1
    sam.page.evaluate("document.activeElement.blur()")
    keys.press("/")
    expect(sam.search).to_be_focused()
    keys.type("Keyboard 2")
    expect(sam.rows.first).to_contain_text("Keyboard 2")
    sam.page.evaluate("document.activeElement.blur()")
    keys.press("?")
    dialog = sam.page.get_by_role("dialog", name="Keyboard")
    expect(dialog).to_be_visible()
    keys.press("Escape")
    expect(dialog).to_have_count(0)


def test_tab_reaches_everything_and_is_always_seen(people, three):
    sam = people.staff(path=f"/conversations/{three[0].conversation}")
    sam.log.wait_for("Keyboard 2")
    reached = set()
    for _ in range(120):
        sam.page.keyboard.press("Tab")
        name = sam.page.evaluate("""() => { const one = document.activeElement;
          return one === document.body ? ""
            : one.getAttribute("aria-label") || one.name || one.textContent.trim(); }""")
        if name:
            assert sam.page.evaluate(_RING), f"the focus is not visible on {name!r}"
        reached.add(name)
        if "Support" in reached and "Message" in reached and "Qualify" in reached:
            break
    for wanted in ("Message", "Search conversations", "Qualify", "Support", "firstName"):
        assert wanted in reached or any(wanted in one for one in reached), f"{wanted} is not reached: {reached}"


def test_on_a_phone_one_column_at_a_time(people, cluster, three):
    sam = people.staff(viewport=names.PHONE)
    conversation = three[0].conversation
    width = names.PHONE["width"]

    def assert_fits():
        assert sam.page.evaluate("document.documentElement.scrollWidth") <= width, "scrolls sideways"

    expect(sam.row(conversation)).to_be_visible()
    expect(sam.composer.box).not_to_be_visible()
    assert_fits()
    sam.row(conversation).get_by_role("link").first.tap()
    sam.wait_until_open(conversation)
    sam.log.wait_for("Keyboard 2")
    expect(sam.list).not_to_be_visible()
    expect(sam.composer.box).to_be_visible()
    box = sam.composer.box.bounding_box()
    assert box["y"] + box["height"] <= names.PHONE["height"] and box["x"] >= 0
    assert_fits()
    sam.composer.box.tap()
    sam.composer.box.fill("From a phone")
    sam.composer.send.tap()
    expect(sam.log.state("From a phone", "Sent")).to_be_visible()
    expect(sam.qualify.form).not_to_be_visible()
    sam.page.get_by_role("button", name="Customer details").tap()
    expect(sam.qualify.form).to_be_visible()
    sam.qualify.fill("Ana", "Ortiz", "ana@example.com").qualify()
    sam.qualify.wait_for_deal()
    assert_fits()
    sam.page.get_by_role("button", name="Close details").or_(
        sam.page.get_by_role("button", name="Customer details")).last.tap()
    expect(sam.qualify.form).not_to_be_visible()
    sam.page.get_by_role("button", name="Back").or_(sam.page.get_by_role("link", name="Back")).first.tap()
    expect(sam.row(conversation)).to_be_visible()
    expect(sam.composer.box).not_to_be_visible()


def test_the_side_is_a_drawer_on_a_narrow_screen(people, three):
    sam = people.staff(path=f"/conversations/{three[0].conversation}", viewport={"width": 1000, "height": 800})
    sam.log.wait_for("Keyboard 2")
    expect(sam.list).to_be_visible()
    expect(sam.qualify.form).not_to_be_visible()
    sam.page.get_by_role("button", name="Customer details").click()
    expect(sam.qualify.form).to_be_visible()


def test_three_columns_on_a_desktop(people, three):
    sam = people.staff(path=f"/conversations/{three[0].conversation}")
    sam.log.wait_for("Keyboard 2")
    places = [one.bounding_box()["x"] for one in (sam.filters, sam.list, sam.main, sam.side)]
    assert places == sorted(places), places
    box = sam.composer.box.bounding_box()
    assert box["y"] > sam.page.viewport_size["height"] * 0.75, "the reply box is not at the bottom"
