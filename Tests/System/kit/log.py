"""What the topic `messages` says, folded by hand: the oracle that services are compared with."""

from .topic import Record

Thread = list[tuple[int, str, str, str]]


def threads(records: list[Record]) -> dict[str, Thread]:
    """Each conversation's messages: (seq, side, client id, text). The first of an id counts, in the topic's order."""
    found: dict[str, Thread] = {}
    seen: set[tuple[str, str, str]] = set()
    for record in records:
        side = {"directchat.message.received.v1": "customer", "directchat.message.sent.v1": "staff"}.get(record.type)
        if side is None:
            continue
        body = record.json
        identity = (body["conversationId"], side, body["clientMessageId"])
        if identity in seen:
            continue
        seen.add(identity)
        thread = found.setdefault(body["conversationId"], [])
        thread.append((len(thread) + 1, side, body["clientMessageId"], body["text"]))
    return found


def message_ids(records: list[Record]) -> set[str]:
    """The ids of the customers' messages, as ingest answers them."""
    return {record.header("ce_id") for record in records if record.type == "directchat.message.received.v1"}
