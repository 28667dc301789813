"""What the organisation wants: who is told how long before, and until when it is of use."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta

from notifier.core.people import Role

_UNITS = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds"}
ANY_KIND = "*"


@dataclass(frozen=True, kw_only=True, slots=True)
class Rung:
    """One step of a ladder. Its name says how long before the start it is due."""

    name: str
    before: timedelta


def rung(name: str) -> Rung:
    """Read a rung from its name: ``24h``, ``45m``, ``2d``, ``90s``, ``1h30m``.

    Raises ValueError when the name is not one or more whole numbers with a unit.
    """
    parts = re.findall(r"(\d+)([dhms])", name)
    if not parts or "".join(number + unit for number, unit in parts) != name:
        raise ValueError(f"{name!r} is not a rung: write it like 24h, 45m or 1h30m")
    try:
        spans = [timedelta(**{_UNITS[unit]: int(number)}) for number, unit in parts]
        return Rung(name=name, before=sum(spans, timedelta()))
    except OverflowError:
        raise ValueError(f"{name!r} is longer than any hearing is known before") from None


@dataclass(frozen=True, kw_only=True, slots=True)
class DateRung:
    """When to remind of a hearing whose time is unknown: a wall time some days before its date."""

    days_before: int
    at: time

    @property
    def name(self) -> str:
        """``1d@18:00``: the evening before; ``0d@07:00``: the morning of the date."""
        return f"{self.days_before}d@{self.at:%H:%M}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Usefulness:
    """How long after which moment a notice still helps anyone."""

    reminder_after_start: timedelta = timedelta(minutes=30)
    change_after_start: timedelta = timedelta(minutes=30)
    gap_after_start: timedelta = timedelta(minutes=30)
    failure_at_least: timedelta = timedelta(hours=24)  # who was never told matters afterwards too
    question: timedelta = timedelta(hours=72)


@dataclass(frozen=True, kw_only=True, slots=True)
class Phoning:
    """When a coordinator is told whom to phone about a notice that nobody has taken yet.

    Tries go on all the while; this only makes sure that a human still has the time.
    """

    before_start: timedelta = timedelta(minutes=15)  # one call, and the way through a city
    share_of_lead: float = 0.1  # of a day's notice two hours are left, not fifteen minutes
    after_first_try: timedelta = timedelta(minutes=1)  # four tries: a restart is no emergency

    def at(self, *, due_at: datetime, starts_at: datetime, now: datetime) -> datetime:
        """When a notice that goes out now is to be phoned about if it is still untold."""
        span = max(self.before_start, (starts_at - due_at) * self.share_of_lead)
        return max(starts_at - span, now + self.after_first_try)


@dataclass(frozen=True, kw_only=True, slots=True)
class Policy:
    """Ladders per role and kind of hearing (``*``: any), usefulness, and when to phone.

    ``adopted_at`` is when this very policy came into force: a policy edit never makes a notice
    that is already due.
    """

    ladders: Mapping[tuple[Role, str], tuple[Rung, ...]] = field(default_factory=dict)
    unknown_time: tuple[DateRung, ...] = (
        DateRung(days_before=1, at=time(18)),
        DateRung(days_before=0, at=time(7)),
    )
    usefulness: Usefulness = field(default_factory=Usefulness)
    phoning: Phoning = field(default_factory=Phoning)
    adopted_at: datetime = datetime.min.replace(tzinfo=UTC)

    def ladder(self, role: Role, kind: str) -> tuple[Rung, ...]:
        """The rungs for this role at this kind of hearing, the longest notice first."""
        rungs = self.ladders.get((role, kind.casefold()), self.ladders.get((role, ANY_KIND), ()))
        return tuple(sorted(rungs, key=lambda step: step.before, reverse=True))
