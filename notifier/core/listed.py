"""What a calendar list says, row by row, before anything is compared or believed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as made_by
from datetime import date, time


@dataclass(frozen=True, kw_only=True, slots=True)
class ListedHearing:
    """One usable row of a list. ``row`` counts as a spreadsheet does: the first line is 1."""

    row: int
    court: str  # as the list (or the mapping's court map) names it
    zone: str | None  # what the mapping says of that court; None: the court must be registered
    kind: str
    local_date: date
    local_time: time | None = None
    room: str | None = None
    case_number: str | None = None
    detainee_ref: str | None = None
    detainee_name: str | None = None
    judge: str | None = None
    cancelled: bool = False
    assignees: tuple[str, ...] = ()  # refs of recipients
    raw: Mapping[str, str] = made_by(default_factory=dict)  # the row as it stood, for the archive


@dataclass(frozen=True, kw_only=True, slots=True)
class BadRow:
    """A row that cannot be used as it stands: quarantined, told, never dropped."""

    row: int
    field: str  # our field's name: local_date, local_time, court, case_number …
    reason: str  # a sentence that says what is wrong and how to mend it
    raw: Mapping[str, str] = made_by(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class CalendarList:
    """A whole list as read: every row of the file is in ``hearings`` or in ``bad``."""

    hearings: tuple[ListedHearing, ...]
    bad: tuple[BadRow, ...]
    identity: tuple[str, ...]  # fields that say "the same hearing" within this source

    @property
    def rows(self) -> int:
        """How many rows the list has, usable or not."""
        return len(self.hearings) + len(self.bad)
