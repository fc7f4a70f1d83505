"""The widget inside a page of another origin, with a strict policy and style sheets that spare nothing."""

import re

from playwright.sync_api import expect
from stage import names, screen

# Where every element of the page stands and what it looks like, and what hangs on `window`.
_STATE = """() => ({
  boxes: [...document.querySelectorAll('body *:not(directchat-widget):not(script)')].map((one) => {
    const box = one.getBoundingClientRect(), style = getComputedStyle(one);
    return [one.tagName, box.x, box.y, box.width, box.height, style.color, style.fontSize, style.fontFamily,
      style.margin, style.overflow].join(" ");
  }),
  root: ["html", "body"].map((name) => document.querySelector(name).getAttribute("style") + " "
    + document.querySelector(name).className).join("|"),
  scroll: [document.documentElement.scrollWidth, document.documentElement.scrollHeight].join(" "),
  sheets: document.styleSheets.length + document.adoptedStyleSheets.length,
  globals: Object.getOwnPropertyNames(window).filter((name) => !/^(\\d+$|__playwright)/.test(name)).sort(),
  prototypes: [Object, Array, String, Promise, Element, Node, Event, Response].map((one) =>
    Object.getOwnPropertyNames(one).length + "/" + Object.getOwnPropertyNames(one.prototype).length).join(" "),
})"""


def assert_same(now: dict, before: dict) -> None:
    for name, value in before.items():
        if isinstance(value, list):
            assert [one for one in now[name] if one not in value] == [], name
        assert now[name] == value, name


def test_the_page_stays_as_it_is(people):
    """No style, no size, no global changes, with the widget closed and open."""
    bare = people.customer(open=False, person=people.person("bare"))
    bare.page.route("**/widget.js", lambda route: route.fulfill(content_type="text/javascript", body=""))
    bare.visit()
    expect(bare.host).to_have_count(0)
    before = bare.page.evaluate(_STATE)
    customer = people.customer(open=False)
    expect(customer.launcher).to_be_visible()
    assert_same(customer.page.evaluate(_STATE), before)
    customer.open()
    customer.say("Hello")
    assert_same(customer.page.evaluate(_STATE), before)


def test_the_pages_styles_stay_outside(people):
    customer = people.customer()
    customer.say("Hello")
    probe = customer.page.locator("#probe")
    assert probe.evaluate("(one) => getComputedStyle(one).fontSize") == "40px", "the page's own styles do not work"
    looks = customer.log.message("Hello").evaluate("""(item) => [item, ...item.querySelectorAll('*')].map((one) => {
      const style = getComputedStyle(one);
      return [style.fontSize, style.color, style.letterSpacing, style.borderTopStyle];
    })""")
    for size, colour, spacing, border in looks:
        assert float(size[:-2]) <= 20 and colour != "rgb(255, 0, 0)" and spacing in ("normal", "0px"), looks
        assert border != "dotted"
    for part in (customer.send, customer.box):
        expect(part).to_be_visible()
        assert part.evaluate("(one) => getComputedStyle(one).letterSpacing") in ("normal", "0px")
    box = customer.dialog.bounding_box()
    size = customer.page.viewport_size
    assert 300 <= box["width"] <= 460 and box["height"] <= size["height"], box
    assert box["x"] + box["width"] <= size["width"] and box["x"] > size["width"] / 2, "not in the corner"


def test_it_works_under_one_allowed_origin(people, cluster, site):
    """All that the page may reach is ingest; whatever else the widget wanted would be a policy violation."""
    hosts = set()
    customer = people.customer(open=False, person=people.person("watched"))
    customer.page.on("request", lambda one: hosts.add(re.match(r"\w+://[^/]+", one.url)[0]))
    customer.visit()
    customer.open()
    conversation = customer.begin("Across origins")
    cluster.staff().reply(conversation, "And back")
    customer.log.wait_for("And back")
    assert "default-src 'none'" in site.policy
    assert hosts == {site.origin, cluster.url["ingest"]}


def test_a_page_that_is_not_allowed_gets_no_chat_and_survives(people, cluster, foreign_site):
    before = len(cluster.staff(names.OTHER).conversations())
    person = people.person("foreign")
    person.watch.allow(r"CORS policy", r"Failed to load resource")
    customer = people.customer(names.OTHER, site=foreign_site, person=person, open=False)
    answers = []
    customer.page.on("response", lambda one: answers.append((one.url, one.status)))
    expect(customer.page.get_by_role("heading", name="Home")).to_be_visible()
    if customer.launcher.count() and customer.launcher.is_visible():
        customer.launcher.click()
        if customer.box.count() and customer.box.is_visible() and customer.box.is_editable():
            customer.box.fill("Let me in")
            customer.box.press("Enter")
    customer.page.get_by_role("link", name="Finance").evaluate("one => one.click()")
    customer.page.wait_for_url("**/finance")
    expect(customer.page.get_by_role("heading", name="Finance")).to_be_visible()
    assert len(cluster.staff(names.OTHER).conversations()) == before
    assert not [one for one in answers if one[0].endswith("/v1/messages") and one[1] < 300]


def test_an_unknown_dealership_leaves_the_page_alone(people, site):
    person = people.person("nowhere")
    person.watch.allow(r"Failed to load resource", r"CORS policy")
    page = person.context.new_page()
    page.goto(site.url("no-such-dealership"))
    expect(page.get_by_role("heading", name="Home")).to_be_visible()
    screen.pause(page, 2)
    assert not [one for one in person.watch.complaints if one.startswith("uncaught")]


def test_storage_that_is_forbidden_stops_nothing(people, cluster):
    """As in a browser that keeps no cookies."""
    person = people.person("private")
    person.context.add_init_script("""
      for (const name of ["localStorage", "sessionStorage", "indexedDB"])
        Object.defineProperty(window, name, { get() { throw new DOMException("denied", "SecurityError"); } });""")
    customer = people.customer(person=person)
    conversation = customer.begin("Without storage")
    cluster.staff().reply(conversation, "It works")
    customer.log.wait_for("It works")
