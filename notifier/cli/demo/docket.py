"""The invented docket: courts, people and hearings that exist nowhere, around now."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from notifier.core.people import Profile, Role
from notifier.errors import Conflict

if TYPE_CHECKING:
    from notifier.cli.demo.place import Place
    from notifier.flow.desk import Desk

COURTS = {
    "Orchard District Court": "Asia/Almaty",
    "Riverside District Court": "Asia/Almaty",
    "Lakeside City Court": "Asia/Bishkek",  # an hour ahead of the other two
}
ORCHARD, RIVERSIDE, LAKESIDE = COURTS
LAWYERS = ("lawyer-1", "lawyer-2", "lawyer-3", "lawyer-4")
MONITORS = ("monitor-1", "monitor-2")
COORDINATOR = "coordinator"
AT_SHAKY = frozenset({"lawyer-3", "lawyer-4", "monitor-2"})
"""Whose messages go to the receiver that fails at first."""

REMAND, BAIL, TRIAL = "Remand hearing", "Bail review", "Trial"
MOVED = "DEMO-04"
"""The detainee whose hearing the court moves while you watch."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One hearing of the docket; ``ahead`` counts from the first start."""

    ref: str
    court: str
    room: str | None
    kind: str
    ahead: timedelta
    lawyer: str | None = None
    monitor: str | None = None
    is_time_known: bool = True


def _entry(
    number: int,
    court: str,
    room: str | None,
    kind: str,
    ahead: timedelta,
    lawyer: int | None = None,
    monitor: int | None = None,
) -> Entry:
    return Entry(
        ref=f"DEMO-{number:02d}",
        court=court,
        room=room,
        kind=kind,
        ahead=ahead,
        lawyer=None if lawyer is None else f"lawyer-{lawyer}",
        monitor=None if monitor is None else f"monitor-{monitor}",
        is_time_known=room is not None,
    )


def _in(hours: float, seconds: float = 0) -> timedelta:
    return timedelta(hours=hours, seconds=seconds)


DOCKET = (
    # Lawyers are reminded 24 h, 3 h and 45 min before, monitors 18 h and 2 h: within seconds.
    _entry(1, ORCHARD, "4", REMAND, _in(3, 6), 1, 1),
    _entry(2, RIVERSIDE, "2", REMAND, _in(3, 8), 2),
    _entry(3, LAKESIDE, "11", REMAND, _in(2, 9), 3, 2),
    _entry(4, ORCHARD, "4", BAIL, _in(26), 3, 1),
    _entry(5, LAKESIDE, "12", REMAND, _in(0.75, 10), 4),
    _entry(6, RIVERSIDE, "2", REMAND, _in(5), 2),
    _entry(7, ORCHARD, "7", BAIL, _in(7), 1, 1),
    _entry(8, LAKESIDE, "11", REMAND, _in(20), 4),
    _entry(9, ORCHARD, None, TRIAL, _in(24), 1),  # no room and no time yet
    _entry(10, RIVERSIDE, "5", REMAND, _in(28)),  # nobody: the coordinator is told
    _entry(11, LAKESIDE, "12", BAIL, _in(30), 2, 2),
    _entry(12, ORCHARD, "7", TRIAL, _in(50), 3),
)


def fill(place: Place, *, now: datetime) -> int:
    """Enter what is missing of the docket; returns how many hearings that were."""
    from notifier.flow import register

    desk = place.desk
    for name, zone in COURTS.items():
        with suppress(Conflict):
            register.add_court(desk, name=name, zone=zone, city=None, now=now)
    add_person(place, COORDINATOR, Role.COORDINATOR, now=now)
    for ref in LAWYERS:
        add_person(place, ref, Role.LAWYER, now=now)
    for ref in MONITORS:
        add_person(place, ref, Role.MONITOR, now=now)
    return sum(_enter(desk, entry, now=now) for entry in DOCKET)


def add_person(place: Place, ref: str, role: Role, *, now: datetime) -> None:
    """Register a recipient with an endpoint at one of the demo's receivers, if they are new."""
    from notifier.flow import register

    with suppress(Conflict):
        register.add_recipient(
            place.desk, ref=ref, role=role, side=None, name=None, language="en", now=now
        )
    add_endpoint(place, ref, is_shaky=ref in AT_SHAKY, position=0, now=now)


def add_endpoint(place: Place, ref: str, *, is_shaky: bool, position: int, now: datetime) -> None:
    """Register where somebody is told, if it is new."""
    from notifier.flow import register
    from notifier.wiring import guard_rules

    receiver = place.shaky if is_shaky else place.steady
    with suppress(Conflict):
        register.add_endpoint(
            place.desk,
            recipient=ref,
            url=f"{receiver.url}/{ref}",
            secret=place.secret,
            profile=Profile.CODED,
            position=position,
            rules=guard_rules(place.settings),
            now=now,
        )


def _enter(desk: Desk, entry: Entry, *, now: datetime) -> bool:
    """Enter one hearing with its people; False when it is there, however it was changed since."""
    from notifier.flow import edit, register
    from notifier.storage import calendar, views

    with suppress(Conflict):
        register.add_detainee(desk, ref=entry.ref, name=None, case=None, now=now)
    with desk.database.read() as connection:
        detainee = calendar.detainee_with_ref(connection, entry.ref)
        if views.hearings(connection, detainee_id=detainee["id"]):
            return False
    if entry.lawyer is not None:
        with suppress(Conflict):
            register.represent(desk, recipient=entry.lawyer, detainee=entry.ref, now=now)
    start = (now + entry.ahead).astimezone(ZoneInfo(COURTS[entry.court]))
    hearing_id = edit.add_hearing(
        desk,
        detainee=entry.ref,
        court=entry.court,
        kind=entry.kind,
        local_date=start.date(),
        local_time=start.time().replace(microsecond=0) if entry.is_time_known else None,
        room=entry.room,
        now=now,
    )
    if entry.monitor is not None:
        register.assign(desk, recipient=entry.monitor, hearing_ids=[hearing_id], now=now)
    return True
