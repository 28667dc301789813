"""Messages once they exist: withdrawn with their notices, recorded after their attempts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, bindparam, exists, or_, select, update

from notifier.core.delivery import Outcome
from notifier.core.notice import NoticeState
from notifier.storage.bulk import update_many
from notifier.storage.sealed import Sealer
from notifier.storage.tables import attempt, endpoint, message, message_notice, notice

LIVE = ("pending", "in_flight")
_MANY = 500  # values in one IN list


@dataclass(frozen=True, kw_only=True, slots=True)
class Tried:
    """One attempt that ended: its message's fence, its outcome, and what follows."""

    message_id: str
    epoch: int
    outcome: Outcome
    ended_at: datetime
    state: str  # the message's next state
    next_try_at: datetime | None  # when it stays pending
    reason: str


def in_portions(values: Sequence[str]) -> list[Sequence[str]]:
    """Split ids so that no statement carries more than the database likes."""
    return [values[at : at + _MANY] for at in range(0, len(values), _MANY)]


def withdraw(connection: Connection, notice_ids: Sequence[str], *, now: datetime) -> None:
    """Withdraw the live messages of ended notices; pending notices beside them go out anew."""
    for portion in in_portions(notice_ids):
        carried = select(message_notice.c.message_id).where(message_notice.c.notice_id.in_(portion))
        _withdraw(connection, message.c.id.in_(carried), now=now)


def withdraw_messages(connection: Connection, message_ids: Sequence[str], *, now: datetime) -> None:
    """Withdraw live messages; pending notices of theirs go out anew."""
    for portion in in_portions(message_ids):
        _withdraw(connection, message.c.id.in_(portion), now=now)


def _withdraw(connection: Connection, which: ColumnElement[bool], *, now: datetime) -> None:
    """A message in flight cannot be called back: it is marked, its outcome kept as evidence."""
    withdrawn = connection.execute(
        update(message)
        .where(which, message.c.state.in_(LIVE))
        .values(state="withdrawn", reason="its news was overtaken", ended_at=now)
        .returning(message.c.id)
    ).scalars()
    requeue(connection, list(withdrawn))


def requeue(connection: Connection, message_ids: Sequence[str]) -> None:
    """Let the pending notices of messages that ended go out anew, in other company."""
    for portion in in_portions(message_ids):
        carried = select(message_notice.c.notice_id).where(message_notice.c.message_id.in_(portion))
        connection.execute(
            update(notice)
            .where(notice.c.id.in_(carried), notice.c.state == NoticeState.PENDING.value)
            .values(dispatched_at=None)
        )


_ATTEMPT_ENDS = (
    update(attempt)
    .where(
        attempt.c.message_id == bindparam("of_message"), attempt.c.epoch == bindparam("of_epoch")
    )
    .values(
        ended_at=bindparam("at"),
        outcome=bindparam("new_outcome"),
        status=bindparam("new_status"),
        detail=bindparam("new_detail"),
        response_sealed=bindparam("new_response"),
        duration_seconds=bindparam("took_seconds"),
    )
)
_MESSAGE_ENDS = (
    update(message)
    .where(
        message.c.id == bindparam("of_message"),
        message.c.epoch == bindparam("of_epoch"),
        # Pending: its lease ran out and nobody claimed it since, so this is still its last attempt.
        or_(*(message.c.state == state for state in LIVE)),
    )
    .values(
        state=bindparam("new_state"),
        reason=bindparam("new_reason"),
        next_try_at=bindparam("new_next_try_at"),
        ended_at=bindparam("new_ended_at"),
        owner=None,
        lease_until=None,
    )
)


def record(connection: Connection, sealer: Sealer, tried: Sequence[Tried]) -> None:
    """Write how attempts ended. A completion whose epoch no longer matches changes no message."""
    if not tried:
        return
    update_many(connection, _ATTEMPT_ENDS, [_attempt_end(sealer, one) for one in tried])
    update_many(
        connection,
        _MESSAGE_ENDS,
        [
            {
                "of_message": one.message_id,
                "of_epoch": one.epoch,
                "new_state": one.state,
                "new_reason": one.reason,
                "new_next_try_at": one.next_try_at or one.ended_at,
                "new_ended_at": None if one.state == "pending" else one.ended_at,
            }
            for one in tried
        ],
    )


def _attempt_end(sealer: Sealer, one: Tried) -> dict[str, Any]:
    response = one.outcome.response or None
    return {
        "of_message": one.message_id,
        "of_epoch": one.epoch,
        "at": one.ended_at,
        "new_outcome": one.outcome.outcome.value,
        "new_status": one.outcome.status,
        "new_detail": one.outcome.detail,
        "new_response": sealer.seal("attempt.response", f"{one.message_id}/{one.epoch}", response),
        "took_seconds": one.outcome.duration_seconds,
    }


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """Where a message stands when its attempt comes home."""

    message_id: str
    endpoint_id: str
    recipient_id: str
    state: str
    epoch: int
    tries: int
    created_at: datetime
    useful_until: datetime


def standing(connection: Connection, message_ids: Sequence[str]) -> dict[str, Standing]:
    """How messages stand now, by id."""
    found: dict[str, Standing] = {}
    for portion in in_portions(message_ids):
        statement = select(
            message.c.id,
            message.c.endpoint_id,
            message.c.recipient_id,
            message.c.state,
            message.c.epoch,
            message.c.tries,
            message.c.created_at,
            message.c.useful_until,
        ).where(message.c.id.in_(portion))
        for row in connection.execute(statement):
            found[row.id] = Standing(
                message_id=row.id,
                endpoint_id=row.endpoint_id,
                recipient_id=row.recipient_id,
                state=row.state,
                epoch=row.epoch,
                tries=row.tries,
                created_at=row.created_at,
                useful_until=row.useful_until,
            )
    return found


def deliver_notices(connection: Connection, message_ids: Sequence[str], *, now: datetime) -> None:
    """A notice is delivered when any message carrying it was."""
    for portion in in_portions(message_ids):
        carried = select(message_notice.c.notice_id).where(message_notice.c.message_id.in_(portion))
        connection.execute(
            update(notice)
            .where(notice.c.id.in_(carried), notice.c.state == NoticeState.PENDING.value)
            .values(state=NoticeState.DELIVERED.value, ended_at=now)
        )


def stop_others(connection: Connection, message_ids: Sequence[str], *, now: datetime) -> None:
    """Withdraw pending messages that would only repeat what another one delivered.

    Other endpoints of the delivered one's own position go on: they are told in parallel. So does
    a message that carries anything still untold.
    """
    for portion in in_portions(message_ids):
        repeats = _beside(connection, portion)
        if repeats:
            connection.execute(
                update(message)
                .where(message.c.id.in_(_repeats(portion, repeats)))
                .values(state="withdrawn", reason="delivered by another message", ended_at=now)
            )


def _beside(connection: Connection, message_ids: Sequence[str]) -> list[str]:
    """Other messages that carry something of these: seldom any, and cheap to know."""
    told, other = message_notice.alias("told"), message_notice.alias("other")
    statement = (
        select(other.c.message_id)
        .join(told, told.c.notice_id == other.c.notice_id)
        .where(told.c.message_id.in_(message_ids), other.c.message_id != told.c.message_id)
        .distinct()
    )
    return list(connection.execute(statement).scalars())


def _repeats(delivered: Sequence[str], beside: Sequence[str]) -> Select[tuple[str]]:
    """Which messages beside the delivered ones are pending and carry nothing untold."""
    told, other = message_notice.alias("told"), message_notice.alias("other")
    candidate, reached = message.alias("candidate"), message.alias("reached")
    tried, took = endpoint.alias("tried"), endpoint.alias("took")
    untold = exists().where(
        message_notice.c.message_id == candidate.c.id,
        notice.c.id == message_notice.c.notice_id,
        notice.c.state == NoticeState.PENDING.value,
    )
    return (
        select(candidate.c.id)
        .join(other, other.c.message_id == candidate.c.id)
        .join(told, told.c.notice_id == other.c.notice_id)
        .join(reached, reached.c.id == told.c.message_id)
        .join(took, took.c.id == reached.c.endpoint_id)
        .join(tried, tried.c.id == candidate.c.endpoint_id)
        .where(
            told.c.message_id.in_(delivered),
            candidate.c.id.in_(beside),
            candidate.c.state == "pending",
            candidate.c.id != reached.c.id,
            or_(tried.c.position != took.c.position, tried.c.id == took.c.id),
            ~untold,
        )
    )


def notices_of(connection: Connection, message_ids: Sequence[str]) -> dict[str, list[str]]:
    """The notices that messages carry, by message."""
    found: dict[str, list[str]] = {}
    for portion in in_portions(message_ids):
        statement = select(message_notice.c.message_id, message_notice.c.notice_id).where(
            message_notice.c.message_id.in_(portion)
        )
        for row in connection.execute(statement):
            found.setdefault(row.message_id, []).append(row.notice_id)
    return found
