"""What may be told still, or again: what is true of a hearing, and to whom it belongs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, exists, or_, select, update

from notifier.core.grouping import GROUPED, HEARING_NEWS
from notifier.core.notice import NoticeKind, NoticeState
from notifier.core.people import REMINDED_STATES
from notifier.storage.messages import LIVE
from notifier.storage.tables import assignment, hearing, message, message_notice, notice

_CORRECTIONS = [
    kind.value
    for kind in (
        NoticeKind.MOVED,
        NoticeKind.CHANGED,
        NoticeKind.CANCELLED,
        NoticeKind.REINSTATED,
        NoticeKind.RELIEVED,
    )
]
_OVERTAKEN = [
    state.value for state in (NoticeState.SUPERSEDED, NoticeState.CANCELLED, NoticeState.NOT_NEEDED)
]

_is_closing = notice.c.kind == NoticeKind.RELIEVED.value
_is_current = exists().where(
    hearing.c.id == notice.c.subject_id, hearing.c.revision == notice.c.revision
)
_is_bound = exists().where(
    assignment.c.hearing_id == notice.c.subject_id,
    assignment.c.recipient_id == notice.c.recipient_id,
    assignment.c.state.in_(sorted(REMINDED_STATES)),
)
# A closing belongs to whoever is not bound any more, everything else to whoever is.
_is_theirs = or_(and_(_is_closing, ~_is_bound), and_(~_is_closing, _is_bound))


def corrections_after(
    connection: Connection, message_ids: Sequence[str], *, now: datetime
) -> list[str]:
    """Delivered corrections, still true, that old news arriving after them made look wrong.

    ``message_ids`` brought the old news. A closing corrects its own revision as well.
    """
    older = notice.alias("older")
    came_late = exists().where(
        message_notice.c.message_id.in_(message_ids),
        older.c.id == message_notice.c.notice_id,
        older.c.id != notice.c.id,
        older.c.subject_id == notice.c.subject_id,
        older.c.recipient_id == notice.c.recipient_id,
        or_(_is_closing, older.c.revision < notice.c.revision),
    )
    statement = select(notice.c.id).where(
        notice.c.state == NoticeState.DELIVERED.value,
        notice.c.useful_until > now,
        notice.c.kind.in_(_CORRECTIONS),
        _is_current,
        _is_theirs,
        came_late,
    )
    return list(connection.execute(statement).scalars())


def untrue(connection: Connection, hearing_ids: Sequence[str]) -> list[str]:
    """Live messages about these hearings that tell what is not so any more.

    Their notices may have ended long ago: one endpoint took the news, another one still waits.
    """
    is_for_parties = notice.c.kind.in_(sorted(HEARING_NEWS | {NoticeKind.REMINDER}))
    is_gap = notice.c.kind == NoticeKind.COVERAGE_GAP.value
    statement = (
        select(message.c.id)
        .distinct()
        .join(message_notice, message_notice.c.message_id == message.c.id)
        .join(notice, notice.c.id == message_notice.c.notice_id)
        .where(
            notice.c.subject_id.in_(hearing_ids),
            message.c.state.in_(LIVE),
            or_(
                and_(is_for_parties, ~and_(_is_current, _is_bound)),
                and_(is_gap, ~_is_current),
            ),
        )
    )
    return list(connection.execute(statement).scalars())


def is_still_true(now: datetime) -> ColumnElement[bool]:
    """Whether a notice, whatever became of it, is of use, true and still its recipient's."""
    return and_(
        notice.c.useful_until > now,
        notice.c.state.not_in(_OVERTAKEN),
        or_(notice.c.kind.in_(sorted(GROUPED)), and_(_is_current, _is_theirs)),
    )


def resendable(connection: Connection, message_id: str, *, now: datetime) -> list[str]:
    """The notices of a message that a human may have sent once more."""
    statement = select(notice.c.id).where(
        message_notice.c.message_id == message_id,
        message_notice.c.notice_id == notice.c.id,
        is_still_true(now),
    )
    return list(connection.execute(statement).scalars())


def reopen_unreachable(connection: Connection, *, recipient_id: str, now: datetime) -> int:
    """Reopen what died because its recipient had no endpoint and is still of use to them.

    They have one now: what ended unsent is told after all. Returns how many notices there are.
    """
    was_sent = exists().where(message_notice.c.notice_id == notice.c.id)
    reopened = connection.execute(
        update(notice)
        .where(
            notice.c.recipient_id == recipient_id,
            notice.c.state == NoticeState.DEAD.value,
            ~was_sent,
            is_still_true(now),
        )
        .values(
            state=NoticeState.PENDING.value,
            reason="told as soon as there was an endpoint",
            ended_at=None,
            dispatched_at=None,
        )
    )
    return reopened.rowcount
