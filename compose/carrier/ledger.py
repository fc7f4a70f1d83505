"""The fold of the journal: everything that the carrier knows."""

from collections import Counter

from keywords import OptOuts
from phones import Phones, Text
from plan import REASONS


class Ledger:
    def __init__(self) -> None:
        self.phones = Phones()
        self.opt_outs = OptOuts()
        # Of accepted and of received texts: what the plan goes by.
        self.accepted = 0
        self.texted = 0
        self.counts: Counter[str] = Counter()
        self.codes: Counter[int] = Counter()
        # By sid: what was accepted or texted and has calls that are not made yet, with the number of the next one.
        self.calls: dict[str, tuple[dict, int]] = {}
        self.under_way: dict[str, dict] = {}
        # What the carrier itself has to say to the last text.
        self.auto_reply: str | None = None

    def fold(self, event: dict) -> None:
        self.counts[event["event"]] += 1
        getattr(self, "_" + event["event"], lambda _: None)(event)

    def _accepted(self, event: dict) -> None:
        self.accepted = event["number"]
        self.phones.put(Text(
            event["sid"], event["to"], event["from"], "dealership", event["body"], event["at"], "on its way"))
        self.under_way[event["sid"]] = event
        if event["callbacks"]:
            self.calls[event["sid"]] = event, 0

    def _refused(self, event: dict) -> None:
        if "code" in event:
            self.codes[event["code"]] += 1

    def _arrived(self, event: dict) -> None:
        self.under_way.pop(event["sid"], None)
        self.phones.set(event["sid"], "delivered", at=event["at"])

    def _lost(self, event: dict) -> None:
        self.under_way.pop(event["sid"], None)
        self.phones.set(event["sid"], "lost", error=f"{REASONS.get(event['code'], 'Error')} ({event['code']})")

    def _callback(self, event: dict) -> None:
        accepted, index = self.calls[event["sid"]]
        self._made(event["sid"], accepted, index + 1, len(accepted["callbacks"]))

    def _texted(self, event: dict) -> None:
        self.texted = event["number"]
        self.phones.put(Text(
            event["sid"], event["from"], event["to"], "phone", event["body"], event["at"], "sending", event["media"]))
        self.auto_reply = self.opt_outs.heard(event["to"], event["from"], event["body"])
        self.calls[event["sid"]] = event, 0

    def _webhook(self, event: dict) -> None:
        texted, count = self.calls[event["sid"]]
        last = event["results"][-1]
        if isinstance(last, int) and 200 <= last < 300:
            self.phones.set(event["sid"], "taken")
        elif count == 0:
            said = f"answered {last}" if isinstance(last, int) else f"cannot be reached ({last})"
            self.phones.set(event["sid"], "failed", error=f"The dealership's system {said}")
        self._made(event["sid"], texted, count + 1, len(texted["copies"]))

    def _replied(self, event: dict) -> None:
        self.phones.put(Text(
            event["sid"], event["to"], event["from"], event["by"], event["body"], event["at"], "delivered"))

    def _made(self, sid: str, event: dict, count: int, of: int) -> None:
        if count < of:
            self.calls[sid] = event, count
        else:
            del self.calls[sid]
