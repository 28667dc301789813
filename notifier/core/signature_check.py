"""Is this request signed right (Standard Webhooks 1.0.0), and if not, which part differs?

A diagnosis tries the mistakes that integrators make; a signature that fits none of them cannot
tell whether the secret, the id, the timestamp or the body is another one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from notifier.core.signing_keys import (
    SHARED,
    SIGNATURE_BYTES,
    CheckingKey,
    SharedKey,
    checking_key,
    from_base64,
)

HEADER_ID = "webhook-id"
HEADER_TIMESTAMP = "webhook-timestamp"
HEADER_SIGNATURE = "webhook-signature"
TOLERANCE_SECONDS = 300  # as in the reference libraries

_DIAGNOSED_BYTES = 65_536  # a longer body is not searched for mistakes: junk must stay cheap
_DIAGNOSED_ENTRIES = 4  # per scheme; a rotation needs two
_QUARTER_HOUR = 900  # seconds; every zone in use is whole quarters of an hour from UTC
_WIDEST_ZONE = 14 * 3600  # seconds


class Fault(StrEnum):
    """Which part of a signed request is not as it must be."""

    MISSING_HEADER = "missing_header"
    ID = "id"
    TIMESTAMP = "timestamp"
    TOO_OLD = "too_old"
    TOO_NEW = "too_new"
    SECRET = "secret"  # noqa: S105 - the name of a part, not a secret
    ENTRY = "entry"
    SCHEME = "scheme"
    BODY = "body"
    SIGNED_TEXT = "signed_text"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """Whether a request is signed right; if not, which part differs and how to mend it."""

    fault: Fault | None
    sentence: str

    @property
    def ok(self) -> bool:
        """True when both the signature and its age are good."""
        return self.fault is None


def verify(
    keys: Sequence[str],
    *,
    headers: Mapping[str, str],
    body: bytes,
    now: int,
    tolerance_seconds: int = TOLERANCE_SECONDS,
) -> Verdict:
    """Judge a request by secrets or public keys; one fitting entry is enough. Never raises.

    ``now`` is in seconds since 1970. The age is judged last, so that the verdict on a saved
    request still tells whether its signature is right.
    """
    found = {name.lower(): value for name, value in headers.items()}
    names = (HEADER_ID, HEADER_TIMESTAMP, HEADER_SIGNATURE)
    missing = [name for name in names if not found.get(name)]
    if missing:
        return _refuse(
            Fault.MISSING_HEADER,
            f"There is no {' and no '.join(missing)}: pass the headers on as they came.",
        )
    request = _Request(id=found[HEADER_ID], timestamp=found[HEADER_TIMESTAMP], body=body)
    return (
        request.malformed()
        or _judge_signature(keys, request, _Entries.read(found[HEADER_SIGNATURE]))
        or _judge_age(now - int(request.timestamp), tolerance_seconds)
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Request:
    id: str
    timestamp: str
    body: bytes

    def malformed(self) -> Verdict | None:
        if "." in self.id:
            return _refuse(Fault.ID, "The webhook-id has a dot: the sender must make ids without.")
        if not re.fullmatch("[0-9]{1,12}", self.timestamp):
            return _refuse(
                Fault.TIMESTAMP,
                "The webhook-timestamp is not in whole seconds since 1970, such as 1614265330: "
                "the sender must write no fraction, no milliseconds and no date.",
            )
        return None

    def signed(self, *, body: bytes | None = None, timestamp: int | None = None) -> bytes:
        seconds = self.timestamp if timestamp is None else timestamp
        head = f"{self.id}.{seconds}.".encode("utf-8", "surrogatepass")
        return head + (self.body if body is None else body)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Entries:
    """A signature header taken apart. What cannot be read is left out: others may still fit."""

    by_label: Mapping[str, Sequence[bytes]]

    @classmethod
    def read(cls, header: str) -> _Entries:
        by_label: dict[str, list[bytes]] = {}
        for entry in header.split(" "):
            label, _, text = entry.partition(",")
            raw = from_base64(text)
            if raw and len(raw) == SIGNATURE_BYTES.get(label, len(raw)):
                by_label.setdefault(label, []).append(raw)
        return cls(by_label=by_label)

    def fit(self, keys: Sequence[CheckingKey], signed: bytes) -> bool:
        return any(key.fits(signed, self.by_label.get(key.label, ())) for key in keys)

    def first(self) -> _Entries:
        return _Entries(
            by_label={label: raw[:_DIAGNOSED_ENTRIES] for label, raw in self.by_label.items()}
        )


def _judge_signature(texts: Sequence[str], request: _Request, entries: _Entries) -> Verdict | None:
    keys, reason = _read_keys(texts)
    if entries.fit(keys, request.signed()):
        return None
    if reason:
        return _refuse(Fault.SECRET, f"A key to check with is malformed: {reason}.")
    return _unreadable(keys, request, entries) or _diagnose(texts, keys, request, entries.first())


def _read_keys(texts: Sequence[str]) -> tuple[list[CheckingKey], str]:
    """The keys that can be read, and why the last of the others cannot."""
    keys, reason = [], "" if texts else "none was given"
    for text in texts:
        try:
            keys.append(checking_key(text))
        except ValueError as error:
            reason = str(error)
    return keys, reason


def _unreadable(
    keys: Sequence[CheckingKey], request: _Request, entries: _Entries
) -> Verdict | None:
    """Why the header holds nothing these keys could check, if so."""
    if not entries.by_label:
        return _refuse(
            Fault.ENTRY,
            "The webhook-signature has no entry like v1,<base64 of 32 bytes>: the sender must "
            "write padded standard base64, not hex, and one space between entries.",
        )
    every = [raw for signatures in entries.by_label.values() for raw in signatures]
    for key in keys:
        sized = [raw for raw in every if len(raw) == SIGNATURE_BYTES[key.label]]
        if key.fits(request.signed(), sized):
            return _refuse(
                Fault.SCHEME,
                f"The signature is right but its label is not: the sender must write {key.label}.",
            )
    wanted = sorted({key.label for key in keys})
    if entries.by_label.keys().isdisjoint(wanted):
        return _refuse(
            Fault.SCHEME,
            f"There is no {' or '.join(wanted)} signature, which is all these keys can check: "
            "v1 needs the whsec_ secret, v1a the whpk_ key.",
        )
    return None


def _diagnose(
    texts: Sequence[str], keys: Sequence[CheckingKey], request: _Request, entries: _Entries
) -> Verdict:
    """Look for a known mistake that would explain the signature."""
    if len(request.body) <= _DIAGNOSED_BYTES:
        if entries.fit(list(_misread_keys(texts)), request.signed()):
            return _refuse(
                Fault.SECRET,
                "The signature fits the secret's text: the sender must base64-decode what "
                "follows whsec_ and use those bytes as the key.",
            )
        for fault, sentence, signed in _mistakes(request):
            if entries.fit(keys, signed):
                return _refuse(fault, sentence)
    return _refuse(
        Fault.UNKNOWN,
        "No signature fits: the secret is another one, or the webhook-id, the webhook-timestamp "
        f"or the body ({len(request.body)} bytes here) is not the one that was signed. Compare "
        "the secrets first, then the raw bytes received with the bytes sent.",
    )


def _misread_keys(texts: Sequence[str]) -> Iterator[CheckingKey]:
    for text in texts:
        for wrong in (text, text.removeprefix(SHARED)):
            yield SharedKey(wrong.encode("utf-8", "surrogatepass"))


def _mistakes(request: _Request) -> Iterator[tuple[Fault, str, bytes]]:
    """Texts that are signed by mistake, the likeliest first."""
    for sentence, body in _other_bodies(request.body):
        yield Fault.BODY, sentence, request.signed(body=body)
    short = "The signature is of {} alone: the sender must sign id.timestamp.body."
    yield Fault.SIGNED_TEXT, short.format("the body"), request.body
    stamped = f"{request.timestamp}.".encode() + request.body
    yield Fault.SIGNED_TEXT, short.format("timestamp.body"), stamped
    for shift in _other_seconds():
        sentence = (
            f"The signature is of a timestamp {abs(shift)} s {'later' if shift > 0 else 'earlier'}:"
            " take all three headers from one attempt, and sign seconds in UTC."
        )
        signed = request.signed(timestamp=int(request.timestamp) + shift)
        yield Fault.TIMESTAMP, sentence, signed


def _other_seconds() -> Iterator[int]:
    """How far off, in seconds, a neighbouring try is or a clock taken for UTC."""
    for off in range(1, TOLERANCE_SECONDS + 1):
        yield from (off, -off)
    for off in range(_QUARTER_HOUR, _WIDEST_ZONE + 1, _QUARTER_HOUR):
        yield from (off, -off)


def _other_bodies(body: bytes) -> Iterator[tuple[str, bytes]]:
    raw = ": check the raw bytes as they came over the wire."
    unended = body.rstrip(b"\r\n")
    if unended != body:
        yield f"The signature fits the body without its trailing newline{raw}", unended
    for ending in (b"\n", b"\r\n"):
        yield f"The signature fits the body with a trailing newline{raw}", body + ending
    yield (
        f"The signature fits the body with plain line ends (LF){raw}",
        body.replace(b"\r\n", b"\n"),
    )
    try:
        value = json.loads(body)
        for separators in ((",", ":"), (", ", ": ")):
            for ascii_only in (False, True):
                text = json.dumps(value, ensure_ascii=ascii_only, separators=separators)
                again = text.encode("utf-8", "surrogatepass")
                yield f"The signature fits the body as JSON written anew{raw}", again
    except (ValueError, RecursionError):
        return  # not JSON: nothing to write anew


def _judge_age(age_seconds: int, tolerance_seconds: int) -> Verdict:
    seconds = abs(age_seconds)
    if seconds <= tolerance_seconds:
        return Verdict(fault=None, sentence="The signature is right.")
    fault, when = (Fault.TOO_OLD, "ago") if age_seconds > 0 else (Fault.TOO_NEW, "in the future")
    return _refuse(
        fault,
        f"The signature is right, but it was made {seconds} s {when} and {tolerance_seconds} s "
        "are allowed: set the clocks, and do not accept a request that is replayed.",
    )


def _refuse(fault: Fault, sentence: str) -> Verdict:
    return Verdict(fault=fault, sentence=sentence)
