"""The verdict on a request: what is accepted, which part is at fault, and what it says of it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.core.signature import Fault, Verdict, new_secret, sign, verify

SAMPLES = Path(__file__).parents[1] / "samples"
VECTORS: dict[str, Any] = json.loads(
    (SAMPLES / "standard-webhooks-vectors.json").read_text("utf-8")
)
A, B, C, D = VECTORS["signed"]
SECRET, ANOTHER = A["secret"], C["secret"]
ID, AT, BODY = A["id"], A["timestamp"], A["body"].encode()
HEAD = f"{ID}.{AT}.".encode()


def judged(
    header: str,
    *,
    keys: Sequence[str] = (SECRET,),
    body: bytes = BODY,
    message_id: str = ID,
    stamp: str = str(AT),
    now: int = AT,
) -> Verdict:
    """The verdict on the request of vector A, some of its parts replaced."""
    headers = {"Webhook-Id": message_id, "webhook-timestamp": stamp, "WEBHOOK-SIGNATURE": header}
    return verify(keys, headers=headers, body=body, now=now)


def signed(body: bytes = BODY, *, stamp: int = AT, secret: str = SECRET) -> str:
    """Our signature of another body, timestamp or secret under the id of vector A."""
    return sign([secret], message_id=ID, timestamp=stamp, body=body)


def v1(text: bytes, key: bytes) -> str:
    """A v1 entry over any text with any key: what a mistaken sender writes."""
    return "v1," + base64.b64encode(hmac.new(key, text, hashlib.sha256).digest()).decode()


def entries(name: str) -> list[Any]:
    """One case per entry of a list in the samples, called by its sentence."""
    return [pytest.param(one, id=one["name"]) for one in VECTORS[name]]


def test_a_right_request_is_ok() -> None:
    """And the verdict says so in a sentence."""
    verdict = judged(A["signature"])
    assert verdict.ok
    assert verdict == Verdict(fault=None, sentence="The signature is right.")


@pytest.mark.parametrize("case", entries("accepted_signatures_of_A"))
def test_one_right_entry_is_enough(case: dict[str, str]) -> None:
    """Whatever stands beside it: the reference verifier crashes on some of these."""
    assert judged(case["signature"]).ok


@pytest.mark.parametrize("case", entries("refused_signatures_of_A"))
def test_a_wrong_signature_is_refused_by_its_fault(case: dict[str, str]) -> None:
    """The verdict names the part."""
    verdict = judged(case["signature"])
    assert not verdict.ok
    assert verdict.fault == case["fault"]


@pytest.mark.parametrize("case", entries("secrets_good_to_check_with"))
def test_a_short_or_unpadded_secret_still_checks(case: dict[str, Any]) -> None:
    """It is in use; the time to refuse it was when it was made."""
    assert judged(signed(secret=case["secret"]), keys=[case["secret"]]).ok


@pytest.mark.parametrize("stamp", VECTORS["refused_timestamps"])
def test_a_timestamp_is_whole_seconds_in_ascii_digits(stamp: str) -> None:
    """Some libraries read these as numbers; then sender and receiver sign different texts."""
    assert judged(A["signature"], stamp=stamp).fault is Fault.TIMESTAMP


@pytest.mark.parametrize("age", [-300, 0, 300])
def test_five_minutes_either_way_are_allowed(age: int) -> None:
    """The bound itself is inside."""
    assert judged(A["signature"], now=AT + age).ok


@pytest.mark.parametrize(
    ("age", "fault"), [(301, Fault.TOO_OLD), (-301, Fault.TOO_NEW), (10**9, Fault.TOO_OLD)]
)
def test_an_old_request_is_refused_and_its_signature_still_judged(age: int, fault: Fault) -> None:
    """Whoever checks a saved request learns that age is all that is wrong."""
    verdict = judged(A["signature"], now=AT + age)
    assert verdict.fault is fault
    assert verdict.sentence.startswith(f"The signature is right, but it was made {abs(age)} s")


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_a_missing_header_is_named(name: str) -> None:
    """Most often a proxy or a framework dropped it; an empty one is as good as none."""
    headers = {"webhook-id": ID, "webhook-timestamp": str(AT), "webhook-signature": A["signature"]}
    emptied = headers | {name: ""}
    del headers[name]
    for left in (headers, emptied):
        verdict = verify([SECRET], headers=left, body=BODY, now=AT)
        assert verdict.fault is Fault.MISSING_HEADER
        assert f"There is no {name}:" in verdict.sentence


def test_an_id_with_a_dot_is_refused() -> None:
    """Or one signature would stand for two different messages."""
    assert judged(A["signature"], message_id="msg.1").fault is Fault.ID


SPACED, COMPACT = '{"a": "ұ", "b": [1, 2]}'.encode(), '{"a":"ұ","b":[1,2]}'.encode()
ESCAPED = b'{"a":"\\u04b1","b":[1,2]}'
CHANGED_ON_THE_WAY = [
    ("an editor added a newline", BODY, BODY + b"\n", "without its trailing newline"),
    ("a reader dropped the newline", BODY + b"\n", BODY, "with a trailing newline"),
    ("line ends were turned into CRLF", b"[\n1]", b"[\r\n1]", "with plain line ends"),
    ("JSON was written compactly", SPACED, COMPACT, "JSON written anew"),
    ("JSON was written with blanks", COMPACT, SPACED, "JSON written anew"),
    ("JSON escapes were undone", ESCAPED, COMPACT, "JSON written anew"),
]


@pytest.mark.parametrize("secret", [SECRET, D["secret"]], ids=["shared", "ed25519"])
@pytest.mark.parametrize(
    ("sent", "received", "says"),
    [pytest.param(*case, id=sentence) for sentence, *case in CHANGED_ON_THE_WAY],
)
def test_a_body_changed_on_the_way_is_recognised(
    secret: str, sent: bytes, received: bytes, says: str
) -> None:
    """The mistake on which integrators lose most of their time, with its remedy."""
    verdict = judged(signed(sent, secret=secret), keys=[secret], body=received)
    assert verdict.fault is Fault.BODY
    assert says in verdict.sentence
    assert "raw bytes" in verdict.sentence


KEY = base64.b64decode(SECRET.removeprefix("whsec_"))
SIGNED_WRONG = [
    (
        "the whole secret is the key",
        v1(HEAD + BODY, SECRET.encode()),
        Fault.SECRET,
        "base64-decode",
    ),
    ("it was not decoded", v1(HEAD + BODY, SECRET[6:].encode()), Fault.SECRET, "base64-decode"),
    ("only the body was signed", v1(BODY, KEY), Fault.SIGNED_TEXT, "of the body alone"),
    (
        "the id was not signed",
        v1(HEAD[-11:] + BODY, KEY),
        Fault.SIGNED_TEXT,
        "timestamp.body alone",
    ),
    ("another try's timestamp", signed(stamp=AT - 37), Fault.TIMESTAMP, "37 s earlier"),
    ("Almaty's time as UTC", signed(stamp=AT + 18_000), Fault.TIMESTAMP, "18000 s later"),
    ("another secret", signed(secret=ANOTHER), Fault.UNKNOWN, "the secret is another one"),
    ("another body", signed(b"{}"), Fault.UNKNOWN, "the body (20 bytes here)"),
]


@pytest.mark.parametrize(
    ("header", "fault", "says"),
    [pytest.param(*case, id=sentence) for sentence, *case in SIGNED_WRONG],
)
def test_a_sender_who_signs_wrong_is_told_how(header: str, fault: Fault, says: str) -> None:
    """What cannot be told apart is said to be so."""
    verdict = judged(header)
    assert verdict.fault is fault
    assert says in verdict.sentence


def test_a_long_body_is_judged_but_not_searched_for_mistakes() -> None:
    """Junk must not cost more than it is worth."""
    body = b" " * 65_537
    assert judged(signed(body), body=body).ok
    assert judged(signed(body), body=body + b"\n").fault is Fault.UNKNOWN


@pytest.mark.parametrize(
    ("keys", "says"),
    [
        pytest.param([], "none was given", id="no key"),
        pytest.param(["w"], "not whsec_ and base64", id="a letter"),
        pytest.param(["whsec_"], "not whsec_ and base64", id="a prefix"),
        pytest.param(["whpk_AAAA"], "32 bytes", id="a truncated public key"),
        pytest.param(["whpk_%"], "32 bytes", id="a public key that is not base64"),
        pytest.param([D["secret"][:-12]], "64 bytes", id="a truncated signing key"),
        pytest.param(
            [ANOTHER, "whsec_%"], "not whsec_ and base64", id="a good and a malformed one"
        ),
    ],
)
def test_a_malformed_key_is_the_fault_only_when_no_other_fits(keys: list[str], says: str) -> None:
    """During a rotation one of two may be wrong."""
    verdict = judged(A["signature"], keys=keys)
    assert verdict.fault is Fault.SECRET
    assert says in verdict.sentence
    assert judged(A["signature"], keys=[*keys, SECRET]).ok


any_text = st.text(st.characters(), max_size=60)  # halves of surrogate pairs included
any_key = (
    any_text
    | st.binary(min_size=24, max_size=64).map(new_secret)
    | st.binary(min_size=32, max_size=32).map(lambda raw: "whpk_" + base64.b64encode(raw).decode())
)
any_entry = any_text | st.builds(
    lambda label, raw: f"{label},{base64.b64encode(raw).decode()}",
    st.sampled_from(["v1", "v1a", "v2", ""]),
    st.binary(min_size=32, max_size=32) | st.binary(min_size=64, max_size=64) | st.binary(),
)


@given(
    keys=st.lists(any_key, max_size=3),
    message_id=any_text,
    stamp=any_text | st.just(str(AT)),
    header=st.lists(any_entry, max_size=6).map(" ".join),
    body=st.binary() | st.just(b"[" * 5_000) | st.just(b'"\\ud800"'),
    now=st.integers(),
)
def test_no_junk_makes_it_raise_or_pass(
    keys: list[str], message_id: str, stamp: str, header: str, body: bytes, now: int
) -> None:
    """What arrives is anybody's; a verifier that crashes is a hole."""
    verdict = judged(header, keys=keys, body=body, message_id=message_id, stamp=stamp, now=now)
    assert not verdict.ok
    assert verdict.sentence.endswith(".")


@given(st.dictionaries(any_text, any_text))
def test_any_headers_at_all_are_judged(headers: dict[str, str]) -> None:
    """None of these has all three."""
    assert verify([SECRET], headers=headers, body=b"", now=AT).fault is Fault.MISSING_HEADER
