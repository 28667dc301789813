"""The queue: which notices are due, messages made for them, and claims that cannot race."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    Connection,
    Select,
    bindparam,
    exists,
    func,
    insert,
    or_,
    select,
    tuple_,
    update,
)

from notifier.core.delivery import OutcomeClass
from notifier.core.grouping import DueNotice
from notifier.core.notice import NoticeKind, NoticeState
from notifier.storage.messages import LIVE, in_portions
from notifier.storage.tables import attempt, endpoint, message, message_notice, notice

_PENDING = NoticeState.PENDING.value
_DUE_COLUMNS = (
    notice.c.id,
    notice.c.subject_id,
    notice.c.revision,
    notice.c.recipient_id,
    notice.c.kind,
    notice.c.rung,
    notice.c.due_at,
    notice.c.useful_until,
)


def due_notices(connection: Connection, *, now: datetime, limit: int) -> list[DueNotice]:
    """Notices whose instant has come and for which no message was made yet, earliest first."""
    statement = (
        select(*_DUE_COLUMNS)
        .where(
            notice.c.state == _PENDING,
            notice.c.dispatched_at.is_(None),
            notice.c.due_at <= now,
            notice.c.useful_until > now,
        )
        .order_by(notice.c.due_at)
        .limit(limit)
    )
    if connection.dialect.name == "postgresql":
        statement = statement.with_for_update(skip_locked=True)
    return _due(connection, statement)


def same_ladder(connection: Connection, due: Sequence[DueNotice]) -> list[DueNotice]:
    """Pending notices about the same hearings to the same people that are due or under way."""
    pairs = sorted({(one.subject_id, one.recipient_id) for one in due})
    now_due = max((one.due_at for one in due), default=None)
    found: list[DueNotice] = []
    for at in range(0, len(pairs), 200):
        statement = select(*_DUE_COLUMNS).where(
            tuple_(notice.c.subject_id, notice.c.recipient_id).in_(pairs[at : at + 200]),
            notice.c.state == _PENDING,
            or_(notice.c.dispatched_at.is_not(None), notice.c.due_at <= now_due),
        )
        found.extend(_due(connection, statement))
    known = {one.id for one in due}
    return [one for one in found if one.id not in known]


def notices_by_id(connection: Connection, notice_ids: Sequence[str]) -> list[DueNotice]:
    """Notices whatever their state: what a fallback or a resend carries."""
    return [
        one
        for portion in in_portions(notice_ids)
        for one in _due(connection, select(*_DUE_COLUMNS).where(notice.c.id.in_(portion)))
    ]


def _due(connection: Connection, statement: Select[Any]) -> list[DueNotice]:
    return [
        DueNotice(
            id=row.id,
            subject_id=row.subject_id,
            revision=row.revision,
            recipient_id=row.recipient_id,
            kind=NoticeKind(row.kind),
            rung=row.rung,
            due_at=row.due_at,
            useful_until=row.useful_until,
        )
        for row in connection.execute(statement)
    ]


def next_sequences(
    connection: Connection, pairs: Sequence[tuple[str, str]]
) -> dict[tuple[str, str], int]:
    """The next sequence number per subject and recipient, so that stale news can be told."""
    found: dict[tuple[str, str], int] = defaultdict(lambda: 1)
    for at in range(0, len(pairs), 200):
        statement = (
            select(notice.c.subject_id, notice.c.recipient_id, func.max(notice.c.sequence))
            .where(tuple_(notice.c.subject_id, notice.c.recipient_id).in_(pairs[at : at + 200]))
            .group_by(notice.c.subject_id, notice.c.recipient_id)
        )
        for subject_id, recipient_id, last in connection.execute(statement):
            found[subject_id, recipient_id] = (last or 0) + 1
    return found


_DISPATCHED = (
    update(notice)
    .where(notice.c.id == bindparam("notice_id"))
    .values(dispatched_at=bindparam("at"), sequence=bindparam("new_sequence"))
)


def dispatched(connection: Connection, sequences: dict[str, int], *, now: datetime) -> None:
    """Note that messages were made for these notices, under which sequence."""
    if sequences:
        connection.execute(
            _DISPATCHED,
            [
                {"notice_id": notice_id, "at": now, "new_sequence": number}
                for notice_id, number in sequences.items()
            ],
        )


def insert_messages(
    connection: Connection, rows: Sequence[dict[str, Any]], carried: Sequence[tuple[str, str]]
) -> None:
    """Write messages and which notices they carry."""
    if rows:
        connection.execute(insert(message), list(rows))
        connection.execute(
            insert(message_notice),
            [{"message_id": message_id, "notice_id": notice_id} for message_id, notice_id in carried],
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Claimed:
    """A message that is ours until its lease ends."""

    message_id: str
    endpoint_id: str
    recipient_id: str
    epoch: int
    tries: int  # this one included
    body_sealed: bytes
    useful_until: datetime
    url_sealed: bytes
    secret_sealed: bytes


def claim(
    connection: Connection, *, now: datetime, limit: int, owner: str, lease: timedelta
) -> list[Claimed]:
    """Claim due messages, the nearest deadline first, and write each attempt before its POST."""
    due = (
        select(message.c.id)
        .where(
            message.c.state == "pending",
            message.c.next_try_at <= now,
            message.c.useful_until > now,
        )
        .order_by(message.c.useful_until, message.c.next_try_at)
        .limit(limit)
    )
    if connection.dialect.name == "postgresql":
        due = due.with_for_update(skip_locked=True)
    rows = connection.execute(
        update(message)
        .where(message.c.id.in_(due.scalar_subquery()), message.c.state == "pending")
        .values(
            state="in_flight",
            owner=owner,
            lease_until=now + lease,
            epoch=message.c.epoch + 1,
            tries=message.c.tries + 1,
        )
        .returning(
            message.c.id,
            message.c.endpoint_id,
            message.c.recipient_id,
            message.c.epoch,
            message.c.tries,
            message.c.body_sealed,
            message.c.useful_until,
        )
    ).all()
    if not rows:
        return []
    connection.execute(
        insert(attempt),
        [
            {"message_id": row.id, "epoch": row.epoch, "owner": owner, "began_at": now}
            for row in rows
        ],
    )
    _told(connection, [row.id for row in rows], now=now)
    targets = _targets(connection, sorted({row.endpoint_id for row in rows}))
    claimed = [
        Claimed(
            message_id=row.id,
            endpoint_id=row.endpoint_id,
            recipient_id=row.recipient_id,
            epoch=row.epoch,
            tries=row.tries,
            body_sealed=row.body_sealed,
            useful_until=row.useful_until,
            url_sealed=targets[row.endpoint_id].url_sealed,
            secret_sealed=targets[row.endpoint_id].secret_sealed,
        )
        for row in rows
    ]
    return sorted(claimed, key=lambda one: one.useful_until)


def _told(connection: Connection, message_ids: Sequence[str], *, now: datetime) -> None:
    """From the claim on, its recipients may have been told: a change owes them a correction."""
    for portion in in_portions(message_ids):
        carried = select(message_notice.c.notice_id).where(
            message_notice.c.message_id.in_(portion)
        )
        connection.execute(
            update(notice)
            .where(notice.c.id.in_(carried), notice.c.told_at.is_(None))
            .values(told_at=now)
        )


def _targets(connection: Connection, endpoint_ids: Sequence[str]) -> dict[str, Any]:
    statement = select(endpoint.c.id, endpoint.c.url_sealed, endpoint.c.secret_sealed).where(
        endpoint.c.id.in_(endpoint_ids)
    )
    return {row.id: row for row in connection.execute(statement)}


def reclaim(connection: Connection, *, now: datetime, dead_owners: Sequence[str] | None) -> int:
    """Return orphans to the queue: those of dead owners, and those whose lease ran out.

    With ``dead_owners`` None every lease counts as orphaned: this process is the only one.
    Their attempts end as unknown; the same message goes out again under the same id.
    """
    lost = message.c.state == "in_flight"
    if dead_owners is not None:
        lost &= or_(message.c.lease_until <= now, message.c.owner.in_(dead_owners))
    orphans = connection.execute(
        update(message)
        .where(lost)
        .values(state="pending", next_try_at=now, owner=None, lease_until=None)
        .returning(message.c.id, message.c.epoch)
    ).all()
    for orphan in orphans:
        connection.execute(
            update(attempt)
            .where(attempt.c.message_id == orphan.id, attempt.c.epoch == orphan.epoch)
            .values(ended_at=now, outcome=OutcomeClass.UNKNOWN.value, detail="its worker is gone")
        )
    return len(orphans)


def outlived(connection: Connection, *, now: datetime, limit: int) -> list[DueNotice]:
    """Pending notices that are of no use any more."""
    statement = (
        select(*_DUE_COLUMNS)
        .where(notice.c.state == _PENDING, notice.c.useful_until <= now)
        .order_by(notice.c.useful_until)
        .limit(limit)
    )
    return _due(connection, statement)


def stranded(connection: Connection, notice_ids: Sequence[str]) -> list[str]:
    """Which of these pending notices have no live message left."""
    live = exists().where(
        message_notice.c.notice_id == notice.c.id,
        message.c.id == message_notice.c.message_id,
        message.c.state.in_(LIVE),
    )
    return [
        notice_id
        for portion in in_portions(notice_ids)
        for notice_id in connection.execute(
            select(notice.c.id).where(notice.c.id.in_(portion), notice.c.state == _PENDING, ~live)
        ).scalars()
    ]


def next_due_at(connection: Connection) -> datetime | None:
    """When the next notice or message comes due."""
    notices = select(func.min(notice.c.due_at)).where(
        notice.c.state == _PENDING, notice.c.dispatched_at.is_(None)
    )
    messages = select(func.min(message.c.next_try_at)).where(message.c.state == "pending")
    instants = [connection.execute(one).scalar() for one in (notices, messages)]
    return min((at for at in instants if at is not None), default=None)
