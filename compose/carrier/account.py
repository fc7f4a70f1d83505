"""The account that texts are sent for: its credentials and its numbers."""

import base64
import binascii
import hmac
import json
from pathlib import Path

from refusal import Refusal


class Account:
    """`dealerships`: `[{name, smsNumbers}]`, the file that the services read."""

    def __init__(self, sid: str, token: str, dealerships: list[dict]):
        self.sid = sid
        self.token = token
        self.dealerships = [
            {"name": one["name"], "numbers": one["smsNumbers"]} for one in dealerships if one.get("smsNumbers")]
        self.numbers = {number for one in self.dealerships for number in one["numbers"]}

    @classmethod
    def read(cls, sid: str, token: str, path: Path) -> "Account":
        return cls(sid, token, json.loads(path.read_text()))

    def knows(self, authorization: str | None) -> bool:
        scheme, _, given = (authorization or "").partition(" ")
        try:
            pair = base64.b64decode(given, validate=True)
        except (binascii.Error, ValueError):
            return False
        return scheme.lower() == "basic" and hmac.compare_digest(pair, f"{self.sid}:{self.token}".encode())

    def check(self, authorization: str | None, sid: str) -> None:
        if not self.knows(authorization):
            raise Refusal(20003)
        if sid != self.sid:
            raise Refusal(20404)
