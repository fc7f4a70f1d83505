"""Staff and customers, each with a browser context of their own."""

from pathlib import Path

from kit import token
from kit.cluster import Cluster
from pages.console import Console
from pages.widget import Widget
from playwright.sync_api import Browser, BrowserContext

from . import names
from .site import Site
from .watch import Watch


class Person:
    def __init__(self, name: str, context: BrowserContext, trace: bool):
        self.name = name
        self.context = context
        self.watch = Watch(context)
        context.set_default_timeout(names.PATIENCE_MS)
        if trace:
            context.tracing.start(snapshots=True)


class People:
    def __init__(self, browser: Browser, cluster: Cluster, site: Site, trace: bool = True):
        self.browser = browser
        self.cluster = cluster
        self.site = site
        self.trace = trace
        self.all: list[Person] = []

    def person(self, name: str, viewport: dict | None = None, scheme: str = "light", **options) -> Person:
        viewport = viewport or names.DESKTOP
        context = self.browser.new_context(
            viewport=viewport, color_scheme=scheme, locale="en-US", timezone_id="America/Chicago",
            has_touch=viewport == names.PHONE, **options)
        self.all.append(Person(name, context, self.trace))
        return self.all[-1]

    def staff_token(self, *dealerships: str, sub: str = "staff-sam", name: str = "Sam Lee", **options) -> str:
        chosen = list(dealerships) or self.cluster.dealerships.ids[:1]
        return token.staff(self.cluster.secrets.staff, chosen, sub=sub, name=name, **options)

    def staff(
        self, *dealerships: str, sub: str = "staff-sam", name: str = "Sam Lee", path: str = "/", clock: bool = False,
        script: str = "", **options,
    ) -> Console:
        """Signed in, with the console at `path` open. `clock`: its clock can be moved on. `script`: runs first."""
        person = self.person(name, **options)
        console = Console(person.context.new_page(), self.cluster.url["conversations"], person)
        if script:
            console.page.add_init_script(script)
        if clock:
            console.page.clock.install()
        console.sign_in_by_link(self.staff_token(*dealerships, sub=sub, name=name), path)
        return console

    def customer(
        self, dealership: str | None = None, page: str = "", site: Site | None = None,
        open: bool = True, person: Person | None = None, **options,
    ) -> Widget:
        """On a page of the dealership's website, with the widget open."""
        dealership = dealership or self.cluster.dealerships.ids[0]
        person = person or self.person("customer", **options)
        name = next(one["name"] for one in self.cluster.dealerships.all if one["id"] == dealership)
        widget = Widget(person.context.new_page(), name, person, site or self.site, dealership)
        widget.visit(page)
        return widget.open() if open else widget

    # At the end

    def complaints(self) -> list[str]:
        found = []
        for person in self.all:
            for page in person.context.pages:
                if not page.is_closed() and page.evaluate("window.__pwned !== undefined"):
                    found.append(f"{person.name}: a customer's text ran as a script on {page.url}")
            found += [f"{person.name}: {one}" for one in person.watch.unexpected()]
        return found

    def save(self, folder: Path, label: str) -> None:
        """What everybody had on the screen, and how it came to that."""
        folder.mkdir(parents=True, exist_ok=True)
        for number, person in enumerate(self.all, 1):
            stem = f"{label}-{number}-{person.name.replace(' ', '-')}"
            (folder / f"{stem}.txt").write_text("\n".join(person.watch.complaints))
            for tab, page in enumerate(person.context.pages, 1):
                try:
                    page.screenshot(path=folder / f"{stem}-{tab}.png", timeout=10_000)
                except Exception as error:  # A page that hangs must not hide why.
                    print(f"no screenshot of {page.url}: {error}")
            person.context.tracing.stop(path=folder / f"{stem}.zip")

    def leave(self) -> None:
        for person in self.all:
            person.context.close()
