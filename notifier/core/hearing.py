"""One appearance of one detainee before a judge: where, when, in which revision."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum


class HearingState(StrEnum):
    """Whether the hearing is to take place, as far as anyone has said."""

    LISTED = "listed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, kw_only=True, slots=True)
class Slot:
    """When and where. Wall time in the court's zone is the truth; the instant is derived."""

    court_id: str
    zone: str
    local_date: date
    local_time: time | None  # None: the time is not known yet
    room: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Version:
    """What a hearing was in one revision: all that a recipient can have been told of it."""

    revision: int
    slot: Slot
    starts_at: datetime | None
    state: HearingState
    revised_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Hearing:
    """A hearing as it stands; ``ref`` is the detainee's, never a name."""

    id: str
    detainee_id: str
    ref: str
    court: str
    kind: str
    current: Version
    first_known_at: datetime
