"""Signing by Standard Webhooks 1.0.0: the published vectors, and that receivers accept it."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook

from notifier.core import signature

SAMPLES = Path(__file__).parents[1] / "samples"
VECTORS: dict[str, Any] = json.loads(
    (SAMPLES / "standard-webhooks-vectors.json").read_text("utf-8")
)
A, B, C, D = VECTORS["signed"]
ID, AT, BODY = A["id"], A["timestamp"], A["body"].encode()

ids = st.text(
    st.characters(codec="ascii", categories=["L", "N"], include_characters="_-"), min_size=1
)
seconds = st.integers(0, 10**12 - 1)
secrets = st.binary(min_size=24, max_size=64).map(signature.new_secret)


def accepts(
    key: str, *, message_id: str, at: int | str, header: str, body: bytes, now: int
) -> bool:
    """Whether a receiver with this key takes the request."""
    headers = {
        signature.HEADER_ID: message_id,
        signature.HEADER_TIMESTAMP: str(at),
        signature.HEADER_SIGNATURE: header,
    }
    return signature.verify([key], headers=headers, body=body, now=now).ok


@pytest.mark.parametrize("vector", [pytest.param(one, id=one["name"]) for one in VECTORS["signed"]])
def test_a_published_vector_is_signed_as_published(vector: dict[str, Any]) -> None:
    """Byte for byte what the reference senders write, and it verifies with either key."""
    message_id, at, body = vector["id"], vector["timestamp"], vector["body"].encode()
    header = signature.sign([vector["secret"]], message_id=message_id, timestamp=at, body=body)
    assert header == vector["signature"]
    for key in filter(None, (vector["secret"], vector["public_key"])):
        assert accepts(key, message_id=message_id, at=at, header=header, body=body, now=at)


def test_old_and_new_secret_both_sign_during_a_rotation() -> None:
    """The newest first, one blank between: either receiver finds its own."""
    header = signature.sign(
        [C["secret"], A["secret"], D["secret"]], message_id=ID, timestamp=AT, body=BODY
    )
    assert header.split(" ")[1:] == [A["signature"], D["signature"]]
    for key in (C["secret"], A["secret"], D["public_key"]):
        assert accepts(key, message_id=ID, at=AT, header=header, body=BODY, now=AT)


@pytest.mark.parametrize(
    ("keys", "message_id", "at"),
    [
        pytest.param([], ID, AT, id="no secret"),
        pytest.param(["whsec_"], ID, AT, id="a secret without bytes"),
        pytest.param([D["public_key"]], ID, AT, id="a public key, which cannot sign"),
        pytest.param([D["secret"][:-4]], ID, AT, id="a truncated signing key"),
        pytest.param([A["secret"]], "", AT, id="no id"),
        pytest.param([A["secret"]], "msg.1", AT, id="an id with a dot, where the text is split"),
        pytest.param([A["secret"]], ID, -1, id="a timestamp before 1970"),
    ],
)
def test_what_cannot_be_signed_is_a_value_error(keys: list[str], message_id: str, at: int) -> None:
    """The caller's mistake; the text repeats no key."""
    with pytest.raises(ValueError, match=r"secret|64 bytes|id") as caught:
        signature.sign(keys, message_id=message_id, timestamp=at, body=BODY)
    assert not any(key[8:] in str(caught.value) for key in keys if key[8:])


@given(secrets, ids, seconds, st.binary())
def test_what_we_sign_we_accept(secret: str, message_id: str, at: int, body: bytes) -> None:
    """Any bytes are a body."""
    header = signature.sign([secret], message_id=message_id, timestamp=at, body=body)
    assert accepts(secret, message_id=message_id, at=at, header=header, body=body, now=at)


@given(st.binary(min_size=32, max_size=32), ids, seconds, st.binary())
def test_what_we_sign_with_ed25519_its_public_key_accepts(
    seed: bytes, message_id: str, at: int, body: bytes
) -> None:
    """Made by another program, as most such keys are."""
    public = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
    secret = "whsk_" + base64.b64encode(seed + public).decode()
    header = signature.sign([secret], message_id=message_id, timestamp=at, body=body)
    own = signature.public_key(secret)
    assert accepts(own, message_id=message_id, at=at, header=header, body=body, now=at)


def test_another_public_key_does_not_accept_it() -> None:
    """Or anybody could tell a lawyer that a hearing moved."""
    raw = Ed25519PrivateKey.from_private_bytes(bytes(32)).public_key().public_bytes_raw()
    another = "whpk_" + base64.b64encode(raw).decode()
    assert not accepts(another, message_id=ID, at=AT, header=D["signature"], body=BODY, now=AT)


@given(secrets, ids, st.integers(-200, 200), st.text(st.characters(codec="utf-8")))
def test_the_reference_library_accepts_what_we_sign(
    secret: str, message_id: str, off: int, text: str
) -> None:
    """It reads the clock itself, hence the real time; it takes UTF-8 only."""
    at, body = int(time.time()) + off, text.encode()
    header = signature.sign([secret, A["secret"]], message_id=message_id, timestamp=at, body=body)
    headers = {"webhook-id": message_id, "webhook-timestamp": str(at), "webhook-signature": header}
    assert Webhook(secret).verify(body, headers, json_parse=False) is None


def flips(part: str, text: str) -> st.SearchStrategy[tuple[str, str]]:
    """One part of the request with exactly one of its bytes another."""
    raw = text.encode()
    return st.builds(
        lambda at, by: (part, (raw[:at] + bytes([raw[at] ^ by]) + raw[at + 1 :]).decode("latin-1")),
        st.integers(0, len(raw) - 1),
        st.integers(1, 255),
    )


def as_vector_a(key: str, **parts: Any) -> bool:
    """Whether the request of vector A is accepted, some of its parts replaced."""
    whole = {"message_id": ID, "at": str(AT), "header": A["signature"], "body": BODY, "now": AT}
    return accepts(key, **(whole | parts))


REPLACED: dict[str, Callable[[str], bool]] = {
    "body": lambda text: as_vector_a(A["secret"], body=text.encode("latin-1")),
    "id": lambda text: as_vector_a(A["secret"], message_id=text),
    "timestamp": lambda text: as_vector_a(A["secret"], at=text),
    "signature": lambda text: as_vector_a(A["secret"], header=text),
}


@given(
    flips("body", A["body"])
    | flips("id", ID)
    | flips("timestamp", str(AT))
    | flips("signature", A["signature"])
)
def test_one_flipped_byte_anywhere_fails(flipped: tuple[str, str]) -> None:
    """In the body, the id, the timestamp or the signature."""
    part, text = flipped
    assert as_vector_a(A["secret"])
    assert not REPLACED[part](text)
