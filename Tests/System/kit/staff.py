"""A member of a dealership's staff."""

import secrets

import httpx

from .stream import Stream
from .wait import until


class StaffMember:
    def __init__(self, conversations: str, qualification: str, token: str, dealership: str):
        self.conversations_url = conversations
        self.qualification_url = qualification
        self.token = token
        self.dealership = dealership
        self.headers = {"Authorization": f"Bearer {token}"}
        self.client = httpx.Client(timeout=30, headers=self.headers, params={"dealership": dealership})

    # Reading

    def get(self, path: str, **parameters) -> httpx.Response:
        return self.client.get(self.conversations_url + path, params=parameters)

    def _pages(self, url: str, **parameters) -> list[dict]:
        items: list[dict] = []
        cursor = None
        while True:
            answer = self.client.get(url, params={**parameters, **({"cursor": cursor} if cursor else {})})
            assert answer.status_code == 200, answer.text
            body = answer.json()
            items += body["items"]
            cursor = body.get("next")
            if not cursor:
                return items

    def conversations(self, filter: str = "all", **parameters) -> list[dict]:
        return self._pages(self.conversations_url + "/v1/conversations", filter=filter, **parameters)

    def conversation(self, conversation: str) -> dict:
        answer = self.get(f"/v1/conversations/{conversation}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def messages(self, conversation: str) -> list[dict]:
        """The whole thread."""
        return self._pages(f"{self.conversations_url}/v1/conversations/{conversation}/messages", limit=200)

    def wait_for(self, conversation: str, count: int = 1) -> list[dict]:
        """Waits until the thread has that many messages."""
        def enough():
            answer = self.get(f"/v1/conversations/{conversation}/messages", limit=200)
            assert answer.status_code == 200, answer.text
            found = self.messages(conversation)
            return found if len(found) >= count else None
        return until(enough, f"{count} messages in {conversation}")

    # Doing

    def post(self, conversation: str, action: str, body: dict | None = None) -> httpx.Response:
        return self.client.post(f"{self.conversations_url}/v1/conversations/{conversation}/{action}", json=body or {})

    def send(self, conversation: str, text: str, client_message_id: str | None = None) -> httpx.Response:
        client_message_id = client_message_id or f"s-{secrets.token_hex(8)}"
        return self.post(conversation, "messages", {"clientMessageId": client_message_id, "text": text})

    def reply(self, conversation: str, text: str, client_message_id: str | None = None) -> dict:
        """A reply that must be accepted."""
        answer = self.send(conversation, text, client_message_id)
        assert answer.status_code == 201, answer.text
        return answer.json()

    def typing(self, conversation: str, typing: bool) -> None:
        answer = self.client.put(
            f"{self.conversations_url}/v1/conversations/{conversation}/typing", json={"typing": typing})
        assert answer.status_code == 204, answer.text

    def click(
        self, conversation: str, request_id: str | None = None, start_new_deal: bool = True,
        known_deals: list[str] | None = None, customer: dict | None = None,
    ) -> httpx.Response:
        """One click on Qualify."""
        body = {
            "requestId": request_id or f"click-{secrets.token_hex(8)}", "conversationId": conversation,
            "customer": customer or {"firstName": "Ana", "lastName": "Ortiz", "email": "ana@example.com"},
            "startNewDeal": start_new_deal}
        if known_deals is not None:
            body["knownDeals"] = known_deals
        return self.client.post(self.qualification_url + "/v1/qualifications", json=body)

    def qualify(self, conversation: str, **options) -> dict:
        answer = self.click(conversation, **options)
        assert answer.status_code == 201, answer.text
        return answer.json()

    def deals(self, conversation: str) -> list[dict]:
        return self._pages(self.qualification_url + "/v1/deals", conversation=conversation)

    def stream(self, open: str | None = None, follow: bool = False) -> Stream:
        query = f"?dealership={self.dealership}" + (f"&open={open}" if open else "")
        return Stream(self.conversations_url + "/v1/stream" + query, self.headers, follow, name=f"staff {open or ''}")
