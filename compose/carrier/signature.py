"""X-Twilio-Signature."""

import base64
import hashlib
import hmac


def sign(url: str, parameters: list[tuple[str, str]], token: str) -> str:
    """`url` as it is called, with its query; a repeated name is signed once for each different value."""
    text = url + "".join(name + value for name, value in sorted(set(parameters)))
    return base64.b64encode(hmac.digest(token.encode(), text.encode(), hashlib.sha1)).decode()
