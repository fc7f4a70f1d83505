"""An automated check of the three pages, light and dark, on a desktop and on a phone."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect
from stage import names

axe = Axe()


def assert_no_serious_fault(page) -> None:
    results = axe.run(page, options={"resultTypes": ["violations"]})
    faults = [
        f"{one['id']} ({one['impact']}): {one['help']}: {[node['html'][:160] for node in one['nodes'][:3]]}"
        for one in results.response["violations"] if one["impact"] in ("serious", "critical")]
    assert not faults, "\n".join(faults)
    assert results.response.get("testEngine"), "the check did not run"


@pytest.fixture(params=["desktop-light", "desktop-dark", "phone-light", "phone-dark"])
def look(request):
    size, scheme = request.param.split("-")
    viewport = names.PHONE if size == "phone" else names.DESKTOP
    # The check is a script of its own, which the pages' policies rightly refuse.
    return {"viewport": viewport, "scheme": scheme, "bypass_csp": True}


@pytest.fixture
def talk(people, cluster):
    """A live customer in the middle of a sentence, an answer, a deal."""
    customer = people.customer()
    conversation = customer.begin("Is the blue one still there? https://example.com/12886")
    staff = cluster.staff()
    staff.wait_for(conversation)
    staff.reply(conversation, "Yes, it is on the lot.")
    deal = staff.qualify(conversation)["dealId"]
    other = cluster.visitor().begin()
    other.say("Do you take trade-ins?")
    cluster.texter("+13145550177").text("See you at five")
    return customer, conversation, deal


def test_console(people, talk, look):
    customer, conversation, _ = talk
    sam = people.staff(path=f"/conversations/{conversation}", **look)
    sam.log.wait_for("Yes, it is on the lot.")
    customer.box.press_sequentially("Could I test drive it")
    sam.wait_for_preview("Could I test drive it")
    assert_no_serious_fault(sam.page)
    sam.page.goto(sam.url)
    expect(sam.rows.first).to_be_visible()
    assert_no_serious_fault(sam.page)


def test_console_details(people, talk, look):
    """The drawer or the side, the Support panel, errors at fields, the list of keys."""
    _, conversation, _ = talk
    sam = people.staff(path=f"/conversations/{conversation}", **look)
    sam.log.wait_for("Yes, it is on the lot.")
    if not sam.qualify.form.is_visible():
        sam.page.get_by_role("button", name="Customer details").click()
    for name in ("First name", "Last name", "E-mail", "Phone"):
        sam.qualify.field(name).fill("")
    sam.qualify.qualify()
    sam.qualify.error_of("First name")
    assert_no_serious_fault(sam.page)
    sam.page.reload()
    sam.support_button.click()
    expect(sam.support).to_be_visible()
    assert_no_serious_fault(sam.page)


def test_deal_card(people, talk, look):
    *_, deal = talk
    sam = people.staff(path=f"/deals/{deal}", **look)
    card = sam.deal_card().wait()
    for tab in ("Activity", "Conversations"):
        card.show(tab)
        expect(card.main.get_by_text("Yes, it is on the lot.").filter(visible=True).first).to_be_visible()
        assert_no_serious_fault(sam.page)


def test_sign_in(people, cluster, look):
    page = people.person("nobody", **look).context.new_page()
    page.goto(cluster.url["conversations"])
    expect(page.get_by_role("form", name="Sign in")).to_be_visible()
    assert_no_serious_fault(page)


def test_widget(people, cluster, look):
    customer = people.customer(names.LAKESIDE, **look)
    assert_no_serious_fault(customer.page)
    conversation = customer.begin("Is it still there? https://example.com/1")
    staff = cluster.staff(names.LAKESIDE)
    staff.wait_for(conversation)
    staff.reply(conversation, "Yes")
    customer.log.wait_for("Yes")
    expect(customer.contact).to_be_visible()
    staff.typing(conversation, True)
    expect(customer.typing).to_be_visible()
    assert_no_serious_fault(customer.page)
    customer.button("Minimise").click()
    expect(customer.launcher).to_be_visible()
    assert_no_serious_fault(customer.page)
