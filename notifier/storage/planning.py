"""What the planner reads and writes: hearings with their parties, notices held and wanted."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, func, select, update

from notifier.core.hearing import Hearing
from notifier.core.ids import NOTICE, new_ids
from notifier.core.notice import (
    NoticeKey,
    NoticeKind,
    NoticeState,
    WantedNotice,
    rung_and_round,
)
from notifier.core.people import AssignmentState, Party, Role, Told, remembered
from notifier.core.reconcile import EVENTS, Difference, Ending, HeldNotice
from notifier.storage.bulk import insert_many, update_many
from notifier.storage.calendar import load_hearings, load_versions
from notifier.storage.messages import withdraw
from notifier.storage.tables import assignment, notice, recipient

_HEARING_KINDS = frozenset(NoticeKind) - EVENTS - {NoticeKind.COVERAGE_GAP}


class Gathered:
    """Everything the planner asks about some hearings, read in a handful of statements."""

    def __init__(self, connection: Connection, hearing_ids: Sequence[str]) -> None:
        self.hearings = load_hearings(connection, hearing_ids)
        self.held: dict[str, list[HeldNotice]] = defaultdict(list)
        self._told: dict[tuple[str, str], list[Told]] = defaultdict(list)
        self._read_notices(connection, hearing_ids)
        revised = [one.id for one in self.hearings.values() if one.current.revision > 1]
        self._versions = load_versions(connection, revised) if revised else {}
        self._assigned = _assigned(connection, hearing_ids)
        self._coordinators = _coordinators(connection)

    def _read_notices(self, connection: Connection, hearing_ids: Sequence[str]) -> None:
        statement = select(
            notice.c.id,
            notice.c.subject_id,
            notice.c.revision,
            notice.c.recipient_id,
            notice.c.kind,
            notice.c.rung,
            notice.c.state,
            notice.c.due_at,
            notice.c.useful_until,
            notice.c.told_at,
        ).where(notice.c.subject_id.in_(hearing_ids))
        for row in connection.execute(statement):
            kind = NoticeKind(row.kind)
            key = NoticeKey(
                subject_id=row.subject_id,
                revision=row.revision,
                recipient_id=row.recipient_id,
                kind=kind,
                rung=row.rung,
            )
            state = NoticeState(row.state)
            self.held[row.subject_id].append(
                HeldNotice(
                    id=row.id,
                    key=key,
                    state=state,
                    due_at=row.due_at,
                    useful_until=row.useful_until,
                )
            )
            if row.told_at is not None and kind in _HEARING_KINDS:
                self._told[row.subject_id, row.recipient_id].append(
                    Told(
                        revision=row.revision,
                        round=rung_and_round(row.rung)[1],
                        is_delivered=state is NoticeState.DELIVERED,
                        is_closing=kind is NoticeKind.RELIEVED,
                    )
                )

    def parties(self, hearing: Hearing) -> list[Party]:
        """Everybody with a stake in the hearing; coordinators have one in every hearing."""
        bound = [self._bound(hearing, row) for row in self._assigned.get(hearing.id, ())]
        over_all = [
            Party(
                recipient_id=row.id,
                role=Role.COORDINATOR,
                known_at=max(row.created_at, hearing.first_known_at),
            )
            for row in self._coordinators
        ]
        return bound + over_all

    def _bound(self, hearing: Hearing, row: Any) -> Party:
        told = self._told.get((hearing.id, row.recipient_id), [])
        known = remembered(told, revision=hearing.current.revision, in_round=row.round)
        versions = self._versions.get(hearing.id, {})
        return Party(
            recipient_id=row.recipient_id,
            role=Role(row.role),
            known_at=max(row.assigned_at, hearing.first_known_at),
            state=AssignmentState(row.state),
            changed_at=row.changed_at,
            round=row.round,
            delivered=None if known.delivered is None else versions[known.delivered],
            attempted=tuple(versions[one] for one in known.attempted),
            is_told=known.is_told,
        )


def _assigned(connection: Connection, hearing_ids: Sequence[str]) -> Mapping[str, list[Any]]:
    found: dict[str, list[Any]] = defaultdict(list)
    statement = (
        select(
            assignment.c.hearing_id,
            assignment.c.recipient_id,
            assignment.c.state,
            assignment.c.round,
            assignment.c.assigned_at,
            assignment.c.changed_at,
            recipient.c.role,
        )
        .join(recipient, recipient.c.id == assignment.c.recipient_id)
        .where(assignment.c.hearing_id.in_(hearing_ids))
    )
    for row in connection.execute(statement):
        found[row.hearing_id].append(row)
    return found


def _coordinators(connection: Connection) -> Sequence[Any]:
    return connection.execute(
        select(recipient.c.id, recipient.c.created_at).where(
            recipient.c.role == Role.COORDINATOR.value
        )
    ).all()


def notice_values(want: WantedNotice, notice_id: str, now: datetime) -> dict[str, Any]:
    """A wanted notice as a row; what is not needed ends the moment it is written."""
    return {
        "id": notice_id,
        "subject_id": want.key.subject_id,
        "revision": want.key.revision,
        "recipient_id": want.key.recipient_id,
        "kind": str(want.key.kind),
        "rung": want.key.rung,
        "due_at": want.due_at,
        "useful_until": want.useful_until,
        "state": str(want.state),
        "reason": want.reason,
        "created_at": now,
        "ended_at": None if want.state is NoticeState.PENDING else now,
    }


def insert_notices(connection: Connection, wanted: Sequence[WantedNotice], now: datetime) -> None:
    """Write notices that are known to be new."""
    if wanted:
        ids = new_ids(NOTICE, len(wanted), os.urandom)
        rows = [notice_values(want, ids[at], now) for at, want in enumerate(wanted)]
        insert_many(connection, notice, rows)


_SHIFT = (
    update(notice)
    .where(notice.c.id == bindparam("notice_id"))
    .values(
        due_at=bindparam("new_due_at"),
        useful_until=bindparam("new_useful_until"),
        reason=func.coalesce(bindparam("new_reason"), notice.c.reason),
        state=NoticeState.PENDING.value,
        ended_at=None,
    )
)
_END = (
    update(notice)
    .where(notice.c.id == bindparam("notice_id"), notice.c.state == NoticeState.PENDING.value)
    .values(state=bindparam("new_state"), reason=bindparam("new_reason"), ended_at=bindparam("at"))
)
_REOPEN = update(notice).where(notice.c.id == bindparam("notice_id")).values(dispatched_at=None)


def apply_difference(connection: Connection, found: Difference, now: datetime) -> None:
    """Write what planning found; messages of ended notices are withdrawn in the same breath."""
    insert_notices(connection, found.add, now)
    if moved := found.shift + found.reopen:
        update_many(
            connection,
            _SHIFT,
            [
                {
                    "notice_id": notice_id,
                    "new_due_at": want.due_at,
                    "new_useful_until": want.useful_until,
                    # One that is owed although the rules ask no more keeps why it was planned.
                    "new_reason": want.reason if want.state is NoticeState.PENDING else None,
                }
                for notice_id, want in moved
            ],
        )
    if found.reopen:
        update_many(connection, _REOPEN, [{"notice_id": one} for one, _ in found.reopen])
    end_notices(connection, found.end, now=now)


def end_notices(connection: Connection, endings: Sequence[Ending], *, now: datetime) -> None:
    """End pending notices and withdraw the messages that carry them."""
    if not endings:
        return
    update_many(
        connection,
        _END,
        [
            {
                "notice_id": one.notice_id,
                "new_state": one.state.value,
                "new_reason": one.reason,
                "at": now,
            }
            for one in endings
        ],
    )
    withdraw(connection, [one.notice_id for one in endings], now=now)
