"""The words by which a phone's owner speaks to the carrier itself. Twilio takes them only as the whole text."""

STOP = {"STOP", "STOPALL", "UNSUBSCRIBE", "END", "QUIT", "CANCEL", "REVOKE", "OPTOUT"}
START = {"START", "YES", "UNSTOP"}
HELP = {"HELP", "INFO"}

STOPPED = ("You have successfully been unsubscribed. You will not receive any more messages from this number. "
           "Reply START to resubscribe.")
STARTED = ("You have successfully been re-subscribed to messages from this number. Reply HELP for help. "
           "Reply STOP to unsubscribe. Msg&Data Rates May Apply.")
HELPED = "Reply STOP to unsubscribe. Msg&Data Rates May Apply."


class OptOuts:
    """Who wants nothing from which number: pairs of a number of ours and a phone."""

    def __init__(self) -> None:
        self.pairs: set[tuple[str, str]] = set()

    def heard(self, number: str, phone: str, text: str) -> str | None:
        """Takes a text of the phone to the number and gives what the carrier itself answers."""
        word, pair = text.strip().upper(), (number, phone)
        if word in STOP:
            said = None if pair in self.pairs else STOPPED
            self.pairs.add(pair)
            return said
        if word in START and pair in self.pairs:
            self.pairs.remove(pair)
            return STARTED
        return HELPED if word in HELP and pair not in self.pairs else None
