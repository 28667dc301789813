"""What humans and programs look at: rows of several tables, read only."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, and_, case, func, select

from notifier.core.hearing import HearingState
from notifier.core.notice import NoticeState
from notifier.errors import NotFound
from notifier.storage.tables import (
    assignment,
    attempt,
    court,
    detainee,
    endpoint,
    hearing,
    message,
    message_notice,
    notice,
    recipient,
)

Rows = Sequence[RowMapping]


def open_hearing_ids(connection: Connection, *, since: date, limit: int | None = None) -> list[str]:
    """Hearings whose date has not passed, the nearest first."""
    statement = (
        select(hearing.c.id)
        .where(hearing.c.local_date >= since)
        .order_by(hearing.c.local_date, hearing.c.id)
        .limit(limit)
    )
    return list(connection.execute(statement).scalars())


_HEARING = (
    select(
        hearing.c.id,
        detainee.c.ref,
        court.c.name.label("court"),
        hearing.c.room,
        hearing.c.local_date,
        hearing.c.local_time,
        hearing.c.zone,
        hearing.c.starts_at,
        hearing.c.kind,
        hearing.c.state,
        hearing.c.revision,
    )
    .join(court, court.c.id == hearing.c.court_id)
    .join(detainee, detainee.c.id == hearing.c.detainee_id)
)


def hearings(
    connection: Connection,
    *,
    court_id: str | None = None,
    day: date | None = None,
    since: date | None = None,
    detainee_id: str | None = None,
    limit: int = 1000,
) -> Rows:
    """Hearings by date and time, narrowed as asked."""
    statement = _HEARING.order_by(
        hearing.c.local_date, hearing.c.local_time, court.c.name, detainee.c.ref
    ).limit(limit)
    if court_id is not None:
        statement = statement.where(hearing.c.court_id == court_id)
    if day is not None:
        statement = statement.where(hearing.c.local_date == day)
    if since is not None:
        statement = statement.where(hearing.c.local_date >= since)
    if detainee_id is not None:
        statement = statement.where(hearing.c.detainee_id == detainee_id)
    return connection.execute(statement).mappings().all()


def hearing_with_id(connection: Connection, hearing_id: str) -> RowMapping:
    """One hearing. Raises NotFound."""
    row = connection.execute(_HEARING.where(hearing.c.id == hearing_id)).mappings().first()
    if row is None:
        raise NotFound(f"there is no hearing {hearing_id!r}; see 'notifier hearings list'")
    return row


def assignments(connection: Connection, *, hearing_ids: Sequence[str] | None = None) -> Rows:
    """Who is bound to which hearing, in which state."""
    statement = (
        select(
            assignment.c.hearing_id,
            recipient.c.ref.label("recipient"),
            recipient.c.role,
            assignment.c.state,
            assignment.c.assigned_at,
            detainee.c.ref,
            court.c.name.label("court"),
            hearing.c.local_date,
            hearing.c.local_time,
        )
        .join(recipient, recipient.c.id == assignment.c.recipient_id)
        .join(hearing, hearing.c.id == assignment.c.hearing_id)
        .join(detainee, detainee.c.id == hearing.c.detainee_id)
        .join(court, court.c.id == hearing.c.court_id)
        .order_by(hearing.c.local_date, hearing.c.local_time, recipient.c.ref)
    )
    if hearing_ids is not None:
        statement = statement.where(assignment.c.hearing_id.in_(hearing_ids))
    return connection.execute(statement).mappings().all()


def notices(
    connection: Connection,
    *,
    subject_id: str | None = None,
    until: datetime | None = None,
    state: NoticeState | None = None,
    limit: int = 1000,
) -> Rows:
    """Who is, was or would be told what and when, by due instant."""
    statement = (
        select(
            notice.c.id,
            notice.c.due_at,
            recipient.c.ref.label("recipient"),
            recipient.c.role,
            notice.c.kind,
            notice.c.rung,
            notice.c.subject_id.label("hearing"),
            detainee.c.ref,
            court.c.name.label("court"),
            hearing.c.local_date,
            hearing.c.local_time,
            hearing.c.zone,
            notice.c.revision,
            notice.c.state,
            notice.c.reason,
            notice.c.useful_until,
        )
        .join(recipient, recipient.c.id == notice.c.recipient_id)
        .outerjoin(hearing, hearing.c.id == notice.c.subject_id)
        .outerjoin(detainee, detainee.c.id == hearing.c.detainee_id)
        .outerjoin(court, court.c.id == hearing.c.court_id)
        .order_by(notice.c.due_at, recipient.c.ref, notice.c.id)
        .limit(limit)
    )
    if subject_id is not None:
        statement = statement.where(notice.c.subject_id == subject_id)
    if until is not None:
        statement = statement.where(notice.c.due_at <= until)
    if state is not None:
        statement = statement.where(notice.c.state == state.value)
    return connection.execute(statement).mappings().all()


def _message() -> Select[Any]:
    return select(
        message.c.id,
        recipient.c.ref.label("recipient"),
        message.c.endpoint_id.label("endpoint"),
        message.c.kind,
        message.c.state,
        message.c.reason,
        message.c.tries,
        message.c.created_at,
        message.c.next_try_at,
        message.c.useful_until,
        message.c.ended_at,
    ).join(recipient, recipient.c.id == message.c.recipient_id)


def messages(
    connection: Connection,
    *,
    state: str | None = None,
    recipient_id: str | None = None,
    limit: int = 1000,
) -> Rows:
    """Messages, the newest first."""
    statement = _message().order_by(message.c.created_at.desc(), message.c.id).limit(limit)
    if state is not None:
        statement = statement.where(message.c.state == state)
    if recipient_id is not None:
        statement = statement.where(message.c.recipient_id == recipient_id)
    return connection.execute(statement).mappings().all()


def message_with_id(connection: Connection, message_id: str) -> RowMapping:
    """One message. Raises NotFound."""
    row = connection.execute(_message().where(message.c.id == message_id)).mappings().first()
    if row is None:
        raise NotFound(f"there is no message {message_id!r}; see 'notifier messages list'")
    return row


def attempts(connection: Connection, message_id: str) -> Rows:
    """Every attempt at a message, the first first."""
    statement = (
        select(
            attempt.c.epoch.label("number"),
            attempt.c.began_at,
            attempt.c.ended_at,
            attempt.c.outcome,
            attempt.c.status,
            attempt.c.detail,
            attempt.c.duration_seconds,
        )
        .where(attempt.c.message_id == message_id)
        .order_by(attempt.c.epoch)
    )
    return connection.execute(statement).mappings().all()


def notice_ids_of(connection: Connection, message_id: str) -> list[str]:
    """The notices a message carries."""
    statement = select(message_notice.c.notice_id).where(message_notice.c.message_id == message_id)
    return list(connection.execute(statement).scalars())


def endpoint_of(connection: Connection, message_id: str) -> str:
    """The endpoint a message goes to."""
    statement = select(message.c.endpoint_id).where(message.c.id == message_id)
    endpoint_id: str = connection.execute(statement).scalar_one()
    return endpoint_id


def counts(connection: Connection, *, today: date) -> dict[str, int]:
    """The numbers of the whole: hearings ahead, notices by state, messages by state."""
    ahead = select(func.count()).where(
        hearing.c.local_date >= today, hearing.c.state == HearingState.LISTED.value
    )
    found = {"hearings_ahead": connection.execute(ahead).scalar_one()}
    for table, prefix in ((notice, "notices"), (message, "messages")):
        grouped = select(table.c.state, func.count()).group_by(table.c.state)
        for state, number in connection.execute(grouped):
            found[f"{prefix}_{state}"] = number
    return found


_STANDING = case(
    (
        and_(endpoint.c.state == "active", endpoint.c.suspect_since.is_not(None)),
        "suspect",
    ),
    else_=endpoint.c.state,
)


def endpoint_states(connection: Connection) -> Rows:
    """Endpoints with their owner, without URL or secret."""
    statement = (
        select(
            endpoint.c.id,
            recipient.c.ref.label("recipient"),
            recipient.c.role,
            endpoint.c.position,
            endpoint.c.profile,
            _STANDING.label("state"),
            endpoint.c.failing_since,
            endpoint.c.tested_at,
        )
        .join(recipient, recipient.c.id == endpoint.c.recipient_id)
        .order_by(recipient.c.ref, endpoint.c.position)
    )
    return connection.execute(statement).mappings().all()
