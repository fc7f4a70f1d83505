#!/usr/bin/env python3
"""What people wait for, on loopback: from a key press or Send in the widget to the staff's screen, in a real browser.

Both pages run in one browser, so that one clock times both ends: the event that the widget's page gets from the key or
the click, and the change of the staff's page that shows it. Beside them, in turns, the same message by a plain POST to a
plain reader of the staff's stream, which is what the services take of it.
"""

import argparse
import os
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "Tests/System"), str(ROOT / "Tests/Browser")]

from kit import port  # noqa: E402
from kit.broker import Broker  # noqa: E402
from kit.cluster import Cluster  # noqa: E402
from kit.dealerships import Dealerships  # noqa: E402
from playwright.sync_api import sync_playwright  # noqa: E402
from stage import chromium, names  # noqa: E402
from stage.people import People  # noqa: E402
from stage.site import Site  # noqa: E402

# In the widget's page: when each key and each Send came.
PRESSES = """() => {
  window.presses = [];
  const now = (event) => window.presses.push([event.type, performance.timeOrigin + event.timeStamp]);
  for (const type of ["keydown", "click"]) window.addEventListener(type, now, { capture: true });
}"""
# In the staff's page: when a text was first shown, as a preview and as a message.
SHOWN = """() => {
  window.shown = {};
  const take = (kind, node) => {
    const text = node.textContent;
    for (const found of text.matchAll(/#\\d+[a-z]?#/g)) {
      window.shown[kind + found[0]] ??= performance.timeOrigin + performance.now();
    }
  };
  new MutationObserver(() => {
    const preview = document.querySelector('[aria-label="Live preview"]');
    if (preview?.checkVisibility()) take("preview", preview);
    const messages = document.querySelectorAll("[data-message]");
    if (messages.length) take("message", messages[messages.length - 1]);
  }).observe(document.body, { childList: true, subtree: true, characterData: true, attributes: true });
}"""


def shown(page, name: str) -> float:
    """When the staff's screen showed it, in ms since 1970."""
    return page.wait_for_function("(name) => window.shown[name]", arg=name, polling=5).json_value()


def last_press(page, kind: str) -> float:
    return page.evaluate("(kind) => window.presses.filter(([type]) => type === kind).at(-1)[1]", kind)


class Reader:
    """Notes when the text of each message came out of the staff's stream."""

    def __init__(self, stream):
        self.stream = stream.open()
        self.times: dict[str, float] = {}
        self._seen = threading.Condition()
        # The list that the stream records into tells of each event at once.
        self.stream.events = self

    def append(self, event) -> None:
        now = time.time()
        if event.event == "message":
            with self._seen:
                self.times[event.json["text"]] = now
                self._seen.notify_all()

    def wait(self, text: str) -> float:
        with self._seen:
            assert self._seen.wait_for(lambda: text in self.times, 30), f"{text!r} did not come"
            return self.times[text]


def measure(people: People, cluster: Cluster, count: int) -> dict[str, list[float]]:
    samples: dict[str, list[float]] = {"preview": [], "message": [], "plain": []}
    customer = people.customer()
    conversation = customer.begin("Hello")
    sam = people.staff(path=f"/conversations/{conversation}")
    sam.log.wait_for("Hello")
    plain = cluster.visitor().begin()
    plain.say("Hello")
    staff = cluster.staff()
    staff.wait_for(plain.conversation)
    reader = Reader(staff.stream())
    customer.page.evaluate(PRESSES)
    sam.page.evaluate(SHOWN)
    for number in range(-5, count):  # The first five warm up.
        mark = f"#{number + 5}#"
        customer.box.fill(f"Sample {mark[:-1]}")
        # Beyond the widget's pause between drafts: what is measured is one key, not a run of them.
        customer.page.wait_for_timeout(400)
        customer.box.press("#")
        preview = shown(sam.page, "preview" + mark) - last_press(customer.page, "keydown")
        customer.page.wait_for_timeout(300)
        customer.send.click()
        message = shown(sam.page, "message" + mark) - last_press(customer.page, "click")
        text = f"Plain {mark}"
        began = time.time()
        plain.say(text)
        posted = (reader.wait(text) - began) * 1000
        if number >= 0:
            for name, value in (("preview", preview), ("message", message), ("plain", posted)):
                samples[name].append(value)
    reader.stream.close()
    return samples


def table(samples: dict[str, list[float]]) -> str:
    base = statistics.median(samples["plain"])
    rows = [f'{"":52} {"p50 ms":>8} {"p99 ms":>8} {"count":>6} {"to plain":>9}']
    for name, title in (
        ("preview", "key press in the widget to preview on staff's screen"),
        ("message", "Send in the widget to message on staff's screen"),
        ("plain", "plain POST to plain reader of the staff's stream"),
    ):
        values = sorted(samples[name])
        p99 = values[min(len(values) - 1, int(len(values) * 0.99))]
        p50 = statistics.median(values)
        rows.append(f"{title:52} {p50:8.1f} {p99:8.1f} {len(values):6} {p50 / base:9.2f}")
    return "\n".join(rows)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--samples", type=int, default=200)
    options.add_argument("--build", type=Path, help="folder of the executables; default .build/debug")
    given = options.parse_args()
    if given.build:
        from kit import tree
        tree.BUILD = given.build.resolve()
    os.environ.setdefault("DIRECTCHAT_TEST_PORTS", "26000-26999")
    with tempfile.TemporaryDirectory() as folder:
        site_port = port.free()
        shops = Dealerships(1, "shop", [f"http://127.0.0.1:{site_port}"])
        cluster = Cluster(Path(folder), Broker(Path(folder)).start(), shops)
        try:
            cluster.start()
            with sync_playwright() as playwright, Site(site_port, cluster.url["ingest"]) as site:
                browser = chromium.launch(playwright)
                people = People(browser, cluster, site, trace=False)
                samples = measure(people, cluster, given.samples)
                people.leave()
                browser.close()
        finally:
            cluster.end()
    print(table(samples))


if __name__ == "__main__":
    main()
