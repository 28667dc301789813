"""Endpoints: where recipients are told, how each stands, and which secrets sign for it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, func, insert, or_, select, true, update

from notifier.core.endpoint_health import Health
from notifier.core.ids import ENDPOINT, new_id
from notifier.core.notice import NoticeState
from notifier.core.people import Profile
from notifier.errors import Conflict, NotFound
from notifier.storage.messages import LIVE, in_portions, withdraw_messages
from notifier.storage.sealed import Sealer
from notifier.storage.tables import endpoint, message, notice, recipient


def add_endpoint(
    connection: Connection,
    sealer: Sealer,
    *,
    recipient_id: str,
    url: str,
    secret: str,
    profile: Profile,
    position: int,
    now: datetime,
) -> str:
    """Register where a recipient is told. Raises Conflict when they have that URL already."""
    index = sealer.index("endpoint.url", url)
    _refuse_twice(connection, recipient_id, index)
    endpoint_id = new_id(ENDPOINT, os.urandom)
    connection.execute(
        insert(endpoint).values(
            id=endpoint_id,
            recipient_id=recipient_id,
            position=position,
            profile=profile.value,
            state="active",
            url_sealed=sealer.seal("endpoint.url", endpoint_id, url),
            url_index=index,
            secret_sealed=sealer.seal("endpoint.secret", endpoint_id, secret),
            created_at=now,
        )
    )
    return endpoint_id


def _refuse_twice(connection: Connection, recipient_id: str, index: str) -> None:
    taken = select(endpoint.c.id).where(
        endpoint.c.recipient_id == recipient_id,
        endpoint.c.url_index == index,
        endpoint.c.state != "removed",
    )
    if connection.execute(taken).first():
        raise Conflict("this recipient has an endpoint with that URL already")


def set_url(
    connection: Connection, sealer: Sealer, endpoint_id: str, recipient_id: str, url: str
) -> None:
    """Give an endpoint another address, which nobody has tested yet. Raises Conflict."""
    index = sealer.index("endpoint.url", url)
    _refuse_twice(connection, recipient_id, index)
    set_columns(
        connection,
        endpoint_id,
        url_sealed=sealer.seal("endpoint.url", endpoint_id, url),
        url_index=index,
        tested_at=None,
    )


def try_now(connection: Connection, endpoint_id: str, *, now: datetime) -> None:
    """Let what waits for an endpoint be tried at once."""
    connection.execute(
        update(message)
        .where(
            message.c.endpoint_id == endpoint_id,
            message.c.state == "pending",
            message.c.next_try_at > now,
        )
        .values(next_try_at=now)
    )


def remove(connection: Connection, endpoint_id: str, *, now: datetime) -> None:
    """Send nothing more to it: its messages are withdrawn, their notices go out elsewhere."""
    set_columns(
        connection, endpoint_id, state="removed", old_secret_sealed=None, old_secret_until=None
    )
    live = select(message.c.id).where(
        message.c.endpoint_id == endpoint_id, message.c.state.in_(LIVE)
    )
    withdraw_messages(connection, list(connection.execute(live).scalars()), now=now)


def count_of(connection: Connection, recipient_id: str) -> int:
    """How many endpoints a recipient has."""
    statement = select(func.count()).where(
        endpoint.c.recipient_id == recipient_id, endpoint.c.state != "removed"
    )
    found: int = connection.execute(statement).scalar_one()
    return found


def endpoint_with_id(connection: Connection, endpoint_id: str) -> RowMapping:
    """One endpoint that was not removed. Raises NotFound."""
    wanted = (endpoint.c.id == endpoint_id) & (endpoint.c.state != "removed")
    row = connection.execute(select(endpoint).where(wanted)).mappings().first()
    if row is None:
        raise NotFound(f"there is no endpoint {endpoint_id!r}; see 'notifier endpoints list'")
    return row


@dataclass(frozen=True, kw_only=True, slots=True)
class Watched:
    """An endpoint with its owner, as it stands."""

    endpoint_id: str
    owner_id: str
    owner: str  # the ref
    is_removed: bool
    health: Health


_WATCHED = (
    endpoint.c.id,
    endpoint.c.recipient_id,
    endpoint.c.state,
    endpoint.c.failures,
    endpoint.c.failing_since,
    endpoint.c.refused_since,
    endpoint.c.suspect_since,
    endpoint.c.spell,
)
_IS_UNWELL = or_(endpoint.c.failures > 0, endpoint.c.state == "gone")


def watched(
    connection: Connection, endpoint_ids: Sequence[str], *, is_unwell: bool = False
) -> dict[str, Watched]:
    """How endpoints stand, by id, in the order in which they are locked; or the unwell alone."""
    found: dict[str, Watched] = {}
    for portion in in_portions(sorted(endpoint_ids)):
        statement = (
            select(*_WATCHED, recipient.c.ref)
            .join(recipient, recipient.c.id == endpoint.c.recipient_id)
            .where(endpoint.c.id.in_(portion), _IS_UNWELL if is_unwell else true())
            .order_by(endpoint.c.id)
        )
        for row in connection.execute(statement):
            found[row.id] = Watched(
                endpoint_id=row.id,
                owner_id=row.recipient_id,
                owner=row.ref,
                is_removed=row.state == "removed",
                health=Health(
                    is_gone=row.state == "gone",
                    failures=row.failures,
                    failing_since=row.failing_since,
                    refused_since=row.refused_since,
                    suspect_since=row.suspect_since,
                    spell=row.spell,
                ),
            )
    return found


def set_health(connection: Connection, endpoint_id: str, health: Health) -> None:
    """Write how an endpoint stands."""
    set_columns(
        connection,
        endpoint_id,
        state="gone" if health.is_gone else "active",
        failures=health.failures,
        failing_since=health.failing_since,
        refused_since=health.refused_since,
        suspect_since=health.suspect_since,
        spell=health.spell,
    )


def set_columns(connection: Connection, endpoint_id: str, **values: Any) -> None:
    """Write columns of one endpoint."""
    connection.execute(update(endpoint).where(endpoint.c.id == endpoint_id).values(**values))


def old_secrets(
    connection: Connection, endpoint_ids: Sequence[str], *, now: datetime
) -> dict[str, bytes]:
    """The sealed secrets that still sign beside newer ones, by endpoint."""
    found: dict[str, bytes] = {}
    for portion in in_portions(endpoint_ids):
        statement = select(endpoint.c.id, endpoint.c.old_secret_sealed).where(
            endpoint.c.id.in_(portion), endpoint.c.old_secret_until > now
        )
        found.update({row.id: row.old_secret_sealed for row in connection.execute(statement)})
    return found


def forget_old_secrets(connection: Connection, *, now: datetime) -> None:
    """Erase secrets whose overlap is over."""
    connection.execute(
        update(endpoint)
        .where(endpoint.c.old_secret_until <= now)
        .values(old_secret_sealed=None, old_secret_until=None)
    )


def has_another(connection: Connection, recipient_id: str, *, than: str) -> bool:
    """Whether a recipient has an endpoint besides one, and it is not gone."""
    statement = select(endpoint.c.id).where(
        endpoint.c.recipient_id == recipient_id,
        endpoint.c.id != than,
        endpoint.c.state == "active",
    )
    return connection.execute(statement).first() is not None


def notices_about(connection: Connection, endpoint_ids: Sequence[str]) -> list[str]:
    """Pending notices whose subject is one of these endpoints."""
    statement = select(notice.c.id).where(
        notice.c.subject_id.in_(endpoint_ids), notice.c.state == NoticeState.PENDING.value
    )
    return list(connection.execute(statement).scalars())
