"""Signatures by Standard Webhooks: HMAC-SHA256 over id, time and body under a secret that both sides know.

>>> secret = "whsec_a2VodW1hLXRlc3Qtc2VjcmV0LTI0Ynl0"
>>> signature("msg_0", 1795308692, b"{}", [secret])
'v1,YqbpWyiQxt9hUBy/2sLjHJ0oFrnTVrRkZgB6ZkPUj2g='
"""

import base64
import hmac
import secrets
from collections.abc import Sequence

_START = "whsec_"
_BYTES = 32


def new_secret() -> str:
    """A secret as the receiver keeps it."""
    return _START + base64.b64encode(secrets.token_bytes(_BYTES)).decode("ascii")


def signature(message: str, seconds: int, body: bytes, known: Sequence[str]) -> str:
    """The value of ``webhook-signature``: one signature by each secret, so that a receiver may change to the new one."""
    signed = f"{message}.{seconds}.".encode() + body
    return " ".join(f"v1,{_mac(secret, signed)}" for secret in known)


def headers(message: str, seconds: int, body: bytes, known: Sequence[str]) -> dict[str, str]:
    """What goes with the body."""
    return {
        "webhook-id": message,
        "webhook-timestamp": str(seconds),
        "webhook-signature": signature(message, seconds, body, known),
    }


def _mac(secret: str, signed: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(_START))
    return base64.b64encode(hmac.digest(key, signed, "sha256")).decode("ascii")
