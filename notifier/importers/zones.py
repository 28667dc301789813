"""Zone names found inside calendars, and the step from another zone to the court's wall."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from notifier.core.court_time import LocalTimeFault, is_zone, resolve
from notifier.importers.unusable import Unusable

# Calendars written before a zone's rules changed still carry its old Windows name. For a court in
# one of these zones the name says nothing certain: Almaty and Qostanay were "Central Asia" until
# March 2024, and the CLDR table has since given the name to Bishkek.
_RENAMED = {"Central Asia Standard Time": frozenset({"Asia/Almaty", "Asia/Qostanay"})}


def event_wall(
    day: date, at: time, *, tzid: str, declared: Mapping[str, str], court_zone: str | None
) -> tuple[date, time]:
    """The court's wall time of an event given in the zone that a calendar calls ``tzid``.

    ``declared`` is the mapping's own table of such names and decides first. Raises Unusable when
    the name, or the hour in that zone, is not certain.
    """
    zone = declared.get(tzid) or zone_of_tzid(tzid)
    wall = wall_in_court(day, at, from_zone=zone, court_zone=court_zone)
    if wall != (day, at) and tzid not in declared and court_zone in _RENAMED.get(tzid, ()):
        raise Unusable(
            "local_time",
            f'"{tzid}" meant another offset before 2024 than today: say under [tzids] in the '
            "mapping which zone these calendars mean",
        )
    return wall


def zone_of_tzid(tzid: str) -> str:
    """The IANA zone a calendar means by ``tzid``.

    Known are IANA names, also behind a vendor's prefix (RFC 5545 3.8.3.1, a leading slash), and
    Windows names as in CLDR. Raises Unusable for all others: embedded rules are not believed.
    """
    zone = _iana(tzid) or _windows(tzid)
    if zone is None:
        raise Unusable(
            "local_time",
            "the calendar uses a time zone name that is not in the IANA list: say which zone it "
            "is under [tzids] in the mapping",
        )
    return zone


def _iana(tzid: str) -> str | None:
    if not tzid.startswith("/"):
        return tzid if is_zone(tzid) else None
    parts = tzid.split("/")
    endings = ("/".join(parts[start:]) for start in range(1, len(parts) - 1))
    return next((ending for ending in endings if is_zone(ending)), None)


def _windows(tzid: str) -> str | None:
    # Here because the library takes a tenth of a second to load and most lists never need it.
    from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

    zone = WINDOWS_TO_OLSON.get(tzid)
    return zone if zone is not None and is_zone(zone) else None


def wall_in_court(
    day: date, at: time, *, from_zone: str, court_zone: str | None
) -> tuple[date, time]:
    """A wall time of another zone as the court's. Raises Unusable where that takes a guess."""
    if court_zone is None:
        raise Unusable(
            "local_time",
            "the time is given in a zone of its own and the mapping names none for this court: "
            "add the court's zone to the mapping",
        )
    if from_zone == court_zone:
        return day, at
    instant = resolve(day, at, from_zone)
    if isinstance(instant, LocalTimeFault):
        raise Unusable("local_time", f"{instant.value}: correct it in the calendar")
    return wall_of_instant(instant, court_zone)


def wall_of_instant(instant: datetime, court_zone: str) -> tuple[date, time]:
    """An aware instant on the court's wall. Raises Unusable at the ends of the calendar."""
    try:
        wall = instant.astimezone(ZoneInfo(court_zone))
    except (OverflowError, ValueError):
        raise Unusable("local_date", LocalTimeFault.OUT_OF_RANGE.value) from None
    return wall.date(), wall.time().replace(tzinfo=None, fold=0)
