"""Hearings, parties and policies as the tests of the rules write them: by the court's own clock.

``"12 10:00"`` is 12 June 2019, 10:00 on the wall of the court in Almaty; ``"12 ?"`` the same date
at a time that nobody knows yet.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from notifier.core.hearing import Hearing, HearingState, Slot, Version
from notifier.core.notice import NoticeState, WantedNotice
from notifier.core.people import AssignmentState, Party, Role
from notifier.core.policy import ANY_KIND, Policy, rung

ALMATY, QYZYLORDA = "Asia/Almaty", "Asia/Qyzylorda"  # +06 and +05 in June 2019
COURT, ANOTHER_COURT = "crt_almaty", "crt_medeu"
POLICY = Policy(
    ladders={
        (Role.LAWYER, ANY_KIND): (rung("24h"), rung("3h"), rung("45m")),
        (Role.MONITOR, ANY_KIND): (rung("18h"), rung("2h")),
    }
)


def wall(text: str, zone: str = ALMATY) -> datetime:
    """The instant at which the court's clock shows ``"12 10:00"``."""
    day, clock = text.split()
    local = datetime.combine(date(2019, 6, int(day)), time.fromisoformat(clock))
    return local.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def version(
    when: str = "12 10:00",
    *,
    revision: int = 1,
    revised: str = "1 09:00",
    state: HearingState = HearingState.LISTED,
    zone: str = ALMATY,
    court: str = COURT,
    room: str | None = "4",
) -> Version:
    """What a hearing was in one revision."""
    day, clock = when.split()
    is_known = clock != "?"
    return Version(
        revision=revision,
        slot=Slot(
            court_id=court,
            zone=zone,
            local_date=date(2019, 6, int(day)),
            local_time=time.fromisoformat(clock) if is_known else None,
            room=room,
        ),
        starts_at=wall(when, zone) if is_known else None,
        state=state,
        revised_at=wall(revised),
    )


def hearing(when: str = "12 10:00", *, kind: str = "Remand", **said: Any) -> Hearing:
    """A hearing as it stands, known since 1 June, 9:00."""
    return hearing_of(version(when, **said), kind=kind)


def hearing_of(current: Version, *, kind: str = "Remand") -> Hearing:
    """A hearing as it stands in this version."""
    return Hearing(
        id="hrg_1",
        detainee_id="det_1",
        ref="ALM-0017",
        court="Almaty Court",
        kind=kind,
        current=current,
        first_known_at=wall("1 09:00"),
    )


def party(
    role: Role = Role.LAWYER,
    state: AssignmentState | None = AssignmentState.PROPOSED,
    *,
    known: str = "1 09:00",
    **said: Any,
) -> Party:
    """Somebody with a stake in the hearing; their id is their role."""
    return Party(
        **{"recipient_id": role.value, "role": role} | said, known_at=wall(known), state=state
    )


def coordinator(**said: Any) -> Party:
    """A coordinator, who is bound to every hearing without an assignment."""
    return party(Role.COORDINATOR, None, **said)


def told(current: Version) -> dict[str, Any]:
    """The part of a party that says: a receiver took this version."""
    return {"delivered": current, "is_told": True}


def lines(wanted: Iterable[WantedNotice]) -> list[str]:
    """Notices as a human would note them: ``reminder 24h, 11 10:00``."""
    return [line(one) for one in wanted]


def line(one: WantedNotice) -> str:
    """One notice: kind, rung, when it is due by Almaty's clock, and whether it is needed."""
    local = one.due_at.astimezone(ZoneInfo(ALMATY))
    kind = one.key.kind.value.partition(".")[2]
    needed = "" if one.state is NoticeState.PENDING else ", not needed"
    return f"{kind} {one.key.rung}, {local.day} {local:%H:%M}{needed}"


def hours(number: float) -> timedelta:
    """A span of hours."""
    return timedelta(hours=number)
