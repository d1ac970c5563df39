"""Signatures of deliveries, as Standard Webhooks 1.0 has them, so that receivers find a library in their language.

webhook-id: the delivery's id, the same at each try. webhook-timestamp: s since 1970, of this try. webhook-signature:
"v1," and the base64 of HMAC-SHA256 over "ID.TIMESTAMP.BODY", keyed by the bytes whose base64 follows "whsec_".
"""

import binascii
import hashlib
import hmac
from base64 import b64decode, b64encode
from collections.abc import Mapping

from dialer.domain.errors import BadInput

PREFIX = "whsec_"
LEAST_BYTES = 24


def new_secret(random: bytes) -> str:
    return PREFIX + b64encode(random).decode()


def checked_secret(secret: str) -> str:
    """BadInput when it is not one, or too short to be one."""
    try:
        if secret.startswith(PREFIX) and len(b64decode(secret.removeprefix(PREFIX), validate=True)) >= LEAST_BYTES:
            return secret
    except (binascii.Error, ValueError):
        pass
    raise BadInput(f"must be {PREFIX} and the base64 of {LEAST_BYTES} bytes or more", "secret")


def signed_headers(secret: str, delivery: str, at: int, body: bytes) -> Mapping[str, str]:
    key = b64decode(secret.removeprefix(PREFIX))
    mac = hmac.new(key, f"{delivery}.{at}.".encode() + body, hashlib.sha256).digest()
    return {
        "Content-Type": "application/json",
        "webhook-id": delivery,
        "webhook-timestamp": str(at),
        "webhook-signature": f"v1,{b64encode(mac).decode()}",
    }
