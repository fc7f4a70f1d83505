"""What turns up between two steps of a visit: lost answers, other pages, an end at the wrong moment."""

import httpx
import pytest
from kit.wait import until
from playwright.sync_api import expect
from stage import screen


@pytest.fixture
def tolerant(people):
    """The browser itself reports each failed request."""
    yield people
    for person in people.all:
        person.watch.allow_lost_connections()


def end(customer) -> None:
    customer.button("End chat").first.click()
    customer.host.get_by_role("alertdialog").get_by_role("button", name="End chat").click()
    expect(customer.dialog).to_have_count(0)


def below(customer) -> float:
    """What is under the part of the conversation that is in view, in pixels."""
    return customer.scroller.evaluate("(one) => one.scrollHeight - one.scrollTop - one.clientHeight")


def test_no_word_of_a_bad_connection_once_the_message_has_arrived(tolerant):
    """Its answer was lost; the stream shows it."""
    customer = tolerant.customer(open=False)
    customer.page.clock.install()
    customer.visit()
    customer.open()
    lost = []

    def lose(route):
        lost.append(route.fetch().status)
        route.abort()

    customer.page.route("**/v1/messages", lose, times=1)
    customer.say("Did this arrive?")
    expect(customer.log.sent("Did this arrive?")).to_be_visible()
    assert lost == [202]
    screen.pause(customer.page, 3)
    customer.page.clock.fast_forward(20_000)
    expect(customer.unstable).to_have_count(0)


def test_the_end_of_the_conversation_is_in_view(people, cluster):
    customer = people.customer()
    conversation = customer.begin("Tell me all about it")
    customer.contact.get_by_role("button", name="Not now").click()
    for part in range(4):
        cluster.staff().reply(conversation, "\n".join(f"Part {part}, line {line}" for line in range(40)))
        customer.log.wait_for(f"Part {part}, line 39")
        until(lambda: below(customer) < 5, "a long reply's end")
    customer.visit("inventory")
    expect(customer.dialog).to_be_visible()
    customer.log.wait_for("Part 3, line 39")
    until(lambda: below(customer) < 5, "the end on the next page")
    customer.scroller.hover()
    customer.page.mouse.wheel(0, -100_000)
    until(lambda: customer.scroller.evaluate("(one) => one.scrollTop") == 0, "the beginning")
    screen.pause(customer.page, 0.5)
    cluster.staff().reply(conversation, "While you read")
    customer.log.wait_for("While you read")
    assert customer.scroller.evaluate("(one) => one.scrollTop") == 0


def test_a_page_that_comes_back_after_the_end_begins_anew(people, cluster):
    """From the browser's cache for its Back button: it sleeps, and hears nothing of what the next page does."""
    customer = people.customer()
    first = customer.begin("Before I go on")
    customer.page.evaluate("""() => {
      dispatchEvent(new PageTransitionEvent("pagehide", { persisted: true }));
      localStorage.clear();
      for (const key of Object.keys(sessionStorage).filter((one) => one.endsWith(".open")))
        sessionStorage.setItem(key, "0");
      document.querySelector("a").focus();
      dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true }));
    }""")
    expect(customer.dialog).to_have_count(0)
    expect(customer.page.get_by_role("link", name="Home")).to_be_focused()
    customer.open()
    expect(customer.log.message("Before I go on")).to_have_count(0)
    second = customer.begin("And here I am again")
    assert second != first
    expect(customer.log.sent("And here I am again")).to_be_visible()
    cluster.staff().reply(second, "Welcome back")
    customer.log.wait_for("Welcome back")


def test_sharing_contact_data_leaves_what_is_being_written(people, cluster):
    customer = people.customer()
    conversation = customer.begin("Hello")
    sam = people.staff(path=f"/conversations/{conversation}")
    customer.box.press_sequentially("Could I test dr")
    expect(sam.preview).to_contain_text("Could I test dr")
    customer.contact.get_by_role("textbox", name="E-mail").fill("ana@example.com")
    with customer.page.expect_request(
        lambda one: one.url.endswith("/v1/draft") and one.method == "PUT" and one.post_data_json["text"]
    ) as preview:
        customer.contact.get_by_role("button", name="Share").click()
    assert preview.value.post_data_json["text"] == "Could I test dr"
    sam.log.wait_for("E-mail: ana@example.com")
    customer.page.reload()
    customer.open()
    expect(customer.box).to_have_value("Could I test dr")


def test_an_ended_chats_message_begins_no_other_one(tolerant):
    """It still waited for its preview to arrive."""
    customer = tolerant.customer()
    customer.begin("The only conversation")
    held, asked = [], []
    customer.page.route("**/v1/draft", lambda route: held.append(route))
    customer.box.press_sequentially("Never mind")
    until(lambda: customer.page.evaluate("1") and held, "a preview on its way")
    customer.page.on("request", lambda one: asked.append(one.url))
    customer.box.press("Enter")
    end(customer)
    screen.pause(customer.page, 4)
    assert not [one for one in asked if one.endswith(("/v1/messages", "/v1/sessions"))], asked
    for route in held:
        route.abort()


def test_the_pages_own_keys_are_not_for_what_is_typed_here(people):
    customer = people.customer()
    customer.page.evaluate("""() => {
      window.heard = [];
      for (const name of ["keydown", "keypress", "keyup"])
        document.addEventListener(name, (event) => heard.push(event.key));
    }""")
    customer.box.press_sequentially("f/k?")
    customer.box.press("Escape")
    expect(customer.dialog).to_have_count(0)
    assert customer.page.evaluate("heard") == []


@pytest.mark.parametrize("path", ["/widget.js", "/demo/shop-1", "/demo/shop-1/inventory"])
def test_what_one_can_get_one_can_ask_about(cluster, path):
    asked, got = (method(cluster.url["ingest"] + path) for method in (httpx.head, httpx.get))
    assert (asked.status_code, asked.content) == (200, b"")
    for name in ("content-type", "content-length", "cache-control", "etag"):
        assert asked.headers.get(name) == got.headers.get(name), name


def test_the_pages_address_goes_without_its_query(people):
    customer = people.customer(open=False)
    with customer.page.expect_request(
        lambda one: one.url.endswith("/v1/sessions") and "finance" in (one.post_data or "")
    ) as request:
        customer.page.goto(customer.site.url(customer.dealership, "finance") + "?email=ana@example.com#offer")
    assert request.value.post_data_json["page"] == customer.site.url(customer.dealership, "finance")
