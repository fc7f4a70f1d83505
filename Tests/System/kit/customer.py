"""A customer on a dealership's website."""

import itertools
import secrets

import httpx

from . import token
from .stream import Stream


class Customer:
    def __init__(self, url: str, dealership: str):
        self.url = url
        self.dealership = dealership
        self.client = httpx.Client(base_url=url, timeout=30)
        self.token = ""
        self.conversation = ""
        self.visitor = ""
        self._numbers = itertools.count(1)

    def begin(self, resume: str | None = None) -> "Customer":
        """Opens a session."""
        body = {"dealership": self.dealership, "page": "https://shop.example/inventory"}
        if resume:
            body["resume"] = resume
        answer = self.client.post("/v1/sessions", json=body)
        assert answer.status_code == 201, answer.text
        self.adopt(answer.json())
        return self

    def adopt(self, session: dict) -> None:
        self.token = session["token"]
        self.conversation = session["conversationId"]
        self.visitor = session["visitorId"]
        assert token.claims(self.token)

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def new_id(self) -> str:
        """Ascending, so that folded ids show the order they were sent in."""
        return f"m{next(self._numbers):06}-{secrets.token_hex(4)}"

    def post(self, path: str, **options) -> httpx.Response:
        return self.client.post(path, headers=self.headers, **options)

    def send(self, text: str, client_message_id: str | None = None) -> httpx.Response:
        return self.post("/v1/messages", json={"clientMessageId": client_message_id or self.new_id(), "text": text})

    def say(self, text: str, client_message_id: str | None = None) -> dict:
        """Sends a message that must be accepted."""
        answer = self.send(text, client_message_id)
        assert answer.status_code == 202, answer.text
        body = answer.json()
        assert body["conversationId"] == self.conversation
        return body

    def draft(self, text: str, revision: int) -> None:
        answer = self.client.put("/v1/draft", headers=self.headers, json={"revision": revision, "text": text})
        assert answer.status_code == 204, answer.text

    def beat(self, tab: str = "tab-1", visible: bool = True, leaving: bool = False) -> httpx.Response:
        body = {"tabId": tab, "page": "https://shop.example/inventory/12886", "visible": visible}
        if leaving:
            body["leaving"] = True
        return self.post("/v1/beats", json=body)

    def stream(self, follow: bool = False) -> Stream:
        return Stream(self.url + "/v1/stream", self.headers, follow, name=f"customer {self.conversation}")
