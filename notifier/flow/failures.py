"""What nobody could be told, or not yet while time runs short: a coordinator learns of it.

If even the coordinator cannot be told, an alarm is raised: readiness turns red and stays so until
somebody acknowledges it. Silence is never an outcome.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import datetime, timedelta

from notifier.core.grouping import DueNotice
from notifier.core.ids import NOTICE, new_ids
from notifier.core.notice import NoticeKey, NoticeKind, NoticeState, WantedNotice
from notifier.core.reconcile import Ending
from notifier.flow.desk import Desk
from notifier.storage import audit, facts, outbox, planning
from notifier.storage.engine import Connection

EXPIRED_PER_TURN = 200
_OF_FAILURES = frozenset({NoticeKind.DELIVERY_FAILED, NoticeKind.ENDPOINT_FAILING})


def expire(connection: Connection, desk: Desk, *, now: datetime) -> int:
    """End what is of no use any more and say so; returns how many notices ended."""
    late = outbox.outlived(connection, now=now, limit=EXPIRED_PER_TURN)
    _end(
        connection, desk, late, NoticeState.EXPIRED, "its time ran out before anybody took it", now
    )
    outbox.expire_messages(connection, now=now)
    return len(late)


def give_up(
    connection: Connection, desk: Desk, notices: Sequence[DueNotice], *, reason: str, now: datetime
) -> None:
    """End notices that can never be delivered and say so."""
    _end(connection, desk, notices, NoticeState.DEAD, reason, now)


def _end(
    connection: Connection,
    desk: Desk,
    notices: Sequence[DueNotice],
    state: NoticeState,
    reason: str,
    now: datetime,
) -> None:
    if not notices:
        return
    planning.end_notices(
        connection,
        [Ending(notice_id=one.id, state=state, reason=reason) for one in notices],
        now=now,
    )
    _speak(connection, desk, notices, f"{state}: {reason}", now=now)


def warn(connection: Connection, desk: Desk, *, now: datetime) -> None:
    """Say whom to phone about what is still untold while there is time; tries go on."""
    short = outbox.to_phone_about(connection, now=now, limit=EXPIRED_PER_TURN)
    _speak(connection, desk, short, "not taken yet, and time runs short", now=now)


def _speak(
    connection: Connection, desk: Desk, notices: Sequence[DueNotice], said: str, *, now: datetime
) -> None:
    """Tell every other coordinator; where there is none to tell, raise an alarm."""
    if not notices:
        return
    coordinators = facts.coordinators(connection)
    useful_for = desk.policy.usefulness.failure_at_least
    wanted: list[WantedNotice] = []
    for one in notices:
        others = [who for who in coordinators if who != one.recipient_id]
        if one.kind is NoticeKind.ENDPOINT_FAILING and one.recipient_id not in coordinators:
            told = [_passed_on(one, who, now, useful_for) for who in others]
        elif one.kind in _OF_FAILURES:
            told = []
        else:
            told = [_failed(one, who, f"{one.kind} {said}", now, useful_for) for who in others]
        if not told:
            _raise_alarm(connection, one, said, now)
        wanted.extend(told)
    ask(connection, wanted, now=now)


def ask(connection: Connection, wanted: Sequence[WantedNotice], *, now: datetime) -> None:
    """Write notices; what was asked for before is told once."""
    ids = new_ids(NOTICE, len(wanted), os.urandom)
    rows = [planning.notice_values(want, ids[at], now) for at, want in enumerate(wanted)]
    facts.insert_missing(connection, rows)


def _failed(
    one: DueNotice,
    coordinator: str,
    reason: str,
    now: datetime,
    useful_for: timedelta,
) -> WantedNotice:
    """One word to one coordinator per hearing, revision and person who was not told."""
    return WantedNotice(
        key=NoticeKey(
            subject_id=one.subject_id,
            revision=one.revision,
            recipient_id=coordinator,
            kind=NoticeKind.DELIVERY_FAILED,
            rung=one.recipient_id,
        ),
        due_at=now,
        useful_until=max(one.useful_until, now + useful_for),
        reason=reason,
    )


def _passed_on(
    one: DueNotice, coordinator: str, now: datetime, useful_for: timedelta
) -> WantedNotice:
    """What an endpoint's owner could not be told of it is a coordinator's to know."""
    return WantedNotice(
        key=NoticeKey(
            subject_id=one.subject_id,
            revision=one.revision,
            recipient_id=coordinator,
            kind=one.kind,
            rung=one.rung,
        ),
        due_at=now,
        useful_until=now + useful_for,
        reason="its owner could not be told",
    )


def _raise_alarm(connection: Connection, one: DueNotice, said: str, now: datetime) -> None:
    audit.raise_alarm(
        connection,
        kind=one.kind.value,
        subject_id=one.subject_id,
        reason=f"{one.kind} to {one.recipient_id} {said}",
        now=now,
    )
