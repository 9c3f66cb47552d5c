"""Signatures by the Standard Webhooks specification, version 1 (standardwebhooks.com, "symmetric signatures")."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
import time
from collections.abc import Iterable, Mapping
from typing import Final

PREFIX: Final = "whsec_"
KEY_BYTES: Final = 32
TOLERANCE: Final = 300


class BadSignature(ValueError):
    """Raised when a request was not signed with the secret, or too long ago."""


def new_secret() -> str:
    """A new secret: `whsec_` and 256 random bits in base64."""
    return PREFIX + base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()


def checked_secret(secret: str) -> str:
    """A secret that was made elsewhere. Raises ValueError unless it is `whsec_` and 24 to 64 bytes in base64."""
    try:
        key = _key(secret)
    except (ValueError, binascii.Error):
        key = b""
    if not secret.startswith(PREFIX) or not 24 <= len(key) <= 64:
        raise ValueError(f"a secret is {PREFIX} and 24 to 64 bytes in base64; leave it out to have one made")
    return secret


def signature(secret: str, id: str, timestamp: int, body: bytes) -> str:
    """`v1,` and the HMAC-SHA256 of id, timestamp (seconds) and body, in base64."""
    signed = f"{id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(_key(secret), signed, hashlib.sha256)).decode()


def signed_headers(keys: Iterable[str], id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The three headers of a delivery; with several secrets each signs, so that either may be the receiver's."""
    signatures = " ".join(signature(key, id, timestamp, body) for key in keys)
    return {"webhook-id": id, "webhook-timestamp": str(timestamp), "webhook-signature": signatures}


def verify(secret: str, headers: Mapping[str, str], body: bytes, now: float | None = None) -> None:
    """Check a request as a receiver does; header names in lower case. Raises BadSignature, naming what is wrong."""
    try:
        id, timestamp, given = (headers[f"webhook-{name}"] for name in ("id", "timestamp", "signature"))
        at = int(timestamp)
    except (KeyError, ValueError):
        raise BadSignature("webhook-id, webhook-timestamp and webhook-signature were expected") from None
    if abs((time.time() if now is None else now) - at) > TOLERANCE:
        raise BadSignature(f"the timestamp {at} is more than {TOLERANCE} s away")
    wanted = signature(secret, id, at, body).encode()
    if not any(hmac.compare_digest(wanted, one.encode()) for one in given.split(" ")):
        raise BadSignature("no signature fits the secret and the body")


def _key(secret: str) -> bytes:
    return base64.b64decode(secret.removeprefix(PREFIX), validate=True)
