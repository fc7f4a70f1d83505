"""All of them, in the order of the report."""

from . import deals, drafts, messages, order, presence, replays, streams
from .finding import Finding
from .run import Run


def check(run: Run) -> list[Finding]:
    place = run.facts["places"].__getitem__
    return [
        messages.accepted_once(run, place), messages.doubles(run), order.folded(run), order.senders(run),
        deals.one_a_click(run, place), deals.announced(run, place), deals.doubles(run), replays.rebuilt(run),
        replays.thrice(run), replays.appends_nothing(run), replays.intact(run), streams.whole(run),
        streams.newest(run), presence.dots(run), drafts.search(run)]
