"""What was not sent, and what may be sent again: notices reopened, never a message repeated."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, case, exists, or_, select
from sqlalchemy import update as update_rows

from notifier.core.notice import NoticeState
from notifier.storage.messages import in_portions
from notifier.storage.retold import is_still_true
from notifier.storage.tables import court, detainee, hearing, message, message_notice, notice
from notifier.storage.tables import recipient as who

_NOT_SENT = notice.c.state.in_([NoticeState.EXPIRED.value, NoticeState.DEAD.value])
AGAIN = "told again, for it was not delivered"


def recoverable(
    connection: Connection, *, since: datetime, recipient_id: str | None, now: datetime
) -> Sequence[RowMapping]:
    """Notices to tell again, as (id, recipient, kind): those not delivered since an instant.

    Of a recipient whose receiver lost data also those that went out since then and arrived.
    """
    wanted: ColumnElement[bool] = and_(_NOT_SENT, notice.c.ended_at >= since)
    if recipient_id is not None:
        went_out = exists().where(
            message_notice.c.notice_id == notice.c.id,
            message.c.id == message_notice.c.message_id,
            message.c.state == "delivered",
            message.c.ended_at >= since,
        )
        wanted = and_(notice.c.recipient_id == recipient_id, or_(wanted, went_out))
    statement = (
        select(notice.c.id, who.c.ref.label("recipient"), notice.c.kind)
        .join(who, who.c.id == notice.c.recipient_id)
        .where(notice.c.state != NoticeState.PENDING.value, wanted, is_still_true(now))
        .order_by(notice.c.useful_until, notice.c.id)
    )
    return connection.execute(statement).mappings().all()


def reopen(connection: Connection, notice_ids: Sequence[str], *, now: datetime) -> int:
    """Let ended notices go out anew; returns how many are still true and of use."""
    reopened = 0
    for portion in in_portions(notice_ids):
        found = connection.execute(
            update_rows(notice)
            .where(
                notice.c.id.in_(portion),
                notice.c.state != NoticeState.PENDING.value,
                is_still_true(now),
            )
            .values(
                state=NoticeState.PENDING.value,
                ended_at=None,
                dispatched_at=None,
                # What it died of is no reason to tell it; what arrived keeps its own.
                reason=case((_NOT_SENT, AGAIN), else_=notice.c.reason),
            )
        )
        reopened += found.rowcount
    return reopened


def not_sent(
    connection: Connection, *, recipient_id: str | None, limit: int
) -> Sequence[RowMapping]:
    """Notices that nobody took, with the reason and the last message made for each, if any."""
    last: Any = (
        select(message.c.id)
        .join(message_notice, message_notice.c.message_id == message.c.id)
        .where(message_notice.c.notice_id == notice.c.id)
        .order_by(message.c.created_at.desc(), message.c.id)
        .limit(1)
        .scalar_subquery()
    )
    statement = (
        select(
            notice.c.ended_at,
            who.c.ref.label("recipient"),
            notice.c.kind,
            notice.c.rung,
            notice.c.state,
            notice.c.reason,
            notice.c.useful_until,
            notice.c.subject_id.label("about"),
            detainee.c.ref,
            court.c.name.label("court"),
            hearing.c.local_date,
            hearing.c.local_time,
            last.label("message"),
            notice.c.id,
        )
        .join(who, who.c.id == notice.c.recipient_id)
        .outerjoin(hearing, hearing.c.id == notice.c.subject_id)
        .outerjoin(detainee, detainee.c.id == hearing.c.detainee_id)
        .outerjoin(court, court.c.id == hearing.c.court_id)
        .where(_NOT_SENT)
        .order_by(notice.c.ended_at.desc(), notice.c.id)
        .limit(limit)
    )
    if recipient_id is not None:
        statement = statement.where(notice.c.recipient_id == recipient_id)
    return connection.execute(statement).mappings().all()
