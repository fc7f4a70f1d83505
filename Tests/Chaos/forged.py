"""A small run that is right in everything, for tests that spoil one thing of it."""

import json
import sqlite3
from pathlib import Path

from checker.record import Record
from checker.run import Run

PLACES = {"shop-1": 0, "shop-2": 1}
STATES = ("live", "rebuilt", "thrice")
SERVICES = ("conversations", "ingest", "qualification")


class Forger:
    """Appends to a log as clients would have it; `run()` writes what services would have folded of it."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.history: list[dict] = []
        self.records: dict[str, list[Record]] = {"messages": [], "qualifications": [], "deal-created": []}
        self.losses: list[dict] = []
        self.now = 0.0

    def append(self, topic: str, dealership: str, type: str, id: str, body: dict) -> Record:
        partition = PLACES[dealership]
        offset = sum(one.partition == partition for one in self.records[topic])
        record = Record(topic, partition, offset, dealership.encode(), json.dumps(body).encode(), (
            ("ce_id", id.encode()), ("ce_source", f"/dealerships/{dealership}/forger".encode()),
            ("ce_type", f"directchat.{type}.v1".encode())))
        self.records[topic].append(record)
        return record

    def operation(self, op: str, dealership: str, conversation: str | None, sender: str, client: str, **more) -> dict:
        self.now += 1
        number = 1 + sum(one["sender"] == sender for one in self.history)
        done = {
            "op": op, "dealership": dealership, "conversation": conversation, "sender": sender, "number": number,
            "client": client, "sent": self.now, "told": self.now + 0.5, "kept": "log", "by": "one", "attempts": 1,
            **more}
        self.history.append(done)
        return done

    def message(self, dealership: str, conversation: str, client: str, op: str = "message", **more) -> dict:
        text = f"text {client}"
        side = "staff" if op == "reply" else "customer"
        told = None if op == "text" else conversation
        done = self.operation(op, dealership, told, f"{side} of {conversation}", client, text=text, **more)
        body = {"conversationId": conversation, "clientMessageId": client, "text": text,
                "channel": "sms" if op == "text" else "web", "from": more.get("from"), "to": more.get("to")}
        type = "message.sent" if side == "staff" else "message.received"
        self.append("messages", dealership, type, f"{conversation}.{side[0]}.{client}", body)
        return done

    def click(self, dealership: str, conversation: str, request: str) -> dict:
        deal = f"deal-{request}"
        self.append("qualifications", dealership, "conversation.qualified", f"{request}.outcome", {
            "requestId": request, "conversationId": conversation, "deal": {"dealId": deal}})
        self.append("deal-created", dealership, "deal.created", f"{deal}.created", {"dealId": deal})
        return self.operation("click", dealership, conversation, "staff", request, deals=[deal] * 3)

    def all(self) -> "Forger":
        for n in (1, 2, 3):
            self.message("shop-1", "web-1", f"a{n}")
            self.message("shop-2", "web-2", f"b{n}")
            self.message("shop-1", "web-1", f"r{n}", op="reply")
            self.message("shop-2", "sms-1", f"t{n}", op="text", **{"from": "+1", "to": "+2"})
        self.click("shop-1", "web-1", "click-1")
        self.click("shop-2", "web-2", "click-2")
        return self

    def run(self) -> Run:
        files = {state: {name: [self._file(state, name, shard) for shard in PLACES.values()] for name in SERVICES}
                 for state in STATES}
        ends = {"messages/0": 6, "messages/1": 6}
        return Run(
            history=self.history, records=self.records, states=files, streams=self._streams(), facts={
                "partitions": 2, "places": PLACES, "losses": self.losses,
                "streams": {f"staff of {one}": {
                    "scope": one, "partition": PLACES[one], "from": 0, "connections": 1, "staff": True}
                    for one in PLACES},
                "ends": {"rebuild": {"before": ends, "after": dict(ends)}},
                "dots": [{"conversation": f"web-{n}", "wanted": state, "shown": {"presence": state}}
                         for n, state in enumerate(("online", "offline"))],
                "canary": {
                    "seen": True, "draft": [], "message": ["topic messages/0@1", "file x.sqlite"],
                    "searched": {"topics": 7, "files": 2, "logs": 1, "metrics": 1, "dead letters": 1}}})

    def _streams(self) -> dict[str, list[dict]]:
        streams: dict[str, list[dict]] = {}
        for one in self.records["messages"]:
            id, conversation = one.header("ce_id"), one.json["conversationId"]
            streams.setdefault(f"staff of {one.dealership}", []).extend([
                {"at": self.now, "event": "conversation", "id": None, "data": {"id": conversation, "lastMessage": id}},
                {"at": self.now, "event": "message", "id": f"m{one.offset + 1}.p2", "data": {"id": id}}])
        return streams

    def _file(self, state: str, service: str, shard: int) -> Path:
        file = self.folder / state / service / f"{service}-{shard}.v1.sqlite"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.unlink(missing_ok=True)
        db = sqlite3.connect(file)
        db.execute("PRAGMA synchronous = OFF")
        db.executescript("""
            CREATE TABLE _meta (key TEXT, value TEXT);
            INSERT INTO _meta VALUES ('canonical_tables', 'conversations,messages,deals,outcomes');
            CREATE TABLE conversations (began INTEGER, id TEXT);
            CREATE TABLE messages (
                "offset" INTEGER, conversation INTEGER, seq INTEGER, side TEXT, client_id TEXT, text TEXT);
            CREATE TABLE deals (id TEXT);
            CREATE TABLE outcomes (deal TEXT);""")
        threads: dict[str, list[int]] = {}
        for one in self.records["messages"]:
            if one.partition != shard:
                continue
            body, side = one.json, "staff" if one.type == "message.sent" else "customer"
            thread = threads.setdefault(body["conversationId"], [one.offset, 0])
            thread[1] += 1
            if thread[1] == 1:
                db.execute("INSERT INTO conversations VALUES (?, ?)", (one.offset, body["conversationId"]))
            db.execute("INSERT INTO messages VALUES (?, ?, ?, ?, ?, ?)", (
                one.offset, thread[0], thread[1], side, body["clientMessageId"], body["text"]))
        for one in self.records["qualifications"]:
            if one.partition == shard:
                for table in ("deals", "outcomes"):
                    db.execute(f"INSERT INTO {table} VALUES (?)", (one.json["deal"]["dealId"],))
        db.commit()
        db.close()
        return file
