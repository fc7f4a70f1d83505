"""The Conversations Menu: filters, marks, search, waiting time, live in every open console."""

import re

import pytest
from kit.wait import until
from playwright.sync_api import expect
from stage import names, screen


def counts(console) -> dict[str, int]:
    return {name: console.count(name) for name in ("All", "Chat", "Live now", "Unreplied", "Mine", "Closed")}


def wait_for_counts(console, *wanted: int) -> None:
    def right():
        assert tuple(counts(console).values()) == wanted, counts(console)
        return True
    until(right, f"counts {wanted}", names.PATIENCE)


def wait_for_rows(console, *conversations: str) -> None:
    def right():
        assert set(console.order()) == set(conversations), console.order()
        return True
    until(right, "the rows of a filter", names.PATIENCE)


def test_filters_show_live_counts_in_every_open_console(people, cluster):
    """All, Chat, Live now, Unreplied, Mine, Closed; updates without a reload."""
    shop = names.MENU
    sam, ada = people.staff(shop), people.staff(shop, sub="staff-ada", name="Ada Park")
    wait_for_counts(sam, 0, 0, 0, 0, 0, 0)
    web = people.customer(shop).begin("Is the blue one still there?")
    gone = cluster.visitor(shop).begin()
    gone.say("Do you take trade-ins?")
    cluster.texter("+13145550171", shop).text("Can I come by at five?")
    for console in (sam, ada):
        wait_for_counts(console, 3, 3, 1, 3, 0, 0)
    texted = next(one["id"] for one in cluster.staff(shop).conversations() if one["channel"] == "sms")
    sam.choose("Chat")
    wait_for_rows(sam, web, gone.conversation, texted)
    sam.choose("Live now")
    wait_for_rows(sam, web)

    ada.open(gone.conversation).composer.say("We do, bring it by.")
    for console in (sam, ada):
        wait_for_counts(console, 3, 3, 1, 2, 0, 0)
    sam.choose("Unreplied")
    wait_for_rows(sam, web, texted)
    sam.open(texted).button("Assign to me").click()
    wait_for_counts(sam, 3, 3, 1, 2, 1, 0)
    wait_for_counts(ada, 3, 3, 1, 2, 0, 0)
    sam.choose("Mine")
    wait_for_rows(sam, texted)
    sam.button("Unassign").click()
    wait_for_counts(sam, 3, 3, 1, 2, 0, 0)
    wait_for_rows(sam)

    ada.button("Close").click()
    for console in (sam, ada):
        wait_for_counts(console, 3, 3, 1, 2, 0, 1)
    sam.choose("Closed")
    wait_for_rows(sam, gone.conversation)
    sam.open(gone.conversation)
    sam.button("Reopen").click()
    wait_for_counts(ada, 3, 3, 1, 2, 0, 0)
    sam.choose("All")
    sam.open(texted).button("Ignore").click()
    wait_for_counts(ada, 3, 3, 1, 1, 0, 0)


def test_a_text_shows_the_word_and_no_dot(people, cluster):
    cluster.texter("+13145550172").text("Is the red one automatic?")
    staff = cluster.staff()
    texted = until(lambda: next((one["id"] for one in staff.conversations(q="3145550172")), None), "the text")
    sam = people.staff()
    row = sam.row(texted)
    expect(sam.icon(row)).to_be_visible()
    expect(row.get_by_text("Text", exact=True)).to_be_visible()
    expect(row.get_by_role("img", name=re.compile("website", re.I))).to_have_count(0)
    sam.open(texted)
    expect(sam.composer.tab("Text")).to_be_visible()
    expect(sam.main.get_by_role("img", name=re.compile("website", re.I))).to_have_count(0)
    expect(sam.preview).to_have_count(0)


@pytest.mark.parametrize(
    "wanted", ["Quillfeather", "(314) 555-0188", "3145550188", "quill@example.com", "zebra-striped"])
def test_search(people, cluster, wanted):
    """By name, phone, e-mail and text."""
    staff = cluster.staff()
    if not staff.conversations(q="zebra-striped"):
        known, other = cluster.visitor().begin(), cluster.visitor().begin()
        known.say("I want a zebra-striped van.")
        other.say("Nothing in particular.")
        staff.wait_for(known.conversation)
        staff.qualify(known.conversation, customer={
            "firstName": "Quincy", "lastName": "Quillfeather", "email": "quill@example.com", "phone": "3145550188"})
    sam = people.staff()
    expect(sam.rows.nth(1)).to_be_visible()
    sam.search.fill(wanted)
    expect(sam.rows).to_have_count(1)
    expect(sam.rows.first).to_contain_text("Quincy Quillfeather")
    sam.search.fill("nobody has said this")
    expect(sam.rows).to_have_count(0)
    sam.search.fill("")
    expect(sam.rows.nth(1)).to_be_visible()


def test_the_list_says_how_long_a_customer_has_been_waiting(people, cluster):
    customer = cluster.visitor().begin()
    customer.say("Anybody there?")
    cluster.staff().wait_for(customer.conversation)
    sam = people.staff(clock=True)
    row = sam.row(customer.conversation)
    expect(row).to_contain_text("waiting")
    sam.page.clock.fast_forward("05:00")
    expect(row).to_contain_text(re.compile(r"waiting [5-7] min"))
    sam.open(customer.conversation).composer.say("Yes!")
    expect(row).not_to_contain_text("waiting")


def test_a_new_message_changes_the_title_and_notifies(people, cluster):
    customer = cluster.visitor().begin()
    customer.say("First")
    sam = people.staff(permissions=["notifications"], script="""
      window.notified = [];
      const Real = window.Notification;
      window.Notification = class extends EventTarget {
        static permission = "granted";
        static requestPermission = async () => "granted";
        constructor(title, options) { super(); window.notified.push([title, options?.body ?? ""]); }
        close() {}
      };""")
    expect(sam.row(customer.conversation)).to_be_visible()
    notify = sam.page.get_by_role("button", name="Notify me")
    if notify.get_attribute("aria-pressed") != "true":
        notify.click()
    expect(notify).to_have_attribute("aria-pressed", "true")
    screen.hide(sam.page)
    before = sam.page.title()
    customer.say("Second, while you look elsewhere")
    until(lambda: sam.page.title() != before, "another title", names.PATIENCE)
    until(lambda: sam.page.evaluate("window.notified.length"), "a notification", names.PATIENCE)
    expect(sam.row(customer.conversation).get_by_label(re.compile(r"\b2 unread"))).to_have_count(1)
    screen.show(sam.page)
    sam.open(customer.conversation)
    until(lambda: not re.search(r"\d", sam.page.title()), "the title to be calm again", names.PATIENCE)
    expect(sam.row(customer.conversation).get_by_label(re.compile("unread"))).to_have_count(0)


def test_new_messages_wait_below_while_one_reads_above(people, cluster):
    """A chip says how many; nothing moves what one is reading."""
    customer = cluster.visitor().begin()
    for number in range(60):
        customer.say(f"Line {number}")
    cluster.staff().wait_for(customer.conversation, 60)
    sam = people.staff(path=f"/conversations/{customer.conversation}")
    sam.log.wait_for("Line 59")
    expect(sam.log.message("Line 59")).to_be_in_viewport()
    sam.log.message("Line 3").first.scroll_into_view_if_needed()
    sam.log.message("Line 30").first.hover()
    before = sam.log.message("Line 30").first.bounding_box()
    for number in range(3):
        customer.say(f"Late {number}")
    chip = sam.page.get_by_role("button", name="3 new")
    expect(chip).to_be_visible()
    assert sam.log.message("Line 30").first.bounding_box() == before
    chip.click()
    expect(sam.log.message("Late 2")).to_be_in_viewport()
    expect(chip).to_have_count(0)


def test_a_new_chat_comes_in_while_the_pointer_is_on_the_list(people, cluster):
    sam = people.staff()
    first = cluster.visitor().begin()
    first.say("Under the pointer")
    row = sam.row(first.conversation)
    row.hover()
    box = row.bounding_box()
    second = cluster.visitor().begin()
    second.say("Not under the pointer")
    chip = sam.page.get_by_role("button", name=re.compile(r"^\d+ new$"))
    there = sam.row(second.conversation)
    # Not while somebody may be about to click, but not only when the pointer goes either.
    until(lambda: chip.is_visible() or there.count(), "the chip, or the row", names.PATIENCE)
    if chip.is_visible():
        assert row.bounding_box() == box, "the row moved under the pointer"
    expect(there).to_be_visible()
    expect(chip).to_be_hidden()


def test_two_dealerships_are_switched_between(people, cluster):
    first, second = cluster.visitor(names.MAIN).begin(), cluster.visitor(names.OTHER).begin()
    first.say("To the first")
    second.say("To the second")
    sam = people.staff(names.MAIN, names.OTHER)
    expect(sam.row(first.conversation)).to_be_visible()
    expect(sam.row(second.conversation)).to_have_count(0)
    sam.dealership.select_option(label="Shop 2")
    expect(sam.row(second.conversation)).to_be_visible()
    expect(sam.row(first.conversation)).to_have_count(0)
    second.say("And live")
    expect(sam.row(second.conversation)).to_contain_text("And live")
    ada = people.staff(names.MAIN, sub="staff-ada", name="Ada Park")
    expect(ada.row(first.conversation)).to_be_visible()
    expect(ada.dealership).to_have_count(0)
