"""The yellow icon and the green dot: whether the customer is on the website now."""

import re

import pytest
from kit.wait import until
from pages.parts import colours
from playwright.sync_api import expect
from stage import names, screen


def assert_upper_left(dot, icon) -> None:
    """The dot's centre lies in the icon's upper-left quarter, or just outside that corner."""
    small, large = dot.bounding_box(), icon.bounding_box()
    x, y = small["x"] + small["width"] / 2, small["y"] + small["height"] / 2
    assert abs(small["width"] - small["height"]) <= 1
    assert large["x"] - small["width"] <= x < large["x"] + large["width"] / 2, (small, large)
    assert large["y"] - small["height"] <= y < large["y"] + large["height"] / 2, (small, large)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_chat_has_a_yellow_icon_and_a_live_one_a_green_dot(people, cluster, scheme):
    """In the list, the thread's head and the deal card, with words."""
    customer = people.customer()
    conversation = customer.begin("Is the blue one still there?")
    deal = cluster.staff().qualify(conversation)["dealId"]
    sam = people.staff(scheme=scheme)
    sam.wait_for_dot(conversation)
    sam.open(conversation)
    head = sam.main
    ada = people.staff(path=f"/deals/{deal}", sub="staff-ada", name="Ada Park", scheme=scheme)
    card = ada.deal_card().wait().contact
    for place in (sam.row(conversation), head, card):
        icon, dot = sam.icon(place), sam.dot(place).first
        expect(icon).to_be_visible()
        expect(dot).to_be_visible()
        assert names.YELLOW in colours(icon), colours(icon)
        assert names.GREEN in colours(dot), colours(dot)
        assert_upper_left(dot, icon)
    expect(head.get_by_text("On website now").first).to_be_visible()


def test_the_dot_outlives_navigation_and_goes_with_the_last_tab(people):
    customer = people.customer()
    conversation = customer.begin("Looking around")
    sam = people.staff()
    sam.wait_for_dot(conversation)
    screen.record_absence(sam.page, f'li[data-conversation="{conversation}"] [aria-label^="On website now"]')
    customer.page.get_by_role("link", name="Inventory", exact=True).evaluate("one => one.click()")
    customer.page.wait_for_url("**/inventory")
    other = customer.new_tab("finance")
    customer.page.close(run_before_unload=True)
    # Longer than the grace: a tab that only went to the next page must not count as gone when it ends.
    screen.pause(sam.page, 13)
    sam.wait_for_dot(conversation)
    assert screen.absences(sam.page) == 0, "the dot went away in between"
    expect(other.box).to_be_visible()
    other.page.close(run_before_unload=True)
    sam.wait_for_no_dot(conversation)
    expect(sam.icon(sam.row(conversation))).to_be_visible()
    customer.page = customer.person.context.new_page()
    customer.visit("inventory/12886")
    sam.wait_for_dot(conversation)


def test_a_hidden_tab_is_said_to_be_hidden(people):
    customer = people.customer()
    conversation = customer.begin("One moment")
    sam = people.staff()
    sam.wait_for_dot(conversation)
    screen.hide(customer.page)
    expect(sam.row(conversation).get_by_role("img", name="On website now, tab hidden")).to_be_visible()
    screen.show(customer.page)
    sam.wait_for_dot(conversation)


def test_without_presence_the_dot_is_unknown_not_green(people, cluster):
    """The console's clock is moved on past the announcement's end; nobody renews it."""
    customer = people.customer()
    conversation = customer.begin("Are you there?")
    sam = people.staff(clock=True)
    sam.wait_for_dot(conversation)
    sam.open(conversation)
    cluster["presence"].kill()
    try:
        sam.page.clock.fast_forward("03:00")
        for place in (sam.row(conversation), sam.main):
            expect(place.get_by_role("img", name="Website status unknown").first).to_be_visible()
            expect(place.get_by_role("img", name=re.compile("^On website now"))).to_have_count(0)
        customer.say("And chat goes on")
        sam.log.wait_for("And chat goes on")
        sam.composer.say("It does")
        customer.log.wait_for("It does")
    finally:
        cluster.restart("presence")
    # Its own clock again.
    ada = people.staff(sub="staff-ada", name="Ada Park")
    ada.wait_for_dot(conversation)


def test_the_dot_is_for_the_customer_who_is_there(people, cluster):
    there = people.customer()
    present = there.begin("I am here")
    absent = cluster.visitor().begin()
    absent.say("I was here")
    sam = people.staff()
    sam.wait_for_dot(present)
    expect(sam.row(absent.conversation)).to_be_visible()
    sam.wait_for_no_dot(absent.conversation)
    until(lambda: sam.count("Live now") >= 1, "the count")
