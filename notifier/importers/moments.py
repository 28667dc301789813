"""When a row's hearing is: the ways in which lists and calendars give date and time."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

from notifier.importers.dates import read_date, with_iso
from notifier.importers.mapping import SourceMapping
from notifier.importers.times import read_time
from notifier.importers.unusable import Unusable, shown
from notifier.importers.zones import event_wall, wall_of_instant

Getter = Callable[[Sequence[str]], str]
Wall = tuple[date, time | None]
When = Callable[[Sequence[str], str | None], Wall]  # cells and the court's zone → court wall time

_TEXTS_CACHED = 16_384  # a list repeats its dates and times; each text is read once
_DATE_TIME = re.compile(r"([0-9./\-]+)(?:(T)|,?\s+)(.*)")
_OFFSET = re.compile(r"(.*?)(Z|([+-])([0-9]{2}):?([0-9]{2}))")
_ICS_START = re.compile(
    r"(?:TZID=(?P<tzid>.*):)?(?P<day>[0-9]{8})(?:T(?P<at>[0-9]{6})(?P<utc>Z)?)?", re.DOTALL
)


def when_of_columns(
    mapping: SourceMapping, date_of: Getter | None, time_of: Getter | None, listed_on: date | None
) -> When:
    """Date and time in columns of their own; ``listed_on`` is the date of rows without one."""
    formats = with_iso(mapping.date_formats)

    @lru_cache(maxsize=_TEXTS_CACHED)
    def day_of(text: str) -> date:
        if text:
            return read_date(text, formats)
        if listed_on is None:
            raise _no_date(mapping)
        return listed_on

    @lru_cache(maxsize=_TEXTS_CACHED)
    def time_at(text: str) -> time | None:
        return read_time(text, mapping.unknown_times)

    def when(cells: Sequence[str], _zone: str | None) -> Wall:
        return day_of(date_of(cells) if date_of else ""), time_at(time_of(cells) if time_of else "")

    return when


def when_of_date_time(mapping: SourceMapping, cell: Getter, listed_on: date | None) -> When:
    """Date and time in one cell, with or without an offset from UTC behind them."""
    formats = with_iso(mapping.date_formats)

    @lru_cache(maxsize=_TEXTS_CACHED)
    def wall_of(text: str, zone: str | None) -> Wall:
        if not text:
            if listed_on is None:
                raise _no_date(mapping)
            return listed_on, None
        match = _DATE_TIME.fullmatch(text)
        if match is None:
            return read_date(text, formats), None
        day = read_date(match[1], formats)
        clock, shift = _clock_and_offset(match[3]) if match[2] else (match[3], None)
        at = read_time(clock.strip(), mapping.unknown_times)
        if at is None or shift is None or (mapping.utc_is_local and not shift):
            return day, at
        if zone is None:
            raise Unusable(
                "local_time",
                f"{shown(clock)} is given with an offset from UTC: add the court's zone to the "
                "mapping, or utc_is_local = true under [time] if it is really the court's time",
            )
        return _from_offset(day, at, shift, zone)

    return lambda cells, zone: wall_of(cell(cells), zone)


def when_of_event(mapping: SourceMapping, cell: Getter) -> When:
    """The start of an iCalendar event (RFC 5545 3.8.2.4), as ``TZID=name:value`` or ``value``."""

    @lru_cache(maxsize=_TEXTS_CACHED)
    def wall_of(text: str, zone: str | None) -> Wall:
        match = _ICS_START.fullmatch(text)
        if match is None:
            raise Unusable("local_date", "the event has no DTSTART that can be read: correct it")
        digits = match["day"]
        day = read_date(f"{digits[:4]}-{digits[4:6]}-{digits[6:]}", with_iso(()))
        if match["at"] is None:
            return day, None
        clock = match["at"]
        at = read_time(f"{clock[:2]}:{clock[2:4]}:{clock[4:]}", mapping.unknown_times)
        if at is None:
            return day, None
        if match["utc"]:
            return event_wall(day, at, tzid="UTC", declared={}, court_zone=zone)
        if match["tzid"] is None:  # floating: the wall clock of the place, so the court's
            return day, at
        return event_wall(day, at, tzid=match["tzid"], declared=mapping.tzids, court_zone=zone)

    return lambda cells, zone: wall_of(cell(cells), zone)


def _clock_and_offset(text: str) -> tuple[str, timedelta | None]:
    match = _OFFSET.fullmatch(text)
    if match is None:
        return text, None
    if match[2] == "Z":
        return match[1], timedelta()
    shift = timedelta(hours=int(match[4]), minutes=int(match[5]))
    return match[1], -shift if match[3] == "-" else shift


def _from_offset(day: date, at: time, shift: timedelta, zone: str) -> Wall:
    try:
        instant = datetime.combine(day, at, tzinfo=UTC) - shift
    except OverflowError:
        raise Unusable("local_date", "this date cannot be converted to an instant") from None
    return wall_of_instant(instant, zone)


def _no_date(mapping: SourceMapping) -> Unusable:
    where = "in the row or in the file's name" if mapping.file_name_date else "in the row"
    return Unusable("local_date", f"there is no date {where}: add it")
