"""A secret or public key of an endpoint: how one is made, judged, read and used.

``whsec_`` is shared and gives ``v1`` (HMAC-SHA256); ``whsk_`` signs ``v1a`` (ed25519, RFC 8032)
and its public half ``whpk_`` checks it. No reason given here repeats a key.
"""

from __future__ import annotations

import binascii
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (
        Ed25519PrivateKey,
        Ed25519PublicKey,
    )

SHARED, SIGNING, PUBLIC = "whsec_", "whsk_", "whpk_"
SECRET_BYTES_MIN, SECRET_BYTES_MAX = 24, 64  # judged when a secret is made, not when one is used
SIGNATURE_BYTES = {"v1": 32, "v1a": 64}

_SEED_BYTES = 32  # a whsk_ key is its seed followed by its public key
_NOT_BASE64 = "what follows the prefix is not padded base64: copy it again, whole"


def new_secret(random_bytes: bytes) -> str:
    """A ``whsec_`` secret from 24 to 64 random bytes. Raises ValueError on fewer or more."""
    wrong = _wrong_length(random_bytes)
    if wrong:
        raise ValueError(wrong)
    return SHARED + to_base64(random_bytes)


def new_signing_secret(random_bytes: bytes) -> str:
    """A ``whsk_`` secret from 32 random bytes. Raises ValueError on fewer or more."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    key = Ed25519PrivateKey.from_private_bytes(random_bytes)
    return SIGNING + to_base64(random_bytes + key.public_key().public_bytes_raw())


def check_new_secret(text: str) -> str | None:
    """Why a secret somebody brings is refused; None when it is good."""
    if text.startswith(PUBLIC):
        return "a whpk_ key is public and can only check: give the whsk_ or whsec_ secret"
    if text.startswith(SHARED):
        raw = from_base64(text.removeprefix(SHARED))
        return _NOT_BASE64 if raw is None else _wrong_length(raw)
    if not text.startswith(SIGNING):
        return "a secret starts with whsec_ (or whsk_ for ed25519): copy it again, whole"
    try:
        signing_key(text)
    except ValueError as reason:
        return str(reason)
    return None


def public_key(secret: str) -> str:
    """The ``whpk_`` with which a receiver checks a ``whsk_``. Raises ValueError if malformed."""
    return PUBLIC + to_base64(signing_key(secret).public_key().public_bytes_raw())


# Decoding costs as much as signing does, and the same few secrets sign every message.
@lru_cache(maxsize=4096)
def shared_key(secret: str) -> bytes:
    """The HMAC key of a secret of any length, padded or not, with its prefix or without.

    Receivers and senders in the field use all of these. Raises ValueError if it is malformed.
    """
    text = secret.removeprefix(SHARED)
    try:
        key = binascii.a2b_base64(text + "=" * (-len(text) % 4), strict_mode=True)
    except ValueError:
        key = b""
    if not key:
        raise ValueError("the secret is not whsec_ and base64: copy it again, whole")
    return key


@lru_cache(maxsize=4096)
def signing_key(secret: str) -> Ed25519PrivateKey:
    """The ed25519 key of a ``whsk_`` secret. Raises ValueError if it is malformed."""
    # Imported late: most endpoints share a secret, and the CLI answers sooner without.
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    raw = from_base64(secret.removeprefix(SIGNING))
    if raw is None:
        raise ValueError(_NOT_BASE64)
    if len(raw) != 2 * _SEED_BYTES:
        raise ValueError(f"a whsk_ key holds 64 bytes, this one {len(raw)}: copy it again, whole")
    key = Ed25519PrivateKey.from_private_bytes(raw[:_SEED_BYTES])
    if key.public_key().public_bytes_raw() != raw[_SEED_BYTES:]:
        raise ValueError("the two halves of this whsk_ key do not belong together: copy it again")
    return key


class CheckingKey(Protocol):
    """What tells whether one of several signatures is of a text."""

    @property
    def label(self) -> str:
        """The scheme's name in a signature header."""

    def fits(self, signed: bytes, signatures: Sequence[bytes]) -> bool:
        """Whether any of the signatures is right; takes the same time for every wrong one."""


@dataclass(frozen=True, slots=True)
class SharedKey:
    """Checks ``v1``."""

    key: bytes
    label: str = "v1"

    def fits(self, signed: bytes, signatures: Sequence[bytes]) -> bool:
        """See CheckingKey."""
        right = hmac.digest(self.key, signed, "sha256")
        matches = [hmac.compare_digest(right, signature) for signature in signatures]
        return True in matches


@dataclass(frozen=True, slots=True)
class PublicKey:
    """Checks ``v1a``."""

    key: Ed25519PublicKey
    label: str = "v1a"

    def fits(self, signed: bytes, signatures: Sequence[bytes]) -> bool:
        """See CheckingKey."""
        return any(self._fits_one(signed, signature) for signature in signatures)

    def _fits_one(self, signed: bytes, signature: bytes) -> bool:
        from cryptography.exceptions import InvalidSignature

        try:
            self.key.verify(signature, signed)
        except InvalidSignature:
            return False
        return True


def checking_key(text: str) -> CheckingKey:
    """Read a ``whsec_``, ``whsk_`` or ``whpk_`` to check with. Raises ValueError if malformed."""
    if text.startswith(SIGNING):
        return PublicKey(signing_key(text).public_key())
    if not text.startswith(PUBLIC):
        return SharedKey(shared_key(text))
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    raw = from_base64(text.removeprefix(PUBLIC))
    if raw is None or len(raw) != _SEED_BYTES:
        raise ValueError("a whpk_ key is base64 of 32 bytes: copy it again, whole")
    return PublicKey(Ed25519PublicKey.from_public_bytes(raw))


def to_base64(raw: bytes) -> str:
    """Standard base64 with padding, on one line (RFC 4648, section 4)."""
    return binascii.b2a_base64(raw, newline=False).decode("ascii")


def from_base64(text: str) -> bytes | None:
    """Decode what ``to_base64`` writes and nothing that is merely like it; None otherwise.

    Two texts must not stand for one signature, so unused bits at the end have to be zero.
    """
    try:
        raw = binascii.a2b_base64(text, strict_mode=True)
    except ValueError:
        return None
    return raw if to_base64(raw) == text else None


def _wrong_length(raw: bytes) -> str | None:
    if SECRET_BYTES_MIN <= len(raw) <= SECRET_BYTES_MAX:
        return None
    return f"a secret holds 24 to 64 bytes, this one {len(raw)}: make a new one"
