"""What the services folded is what the log says, in the log's order, and the log's order is the senders'."""

from .files import Thread, threads
from .finding import Finding
from .messages import first_said, said, side_of
from .run import Run

FOLDERS = ("conversations", "ingest")


def folded(run: Run) -> Finding:
    finding = Finding("in each conversation seq is 1…n in the topic's order, each message once, in every service")
    wanted: dict[str, Thread] = {}
    seen: set[tuple[str, str, str]] = set()
    for _, side, body in said(run):
        key = (body["conversationId"], side, body["clientMessageId"])
        if key not in seen:
            seen.add(key)
            thread = wanted.setdefault(key[0], [])
            thread.append((len(thread) + 1, side, key[2], body["text"]))
    finding.count("conversations", len(wanted))
    for service in FOLDERS:
        found: dict[str, Thread] = {}
        for file in run.states["live"][service]:
            found.update(threads(file))
        for conversation in wanted.keys() | found.keys():
            here, there = found.get(conversation, []), wanted.get(conversation, [])
            finding.count("messages folded", len(here))
            if here != there:
                shorter = min(len(here), len(there))
                at = next((n for n in range(shorter) if here[n] != there[n]), shorter)
                finding.violate(
                    f"{service} has {len(here)} of {conversation}'s {len(there)} messages; first difference at {at}: "
                    f"{here[at:at + 2]} instead of {there[at:at + 2]}")
    return finding.require("conversations", "messages folded")


def senders(run: Run) -> Finding:
    """A sender sends the next message once the last was accepted.

    Order is promised where the log had the first before the second was sent, or where both went through one instance's
    spool. A message that only another instance's spool had, or that the broker lost again, may come later: that is the
    price of instances that accept without asking anybody, and is counted.
    """
    finding = Finding("each sender's messages stand in the order of sending")
    place = {key[1:] + (key[0],): record for key, (record, _) in first_said(run).items()}
    by_client = {(side, client): record for (side, client, _), record in place.items()}
    talks: dict[tuple[str, str], list[dict]] = {}
    for op in run.history:
        if op["op"] != "click" and op["told"] is not None:
            talks.setdefault((side_of(op), op["sender"]), []).append(op)
    for (side, sender), ops in talks.items():
        finding.count("senders")
        last = None
        for op in sorted(ops, key=lambda one: one["number"]):
            record = by_client.get((side, op["client"]))
            if record is None:
                continue
            if last and record.offset < last[1].offset:
                if may_be_late(run, last[0], op, last[1].partition):
                    finding.count("later through another instance")
                else:
                    finding.violate(f"{sender}'s {op['client']} at {record.place} stands before {last[0]['client']}")
                continue
            last = (op, record)
    return finding.require("senders")


def may_be_late(run: Run, earlier: dict, later: dict, partition: int) -> bool:
    if earlier["by"] == later["by"] and earlier.get("attempts", 1) == later.get("attempts", 1) == 1:
        return False
    if earlier["kept"] == "spool":
        return True
    return run.may_have_been_lost("messages", partition, earlier)
