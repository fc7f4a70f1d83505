"""Many customers who write at once, while staff answer and qualify, whatever happens to the services."""

import http.client
import json
import secrets
import threading
import time
from dataclasses import dataclass, field

from .cluster import Cluster
from .customer import Customer
from .staff import StaffMember


class Connection:
    """A kept-alive HTTP connection. It costs a tenth of httpx, which would be the load's bottleneck."""

    def __init__(self, url: str, headers: dict[str, str]):
        self.address = url.removeprefix("http://")
        self.headers = {**headers, "Content-Type": "application/json"}
        self.connection: http.client.HTTPConnection | None = None

    def post(self, path: str, body: dict) -> tuple[int, bytes]:
        """Status and body; status 0 where nobody answered."""
        try:
            if self.connection is None:
                self.connection = http.client.HTTPConnection(self.address, timeout=30)
            self.connection.request("POST", path, json.dumps(body), self.headers)
            answer = self.connection.getresponse()
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException) as error:
            if self.connection:
                self.connection.close()
            self.connection = None
            return 0, repr(error).encode()


@dataclass
class Talk:
    """One conversation: what its customer and staff sent and were told is accepted, in order."""

    customer: Customer
    sent: list[tuple[str, str]] = field(default_factory=list)
    message_ids: list[str] = field(default_factory=list)
    replies: list[tuple[str, str]] = field(default_factory=list)
    click: str | None = None
    deal: str | None = None


class Load:
    """A sender sends its next message once the last is accepted, and repeats one that is not under the same id."""

    def __init__(
        self, cluster: Cluster, messages: int, conversations: int = 5, replies: int = 0, clicks: bool = False,
    ):
        self.cluster = cluster
        self.replies = replies
        self.clicks = clicks
        self.each = messages // (len(cluster.dealerships.ids) * conversations)
        self.talks: dict[str, list[Talk]] = {
            dealership: [Talk(cluster.visitor(dealership).begin()) for _ in range(conversations)]
            for dealership in cluster.dealerships.ids}
        self.accepted = 0
        self.failures: list[str] = []
        self.gave_up = False
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []

    @property
    def all(self) -> list[Talk]:
        return [talk for talks in self.talks.values() for talk in talks]

    @property
    def message_ids(self) -> set[str]:
        """Of everything that was answered with a 202."""
        return {one for talk in self.all for one in list(talk.message_ids)}

    def start(self) -> "Load":
        for dealership, talks in self.talks.items():
            self._threads.append(threading.Thread(target=self._write, args=(talks,), daemon=True))
            if self.replies or self.clicks:
                staff = self.cluster.staff(dealership)
                self._threads.append(threading.Thread(target=self._answer, args=(staff, talks), daemon=True))
        for thread in self._threads:
            thread.start()
        return self

    def wait(self, within: float = 240) -> None:
        """Until everybody has said everything."""
        deadline = time.monotonic() + within
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        stuck = [thread for thread in self._threads if thread.is_alive()]
        self.gave_up = True
        assert not stuck, f"{len(stuck)} senders are not done after {within} s; last failures: {self.failures[-3:]}"

    def stop(self) -> None:
        """Nobody begins anything more; returns when what was begun is accepted or refused."""
        self.gave_up = True
        for thread in self._threads:
            thread.join(60)
        assert not any(thread.is_alive() for thread in self._threads), "a request takes a minute"

    def _insist(self, connection: Connection, path: str, body: dict, success: int, again: tuple[int, ...]) -> dict:
        while not self.gave_up:
            status, answer = connection.post(path, body)
            if status == success:
                return json.loads(answer)
            with self._lock:
                self.failures.append(f"{path}: {status} {answer[:200]!r}")
            assert status in again, f"{path} of {body}: {status} {answer[:500]!r}"
            time.sleep(0.1)  # A client's pause before it repeats.
        raise SystemExit

    def _write(self, talks: list[Talk]) -> None:
        connections = [Connection(talk.customer.url, talk.customer.headers) for talk in talks]
        for number in range(self.each):
            for talk, connection in zip(talks, connections):
                body = {"clientMessageId": talk.customer.new_id(), "text": f"{talk.customer.conversation} {number}"}
                answer = self._insist(connection, "/v1/messages", body, 202, (0, 503))
                talk.sent.append((body["clientMessageId"], body["text"]))
                talk.message_ids.append(answer["messageId"])
                with self._lock:
                    self.accepted += 1

    def _answer(self, staff: StaffMember, talks: list[Talk]) -> None:
        conversations = Connection(staff.conversations_url, staff.headers)
        qualification = Connection(staff.qualification_url, staff.headers)
        for number in range(self.replies):
            for talk in talks:
                conversation = talk.customer.conversation
                body = {"clientMessageId": f"r{number:04}-{secrets.token_hex(4)}", "text": f"reply {number}"}
                # 404 until the customer's first message has been folded.
                self._insist(
                    conversations, f"/v1/conversations/{conversation}/messages", body, 201, (0, 404, 503))
                talk.replies.append((body["clientMessageId"], body["text"]))
        if not self.clicks:
            return
        for talk in talks:
            talk.click = f"click-{secrets.token_hex(8)}"
            body = {
                "requestId": talk.click, "conversationId": talk.customer.conversation, "startNewDeal": True,
                "customer": {"firstName": "Ana", "lastName": "Ortiz", "phone": "+13145550123"}}
            answer = self._insist(qualification, "/v1/qualifications", body, 201, (0, 404, 503))
            talk.deal = answer["dealId"]
