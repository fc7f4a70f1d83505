"""Fixtures of the browser tests: the system tests' kit, one chromium, a context for each person."""

import re
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import expect, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
for folder in ("Tests/System", "Tests/Browser"):
    sys.path.insert(0, str(ROOT / folder))

from kit import port  # noqa: E402
from kit.cluster import Cluster  # noqa: E402
from kit.dealerships import Dealerships  # noqa: E402
from kit.fixtures import *  # noqa: E402,F403
from stage import chromium, names  # noqa: E402
from stage.people import People  # noqa: E402
from stage.site import Site  # noqa: E402

_failed = pytest.StashKey[bool]()
expect.set_options(timeout=names.PATIENCE_MS)


@pytest.hookimpl(hookwrapper=True, specname="pytest_runtest_makereport")
def pytest_remember_failure(item, call):
    if (yield).get_result().failed:
        item.stash[_failed] = True


@pytest.fixture(scope="session")
def sites():
    """The dealerships' websites, their ports taken from the start; the foreign one is in nobody's list."""
    with ExitStack() as stack:
        yield {name: stack.enter_context(Site(port.free(), "")) for name in ("site", "recorded", "foreign")}


@pytest.fixture(scope="session")
def cluster(make_cluster, sites, tmp_path_factory) -> Cluster:
    """For tests that leave it as they found it: each has conversations of its own."""
    allowed = [sites[name].origin for name in ("site", "recorded")]
    shops = Dealerships(7, "shop", allowed)
    next(one for one in shops.all if one["id"] == names.SILENT)["previews"] = False
    greeting = "Hi! How can we help you today?"
    shops.all[-2] |= {"id": names.LAKESIDE, "name": "Lakeside Cars", "color": "#0f766e", "greeting": greeting}
    shops.all[-1] |= {"id": names.SHOWROOM, "name": "Example Motors", "color": "#1d4ed8", "greeting": greeting}
    env = names.SUPPORT_ENVIRONMENT | {"DIRECTCHAT_MEDIA": str(tmp_path_factory.mktemp("media"))}
    cluster = make_cluster("shop", shops, env=env)
    cluster.add_carrier(plan={"callbacks": {"delay": [0, 0.1]}}).start()
    return cluster.start()


@pytest.fixture(scope="session")
def browser():
    with sync_playwright() as playwright:
        browser = chromium.launch(playwright)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def site(cluster, sites) -> Site:
    """A dealership's website, which may carry the widget."""
    sites["site"].ingest = cluster.url["ingest"]
    return sites["site"]


@pytest.fixture
def recorded_site(sites) -> Site:
    """Another one; a test says which server its pages take the widget from."""
    return sites["recorded"]


@pytest.fixture(scope="session")
def foreign_site(cluster, sites) -> Site:
    """One that no dealership has allowed."""
    sites["foreign"].ingest = cluster.url["ingest"]
    return sites["foreign"]


@pytest.fixture
def people(request, browser, cluster, site):
    """Makes staff and customers, each in a browser context of their own; their pages must not complain."""
    label = re.sub(r"[^\w.-]+", "-", request.node.nodeid.split("::", 1)[-1])[:120]
    people = People(browser, cluster, site)
    yield people
    if request.node.stash.get(_failed, False):
        people.save(ROOT / ".build-test/browser", label)
        people.leave()
        return
    complaints = people.complaints()
    if complaints:
        people.save(ROOT / ".build-test/browser", label)
    people.leave()
    assert not complaints, "\n".join(complaints)
