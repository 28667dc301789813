"""The body of a message: ``{"type", "timestamp", "data"}``, written once and sent as it is.

How much it says depends on the endpoint's profile. ``ping``: that something changed. ``coded``:
ref, court and times. ``full``: names as well, and only to roles that may know them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import NamedTuple

from notifier.core.change import ChangeKind
from notifier.core.hearing import Version
from notifier.core.notice import NoticeKind
from notifier.core.people import FULL_PROFILE_ROLES, Profile, Role

MAX_BODY_BYTES = 20_000  # Standard Webhooks asks for less than 20 kB
MAX_ITEMS = 10  # with the court names in use this many fit, whatever the language

_ROOM_CHARS = 60
_FREE_TEXT_CHARS = (  # the longest of each that is sent: one item then always fits
    ("ref", 60),
    ("detainee_name", 160),
    ("case_number", 80),
    ("judge", 160),
    ("court", 160),
    ("room", _ROOM_CHARS),
    ("kind", 80),
    ("reason", 200),
    ("told_court", 160),
    ("whom", 60),
    ("question", 500),
)
_OUTER_BYTES = 300  # what surrounds the items
_ITEM_BYTES = 900  # an item's keys, dates and sentence without its free texts
_CHANGE_BYTES = 600  # the same for what it was before

# Control characters, line ends, halves of pairs and direction marks: they would forge a line of
# the text, turn it round, or not be UTF-8.
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")

_encode = json.JSONEncoder(
    ensure_ascii=False, separators=(",", ":"), allow_nan=False, check_circular=False
).encode


class Sitting(NamedTuple):
    """Where and when a hearing is, or was said to be. A court is None when nobody recalls it."""

    court: str | None
    room: str | None
    zone: str
    local_date: date
    local_time: time | None
    starts_at: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Item:
    """One hearing in a message to one recipient, and what they were told of it before.

    Free text comes from court lists: it is held to one line of a bounded length.
    """

    hearing_id: str
    ref: str
    revision: int
    sequence: int  # per recipient and hearing: the receiver's means to drop what is stale
    court: str
    room: str | None
    zone: str
    local_date: date
    local_time: time | None
    starts_at: datetime | None
    kind: str  # of hearing, in the court's words
    rung: str  # as a human calls it: 24h
    reason: str
    late_by_seconds: int | None = None
    changes: tuple[ChangeKind, ...] = ()
    told: Version | None = None
    told_court: str | None = None
    detainee_name: str | None = None
    case_number: str | None = None
    judge: str | None = None
    whom: str | None = None  # the ref of the recipient who could not be reached
    question: str | None = None

    def __post_init__(self) -> None:
        for name, chars in _FREE_TEXT_CHARS:
            text = getattr(self, name)
            if text is not None and (len(text) > chars or not text.isprintable()):
                object.__setattr__(self, name, _one_line(text, chars))

    @property
    def sitting(self) -> Sitting:
        """Where and when the hearing is now."""
        return Sitting(
            self.court, self.room, self.zone, self.local_date, self.local_time, self.starts_at
        )

    @property
    def told_sitting(self) -> Sitting | None:
        """Where and when the recipient was last told it is; None if they never were."""
        if self.told is None:
            return None
        slot = self.told.slot
        court = self.told_court
        if court is None and ChangeKind.COURT not in self.changes:
            court = self.court
        room = None if slot.room is None else _one_line(slot.room, _ROOM_CHARS)
        return Sitting(
            court, room, slot.zone, slot.local_date, slot.local_time, self.told.starts_at
        )


def build(
    kind: NoticeKind,
    items: Sequence[Item],
    *,
    profile: Profile,
    role: Role,
    text: str,
    timestamp: datetime,
) -> bytes:
    """The body, UTF-8, the same bytes for the same arguments.

    It is never refused for its length, for a long message is better than none: group with
    ``fits``. Raises ValueError when the role may not be sent names, when there is no item (or,
    in a test message, one), and when an instant is not aware.
    """
    if profile is Profile.FULL and role not in FULL_PROFILE_ROLES:
        raise ValueError(f"a {role} is never sent names: give the endpoint the coded profile")
    if bool(items) is (kind is NoticeKind.ENDPOINT_TEST):
        raise ValueError("every message but a test carries at least one hearing")
    data = {"items": [_item(kind, item, profile) for item in items], "text": text, "answers": []}
    return envelope(kind, timestamp=timestamp, data=data)


def envelope(kind: NoticeKind, *, timestamp: datetime, data: Mapping[str, object]) -> bytes:
    """What every body is: its type, its instant, its data. Raises ValueError for a naive one."""
    return _encode({"type": kind.value, "timestamp": instant(timestamp), "data": data}).encode()


def fits(items: Sequence[Item]) -> bool:
    """Whether these items stay below ``MAX_BODY_BYTES`` in one message. A single one always does.

    Reckoned with a margin, not measured: for any kind, profile and language.
    """
    if len(items) > MAX_ITEMS:
        return False
    return len(items) == 1 or _OUTER_BYTES + sum(map(_bytes_at_most, items)) <= MAX_BODY_BYTES


def _item(kind: NoticeKind, item: Item, profile: Profile) -> dict[str, object]:
    if profile is Profile.PING:
        return {
            "hearing": item.hearing_id,
            "revision": item.revision,
            "sequence": item.sequence,
        }
    values: dict[str, object] = {
        "hearing": item.hearing_id,
        "ref": item.ref,
        "revision": item.revision,
        "sequence": item.sequence,
        **_place(item.sitting),
        "kind": item.kind,
        "rung": item.rung,
        "late_by_seconds": item.late_by_seconds,
        "reason": item.reason,
        "change": _change(item),
    }
    if kind is NoticeKind.DELIVERY_FAILED:
        values["whom"] = item.whom
    if kind is NoticeKind.SOURCE_QUESTION:
        values["question"] = item.question
    if profile is Profile.FULL:
        values["detainee"] = item.detainee_name
        values["case_number"] = item.case_number
        values["judge"] = item.judge
    return values


def _change(item: Item) -> dict[str, object] | None:
    if not item.changes:
        return None
    told = item.told_sitting
    return {
        "kinds": [change.value for change in item.changes],
        "from": None if told is None else _place(told),
        "to": _place(item.sitting),
    }


def _place(sitting: Sitting) -> dict[str, object]:
    local_time, starts_at = sitting.local_time, sitting.starts_at
    return {
        "court": sitting.court,
        "room": sitting.room,
        "zone": sitting.zone,
        "local_date": sitting.local_date.isoformat(),
        "local_time": None if local_time is None else local_time.isoformat("minutes"),
        "starts_at": None if starts_at is None else instant(starts_at),
    }


def instant(value: datetime) -> str:
    """RFC 3339 in UTC, to the second. Raises ValueError for a naive one."""
    if value.tzinfo is None:
        raise ValueError("an instant in a message must be aware: this one has no zone")
    return value.astimezone(UTC).replace(tzinfo=None).isoformat("T", "seconds") + "Z"


def _one_line(text: str, chars: int) -> str:
    safe = _UNSAFE.sub(" ", text)
    return safe if len(safe) <= chars else safe[: chars - 1] + "…"


def _bytes_at_most(item: Item) -> int:
    """Every free text counted as often as it can be written: in the item, its change, the text."""
    told = item.told_sitting
    once = _json_bytes(item.kind, item.reason)
    twice = _json_bytes(item.ref, item.detainee_name, item.case_number, item.judge, item.whom)
    thrice = _json_bytes(item.court, item.room, *(told[:2] if told else ()))
    # A question is translated as well, and grows to three times its bytes in Cyrillic.
    question = _json_bytes(item.question)
    change = _CHANGE_BYTES if told or item.changes else 0
    return _ITEM_BYTES + change + once + 2 * twice + 3 * thrice + 4 * question


def _json_bytes(*texts: str | None) -> int:
    return sum(len(_encode(text).encode()) for text in texts if text)
