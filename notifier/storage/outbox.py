"""The queue of notices: which are due, which messages were made for them, which are stranded."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Connection,
    Select,
    bindparam,
    exists,
    func,
    or_,
    select,
    update,
)

from notifier.core.grouping import DueNotice
from notifier.core.notice import NoticeKind, NoticeState
from notifier.storage.bulk import insert_many, update_many
from notifier.storage.messages import LIVE, in_portions, requeue
from notifier.storage.tables import endpoint, message, message_notice, notice

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


def same_ladder(
    connection: Connection, due: Sequence[DueNotice], *, now: datetime
) -> list[DueNotice]:
    """Other notices of the same ladders that are due or under way and still of use."""
    pairs = {(one.subject_id, one.recipient_id) for one in due}
    known = {one.id for one in due}
    found: list[DueNotice] = []
    for portion in in_portions(sorted({subject_id for subject_id, _ in pairs})):
        statement = select(*_DUE_COLUMNS).where(
            notice.c.subject_id.in_(portion),
            notice.c.state == _PENDING,
            notice.c.id.not_in(known),
            or_(notice.c.dispatched_at.is_not(None), notice.c.due_at <= now),
            # One that outlived its use and waits for its end must not take another's place.
            notice.c.useful_until > now,
        )
        found.extend(_due(connection, statement))
    return [one for one in found if (one.subject_id, one.recipient_id) in pairs]


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
    connection: Connection, pairs: Collection[tuple[str, str]]
) -> dict[tuple[str, str], int]:
    """The next sequence number per subject and recipient, so that stale news can be told."""
    found: dict[tuple[str, str], int] = defaultdict(lambda: 1)
    for portion in in_portions(sorted({subject_id for subject_id, _ in pairs})):
        statement = (
            select(notice.c.subject_id, notice.c.recipient_id, func.max(notice.c.sequence))
            .where(notice.c.subject_id.in_(portion), notice.c.sequence.is_not(None))
            .group_by(notice.c.subject_id, notice.c.recipient_id)
        )
        for subject_id, recipient_id, last in connection.execute(statement):
            found[subject_id, recipient_id] = last + 1
    return found


_DISPATCHED = (
    update(notice)
    .where(notice.c.id == bindparam("notice_id"))
    .values(
        dispatched_at=bindparam("at"),
        sequence=bindparam("new_sequence"),
        phone_at=bindparam("new_phone_at"),
    )
)


def dispatched(
    connection: Connection,
    sequences: Mapping[str, int],
    phone_at: Mapping[str, datetime],
    *,
    now: datetime,
) -> None:
    """Note that messages were made for these notices, under which sequence, and when to phone."""
    update_many(
        connection,
        _DISPATCHED,
        [
            {
                "notice_id": notice_id,
                "at": now,
                "new_sequence": number,
                "new_phone_at": phone_at.get(notice_id),
            }
            for notice_id, number in sequences.items()
        ],
    )


def to_phone_about(connection: Connection, *, now: datetime, limit: int) -> list[DueNotice]:
    """Notices still untold when a human has to phone; each is returned once."""
    statement = (
        select(*_DUE_COLUMNS)
        .where(notice.c.state == _PENDING, notice.c.phone_at <= now)
        .order_by(notice.c.phone_at)
        .limit(limit)
    )
    found = _due(connection, statement)
    if found:
        connection.execute(
            update(notice).where(notice.c.id.in_([one.id for one in found])).values(phone_at=None)
        )
    return found


def insert_messages(
    connection: Connection, rows: Sequence[dict[str, Any]], carried: Sequence[tuple[str, str]]
) -> None:
    """Write messages and which notices they carry."""
    insert_many(connection, message, rows)
    insert_many(
        connection,
        message_notice,
        [{"message_id": message_id, "notice_id": notice_id} for message_id, notice_id in carried],
    )


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


def still_pending(
    connection: Connection, notice_ids: Sequence[str], *, beyond: int
) -> list[DueNotice]:
    """Which of these notices are pending and not yet sent to any endpoint past that position."""
    stepped_in = exists().where(
        message_notice.c.notice_id == notice.c.id,
        message.c.id == message_notice.c.message_id,
        # One withdrawn to be regrouped has stepped in for nobody.
        message.c.state != "withdrawn",
        endpoint.c.id == message.c.endpoint_id,
        endpoint.c.position > beyond,
    )
    statement = select(*_DUE_COLUMNS).where(
        notice.c.id.in_(notice_ids), notice.c.state == _PENDING, ~stepped_in
    )
    return _due(connection, statement)


def expire_messages(connection: Connection, *, now: datetime) -> None:
    """End messages whose deadline passed; what they carried beside it and still helps goes anew.

    A message is of use until the first of its notices is not.
    """
    ended = connection.execute(
        update(message)
        .where(message.c.state == "pending", message.c.useful_until <= now)
        .values(state="expired", reason="its deadline passed", ended_at=now)
        .returning(message.c.id)
    ).scalars()
    requeue(connection, list(ended))


def next_due_at(connection: Connection, *, now: datetime) -> datetime | None:
    """When, after now, the next notice or message comes due."""
    notices = select(func.min(notice.c.due_at)).where(
        notice.c.state == _PENDING, notice.c.dispatched_at.is_(None), notice.c.due_at > now
    )
    messages = select(func.min(message.c.next_try_at)).where(
        message.c.state == "pending", message.c.next_try_at > now
    )
    instants = [connection.execute(one).scalar() for one in (notices, messages)]
    return min((at for at in instants if at is not None), default=None)


def has_due_messages(connection: Connection, *, now: datetime) -> bool:
    """Whether a message is due and nobody has claimed it."""
    due = exists().where(message.c.state == "pending", message.c.next_try_at <= now)
    return bool(connection.execute(select(due)).scalar_one())
