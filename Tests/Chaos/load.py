"""The standard load: who talks at the dealerships, and how often."""

import asyncio
import json
import random
import secrets
import threading
import time
import urllib.parse

from kit.fleet import Fleet
from kit.pace import paced
from kit.staff import StaffMember
from kit.texter import Texter, signature
from kit.wire import Caller

from history import History
from recorder import Recorder

# Conversations of a dealership, and of them by text. A fifth of the messages are texts.
WEB, TEXTS = 40, 10
TEXT_SHARE, REPLY_SHARE = 0.2, 0.15
# A text is delivered again, as Twilio does where it got no answer in time.
REDELIVERED = 0.05
# Clicks a message, and how often each is sent.
CLICKS, CLICK_TIMES = 0.01, 3
# Of a dealership's website visitors: whose tab beats, how often, and how often somebody types.
TABS, BEAT_EVERY, TYPING_EVERY = 9, 15.0, 3.0
# A request without an answer goes to another instance.
PATIENCE = 4.0


class Visitor:
    """One on the website. What their tab does in the end: `stay`, `leave`, or `vanish` without a word."""

    def __init__(self, dealership: str, session: dict, end: str | None):
        self.dealership = dealership
        self.conversation = session["conversationId"]
        self.headers = {"Authorization": f"Bearer {session['token']}"}
        self.end = end
        self.is_gone = False
        self.revision = 0


class Shop:
    def __init__(self, fleet: Fleet, dealership: str, number: int):
        self.dealership = dealership
        self.staff: StaffMember = fleet.staff(dealership)
        self.texters: list[Texter] = [
            fleet.texter(f"+1636{number:03}{n:04}", dealership) for n in range(TEXTS)]
        self.visitors: list[Visitor] = []
        # Conversations that have a message, so that staff can answer and qualify.
        self.begun: list[str] = []


class Load:
    """Runs on a thread and an event loop of its own. Every request goes to any instance, and is repeated under its id
    until it is accepted."""

    def __init__(self, fleet: Fleet, rate: float):
        self.fleet = fleet
        self.rate = rate
        self.history = History()
        self.shops = [Shop(fleet, one, n) for n, one in enumerate(fleet.dealerships.ids)]
        self.callers = {name: Caller(fleet.balancers[name]) for name in fleet.balancers}
        self.staff_streams: dict[str, Recorder] = {}
        self.customer_streams: dict[str, Recorder] = {}
        self.broken: BaseException | None = None
        self.began = self.ended = 0.0
        self.clocks_wrong_until = 0.0
        self.is_talking = self.is_quiet = False
        self._ends, self._closed = asyncio.Event(), asyncio.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._run(),), daemon=True)

    # Life

    def start(self) -> "Load":
        self._thread.start()
        self._wait(lambda: self.is_talking, 60, "everybody to have a session and a stream")
        return self

    def check(self) -> None:
        if self.broken:
            raise self.broken

    def stop_talking(self, within: float) -> bool:
        """Nobody begins anything new; streams and tabs stay. False where something was not accepted in that time."""
        self._loop.call_soon_threadsafe(self._ends.set)
        try:
            self._wait(lambda: self.is_quiet, within, "everything to be accepted")
        except TimeoutError:
            return False
        return True

    def end_tabs(self) -> None:
        """Each tab that does not stay goes: some say so, some do not."""
        for one in self.visitors():
            if one.end == "vanish":
                one.is_gone = True
            elif one.end == "leave":
                one.is_gone = True
                asyncio.run_coroutine_threadsafe(self._leave(one), self._loop)

    def end(self) -> None:
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._closed.set)
            self._thread.join(30)

    def visitors(self) -> list[Visitor]:
        return [one for shop in self.shops for one in shop.visitors]

    def _wait(self, condition, within: float, what: str) -> None:
        deadline = time.monotonic() + within
        while not condition():
            self.check()
            if time.monotonic() > deadline:
                raise TimeoutError(f"waited {within:.0f} s for {what}")
            time.sleep(0.05)

    async def _run(self) -> None:
        try:
            await asyncio.gather(*[self._open(shop) for shop in self.shops])
        except Exception as error:
            self.broken = error
            return
        streams = [asyncio.create_task(one.run())
                   for one in [*self.staff_streams.values(), *self.customer_streams.values()]]
        # A stream without an id begins where its reader came in.
        while not all(one.last_id is not None for one in self.staff_streams.values()):
            await asyncio.sleep(0.05)
        for one in self.staff_streams.values():
            one.first_id = one.first_id or one.last_id
        self.began = time.monotonic()
        tabs = [asyncio.create_task(self._guarded(paced(1 / BEAT_EVERY, self._closed, lambda one=one: self._beat(one))))
                for one in self.visitors() if one.end]
        talks = [asyncio.create_task(self._guarded(one)) for shop in self.shops for one in self._talks(shop)]
        self.is_talking = True
        await asyncio.gather(*talks)
        self.ended = time.monotonic()
        self.is_quiet = True
        await self._closed.wait()
        for one in [*streams, *tabs]:
            one.cancel()
        await asyncio.gather(*streams, *tabs, return_exceptions=True)

    async def _guarded(self, talk) -> None:
        try:
            await talk
        except Exception as error:
            self.broken = self.broken or error
            self._ends.set()

    async def _open(self, shop: Shop) -> None:
        for n in range(WEB):
            end = ("stay", "leave", "vanish")[n % 3] if n < TABS else None
            body = {"dealership": shop.dealership, "page": "https://shop.example/inventory"}
            status, answer = await self.callers["ingest"].post("/v1/sessions", {}, body)
            assert status == 201, f"session: {status} {answer!r}"
            shop.visitors.append(Visitor(shop.dealership, json.loads(answer), end))
        balancers = self.fleet.balancers
        self.staff_streams[shop.dealership] = Recorder(
            balancers["conversations"], f"/v1/stream?dealership={shop.dealership}", shop.staff.headers)
        self.customer_streams[shop.dealership] = Recorder(
            balancers["ingest"], "/v1/stream", shop.visitors[0].headers)

    # Talking

    def _talks(self, shop: Shop) -> list:
        each = self.rate / len(self.shops)
        web = each * (1 - REPLY_SHARE - TEXT_SHARE) / WEB
        return [
            *[paced(web, self._ends, lambda one=one: self._write(shop, one)) for one in shop.visitors],
            *[paced(each * TEXT_SHARE / TEXTS, self._ends, lambda one=one: self._text(shop, one))
              for one in shop.texters],
            paced(each * REPLY_SHARE, self._ends, lambda: self._reply(shop), after=3),
            paced(each * CLICKS, self._ends, lambda: self._click(shop), after=3),
            paced(1 / TYPING_EVERY, self._ends, lambda: self._type(shop), after=3)]

    async def _insist(
        self, op: dict, service: str, path: str, headers: dict[str, str], body: bytes, success: tuple[int, ...],
    ) -> bytes | None:
        """Until it is accepted."""
        balancer, kind = self.fleet.balancers[service], op["op"]
        while not self._closed.is_set():
            op["attempts"] += 1
            url = balancer.choose()
            status, answer = await self.callers[service].call("POST", path, headers, body, PATIENCE, url)
            if status in success:
                if op["told"] is None:
                    op["told"], op["by"] = time.monotonic(), url
                return answer
            # A shard that is built anew does not know yet what was said: as far as staff can tell it is not there. And
            # where a clock is years ahead, tokens have expired.
            expected = (0, 404, 503) if time.monotonic() > self.clocks_wrong_until else (0, 401, 404, 503)
            assert status in expected, f"{kind}: {status} {answer[:500]!r}"
            self.history.repeats[f"{kind} {status}"] += 1
            await asyncio.sleep(random.uniform(0.1, 0.5))
        return None

    async def _write(self, shop: Shop, visitor: Visitor) -> None:
        client = f"m-{secrets.token_hex(8)}"
        op = self.history.begin(
            "message", shop.dealership, visitor.conversation, visitor.conversation, client, text=f"says {client}")
        body = json.dumps({"clientMessageId": client, "text": op["text"]}).encode()
        answer = await self._insist(
            op, "ingest", "/v1/messages", {**visitor.headers, "Content-Type": "application/json"}, body, (202,))
        if answer:
            told = json.loads(answer)
            op["kept"], op["id"] = told["kept"], told["messageId"]
            if op["number"] == 1:
                shop.begun.append(visitor.conversation)

    async def _text(self, shop: Shop, texter: Texter) -> None:
        parameters = texter.parameters(f"texts {secrets.token_hex(8)}")
        client = f"{parameters['AccountSid']}-{parameters['MessageSid']}"
        op = self.history.begin("text", shop.dealership, None, texter.number, client, text=parameters["Body"],
                                **{"from": parameters["From"], "to": parameters["To"]})
        headers = {"Content-Type": "application/x-www-form-urlencoded",
                   "X-Twilio-Signature": signature(texter.url, parameters, texter.auth_token)}
        body = urllib.parse.urlencode(parameters).encode()
        times = 2 if random.random() < REDELIVERED else 1
        for _ in range(times):
            await self._insist(op, "ingest", "/v1/sms/twilio", headers, body, (200, 202, 204))
        # Twilio is not told which of the two has it: the weaker one counts.
        op["kept"] = "spool"

    async def _reply(self, shop: Shop) -> None:
        if not shop.begun:
            return
        client, conversation = f"r-{secrets.token_hex(8)}", random.choice(shop.begun)
        op = self.history.begin(
            "reply", shop.dealership, conversation, f"staff of {shop.dealership}", client, text=f"replies {client}")
        answer = await self._insist(
            op, "conversations", f"/v1/conversations/{conversation}/messages?dealership={shop.dealership}",
            {**shop.staff.headers, "Content-Type": "application/json"},
            json.dumps({"clientMessageId": client, "text": op["text"]}).encode(), (201,))
        if answer:
            op["kept"], op["id"] = "log", json.loads(answer)["messageId"]

    async def _click(self, shop: Shop) -> None:
        if not shop.begun:
            return
        request, conversation = f"click-{secrets.token_hex(8)}", random.choice(shop.begun)
        op = self.history.begin(
            "click", shop.dealership, conversation, f"clicks of {shop.dealership}", request, deals=[])
        body = json.dumps({
            "requestId": request, "startNewDeal": True, "conversationId": conversation,
            "customer": {"firstName": "Ana", "lastName": "Ortiz", "phone": "+13145550123"}}).encode()

        async def once(after: float) -> None:
            await asyncio.sleep(after)
            answer = await self._insist(
                op, "qualification", f"/v1/qualifications?dealership={shop.dealership}",
                {**shop.staff.headers, "Content-Type": "application/json"}, body, (201,))
            if answer:
                op["deals"].append(json.loads(answer)["dealId"])
        await asyncio.gather(*[once(n * random.uniform(0, 0.3)) for n in range(CLICK_TIMES)])

    # What nobody repeats

    async def _type(self, shop: Shop) -> None:
        visitor = random.choice(shop.visitors)
        visitor.revision += 1
        body = json.dumps({"revision": visitor.revision, "text": f"types {secrets.token_hex(4)}"}).encode()
        await self.callers["ingest"].call(
            "PUT", "/v1/draft", {**visitor.headers, "Content-Type": "application/json"}, body, PATIENCE)
        if shop.begun:
            path = f"/v1/conversations/{random.choice(shop.begun)}/typing?dealership={shop.dealership}"
            await self.callers["conversations"].call(
                "PUT", path, {**shop.staff.headers, "Content-Type": "application/json"}, b'{"typing": true}', PATIENCE)

    async def _beat(self, visitor: Visitor) -> None:
        if not visitor.is_gone:
            await self._tab(visitor, visible=True)

    async def _leave(self, visitor: Visitor) -> None:
        await self._tab(visitor, visible=False, leaving=True)

    async def _tab(self, visitor: Visitor, **state: bool) -> None:
        body = {"tabId": "tab-1", "page": "https://shop.example/inventory/12886", **state}
        await self.callers["ingest"].post("/v1/beats", visitor.headers, body)
