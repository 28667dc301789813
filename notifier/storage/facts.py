"""What a message is made of: hearings with their sealed columns, recipients, endpoints."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from sqlalchemy import Connection, select

from notifier.core.court_time import first_instant
from notifier.core.hearing import Version
from notifier.core.people import Profile, Role
from notifier.storage.calendar import version_of
from notifier.storage.messages import in_portions
from notifier.storage.tables import court, detainee, endpoint, hearing, notice, recipient


@dataclass(frozen=True, kw_only=True, slots=True)
class HearingFacts:
    """A hearing as a message needs it; what is sealed is opened only for a full profile."""

    hearing_id: str
    detainee_id: str
    ref: str
    court: str
    kind: str
    version: Version
    name_sealed: bytes | None
    case_sealed: bytes | None
    judge_sealed: bytes | None

    @property
    def starts_by(self) -> datetime:
        """When it may start at the earliest: with its date, while the time is not known."""
        slot = self.version.slot
        return self.version.starts_at or first_instant(slot.local_date, time(), slot.zone)


@dataclass(frozen=True, kw_only=True, slots=True)
class RecipientFacts:
    """A recipient as a message needs them."""

    id: str
    ref: str
    role: Role
    language: str


@dataclass(frozen=True, kw_only=True, slots=True)
class EndpointFacts:
    """An endpoint as a message needs it; its URL and secret stay sealed until it is sent."""

    id: str
    recipient_id: str
    position: int
    profile: Profile
    is_gone: bool


def hearing_facts(connection: Connection, hearing_ids: Sequence[str]) -> dict[str, HearingFacts]:
    """Facts about hearings, by id."""
    found: dict[str, HearingFacts] = {}
    for portion in in_portions(hearing_ids):
        statement = (
            select(
                hearing,
                court.c.name.label("court"),
                detainee.c.ref,
                detainee.c.name_sealed,
            )
            .join(court, court.c.id == hearing.c.court_id)
            .join(detainee, detainee.c.id == hearing.c.detainee_id)
            .where(hearing.c.id.in_(portion))
        )
        for row in connection.execute(statement):
            found[row.id] = HearingFacts(
                hearing_id=row.id,
                detainee_id=row.detainee_id,
                ref=row.ref,
                court=row.court,
                kind=row.kind,
                version=version_of(row),
                name_sealed=row.name_sealed,
                case_sealed=row.case_sealed,
                judge_sealed=row.judge_sealed,
            )
    return found


def recipient_facts(
    connection: Connection, recipient_ids: Sequence[str]
) -> dict[str, RecipientFacts]:
    """Facts about recipients, by id."""
    columns = (recipient.c.id, recipient.c.ref, recipient.c.role, recipient.c.language)
    return {
        row.id: RecipientFacts(id=row.id, ref=row.ref, role=Role(row.role), language=row.language)
        for portion in in_portions(recipient_ids)
        for row in connection.execute(select(*columns).where(recipient.c.id.in_(portion)))
    }


def endpoints_of(
    connection: Connection, recipient_ids: Sequence[str]
) -> Mapping[str, list[EndpointFacts]]:
    """Every endpoint that may still be sent to, in order, by recipient."""
    found: dict[str, list[EndpointFacts]] = defaultdict(list)
    columns = (
        endpoint.c.id,
        endpoint.c.recipient_id,
        endpoint.c.position,
        endpoint.c.profile,
        endpoint.c.state,
    )
    for portion in in_portions(recipient_ids):
        statement = (
            select(*columns)
            .where(endpoint.c.recipient_id.in_(portion), endpoint.c.state != "removed")
            .order_by(endpoint.c.position, endpoint.c.created_at)
        )
        for row in connection.execute(statement):
            found[row.recipient_id].append(
                EndpointFacts(
                    id=row.id,
                    recipient_id=row.recipient_id,
                    position=row.position,
                    profile=Profile(row.profile),
                    is_gone=row.state == "gone",
                )
            )
    return found


def positions_of(connection: Connection, endpoint_ids: Sequence[str]) -> dict[str, int]:
    """Where endpoints stand in their recipient's order, by id."""
    return {
        row.id: row.position
        for portion in in_portions(endpoint_ids)
        for row in connection.execute(
            select(endpoint.c.id, endpoint.c.position).where(endpoint.c.id.in_(portion))
        )
    }


def reasons_of(connection: Connection, notice_ids: Sequence[str]) -> dict[str, str]:
    """Why each notice was planned, by id."""
    return {
        row.id: row.reason
        for portion in in_portions(notice_ids)
        for row in connection.execute(
            select(notice.c.id, notice.c.reason).where(notice.c.id.in_(portion))
        )
    }


def court_names(connection: Connection) -> dict[str, str]:
    """Every court's name by id: what a hearing moved from was called."""
    return {row.id: row.name for row in connection.execute(select(court.c.id, court.c.name))}


def coordinators(connection: Connection) -> list[str]:
    """Ids of every coordinator."""
    statement = select(recipient.c.id).where(recipient.c.role == Role.COORDINATOR.value)
    return list(connection.execute(statement).scalars())


def insert_missing(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Write notices that are not there yet: what was asked twice is told once."""
    if not rows:
        return
    if connection.dialect.name == "postgresql":
        from sqlalchemy.dialects.postgresql import insert as insert_into
    else:
        from sqlalchemy.dialects.sqlite import (  # type: ignore[assignment]
            insert as insert_into,
        )
    statement = insert_into(notice).on_conflict_do_nothing(
        index_elements=["subject_id", "revision", "recipient_id", "kind", "rung"]
    )
    connection.execute(statement, list(rows))
