"""Customers, staff and their streams at many dealerships, at a given rate, whatever happens to the instances."""

import asyncio
import json
import random
import secrets
import threading
import time
import urllib.parse
from dataclasses import dataclass, field

from .customer import Customer
from .fleet import Fleet
from .follower import Follower
from .pace import paced
from .prober import Prober
from .staff import StaffMember
from .texter import Texter, signature
from .wire import Caller

WEB = 4  # Customers on the website a dealership, beside one who texts.
REPLIES = 0.2  # Staff's share of the messages, and that of the texts.
TEXTS = 0.1
CLICK_EVERY = 4.0  # Seconds, each dealership.
BEAT_EVERY = 10.0


@dataclass
class Shop:
    """One dealership: who talks there, what was accepted, and who watches."""

    dealership: str
    customers: list[Customer]
    texter: Texter
    staff: StaffMember
    # (conversation, side, client message id): the message's id and whether the log had it at once
    accepted: dict[tuple[str, str, str], tuple[str | None, str]] = field(default_factory=dict)
    # request: deal
    clicks: dict[str, str] = field(default_factory=dict)
    # (when posted first, side, client message id), in the order of posting
    posted: dict[str, float] = field(default_factory=dict)


class Throng:
    """Runs on a thread and an event loop of its own. Every request goes to any instance, and is repeated under its id
    at another one until it is accepted."""

    def __init__(self, fleet: Fleet, rate: float = 200):
        self.fleet = fleet
        self.rate = rate
        self.shops = [self._shop(one) for one in fleet.dealerships.ids]
        self.callers = {name: Caller(fleet.balancers[name]) for name in fleet.balancers}
        self.staff_streams = {one.dealership: self._staff_stream(one) for one in self.shops}
        self.customer_streams = {
            one.dealership: Follower(fleet.balancers["ingest"], "/v1/stream", one.customers[0].headers)
            for one in self.shops}
        self.prober = Prober(
            fleet, self.shops, self.callers, lambda one: self.customer_streams[one].last_id)
        # Seconds from the first message to the last.
        self.talked = 0.0
        self.repeats: dict[str, int] = {}
        self.broken: BaseException | None = None
        self.is_quiet = False
        self._ends, self._closed = asyncio.Event(), asyncio.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._run(),), daemon=True)

    def _shop(self, dealership: str) -> Shop:
        return Shop(
            dealership, [self.fleet.visitor(dealership).begin() for _ in range(WEB)],
            self.fleet.texter("+13145550123", dealership), self.fleet.staff(dealership))

    def _staff_stream(self, shop: Shop) -> Follower:
        return Follower(
            self.fleet.balancers["conversations"], f"/v1/stream?dealership={shop.dealership}", shop.staff.headers)

    # Life

    def start(self) -> "Throng":
        self._thread.start()
        return self

    @property
    def accepted(self) -> int:
        return sum(len(one.accepted) for one in self.shops)

    def check(self) -> None:
        if self.broken:
            raise self.broken

    def stop_talking(self, within: float = 120) -> None:
        """Nobody begins anything new; returns when everything begun is accepted. The streams stay open."""
        self._loop.call_soon_threadsafe(self._ends.set)
        deadline = time.monotonic() + within
        while not self.is_quiet and time.monotonic() < deadline:
            self.check()
            time.sleep(0.1)
        assert self.is_quiet, f"after {within:.0f} s there are messages that nobody has accepted: {self.repeats}"

    def end(self) -> None:
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._closed.set)
            self._thread.join(30)

    async def _run(self) -> None:
        streams = [
            asyncio.create_task(one.run())
            for one in [*self.staff_streams.values(), *self.customer_streams.values()]]
        # A stream without an id begins where its reader came in: what is said before that is not on it.
        while not all(one.last_id is not None for one in self.staff_streams.values()):
            await asyncio.sleep(0.05)
        began = time.monotonic()
        probes = [asyncio.create_task(self.prober.run())]
        talks = [asyncio.create_task(self._guarded(one)) for shop in self.shops for one in self._talks(shop)]
        await asyncio.gather(*talks)
        self.talked = time.monotonic() - began
        self.is_quiet = True
        await self._closed.wait()
        for one in [*streams, *probes]:
            one.cancel()
        await asyncio.gather(*streams, *probes, return_exceptions=True)

    async def _guarded(self, talk) -> None:
        try:
            await talk
        except Exception as error:
            self.broken = self.broken or error
            self._ends.set()

    # Talking

    def _talks(self, shop: Shop) -> list:
        each = self.rate / len(self.shops)
        web = each * (1 - REPLIES - TEXTS) / WEB
        return [
            *[self._pace(web, lambda one=one: self._write(shop, one)) for one in shop.customers],
            self._pace(each * TEXTS, lambda: self._text(shop)),
            self._pace(each * REPLIES, lambda: self._reply(shop), after=2),
            self._pace(1 / CLICK_EVERY, lambda: self._click(shop), after=2),
            *[self._pace(1 / BEAT_EVERY, lambda one=one: self._beat(shop, one)) for one in shop.customers]]

    def _pace(self, rate: float, action, after: float = 0):
        return paced(rate, self._ends, action, after)

    async def _insist(self, what: str, call, success: tuple[int, ...], again: tuple[int, ...]) -> bytes:
        for attempt in range(1_000):
            status, answer = await call()
            if status in success:
                return answer
            assert status in again, f"{what}: {status} {answer[:500]!r}"
            key = f"{what} {status}"
            self.repeats[key] = self.repeats.get(key, 0) + 1
            await asyncio.sleep(random.uniform(0.05, 0.2))
        raise AssertionError(f"{what}: never accepted, last {status} {answer[:500]!r}")

    async def _write(self, shop: Shop, customer: Customer) -> None:
        client_id = customer.new_id()
        body = {"clientMessageId": client_id, "text": f"{customer.conversation} {client_id}"}
        shop.posted[client_id] = time.monotonic()
        answer = json.loads(await self._insist(
            "message", lambda: self.callers["ingest"].post("/v1/messages", customer.headers, body), (202,), (0, 503)))
        shop.accepted[customer.conversation, "customer", client_id] = (answer["messageId"], answer["kept"])

    async def _text(self, shop: Shop) -> None:
        parameters = shop.texter.parameters("a text")
        sid = f"{parameters['AccountSid']}-{parameters['MessageSid']}"
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Twilio-Signature": signature(shop.texter.url, parameters, shop.texter.auth_token)}
        body = urllib.parse.urlencode(parameters).encode()
        shop.posted[sid] = time.monotonic()
        await self._insist(
            "text", lambda: self.callers["ingest"].call("POST", "/v1/sms/twilio", headers, body),
            (200, 202, 204), (0, 503))
        # Which conversation it is in, and under which id, only the log says.
        shop.accepted["sms", "customer", sid] = (None, "log")

    async def _reply(self, shop: Shop) -> None:
        conversation = random.choice(shop.customers).conversation
        client_id = f"r-{secrets.token_hex(8)}"
        path = f"/v1/conversations/{conversation}/messages?dealership={shop.dealership}"
        body = {"clientMessageId": client_id, "text": f"reply {client_id}"}
        shop.posted[client_id] = time.monotonic()
        answer = json.loads(await self._insist(
            "reply", lambda: self.callers["conversations"].post(path, shop.staff.headers, body), (201,), (0, 404, 503)))
        shop.accepted[conversation, "staff", client_id] = (answer["messageId"], "log")

    async def _click(self, shop: Shop) -> None:
        body = {
            "requestId": f"click-{secrets.token_hex(8)}", "startNewDeal": True,
            "conversationId": random.choice(shop.customers).conversation,
            "customer": {"firstName": "Ana", "lastName": "Ortiz", "phone": "+13145550123"}}
        path = f"/v1/qualifications?dealership={shop.dealership}"
        answer = json.loads(await self._insist(
            "click", lambda: self.callers["qualification"].post(path, shop.staff.headers, body),
            (201,), (0, 404, 503)))
        shop.clicks[body["requestId"]] = answer["dealId"]

    async def _beat(self, shop: Shop, customer: Customer) -> None:
        """A beat may be lost: nobody repeats it."""
        body = {"tabId": "tab-1", "page": "https://shop.example/inventory/12886", "visible": True}
        await self.callers["ingest"].post("/v1/beats", customer.headers, body)
