"""The calendar edited by hand: what a court says by phone or SMS is entered here."""

from __future__ import annotations

import os
from datetime import date, datetime, time
from typing import Any

from notifier.core.calendar import fingerprint
from notifier.core.court_time import LocalTimeFault, is_in_range, resolve
from notifier.core.hearing import HearingState, Slot
from notifier.core.ids import HEARING, new_id
from notifier.errors import Conflict, NotifierError
from notifier.flow.desk import Desk
from notifier.flow.plan import plan_hearings
from notifier.flow.revise import revise
from notifier.storage import audit, calendar, people, views
from notifier.storage.engine import Connection
from notifier.storage.zone_database import zone_database

BY_HAND = "by-hand"  # the source of what is entered in the program itself
KEEP: Any = object()  # "leave it as it is", where None means "not known"


def add_hearing(
    desk: Desk,
    *,
    detainee: str,
    court: str,
    kind: str,
    local_date: date,
    local_time: time | None,
    room: str | None,
    now: datetime,
) -> str:
    """Enter a hearing. Raises NotFound, Conflict (it is there already), NotifierError."""
    with desk.database.write() as connection:
        whose = calendar.detainee_with_ref(connection, detainee)
        where = calendar.court_named(connection, court)
        slot, starts_at = _slot(where, local_date, local_time, room)
        for row in views.hearings(connection, detainee_id=whose["id"], day=local_date):
            if (row["court"], row["local_time"], row["kind"]) == (where["name"], local_time, kind):
                raise Conflict(f"{whose['ref']} has this hearing already: {row['id']}")
        source = calendar.ensure_source(
            connection, name=BY_HAND, mode="delta", ref_prefix="HND", now=now
        )
        hearing_id = new_id(HEARING, os.urandom)
        calendar.insert_hearings(
            connection,
            [
                {
                    "id": hearing_id,
                    "source_id": source["id"],
                    "detainee_id": whose["id"],
                    "kind": kind,
                    **calendar.slot_values(slot, starts_at),
                    "zone_database": zone_database(),
                    "state": HearingState.LISTED.value,
                    "cancelled_by_source": False,
                    "revision": 1,
                    "revised_at": now,
                    "first_known_at": now,
                    "identity": hearing_id,  # no list will ever claim it
                    "listed_as": fingerprint(slot),
                }
            ],
        )
        _bind_representatives(connection, hearing_id, whose["id"], now)
        plan_hearings(connection, [hearing_id], policy=desk.policy, now=now)
        audit.enter(connection, [("hearing.entered", hearing_id, "")], actor="operator", now=now)
    return hearing_id


def _bind_representatives(
    connection: Connection, hearing_id: str, detainee_id: str, now: datetime
) -> None:
    bound = people.representatives(connection, [detainee_id]).get(detainee_id, [])
    people.assign(connection, [(hearing_id, who) for who in bound], now=now)


def move_hearing(
    desk: Desk,
    *,
    hearing_id: str,
    court: str | None = None,
    local_date: date | None = None,
    local_time: time | None = KEEP,
    room: str | None = KEEP,
    now: datetime,
) -> int:
    """Move a hearing; returns its revision, unchanged when nothing of it is new.

    Raises NotFound, Conflict (it is cancelled), NotifierError.
    """
    with desk.database.write() as connection:
        held = _held(connection, hearing_id)
        if held.state is HearingState.CANCELLED:
            raise Conflict("this hearing is cancelled: reinstate it first")
        old = held.slot
        where = calendar.court_named(connection, court or old.court_id)
        slot, starts_at = _slot(
            where,
            local_date or old.local_date,
            old.local_time if local_time is KEEP else local_time,
            old.room if room is KEEP else room,
        )
        return _revise(desk, connection, hearing_id, slot, starts_at, HearingState.LISTED, now)


def cancel_hearing(desk: Desk, *, hearing_id: str, now: datetime) -> int:
    """Cancel a hearing by hand: a list that still shows it is asked about, never obeyed."""
    return _set_state(desk, hearing_id, HearingState.CANCELLED, now)


def reinstate_hearing(desk: Desk, *, hearing_id: str, now: datetime) -> int:
    """Take a cancellation back; returns the revision."""
    return _set_state(desk, hearing_id, HearingState.LISTED, now)


def _set_state(desk: Desk, hearing_id: str, state: HearingState, now: datetime) -> int:
    with desk.database.write() as connection:
        held = _held(connection, hearing_id)
        return _revise(desk, connection, hearing_id, held.slot, held.starts_at, state, now)


def _held(connection: Connection, hearing_id: str) -> Any:
    views.hearing_with_id(connection, hearing_id)
    return calendar.load_hearings(connection, [hearing_id])[hearing_id].current


def _revise(
    desk: Desk,
    connection: Connection,
    hearing_id: str,
    slot: Slot,
    starts_at: datetime | None,
    state: HearingState,
    now: datetime,
) -> int:
    revise(
        connection,
        hearing_id=hearing_id,
        slot=slot,
        starts_at=starts_at,
        state=state,
        also={"cancelled_by_source": False, "zone_database": zone_database()},
        actor="operator",
        now=now,
    )
    plan_hearings(connection, [hearing_id], policy=desk.policy, now=now)
    revision: int = _held(connection, hearing_id).revision
    return revision


def _slot(
    where: Any, local_date: date, local_time: time | None, room: str | None
) -> tuple[Slot, datetime | None]:
    if not is_in_range(local_date):
        raise NotifierError(f"{local_date.isoformat()} is no date a court can mean: correct it")
    starts_at = None
    if local_time is not None:
        found = resolve(local_date, local_time, where["zone"])
        if isinstance(found, LocalTimeFault):
            raise NotifierError(
                f"{local_date.isoformat()} {local_time:%H:%M} in {where['zone']}: {found}"
            )
        starts_at = found
    return (
        Slot(
            court_id=where["id"],
            zone=where["zone"],
            local_date=local_date,
            local_time=local_time,
            room=room,
        ),
        starts_at,
    )
