"""Secrets of an endpoint: which new ones are refused, and why; which old ones still work."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from notifier.core.signing_keys import check_new_secret, new_secret, public_key, shared_key

SAMPLES = Path(__file__).parents[1] / "samples"
VECTORS: dict[str, Any] = json.loads(
    (SAMPLES / "standard-webhooks-vectors.json").read_text("utf-8")
)
A, B, C, D = VECTORS["signed"]


def entries(name: str) -> list[Any]:
    """One case per entry of a list in the samples, called by its sentence."""
    return [pytest.param(one, id=one["name"]) for one in VECTORS[name]]


@pytest.mark.parametrize("case", entries("refused_new_secrets"))
def test_a_new_secret_is_refused_with_a_reason(case: dict[str, str]) -> None:
    """The reason says what to do and does not repeat the secret."""
    reason = check_new_secret(case["secret"])
    assert reason is not None
    assert case["says"] in reason
    key = case["secret"].strip().partition("_")[2]
    assert len(key) < 2 or key not in reason


@pytest.mark.parametrize("vector", [A, C, D], ids=["24 bytes", "24 others", "ed25519"])
def test_a_good_secret_is_accepted(vector: dict[str, str]) -> None:
    """None means: take it."""
    assert check_new_secret(vector["secret"]) is None


@pytest.mark.parametrize("length", [0, 23, 65])
def test_a_secret_is_not_made_of_too_few_or_too_many_bytes(length: int) -> None:
    """24 to 64 bytes, as the standard says."""
    with pytest.raises(ValueError, match="24 to 64 bytes"):
        new_secret(bytes(length))


@given(st.binary(min_size=24, max_size=64))
def test_a_made_secret_would_be_accepted_and_is_its_bytes(random_bytes: bytes) -> None:
    """Ours are held to the rules for theirs."""
    secret = new_secret(random_bytes)
    assert check_new_secret(secret) is None
    assert shared_key(secret) == random_bytes


@pytest.mark.parametrize("case", entries("secrets_good_to_check_with"))
def test_a_secret_in_use_is_taken_as_it_is(case: dict[str, Any]) -> None:
    """Length and padding are judged when a secret is made, not when it is used."""
    assert len(shared_key(case["secret"])) == case["bytes"]


def test_the_public_half_is_the_published_one() -> None:
    """This is what a receiver is given to check ``v1a`` with."""
    assert public_key(D["secret"]) == D["public_key"]


@given(st.binary(min_size=32, max_size=32))
def test_any_seed_and_its_public_half_are_a_good_secret(seed: bytes) -> None:
    """A key made by another program, as most are."""
    public = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
    secret = "whsk_" + base64.b64encode(seed + public).decode()
    assert check_new_secret(secret) is None
    assert public_key(secret) == "whpk_" + base64.b64encode(public).decode()
