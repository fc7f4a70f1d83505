"""A customer with a phone, as Twilio's webhook tells of them."""

import base64
import hashlib
import hmac
import secrets

import httpx


def signature(url: str, parameters: dict[str, str], auth_token: str) -> str:
    text = url + "".join(name + parameters[name] for name in sorted(parameters))
    return base64.b64encode(hmac.digest(auth_token.encode(), text.encode(), hashlib.sha1)).decode()


class Texter:
    def __init__(self, url: str, account: str, auth_token: str, number: str, to: str):
        self.url = url
        self.account = account
        self.auth_token = auth_token
        self.number = number
        self.to = to

    def parameters(self, text: str, sid: str | None = None) -> dict[str, str]:
        sid = sid or "SM" + secrets.token_hex(16)
        return {
            "AccountSid": self.account, "MessageSid": sid, "SmsSid": sid, "SmsMessageSid": sid, "From": self.number,
            "To": self.to, "Body": text, "NumMedia": "0", "NumSegments": "1", "SmsStatus": "received",
            "ApiVersion": "2010-04-01"}

    def post(self, parameters: dict[str, str], sign: str | None = None) -> httpx.Response:
        """`sign`: a signature other than the right one."""
        right = signature(self.url, parameters, self.auth_token)
        return httpx.post(
            self.url, data=parameters, headers={"X-Twilio-Signature": right if sign is None else sign}, timeout=30)

    def text(self, text: str, sid: str | None = None) -> httpx.Response:
        answer = self.post(self.parameters(text, sid))
        assert answer.status_code in (200, 202, 204), answer.text
        return answer
