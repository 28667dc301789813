"""Standard Webhooks 1.0.0: signing what is sent.

Signed is always ``id.timestamp.body``, the body byte for byte. Checking a signature and making
the secrets have files of their own; the names a caller needs are all here.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence

from notifier.core.signature_check import (
    HEADER_ID,
    HEADER_SIGNATURE,
    HEADER_TIMESTAMP,
    TOLERANCE_SECONDS,
    Fault,
    Verdict,
    verify,
)
from notifier.core.signing_keys import (
    SIGNING,
    check_new_secret,
    new_secret,
    new_signing_secret,
    public_key,
    shared_key,
    signing_key,
    to_base64,
)

__all__ = [
    "HEADER_ID",
    "HEADER_SIGNATURE",
    "HEADER_TIMESTAMP",
    "TOLERANCE_SECONDS",
    "Fault",
    "Verdict",
    "check_new_secret",
    "new_secret",
    "new_signing_secret",
    "public_key",
    "sign",
    "verify",
]


def sign(secrets: Sequence[str], *, message_id: str, timestamp: int, body: bytes) -> str:
    """The ``webhook-signature`` value: one entry per secret, in their order, newest first.

    ``timestamp`` is in whole seconds since 1970. Raises ValueError when there is no secret or one
    is malformed, when the id is empty or has a dot, and when the timestamp is negative.
    """
    if not secrets:
        raise ValueError("there is no secret to sign with")
    if not message_id or "." in message_id or timestamp < 0:
        raise ValueError("a message id is not empty and has no dot; a timestamp is not negative")
    signed = f"{message_id}.{timestamp}.".encode() + body
    return " ".join([_entry(secret, signed) for secret in secrets])


def _entry(secret: str, signed: bytes) -> str:
    if secret.startswith(SIGNING):
        return "v1a," + to_base64(signing_key(secret).sign(signed))
    return "v1," + to_base64(hmac.digest(shared_key(secret), signed, "sha256"))
