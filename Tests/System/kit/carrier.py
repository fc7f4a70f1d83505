"""The provider of text messages, as a process that misbehaves on demand."""

import json
import os
import sys
from pathlib import Path

import httpx

from . import port, tree
from .process import Process
from .secrets import Secrets
from .wait import until


class Carrier:
    """`compose/carrier`. Its journal outlives a kill; what was under way goes on at the next start.

    `plan`: as for `control`, from the first text on.
    """

    def __init__(
        self, directory: Path, secrets: Secrets, dealerships: Path, webhook: str, seed: str = "1",
        plan: dict | None = None, number: int | None = None,
    ):
        self.port = number or port.free()
        self.url = f"http://127.0.0.1:{self.port}"
        self.path = directory / "carrier.jsonl"
        self.secrets = secrets
        # One for all: each reads the certificates that it may need.
        self.http = httpx.Client(base_url=self.url, timeout=30)
        command = [
            sys.executable, str(tree.ROOT / "compose/carrier"), "--port", str(self.port), "--webhook", webhook,
            "--dealerships", str(dealerships), "--journal", str(self.path), "--seed", seed, "--plan",
            json.dumps(plan or {})]
        env = {**os.environ, "TWILIO_ACCOUNT_SID": secrets.twilio_account, "TWILIO_AUTH_TOKEN": secrets.twilio_token}
        self.process = Process("carrier", command, env, directory / "logs" / "carrier.log")

    @property
    def environment(self) -> dict[str, str]:
        """For the services that text through it."""
        return {"TWILIO_API_URL": self.url}

    def start(self) -> "Carrier":
        self.process.start()
        until(lambda: not self.process.is_alive() or port.is_open(self.port), "the carrier to listen")
        assert self.process.is_alive(), f"the carrier has ended: {self.process.tail()}"
        return self

    def stop(self) -> None:
        assert self.process.stop() == 0, self.process.tail()
        assert not port.is_open(self.port), "the stopped carrier's port is still open"

    def kill(self) -> None:
        self.process.kill()
        assert not port.is_open(self.port), "the killed carrier's port is still open: something else was killed"

    def control(self, **changes) -> dict:
        """Changes the plan, any part of it; with `next` how the next requests are answered. Gives the state."""
        answer = self.http.post("/control", json=changes)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def answer_next(self, answer: str, times: int = 1, to: str | None = None) -> None:
        self.control(next=[{"answer": answer, "times": times, "to": to}])

    def state(self) -> dict:
        answer = self.http.get("/control")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def wait_until_quiet(self, within: float = 90) -> None:
        """Until every call that it owes anybody is made."""
        until(lambda: self.state()["waiting"] == 0, "the carrier to be quiet", within)

    def send(self, sender: str, to: str, body: str, status_callback: str | None = None, **options) -> httpx.Response:
        """As the services ask it to."""
        form = {"From": sender, "To": to, "Body": body}
        if status_callback:
            form["StatusCallback"] = status_callback
        account = self.secrets.twilio_account
        options = {"auth": (account, self.secrets.twilio_token), **options}
        return self.http.post(f"/2010-04-01/Accounts/{account}/Messages.json", data=form, **options)

    def journal(self, event: str | None = None) -> list[dict]:
        """What happened, the oldest first; `accepted` is each text that was taken for a phone, however answered."""
        # Without a line that is just being written.
        lines = self.path.read_bytes().splitlines(keepends=True) if self.path.exists() else []
        events = [json.loads(line) for line in lines if line.endswith(b"\n")]
        return [one for one in events if event in (None, one["event"])]

    def phone(self, number: str, to: str) -> "Phone":
        """`to`: the dealership's number that it texts with."""
        return Phone(self, number, to)


class Phone:
    def __init__(self, carrier: Carrier, number: str, to: str):
        self.carrier = carrier
        self.number = number
        self.to = to

    def text(self, text: str, *media: str, is_awaited: bool = True) -> dict:
        """Sends a text with these pictures (see `/pictures`), and waits until the webhook has taken it."""
        body: dict = {"to": self.to, "text": text}
        if media:
            body["media"] = [
                {"url": f"{self.carrier.url}/media/{name}", "contentType": "image/png"} for name in media]
        answer = self.carrier.http.post(f"/phone/{self.number}/texts", json=body)
        assert answer.status_code == 201, answer.text
        sent = answer.json()
        if is_awaited:
            def is_taken() -> bool:
                [shown] = [one for one in self.thread() if one["sid"] == sent["sid"]]
                assert shown["state"] == "taken", shown
                return True
            until(is_taken, f"the webhook to take {text!r}")
        return sent

    def thread(self) -> list[dict]:
        """All that the phone shows with that number, the oldest first."""
        answer = self.carrier.http.get(f"/phone/{self.number}/texts")
        assert answer.status_code == 200, answer.text
        texts = [one for one in answer.json()["texts"] if one["number"] == self.to]
        return sorted(texts, key=lambda one: (one["at"], one["order"]))

    def received(self) -> list[str]:
        """The texts that staff sent and that came, as often as they came, in the order in which they came."""
        return [
            one["text"] for one in self.thread() if one["side"] == "dealership" and one["state"] == "delivered"]

    def wait_for(self, text: str) -> dict:
        def shown() -> dict | None:
            found = [one for one in self.thread() if one["side"] != "phone" and one["text"] == text]
            return next((one for one in found if one["state"] == "delivered"), None)
        return until(shown, f"{text!r} on the phone {self.number}")
