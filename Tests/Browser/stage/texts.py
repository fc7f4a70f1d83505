"""Texts as the log has them: what the provider reported, and what came with a text."""

import hashlib
import json
import secrets
from datetime import datetime, timezone

from kit import partition
from kit.cluster import Cluster
from kit.topic import cloud_event


class TextLog:
    """Appends records to `messages`, as ingest does."""

    def __init__(self, cluster: Cluster, dealership: str | None = None):
        self.cluster = cluster
        self.dealership = dealership or cluster.dealerships.ids[0]
        self.number = cluster.dealerships.number(self.dealership)
        self.topic = cluster.topic("messages")

    def append(self, type: str, id: str, body: dict) -> None:
        now = datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        self.topic.append(
            partition.of(self.dealership, self.cluster.partitions), json.dumps(body).encode(),
            self.dealership.encode(),
            cloud_event(type, self.dealership, id, subject=body["conversationId"], time=now))

    def status(self, message: str, status: str, **more) -> None:
        body = {"conversationId": message.split(".")[0], "messageId": message, "status": status, **more}
        self.append("message.status", f"{message}.test.{status}", body)

    def received(self, conversation: str, text: str, **more) -> str:
        """Returns the message's id."""
        client = f"t-{secrets.token_hex(6)}"
        body = {"conversationId": conversation, "clientMessageId": client, "text": text, **more}
        self.append("message.received", f"{conversation}.c.{client}", body)
        return f"{conversation}.c.{client}"

    def shares(self, conversation: str, phone: str) -> str:
        """A website customer leaves a number, and may be texted there."""
        return self.received(
            conversation, f"You can reach me here:\nPhone: {phone}", channel="web",
            contact={"phone": phone, "mayText": True})

    def sends_files(self, conversation: str, phone: str, text: str, *types: str) -> str:
        """Files that nobody has fetched yet, and nobody can: the provider is not there."""
        provider = self.cluster.env["TWILIO_API_URL"]
        media = [{"url": f"{provider}/{n}", "contentType": one} for n, one in enumerate(types)]
        more = {"channel": "sms", "from": phone, "to": self.number, "media": media}
        return self.received(conversation, text, **more)

    def stored(self, message: str, index: int, content: bytes, content_type: str) -> None:
        """The file has been fetched: it is in the folder, under its hash."""
        sha256 = hashlib.sha256(content).hexdigest()
        place = self.cluster.media / sha256[:2] / sha256
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
        self._media(message, index, state="stored", contentType=content_type, bytes=len(content), sha256=sha256)

    def refused(self, message: str, index: int, reason: str) -> None:
        self._media(message, index, state="refused", reason=reason)

    def _media(self, message: str, index: int, **what) -> None:
        body = {"conversationId": message.split(".")[0], "messageId": message, "index": index, **what}
        self.append("message.media", f"{message}.media.{index}", body)
