"""A stream's reader that writes down what it sees."""

import time

from kit.follower import Follower
from kit.sse import ServerSentEvent


class Recorder(Follower):
    """Of an event only what the checker asks for is kept: a run has hundreds of thousands."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.events: list[dict] = []
        # The offset in `messages` at which a stream without a cursor began; a customer's begins with the conversation.
        self.first_id: str | None = None

    def take(self, event: ServerSentEvent) -> None:
        if self.first_id is None:
            self.first_id = event.id
        data = {}
        if event.event == "message":
            data = {"id": event.json["id"]}
        elif event.event == "conversation":
            said = event.json
            data = {"id": said["id"], "lastMessage": said["lastMessage"]["id"]}
        elif event.event == "draft":
            data = event.json
        elif event.event != "reset":
            return
        self.events.append({"at": time.monotonic(), "event": event.event, "id": event.id, "data": data})
