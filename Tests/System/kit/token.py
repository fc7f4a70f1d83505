"""JSON Web Tokens, HS256, by the standard library alone."""

import base64
import hashlib
import hmac
import json
import time


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def sign(claims: dict, secret: str) -> str:
    parts = [{"alg": "HS256", "typ": "JWT"}, claims]
    signed = ".".join(_encoded(json.dumps(part, separators=(",", ":")).encode()) for part in parts)
    return signed + "." + _encoded(hmac.digest(secret.encode(), signed.encode(), hashlib.sha256))


def claims(token: str) -> dict:
    """What a token says, unchecked."""
    body = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))


def staff(
    secret: str, dealerships: list[str], sub: str = "staff-sam", name: str = "Sam Lee", role: str = "agent",
    expires_in: float = 86_400, audience: str = "directchat-staff",
) -> str:
    return sign(
        {"sub": sub, "name": name, "dealerships": dealerships, "role": role, "aud": audience,
         "exp": int(time.time() + expires_in)}, secret)
