"""The carrier: takes texts from the API for phones, and from phones for the webhook."""

import secrets
from datetime import datetime, timezone
from pathlib import Path

from account import Account
from answers import Answers
from callbacks import Callbacks
from form import Form
from journal import Journal
from ledger import Ledger
from plan import Plan
from refusal import Refusal
from schedule import Schedule
from segments import segments
from webhooks import Webhooks


def new_sid(kind: str = "SM") -> str:
    # Never from the seed: who has seen an id takes the next text that bears it for the same one.
    return kind + secrets.token_hex(16)


class Carrier:
    def __init__(self, account: Account, plan: Plan, journal: Path | None, webhook: str):
        self.account = account
        self.plan = plan
        self.answers = Answers(plan)
        self.ledger = Ledger()
        self.schedule = Schedule()
        self.journal = Journal(journal, self.ledger.fold)
        self._callbacks = Callbacks(account, self.journal, self.schedule)
        self._webhooks = Webhooks(account, self.journal, self.schedule, webhook, plan)
        self._resume()

    def accept(self, form: Form, answer: str = "201") -> dict:
        """A text for a phone. Raises `Refusal`. `answer`: what the sender will be told."""
        with self.journal.together():
            try:
                form.check(self.account)
                if (form.sender, form.to) in self.ledger.opt_outs.pairs:
                    raise Refusal(21610)
            except Refusal as refusal:
                self.refuse(form, code=refusal.code)
                raise
            number = self.ledger.accepted + 1
            statuses, code = self.plan.fate(number, form.to)
            calls, arrives = self.plan.callbacks(number, statuses)
            event = self.journal.append("accepted", **{
                "number": number, "sid": new_sid(), "from": form.sender, "to": form.to, "body": form.body,
                "segments": segments(form.body), "statusCallback": form.status_callback, "answer": answer,
                "arrives": arrives, "code": code, "callbacks": calls if form.status_callback else []})
        self._deliver(event)
        return self._message(event)

    def refuse(self, form: Form, **why) -> None:
        self.journal.append("refused", **{"from": form.sender, "to": form.to, "body": form.body}, **why)

    def text(self, phone: str, number: str, body: str, media: list[dict]) -> dict:
        """A text of a phone's owner to one of our numbers."""
        with self.journal.together():
            count = self.ledger.texted + 1
            copies, is_overtaken = self.plan.webhooks(count)
            event = self.journal.append("texted", **{
                "number": count, "sid": new_sid("MM" if media else "SM"), "from": phone, "to": number, "body": body,
                "media": media, "copies": copies, "isOvertaken": is_overtaken})
            # Not only the dealership hears STOP.
            if self.ledger.auto_reply:
                self.journal.append("replied", **{
                    "sid": new_sid(), "from": number, "to": phone, "body": self.ledger.auto_reply, "by": "carrier"})
        self._webhooks.call(event, range(len(copies)))
        return event

    def _deliver(self, event: dict, next_call: int = 0) -> None:
        at = datetime.fromisoformat(event["at"].replace("Z", "+00:00"))
        since = (datetime.now(timezone.utc) - at).total_seconds()

        def decide() -> None:
            if event["code"]:
                self.journal.append("lost", sid=event["sid"], code=event["code"])
            else:
                self.journal.append("arrived", sid=event["sid"])

        if event["sid"] in self.ledger.under_way:
            self.schedule.add(max(0, event["arrives"] - since), decide)
        self._callbacks.call(event, next_call, since)

    def _resume(self) -> None:
        """What a kill has interrupted."""
        left = dict(self.ledger.calls)
        for sid, event in list(self.ledger.under_way.items()):
            self._deliver(event, left.pop(sid, (event, len(event["callbacks"])))[1])
        for event, index in left.values():
            if event["event"] == "accepted":
                self._deliver(event, index)
            else:
                self._webhooks.call(event, range(index, len(event["copies"])))

    def _message(self, event: dict) -> dict:
        path = f"/2010-04-01/Accounts/{self.account.sid}/Messages/{event['sid']}.json"
        at = datetime.now(timezone.utc).strftime("%a, %d %b %Y %H:%M:%S +0000")
        return {
            "sid": event["sid"], "account_sid": self.account.sid, "status": "queued", "direction": "outbound-api",
            "from": event["from"], "to": event["to"], "body": event["body"], "num_segments": str(event["segments"]),
            "num_media": "0", "error_code": None, "error_message": None, "date_created": at, "date_updated": at,
            "date_sent": None, "api_version": "2010-04-01", "uri": path}

    @property
    def state(self) -> dict:
        ledger = self.ledger
        return {
            "seed": self.plan.seed, "plan": self.plan.rules, **self.answers.state, "waiting": self.schedule.waiting,
            "counts": dict(ledger.counts), "codes": {str(code): count for code, count in ledger.codes.items()},
            "optOuts": [{"number": number, "phone": phone} for number, phone in sorted(ledger.opt_outs.pairs)]}
