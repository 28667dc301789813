"""Applying: one chunk of staged rows becomes hearings, people and notices, in one transaction."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from typing import Any

from notifier.core.calendar import Doubt, Verdict
from notifier.core.court_time import LocalTimeFault, resolve
from notifier.core.hearing import HearingState, Slot
from notifier.core.ids import NOTICE, new_ids
from notifier.core.ladder import AT_ONCE
from notifier.core.notice import NoticeKey, NoticeKind, WantedNotice
from notifier.flow.desk import Desk
from notifier.flow.persons import Persons
from notifier.flow.plan import plan_hearings
from notifier.flow.revise import revise
from notifier.flow.staging import QUESTION
from notifier.storage import calendar, facts, imports, people, planning
from notifier.storage.engine import Connection, Row, RowMapping
from notifier.storage.zone_database import zone_database

StagedRow = tuple[Row[Any], dict[str, Any]]


def apply_rows(
    connection: Connection, desk: Desk, rows: Sequence[StagedRow], *, batch: RowMapping
) -> None:
    """Apply one chunk. The list's own instant, not the clock, says when it was known."""
    as_of, actor = batch["as_of"], f"import:{batch['id']}"
    new = [one for one in rows if one[0].verdict == Verdict.NEW]
    matched = [one for one in rows if one[0].verdict in (Verdict.CHANGED, Verdict.UNCHANGED)]
    people_of = Persons(connection, desk, new, batch=batch, now=as_of)
    _insert(connection, desk, new, people_of, batch)
    revised = [
        row.hearing_id
        for row, said in matched
        if _take_over(connection, row, said, actor=actor, now=as_of)
    ]
    assigned = people.assign(
        connection, _pairs(connection, rows, people_of), now=as_of, reopens=False
    )
    touched = dict.fromkeys(
        [row.hearing_id for row, _ in new] + revised + [hearing_id for hearing_id, _ in assigned]
    )
    plan_hearings(connection, list(touched), policy=desk.policy, now=as_of)
    _ask(connection, [row for row, _ in rows if row.verdict == QUESTION], desk, as_of)


def _insert(
    connection: Connection,
    desk: Desk,
    rows: Sequence[StagedRow],
    people_of: Persons,
    batch: RowMapping,
) -> None:
    version = zone_database()
    seal = desk.sealer.seal
    calendar.insert_hearings(
        connection,
        [
            {
                "id": row.hearing_id,
                "source_id": batch["source_id"],
                "detainee_id": people_of.detainee_id(row.position),
                "kind": said["kind"],
                **calendar.slot_values(*_slot(said)),
                "zone_database": version,
                "state": _state(said).value,
                "cancelled_by_source": said["cancelled"],
                "revision": 1,
                "revised_at": batch["as_of"],
                "first_known_at": batch["as_of"],
                "identity": said["identity"],
                "listed_as": said["listed_as"],
                "case_sealed": seal("hearing.case", row.hearing_id, said["case"]),
                "judge_sealed": seal("hearing.judge", row.hearing_id, said["judge"]),
            }
            for row, said in rows
        ],
    )


def _take_over(
    connection: Connection, row: Row[Any], said: Mapping[str, Any], *, actor: str, now: datetime
) -> bool:
    """Bring a held hearing to what the list says; an unchanged one only notes how it is listed."""
    if row.verdict == Verdict.UNCHANGED:
        imports.set_listed_as(connection, hearing_id=row.hearing_id, listed_as=said["listed_as"])
        return False
    slot, starts_at = _slot(said)
    return revise(
        connection,
        hearing_id=row.hearing_id,
        slot=slot,
        starts_at=starts_at,
        state=_state(said),
        also={
            "listed_as": said["listed_as"],
            "cancelled_by_source": said["cancelled"],
            "zone_database": zone_database(),
        },
        actor=actor,
        now=now,
    )


def _state(said: Mapping[str, Any]) -> HearingState:
    return HearingState.CANCELLED if said["cancelled"] else HearingState.LISTED


def _slot(said: Mapping[str, Any]) -> tuple[Slot, datetime | None]:
    day = date.fromisoformat(said["local_date"])
    at = time.fromisoformat(said["local_time"]) if said["local_time"] else None
    starts_at = resolve(day, at, said["zone"]) if at is not None else None
    if isinstance(starts_at, LocalTimeFault):
        # Admitted before: only a zone database changed in between can bring this about.
        at, starts_at = None, None
    slot = Slot(
        court_id=said["court_id"],
        zone=said["zone"],
        local_date=day,
        local_time=at,
        room=said["room"],
    )
    return slot, starts_at


def _pairs(
    connection: Connection, rows: Sequence[StagedRow], people_of: Persons
) -> list[tuple[str, str]]:
    """Whom the list names for a hearing, and who represents its detainee."""
    named = [
        (row.hearing_id, recipient_id)
        for row, said in rows
        for recipient_id in said.get("assignees", ())  # a row for each lawyer is a duplicate too
    ]
    detainee_of = people_of.hearings()
    by_detainee = people.representatives(connection, sorted(set(detainee_of.values())))
    represented = [
        (hearing_id, recipient_id)
        for hearing_id, detainee_id in detainee_of.items()
        for recipient_id in by_detainee.get(detainee_id, ())
    ]
    return named + represented


def _ask(
    connection: Connection,
    rows: Sequence[Row[Any]],
    desk: Desk,
    now: datetime,
) -> None:
    """Put each doubt to every coordinator, once per hearing, revision and doubt."""
    if not rows:
        return
    held = calendar.load_hearings(connection, [row.hearing_id for row in rows])
    wanted = [
        WantedNotice(
            key=NoticeKey(
                subject_id=row.hearing_id,
                revision=held[row.hearing_id].current.revision,
                recipient_id=coordinator,
                kind=NoticeKind.SOURCE_QUESTION,
                rung=f"{AT_ONCE}@{Doubt(row.reason).name.casefold()}",
            ),
            due_at=now,
            useful_until=now + desk.policy.usefulness.question,
            reason=row.reason,
        )
        for row in rows
        for coordinator in facts.coordinators(connection)
    ]
    ids = new_ids(NOTICE, len(wanted), os.urandom)
    facts.insert_missing(
        connection,
        [planning.notice_values(want, ids[at], now) for at, want in enumerate(wanted)],
    )
