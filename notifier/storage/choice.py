"""Which due messages are claimed next: flat, however many wait for an endpoint that is held back.

One seek finds the next endpoint that has anything pending, one more its few nearest deadlines; a
message behind ten thousand others costs as much as one behind none.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    Select,
    bindparam,
    func,
    literal_column,
    select,
)
from sqlalchemy.sql.selectable import CTE

from notifier.core.pacing import last_chance_horizon
from notifier.core.slots import Candidate, Room, admit
from notifier.storage.tables import message

_AT_ONCE = 500  # candidates in one statement
_TRIES_MOST = 2**31 - 1  # no message has more: the column is an integer of PostgreSQL
# A bound value would not match the partial index.
_PENDING: ColumnElement[str] = literal_column("'pending'")


@dataclass(frozen=True, kw_only=True, slots=True)
class _Wanted:
    """Which of the due messages are looked at."""

    now: datetime
    until: datetime  # deadlines up to then
    passed_over: Collection[str]  # endpoints
    chosen: Collection[str]  # messages
    firsts_only: bool
    per_endpoint: int
    limit: int


def choose(connection: Connection, *, now: datetime, room: Room) -> list[str]:
    """Ids of the messages to claim, as many as there is room for.

    Endpoints that are full or held back are passed over, so they hide nobody; of those held back
    only deadlines near enough for a last chance are looked at.
    """
    chosen: list[str] = []
    last = _candidates(connection, _last_chances(now, room)) if room.for_others > 0 else []
    while room.slots > 0:
        wanted = _ordinary(now, room, chosen)
        found = _candidates(connection, wanted)
        known = {one.message_id for one in found}
        also = [one for one in last if one.message_id not in known]
        taken, room = admit(room, [*found, *also], now=now)
        chosen += [one.message_id for one in taken]
        if len(found) < wanted.limit or not taken:
            break
        last = []
    return chosen


def _last_chances(now: datetime, room: Room) -> _Wanted:
    return _Wanted(
        now=now,
        until=now + last_chance_horizon(room.timeout),
        passed_over=room.full,
        chosen=(),
        firsts_only=False,
        per_endpoint=max(one.last_chance for one in (room.otherwise, *room.shares.values())),
        limit=min(max(room.slots, 0), _AT_ONCE),
    )


def _ordinary(now: datetime, room: Room, chosen: Collection[str]) -> _Wanted:
    return _Wanted(
        now=now,
        until=datetime.max.replace(tzinfo=UTC),
        passed_over=room.held_back,
        chosen=chosen,
        firsts_only=room.for_others <= 0,
        per_endpoint=max(one.ordinary for one in (room.otherwise, *room.shares.values())),
        limit=min(room.slots, _AT_ONCE),
    )


def _candidates(connection: Connection, wanted: _Wanted) -> list[Candidate]:
    if min(wanted.per_endpoint, wanted.limit) <= 0:
        return []
    statement = _NEAREST_LOCKED if connection.dialect.name == "postgresql" else _NEAREST
    found = connection.execute(
        statement,
        {
            "now": wanted.now,
            "until": wanted.until,
            "passed_over": list(wanted.passed_over),
            "chosen": list(wanted.chosen),
            "tries_most": 0 if wanted.firsts_only else _TRIES_MOST,
            "further": wanted.per_endpoint - 1,
            "most": wanted.limit,
        },
    )
    return [
        Candidate(
            message_id=row.id,
            endpoint_id=row.endpoint_id,
            is_first=row.tries == 0,
            created_at=row.created_at,
            next_try_at=row.next_try_at,
            useful_until=row.useful_until,
        )
        for row in found
    ]


def _served() -> CTE:
    """Every endpoint with something pending, each found with one seek in ``message_queue``."""
    first, following = message.alias("first"), message.alias("following")
    start = select(func.min(first.c.endpoint_id).label("id")).where(first.c.state == _PENDING)
    walk = start.cte("served", recursive=True)
    after = (
        select(func.min(following.c.endpoint_id))
        .where(following.c.state == _PENDING, following.c.endpoint_id > walk.c.id)
        .scalar_subquery()
    )
    return walk.union_all(select(after).where(walk.c.id.is_not(None)))


def _nearest() -> Select[Any]:
    """The nearest deadlines of each endpoint, and of them the nearest."""
    served, near = _served(), message.alias("near")
    last_of_these = (
        select(near.c.useful_until)
        .where(near.c.endpoint_id == served.c.id, *_due(near.c))
        .order_by(near.c.useful_until)
        .offset(bindparam("further", type_=Integer))
        .limit(1)
        .scalar_subquery()
    )
    until = bindparam("until", type_=message.c.useful_until.type)
    # Materialised, for PostgreSQL without fresh statistics looked it up again for each message.
    reach = (
        select(served.c.id, func.coalesce(last_of_these, until).label("until"))
        .where(served.c.id.not_in(bindparam("passed_over", expanding=True)))
        .cte("reach")
        .prefix_with("MATERIALIZED")
    )
    return (
        select(
            message.c.id,
            message.c.endpoint_id,
            message.c.tries,
            message.c.created_at,
            message.c.next_try_at,
            message.c.useful_until,
        )
        .select_from(reach.join(message, message.c.endpoint_id == reach.c.id))
        .where(
            *_due(message.c),
            message.c.useful_until <= reach.c.until,
            message.c.useful_until <= until,
        )
        .order_by(message.c.useful_until, message.c.next_try_at)
        .limit(bindparam("most", type_=Integer))
    )


def _due(columns: Any) -> list[ColumnElement[bool]]:
    now = bindparam("now", type_=message.c.next_try_at.type)
    return [
        columns.state == _PENDING,
        columns.next_try_at <= now,
        columns.useful_until > now,
        columns.tries <= bindparam("tries_most", type_=Integer),
        columns.id.not_in(bindparam("chosen", expanding=True)),
    ]


_NEAREST = _nearest()  # built once: that takes longer than to run it
_NEAREST_LOCKED = _NEAREST.with_for_update(skip_locked=True, of=message)
