"""Signing in: by the ready link, by pasting, and again when a token has expired. The Support panel."""

import re

from kit.wait import until
from playwright.sync_api import expect
from stage import names


def test_the_ready_link_signs_in_and_leaves_no_token_behind(people):
    sam = people.staff()
    expect(sam.list).to_be_attached()
    expect(sam.filter("All")).to_be_visible()
    assert "token" not in sam.page.url
    sam.page.reload()
    expect(sam.filter("All")).to_be_visible()
    expect(sam.sign_in).to_have_count(0)


def test_a_token_can_be_pasted(people):
    from pages.console import Console
    person = people.person("pasting")
    person.watch.allow(r"Failed to load resource.*40[01]")
    console = Console(person.context.new_page(), people.cluster.url["conversations"], person)
    console.page.goto(console.url)
    expect(console.sign_in).to_be_visible()
    expect(console.list).to_have_count(0)
    console.sign_in_by_paste("not a token at all")
    expect(console.page.get_by_role("alert").first).to_be_visible()
    forged = people.staff_token()[:-6] + "AAAAAA"
    console.sign_in_by_paste(forged)
    expect(console.page.get_by_role("alert").first).to_be_visible()
    expect(console.sign_in).to_be_visible()
    console.sign_in_by_paste(people.staff_token())
    expect(console.filter("All")).to_be_visible()
    expect(console.sign_in).to_have_count(0)


def test_an_expired_token_says_so_and_keeps_unsent_text(people, cluster):
    """Services take a token for a minute after its end: this one has some seconds of that minute left."""
    customer = cluster.visitor().begin()
    customer.say("Are you there?")
    cluster.staff().wait_for(customer.conversation)
    from pages.console import Console
    person = people.person("expiring")
    person.watch.allow(r"Failed to load resource.*401")
    sam = Console(person.context.new_page(), cluster.url["conversations"], person)
    sam.page.goto(f"{sam.url}/conversations/{customer.conversation}#token={people.staff_token(expires_in=-45)}")
    sam.log.wait_for("Are you there?")
    sam.composer.box.fill("A long answer that took an hour to wr")
    expect(sam.expired).to_be_visible()
    expect(sam.expired.get_by_text("Your sign-in has expired")).to_be_visible()
    expect(sam.composer.box).to_have_value("A long answer that took an hour to wr")
    customer.say("Said while nobody was signed in")
    sam.sign_in_by_paste(people.staff_token(), sam.expired)
    expect(sam.expired).to_have_count(0)
    expect(sam.composer.box).to_have_value("A long answer that took an hour to wr")
    sam.log.wait_for("Said while nobody was signed in")
    sam.composer.box.press("End")
    sam.composer.box.press_sequentially("ite")
    sam.composer.box.press("Enter")
    expect(sam.log.state("an hour to write", "Sent")).to_be_visible()
    sam.log.wait_for_order(["Are you there?", "Said while nobody was signed in", "an hour to write"])


def test_support_is_in_the_corner_of_every_screen(people, cluster):
    """Contact, the conversation's id and the last correlation id, ready to copy."""
    customer = cluster.visitor().begin()
    customer.say("Something is odd")
    staff = cluster.staff()
    staff.wait_for(customer.conversation)
    deal = staff.qualify(customer.conversation)["dealId"]
    sam = people.staff(
        path=f"/conversations/{customer.conversation}", permissions=["clipboard-read", "clipboard-write"])
    correlations: list[str] = []
    sam.page.on("response", lambda one: correlations.append(one.headers.get("x-correlation-id", "")))
    sam.log.wait_for("Something is odd")
    sam.composer.say("I have a look")
    expect(sam.log.state("I have a look", "Sent")).to_be_visible()
    for path in ("", f"/deals/{deal}"):
        if path:
            sam.page.goto(sam.url + path)
            sam.deal_card().wait()
        box = sam.support_button.bounding_box()
        size = sam.page.viewport_size
        assert box["x"] > size["width"] * 0.8 and box["y"] > size["height"] * 0.8, box
        sam.support_button.click()
        panel = sam.support
        expect(panel).to_contain_text(names.SUPPORT_NAME)
        expect(panel).to_contain_text(names.SUPPORT_EMAIL)
        assert re.sub(r"\D", "", names.SUPPORT_PHONE)[-10:] in re.sub(r"\D", "", panel.inner_text())
        expect(panel).to_contain_text("Conversation")
        expect(panel).to_contain_text(customer.conversation)
        expect(panel).to_contain_text("Correlation id")
        until(lambda: any(one and one in panel.inner_text() for one in correlations), "a correlation id that was given")
        panel.get_by_role("button", name="Copy").first.click()
        copied = until(lambda: sam.page.evaluate("navigator.clipboard.readText()"), "the copy")
        assert customer.conversation in copied and any(one and one in copied for one in correlations), copied
        sam.page.keyboard.press("Escape")
        expect(panel).to_have_count(0)
