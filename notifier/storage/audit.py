"""The audit trail and the alarms: appended in the transaction of what they speak of."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, RowMapping, insert, select, update

from notifier.core.ids import ALARM, new_id
from notifier.errors import NotFound
from notifier.storage.tables import alarm, audit_entry


def enter(
    connection: Connection,
    entries: Sequence[tuple[str, str, str]],
    *,
    actor: str,
    now: datetime,
) -> None:
    """Append entries of (action, subject id, detail): ids and plain words, nothing personal."""
    if entries:
        connection.execute(
            insert(audit_entry),
            [
                {"at": now, "actor": actor, "action": action, "subject_id": subject, "detail": said}
                for action, subject, said in entries
            ],
        )


def raise_alarm(
    connection: Connection, *, kind: str, subject_id: str, reason: str, now: datetime
) -> None:
    """Say what no message can tell; the same open alarm is raised once."""
    is_open = select(alarm.c.id).where(
        alarm.c.kind == kind, alarm.c.subject_id == subject_id, alarm.c.acknowledged_at.is_(None)
    )
    if connection.execute(is_open).first() is None:
        connection.execute(
            insert(alarm).values(
                id=new_id(ALARM, os.urandom),
                kind=kind,
                subject_id=subject_id,
                reason=reason,
                raised_at=now,
            )
        )


def open_alarms(connection: Connection) -> Sequence[RowMapping]:
    """Alarms that nobody has acknowledged, the oldest first."""
    statement = select(alarm).where(alarm.c.acknowledged_at.is_(None)).order_by(alarm.c.raised_at)
    return connection.execute(statement).mappings().all()


def acknowledge(connection: Connection, *, alarm_id: str, now: datetime) -> None:
    """Close an alarm: a human knows. Raises NotFound."""
    closed = connection.execute(
        update(alarm)
        .where(alarm.c.id == alarm_id, alarm.c.acknowledged_at.is_(None))
        .values(acknowledged_at=now)
    )
    if closed.rowcount == 0:
        raise NotFound(f"there is no open alarm {alarm_id!r}; see 'notifier alarms list'")
