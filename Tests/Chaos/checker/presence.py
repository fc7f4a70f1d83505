"""Dots tell who is on the website, twice the lease after the last fault at the latest."""

from .finding import Finding
from .run import Run


def dots(run: Run) -> Finding:
    """`facts.dots`: [{conversation, wanted: online|offline, shown: {where: state}}]

    Of a visitor who left, and of whom a killed broker lost every beat and with them that they were announced, the log
    knows nothing: unknown is then the truth.
    """
    finding = Finding("dots are right within twice the lease after the last fault")
    was_killed = any(one["what"] == "kill" for one in run.facts.get("losses", []))
    beaten = {record.json["conversationId"] for record in run.records.get("activity", [])
              if record.type == "visit.beat"}
    for one in run.facts["dots"]:
        finding.count(one["wanted"])
        for where, state in one["shown"].items():
            if state == one["wanted"]:
                continue
            is_forgotten = was_killed and one["conversation"] not in beaten
            if (state, one["wanted"]) == ("unknown", "offline") and is_forgotten:
                finding.count("unknown, every beat lost by the broker")
            else:
                finding.violate(f"{where} shows {one['conversation']} as {state}, it is {one['wanted']}")
    return finding.require("online", "offline")
