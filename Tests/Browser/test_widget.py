"""The widget through a customer's visit."""

from kit.wait import until
from playwright.sync_api import expect
from stage import names


def test_it_greets_in_the_dealerships_name(people):
    customer = people.customer(names.LAKESIDE)
    expect(customer.launcher.or_(customer.dialog).first).to_be_visible()
    expect(customer.dialog).to_contain_text("Lakeside Cars")
    expect(customer.dialog).to_contain_text("Hi! How can we help you today?")
    expect(people.customer().dialog).to_contain_text("Shop 1")


def test_the_first_message_is_kept_before_anything_is_asked(people, cluster):
    customer = people.customer()
    expect(customer.contact).to_have_count(0)
    conversation = customer.begin("Is the blue one still there?")
    cluster.staff().wait_for(conversation, 1)
    expect(customer.contact).to_be_visible()
    customer.contact.get_by_role("textbox", name="Name").fill("Ana Ortiz")
    customer.contact.get_by_role("textbox", name="E-mail").fill("ana@example.com")
    customer.contact.get_by_role("textbox", name="Phone").fill("(314) 555-0123")
    customer.contact.get_by_role("checkbox", name="You may text or call me at this number").check()
    customer.contact.get_by_role("button", name="Share").click()
    expect(customer.contact).to_have_count(0)
    shared = cluster.staff().wait_for(conversation, 2)[1]
    assert shared["text"] == (
        "You can reach me here:\nName: Ana Ortiz\nE-mail: ana@example.com\nPhone: (314) 555-0123\n"
        "Texts and calls to this number: yes")
    [record] = [one.json for one in cluster.topic("messages").records() if one.header("ce_id") == shared["id"]]
    assert record["contact"] == {
        "name": "Ana Ortiz", "email": "ana@example.com", "phone": "+13145550123", "mayText": True}
    sam = people.staff(path=f"/conversations/{conversation}")
    sam.log.wait_for("You can reach me here:")


def test_the_contact_card_can_be_skipped(people):
    customer = people.customer()
    customer.begin("Just a question")
    customer.contact.get_by_role("button", name="Not now").click()
    expect(customer.contact).to_have_count(0)
    customer.say("And another")
    customer.page.reload()
    customer.open()
    customer.log.wait_for("And another")
    expect(customer.contact).to_have_count(0)


def test_a_reload_and_another_page_keep_the_conversation_and_unsent_text(people, cluster):
    customer = people.customer()
    conversation = customer.begin("On the first page")
    customer.box.press_sequentially("Half a thou")
    customer.page.reload()
    customer.open()
    customer.log.wait_for("On the first page")
    expect(customer.box).to_have_value("Half a thou")
    customer.visit("inventory")
    customer.open()
    expect(customer.box).to_have_value("Half a thou")
    customer.box.press("End")
    customer.box.press_sequentially("ght")
    customer.box.press("Enter")
    customer.log.wait_for_order(["On the first page", "Half a thought"])
    assert [one["text"] for one in cluster.staff().wait_for(conversation, 2)] == ["On the first page", "Half a thought"]


def test_two_tabs_show_the_same_conversation(people, cluster):
    first = people.customer()
    conversation = first.begin("From the first tab")
    second = first.new_tab("finance")
    second.log.wait_for("From the first tab")
    second.say("From the second tab")
    first.log.wait_for("From the second tab")
    cluster.staff().reply(conversation, "To both")
    for tab in (first, second):
        tab.log.wait_for_order(["From the first tab", "From the second tab", "To both"])
    assert len(cluster.staff().messages(conversation)) == 3


def test_two_dealerships_in_one_browser_never_mix(people, cluster):
    here = people.customer(names.MAIN)
    there = people.customer(names.OTHER, person=here.person)
    one, two = here.begin("For the first dealership"), there.begin("For the second dealership")
    assert one != two
    cluster.staff(names.MAIN).reply(one, "The first one answers")
    cluster.staff(names.OTHER).reply(two, "The second one answers")
    for reload in (False, True):
        for widget, mine, other in ((here, "first", "second"), (there, "second", "first")):
            if reload:
                widget.page.reload()
                widget.open()
            widget.log.wait_for_order([f"For the {mine} dealership", f"The {mine} one answers"])
            assert other not in widget.log.log.inner_text()


def test_it_ends_and_starts_anew(people, cluster):
    customer = people.customer()
    first = customer.begin("The first conversation")
    customer.button("End chat").first.click()
    asked = customer.host.get_by_role("dialog").or_(customer.host.get_by_role("alertdialog")).filter(
        has_text="End this chat?").last
    asked.get_by_role("button", name="Keep chatting").click()
    customer.say("Still the first")
    customer.button("End chat").first.click()
    asked.get_by_role("button", name="End chat").last.click()
    customer.open()
    expect(customer.log.message("Still the first")).to_have_count(0)
    second = customer.begin("The second conversation")
    assert second != first
    customer.page.reload()
    customer.open()
    customer.log.wait_for_order(["The second conversation"])
    expect(customer.log.message("The first conversation")).to_have_count(0)
    assert [one["text"] for one in cluster.staff().messages(first)] == ["The first conversation", "Still the first"]


def test_unread_replies_are_counted_on_the_launcher(people, cluster):
    customer = people.customer()
    conversation = customer.begin("I am reading something else")
    customer.button("Minimise").click()
    expect(customer.dialog).to_have_count(0)
    for text in ("First answer", "Second answer"):
        cluster.staff().reply(conversation, text)
    expect(customer.launcher).to_have_accessible_name("Chat with Shop 1, 2 unread")
    customer.launcher.click()
    customer.log.wait_for_order(["First answer", "Second answer"])
    customer.button("Minimise").click()
    expect(customer.launcher).to_have_accessible_name("Chat with Shop 1")


def test_links_are_safe(people, cluster):
    customer = people.customer()
    conversation = customer.begin("Hello")
    text = "See https://dealer.example/cars?id=1&x=2, not javascript:alert(1) or data:text/html,<b>x</b>"
    cluster.staff().reply(conversation, text)
    customer.say("https://customer.example/me and javascript:alert(2)")
    sam = people.staff(path=f"/conversations/{conversation}")
    for log in (customer.log, sam.log):
        log.wait_for("See https://dealer.example", "https://customer.example/me")
        assert log.missing([text]) == []
        links = log.log.get_by_role("link")
        hrefs = links.evaluate_all("all => all.map((one) => [one.href, one.target, one.rel])")
        assert {href for href, _, _ in hrefs} == {"https://dealer.example/cars?id=1&x=2", "https://customer.example/me"}
        for _, target, rel in hrefs:
            assert target != "_blank" or "noopener" in rel


def test_enter_sends_and_shift_enter_breaks_the_line(people):
    customer = people.customer()
    customer.box.press_sequentially("First line")
    customer.box.press("Shift+Enter")
    customer.box.press_sequentially("Second line")
    with customer.page.expect_request("**/v1/messages") as request:
        customer.box.press("Enter")
    assert request.value.post_data_json["text"] == "First line\nSecond line"
    expect(customer.log.sent("Second line")).to_be_visible()


def test_the_keyboard_alone_is_enough(people):
    customer = people.customer(open=False)
    expect(customer.launcher).to_be_visible()
    customer.launcher.focus()
    customer.page.keyboard.press("Enter")
    expect(customer.box).to_be_focused()
    customer.page.keyboard.type("By keyboard")
    customer.page.keyboard.press("Enter")
    customer.log.wait_for("By keyboard")
    customer.page.keyboard.press("Escape")
    expect(customer.dialog).to_have_count(0)
    expect(customer.launcher).to_be_focused()


def test_a_phone_gets_the_whole_screen(people):
    customer = people.customer(names.LAKESIDE, viewport=names.PHONE)
    box = customer.dialog.bounding_box()
    assert box["width"] >= names.PHONE["width"] - 1 and box["height"] >= names.PHONE["height"] - 1, box
    customer.say("From a phone")
    assert until(lambda: customer.box.is_visible(), "the box")
    customer.button("Minimise").click()
    expect(customer.launcher).to_be_visible()
