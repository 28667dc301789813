"""Whether a listed row can be a hearing: a known court, a possible time, a plausible date."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from notifier.core.court_time import (
    LocalTimeFault,
    is_in_range,
    is_zone,
    local_date_at,
    resolve,
)
from notifier.core.hearing import Slot
from notifier.core.listed import BadRow, ListedHearing


@dataclass(frozen=True, kw_only=True, slots=True)
class Admitted:
    """A listed row placed in time."""

    slot: Slot
    starts_at: datetime | None
    is_open: bool  # its date has not passed in its court


def admit(
    listed: ListedHearing,
    *,
    court_id: str,
    zone: str,
    as_of: datetime,
    implausible_after_years: int,
) -> Admitted | BadRow:
    """Place one row, or say why it is quarantined.

    A wall time that does not exist or happens twice is not guessed, and a date more than some
    years ahead is a typing error until a human says otherwise.
    """
    if not is_zone(zone):
        return _bad(listed, "court", f"the court's zone {zone!r} is not in the zone database")
    today = local_date_at(as_of, zone)
    if listed.local_date > _years_after(today, implausible_after_years):
        return _bad(
            listed,
            "local_date",
            f"{listed.local_date.isoformat()} is more than {implausible_after_years} years ahead: "
            "correct the date, or add the hearing by hand",
        )
    if not is_in_range(listed.local_date):
        reason = f"{listed.local_date.isoformat()} is no date a court can mean: correct it"
        return _bad(listed, "local_date", reason)
    starts_at: datetime | None = None
    if listed.local_time is not None:
        found = resolve(listed.local_date, listed.local_time, zone)
        if isinstance(found, LocalTimeFault):
            wall = f"{listed.local_date.isoformat()} {listed.local_time:%H:%M}"
            return _bad(listed, "local_time", f"{wall} in {zone}: {found}; ask the court")
        starts_at = found
    slot = Slot(
        court_id=court_id,
        zone=zone,
        local_date=listed.local_date,
        local_time=listed.local_time,
        room=listed.room,
    )
    return Admitted(slot=slot, starts_at=starts_at, is_open=listed.local_date >= today)


def _years_after(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February, or the end of the calendar
        return date(min(day.year + years, 9999), day.month, 28)


def _bad(listed: ListedHearing, field: str, reason: str) -> BadRow:
    return BadRow(row=listed.row, field=field, reason=reason, raw=listed.raw)
