"""Recipients, and what binds them: representations and assignments."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, RowMapping, insert, select, update

from notifier.core.ids import RECIPIENT, new_id
from notifier.core.people import AssignmentState, Role, Side
from notifier.errors import Conflict, NotFound
from notifier.storage.bulk import insert_many
from notifier.storage.sealed import Sealer
from notifier.storage.tables import assignment, endpoint, recipient, representation


def add_recipient(
    connection: Connection,
    sealer: Sealer,
    *,
    ref: str,
    role: Role,
    side: Side,
    name: str | None,
    language: str,
    now: datetime,
) -> str:
    """Register who is told. Raises Conflict when the ref is taken."""
    if connection.execute(select(recipient.c.id).where(recipient.c.ref == ref)).first():
        raise Conflict(f"there is a recipient {ref!r} already")
    recipient_id = new_id(RECIPIENT, os.urandom)
    connection.execute(
        insert(recipient).values(
            id=recipient_id,
            ref=ref,
            role=role.value,
            side=side.value,
            language=language,
            name_sealed=sealer.seal("recipient.name", recipient_id, name),
            created_at=now,
        )
    )
    return recipient_id


def recipients(connection: Connection) -> Sequence[RowMapping]:
    """Everybody who is told, by ref."""
    return connection.execute(select(recipient).order_by(recipient.c.ref)).mappings().all()


def recipient_with_ref(connection: Connection, ref: str) -> RowMapping:
    """One recipient by ref or id. Raises NotFound."""
    wanted = (recipient.c.ref == ref) | (recipient.c.id == ref)
    row = connection.execute(select(recipient).where(wanted)).mappings().first()
    if row is None:
        raise NotFound(f"there is no recipient {ref!r}; see 'notifier recipients list'")
    return row


def recipient_ids(connection: Connection) -> dict[str, str]:
    """Every recipient's id by ref, case and blanks aside: lists are typed by hand."""
    return {
        row.ref.strip().casefold(): row.id
        for row in connection.execute(select(recipient.c.ref, recipient.c.id))
    }


def has_tested_coordinator(connection: Connection) -> bool:
    """Whether some coordinator has an endpoint that answered a test."""
    statement = (
        select(endpoint.c.id)
        .join(recipient, recipient.c.id == endpoint.c.recipient_id)
        .where(
            recipient.c.role == Role.COORDINATOR.value,
            endpoint.c.state == "active",
            endpoint.c.tested_at.is_not(None),
        )
    )
    return connection.execute(statement).first() is not None


def represent(
    connection: Connection, *, recipient_id: str, detainee_id: str, now: datetime
) -> bool:
    """Bind a recipient to a detainee; False when they are bound already."""
    known = select(representation.c.since_at).where(
        representation.c.recipient_id == recipient_id,
        representation.c.detainee_id == detainee_id,
    )
    if connection.execute(known).first():
        return False
    connection.execute(
        insert(representation).values(
            recipient_id=recipient_id, detainee_id=detainee_id, since_at=now
        )
    )
    return True


def representatives(connection: Connection, detainee_ids: Sequence[str]) -> Mapping[str, list[str]]:
    """Who represents each detainee: recipients' ids by detainee."""
    found: dict[str, list[str]] = defaultdict(list)
    statement = select(representation.c.detainee_id, representation.c.recipient_id).where(
        representation.c.detainee_id.in_(detainee_ids)
    )
    for row in connection.execute(statement):
        found[row.detainee_id].append(row.recipient_id)
    return found


def assign(
    connection: Connection,
    pairs: Sequence[tuple[str, str]],
    *,
    now: datetime,
    reopens: bool = True,
) -> list[tuple[str, str]]:
    """Propose (hearing, recipient) pairs; returns those that are new or proposed again.

    Somebody who declined or was relieved is proposed in a new round and told from the start, if
    it ``reopens``: a human may, a list that still names them may not.
    """
    held = _assignments(connection, sorted({hearing_id for hearing_id, _ in pairs}))
    fresh = [pair for pair in dict.fromkeys(pairs) if pair not in held]
    closed = (AssignmentState.DECLINED.value, AssignmentState.RELIEVED.value)
    again = [
        pair
        for pair in dict.fromkeys(pairs)
        if reopens and pair in held and held[pair].state in closed
    ]
    insert_many(
        connection,
        assignment,
        [
            {
                "hearing_id": hearing_id,
                "recipient_id": recipient_id,
                "state": AssignmentState.PROPOSED.value,
                "assigned_at": now,
                "changed_at": now,
            }
            for hearing_id, recipient_id in fresh
        ],
    )
    for pair in again:
        _set(
            connection,
            pair,
            state=AssignmentState.PROPOSED.value,
            accepted_revision=None,
            round=held[pair].round + 1,
            assigned_at=now,
            changed_at=now,
        )
    return fresh + again


def relieve(connection: Connection, *, hearing_id: str, recipient_id: str, now: datetime) -> None:
    """End an assignment. Raises NotFound when there is none to end."""
    held = _assignments(connection, [hearing_id]).get((hearing_id, recipient_id))
    if held is None or held.state == AssignmentState.RELIEVED.value:
        raise NotFound("there is no such assignment; see 'notifier assignments list'")
    _set(
        connection,
        (hearing_id, recipient_id),
        state=AssignmentState.RELIEVED.value,
        changed_at=now,
    )


def ask_again(connection: Connection, hearing_ids: Sequence[str], *, now: datetime) -> None:
    """After a change an old acceptance counts for nothing: it is proposed again."""
    connection.execute(
        update(assignment)
        .where(
            assignment.c.hearing_id.in_(hearing_ids),
            assignment.c.state == AssignmentState.ACCEPTED.value,
        )
        .values(state=AssignmentState.PROPOSED.value, accepted_revision=None, changed_at=now)
    )


def _assignments(
    connection: Connection, hearing_ids: Sequence[str]
) -> dict[tuple[str, str], Row[Any]]:
    statement = select(assignment).where(assignment.c.hearing_id.in_(hearing_ids))
    return {(row.hearing_id, row.recipient_id): row for row in connection.execute(statement)}


def _set(connection: Connection, pair: tuple[str, str], **values: Any) -> None:
    connection.execute(
        update(assignment)
        .where(assignment.c.hearing_id == pair[0], assignment.c.recipient_id == pair[1])
        .values(**values)
    )
