"""Numbers that say whether the engine does its work, and what daemons say of themselves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, RowMapping, delete, exists, func, insert, select, update

from notifier.core.notice import NoticeState
from notifier.storage.messages import LIVE
from notifier.storage.tables import message, message_notice, notice, pulse


@dataclass(frozen=True, kw_only=True, slots=True)
class Counted:
    """Notices and messages, counted."""

    planned: int
    pending: int
    oldest_due_at: datetime | None  # of the notices due for which no message was made
    stranded: int  # pending, dispatched, and no live message carries them
    lost_leases: int


def count(connection: Connection, *, now: datetime) -> Counted:
    """Count what was planned, what is pending, and what nobody moves."""
    grouped = select(notice.c.state, func.count()).group_by(notice.c.state)
    states = {row[0]: row[1] for row in connection.execute(grouped)}
    is_pending = notice.c.state == NoticeState.PENDING.value
    oldest = connection.execute(
        select(func.min(notice.c.due_at)).where(
            is_pending, notice.c.dispatched_at.is_(None), notice.c.due_at <= now
        )
    ).scalar()
    live = exists().where(
        message_notice.c.notice_id == notice.c.id,
        message.c.id == message_notice.c.message_id,
        message.c.state.in_(LIVE),
    )
    stranded = connection.execute(
        select(func.count()).where(is_pending, notice.c.dispatched_at.is_not(None), ~live)
    ).scalar_one()
    lost = connection.execute(
        select(func.count()).where(message.c.state == "in_flight", message.c.lease_until <= now)
    ).scalar_one()
    return Counted(
        planned=sum(states.values()),
        pending=states.get(NoticeState.PENDING.value, 0),
        oldest_due_at=oldest,
        stranded=stranded,
        lost_leases=lost,
    )


def beat(
    connection: Connection,
    *,
    owner: str,
    started_at: datetime,
    now: datetime,
    audited_at: datetime | None,
    problems: str,
) -> None:
    """Write one daemon's pulse."""
    values = {"beat_at": now, "audited_at": audited_at, "problems": problems}
    written = connection.execute(update(pulse).where(pulse.c.owner == owner).values(**values))
    if written.rowcount == 0:
        # A daemon that never came back is forgotten when the next one starts.
        connection.execute(delete(pulse).where(pulse.c.beat_at < started_at))
        connection.execute(insert(pulse).values(owner=owner, started_at=started_at, **values))


def last_pulse(connection: Connection) -> RowMapping | None:
    """What the daemon heard of last said."""
    statement = select(pulse).order_by(pulse.c.beat_at.desc()).limit(1)
    return connection.execute(statement).mappings().first()
