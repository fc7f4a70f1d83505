"""The webhook: what the dealerships' system hears of a phone's text."""

import threading

import twiml
from account import Account
from journal import Journal
from plan import Plan
from post import post
from schedule import Schedule
from segments import segments


class Webhooks:
    def __init__(self, account: Account, journal: Journal, schedule: Schedule, url: str, plan: Plan):
        self._account = account
        self._journal = journal
        self._schedule = schedule
        self._url = url
        self._plan = plan
        self._lock = threading.Lock()
        # By phone and number: texts that the next one overtakes.
        self._held: dict[tuple[str, str], list[tuple[dict, range]]] = {}

    def call(self, event: dict, copies: range) -> None:
        if not event["isOvertaken"]:
            return self._go(event, copies)
        held = (event, copies)
        with self._lock:
            self._held.setdefault(_pair(event), []).append(held)

        def too_late() -> None:
            with self._lock:
                waiting = self._held.get(_pair(event), [])
                if held not in waiting:
                    return
                waiting.remove(held)
            self._go(*held)

        self._schedule.add(self._plan.rules["webhooks"]["late"], too_late)

    def _go(self, event: dict, copies: range) -> None:
        for index in copies:
            self._schedule.add(event["copies"][index], lambda index=index: self._make(event, index))

    def _make(self, event: dict, index: int) -> None:
        outcome = post(self._url, self._parameters(event), self._account.token, again_on_5xx=True)
        texts = twiml.messages(outcome.content) if outcome.is_taken else []
        with self._journal.together():
            self._journal.append("webhook", sid=event["sid"], index=index, results=outcome.results, messages=texts)
            for count, text in enumerate(texts):
                self._journal.append("replied", **{
                    "sid": f"{event['sid']}.{index}.{count}", "from": event["to"], "to": event["from"], "body": text,
                    "by": "dealership"})
        again = self._plan.rules["webhooks"]["again"]
        if again and not outcome.is_taken:
            self._schedule.add(again, lambda: self._make(event, index))
        with self._lock:
            overtaken = self._held.pop(_pair(event), [])
        for held in overtaken:
            self._go(*held)

    def _parameters(self, event: dict) -> list[tuple[str, str]]:
        sid = event["sid"]
        parameters = {
            "AccountSid": self._account.sid, "MessageSid": sid, "SmsSid": sid, "SmsMessageSid": sid,
            "From": event["from"], "To": event["to"], "Body": event["body"], "NumMedia": str(len(event["media"])),
            "NumSegments": str(segments(event["body"])), "SmsStatus": "received", "ApiVersion": "2010-04-01",
            "FromCountry": "US", "ToCountry": "US"}
        for index, one in enumerate(event["media"]):
            parameters |= {f"MediaUrl{index}": one["url"], f"MediaContentType{index}": one["contentType"]}
        return list(parameters.items())


def _pair(event: dict) -> tuple[str, str]:
    return event["from"], event["to"]
