"""Status callbacks: what the sender of a text hears of it."""

from account import Account
from journal import Journal
from plan import REASONS
from post import post
from schedule import Schedule


class Callbacks:
    """The calls of one text are made one after the other, so that their order is the planned one."""

    def __init__(self, account: Account, journal: Journal, schedule: Schedule):
        self._account = account
        self._journal = journal
        self._schedule = schedule

    def call(self, event: dict, index: int, since: float) -> None:
        """From the planned call `index` on, of a text that was accepted `since` seconds ago."""
        if index >= len(event["callbacks"]):
            return
        planned = event["callbacks"][index]
        wait = max(0, planned["after"] - since)

        def work() -> None:
            outcome = post(
                event["statusCallback"], self._parameters(event, planned["status"]), self._account.token,
                again_on_5xx=False)
            self._journal.append(
                "callback", sid=event["sid"], index=index, status=planned["status"], results=outcome.results)
            self.call(event, index + 1, since + wait)

        self._schedule.add(wait, work)

    def _parameters(self, event: dict, status: str) -> list[tuple[str, str]]:
        sid = event["sid"]
        parameters = {
            "AccountSid": self._account.sid, "MessageSid": sid, "SmsSid": sid, "MessageStatus": status,
            "SmsStatus": status, "From": event["from"], "To": event["to"], "ApiVersion": "2010-04-01"}
        if status in ("undelivered", "failed"):
            parameters |= {
                "ErrorCode": str(event["code"]), "ErrorMessage": REASONS.get(event["code"], "Unknown error")}
        return list(parameters.items())
