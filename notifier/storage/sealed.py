"""Sealing: what must not be read from a stolen database, and equality without reading it."""

from __future__ import annotations

import base64
import hmac
import secrets
from collections.abc import Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from notifier.errors import KeyMissing

KEY_BYTES = 32
_NONCE_BYTES = 12  # AES-GCM's own size (NIST SP 800-38D)
_CANARY = "the key fits"


def new_key() -> str:
    """A fresh sealing key as text. It lives outside the database; without it nothing opens."""
    return base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()


def key_from_text(text: str) -> bytes:
    """Read a key as ``new_key`` writes it. Raises KeyMissing when it is not one."""
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise KeyMissing("the sealing key must be 32 bytes in base64, as 'notifier init' makes it")
    return key


class Sealer:
    """Seals and opens column values with AES-256-GCM, and makes keyed blind indexes.

    A sealed value is ``version | nonce | ciphertext`` and bound to its table, column and row, so
    it cannot be moved to another place. Keys are versioned: the highest seals, all open. The
    index key comes from the *first* key, so equality survives a rotation.
    """

    def __init__(self, keys: Mapping[int, bytes]) -> None:
        if not keys:
            raise KeyMissing("there is no sealing key: name its file in sealing.key_file")
        self._ciphers = {version: AESGCM(key) for version, key in keys.items()}
        self._newest = max(keys)
        self._index_key = HKDF(SHA256(), KEY_BYTES, salt=None, info=b"blind index").derive(
            keys[min(keys)]
        )

    def seal(self, place: str, row_id: str, value: str | bytes | None) -> bytes | None:
        """Seal a value for ``place`` (``table.column``) of one row; None stays None."""
        if value is None:
            return None
        data = value.encode() if isinstance(value, str) else value
        nonce = secrets.token_bytes(_NONCE_BYTES)
        bound = f"{place}|{row_id}".encode()
        cipher = self._ciphers[self._newest]
        return bytes([self._newest]) + nonce + cipher.encrypt(nonce, data, bound)

    def open_bytes(self, place: str, row_id: str, sealed: bytes) -> bytes:
        """The value sealed for that place and row. Raises KeyMissing when it does not open."""
        cipher = self._ciphers.get(sealed[0]) if sealed else None
        if cipher is None:
            raise KeyMissing(f"{place} of {row_id} was sealed with a key that is not configured")
        nonce, data = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
        try:
            return cipher.decrypt(nonce, data, f"{place}|{row_id}".encode())
        except (InvalidTag, ValueError):  # ValueError: too short to hold even a nonce
            raise KeyMissing(
                f"{place} of {row_id} does not open: wrong key, or the value was altered"
            ) from None

    def open(self, place: str, row_id: str, sealed: bytes | None) -> str | None:
        """The sealed text, or None where there is none. Raises KeyMissing as ``open_bytes``."""
        return None if sealed is None else self.open_bytes(place, row_id, sealed).decode()

    def index(self, column: str, value: str) -> str:
        """A keyed hash that is equal for equal values of one column and says nothing else."""
        message = f"{column}|{value}".encode()
        return hmac.digest(self._index_key, message, "sha256").hex()[:32]

    def canary(self) -> bytes:
        """A sealed constant that tells at start whether the configured key is the right one."""
        sealed = self.seal("meta.value", "canary", _CANARY)
        assert sealed is not None  # a constant is never None
        return sealed

    def check(self, canary: bytes) -> None:
        """Raise KeyMissing unless this database was sealed with the configured keys."""
        try:
            fits = self.open("meta.value", "canary", canary) == _CANARY
        except KeyMissing:
            fits = False  # a row of a table says nothing to whoever configured the wrong key
        if not fits:
            raise KeyMissing("the sealing key is not the one this database was sealed with")
