"""Every message that was accepted is there exactly once, where it belongs, and no other is."""

from .finding import Finding
from .record import SIDES, Record
from .run import Run


def said(run: Run) -> list[tuple[Record, str, dict]]:
    """The messages in the topic's order, each as often as it stands there: (record, side, body)."""
    return [(one, SIDES[one.type], one.json) for one in run.records.get("messages", []) if one.type in SIDES]


def first_said(run: Run) -> dict[tuple[str, str, str], tuple[Record, dict]]:
    """(conversation, side, client id): the first record, which is the one that counts."""
    found: dict[tuple[str, str, str], tuple[Record, dict]] = {}
    for one, side, body in said(run):
        found.setdefault((body["conversationId"], side, body["clientMessageId"]), (one, body))
    return found


def side_of(op: dict) -> str:
    return "staff" if op["op"] == "reply" else "customer"


def text_conversations(run: Run) -> dict[tuple[str, str], set[str]]:
    """(customer's number, dealership's number): the conversations that the log has of them."""
    found: dict[tuple[str, str], set[str]] = {}
    for _, side, body in said(run):
        if side == "customer" and body["channel"] == "sms":
            found.setdefault((body["from"], body["to"]), set()).add(body["conversationId"])
    return found


def accepted_once(run: Run, partition_of) -> Finding:
    """`partition_of(dealership)`: where its records belong."""
    finding = Finding("every accepted message is in the log, in its own conversation and dealership; no other is")
    numbers = text_conversations(run)
    for pair, conversations in numbers.items():
        if len(conversations) > 1:
            finding.violate(f"texts of {pair} are in {sorted(conversations)}")
    found = first_said(run)
    sent: set[tuple[str, str, str]] = set()
    for op in run.history:
        if op["op"] == "click":
            continue
        side, conversation = side_of(op), op["conversation"]
        if op["op"] == "text":
            conversation = next(iter(numbers.get((op["from"], op["to"]), {None})))
        key = (conversation, side, op["client"])
        sent.add(key)
        told = op["told"] is not None
        finding.count("accepted" if told else "not accepted")
        if key not in found:
            if told and side == "staff" and run.was_lost("messages", partition_of(op["dealership"]), op):
                finding.count("lost by the broker")
            elif told:
                finding.violate(f"accepted and not in the log: {op}")
            continue
        record, body = found[key]
        finding.count("found")
        if record.dealership != op["dealership"] or record.partition != partition_of(op["dealership"]):
            finding.violate(f"{op['client']} of {op['dealership']} is at {record.place} as {record.dealership}'s")
        if body["text"] != op["text"]:
            finding.violate(f"{op['client']} at {record.place} says {body['text']!r}, not {op['text']!r}")
    for key in found.keys() - sent:
        finding.violate(f"nobody sent {key} at {found[key][0].place}")
    return finding.require("accepted", "found")


def doubles(run: Run) -> Finding:
    """Messages stand on the wire more than once where somebody repeated them: never with another text."""
    finding = Finding("a message that stands in the log twice says the same twice")
    first = first_said(run)
    finding.count("messages", len(first))
    for record, side, body in said(run):
        original, known = first[body["conversationId"], side, body["clientMessageId"]]
        if record is original:
            continue
        finding.count("doubled on the wire")
        if body["text"] != known["text"] or record.header("ce_id") != original.header("ce_id"):
            finding.violate(f"{record.place} differs from {original.place}")
    return finding.require("messages")
