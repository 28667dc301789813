"""Recipients, their endpoints, and what binds them to detainees and hearings."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint
from sqlmodel import Field, SQLModel

_ZERO = {"server_default": "0"}  # what an older release's rows had


class Recipient(SQLModel, table=True):
    """Who is told. ``ref`` is what the coordinator calls them; the name is sealed."""

    __tablename__ = "recipient"
    __table_args__ = (
        CheckConstraint("side IN ('defence', 'monitoring', 'coordination')", name="recipient_side"),
        CheckConstraint(
            "role IN ('lawyer', 'monitor', 'interpreter', 'coordinator', 'subscriber')",
            name="recipient_role",
        ),
    )

    id: str = Field(primary_key=True)
    ref: str = Field(unique=True)
    role: str
    side: str
    language: str
    name_sealed: bytes | None = None
    created_at: datetime


class Endpoint(SQLModel, table=True):
    """One URL of a recipient. Equal positions are sent in parallel, higher ones are fallback."""

    __tablename__ = "endpoint"
    __table_args__ = (
        CheckConstraint("state IN ('active', 'gone', 'removed')", name="endpoint_state"),
        CheckConstraint("profile IN ('ping', 'coded', 'full')", name="endpoint_profile"),
    )

    id: str = Field(primary_key=True)
    recipient_id: str = Field(foreign_key="recipient.id", index=True)
    position: int
    profile: str
    state: str
    url_sealed: bytes
    url_index: str
    secret_sealed: bytes
    tested_at: datetime | None = None  # when it last answered a test with 2xx
    created_at: datetime
    failures: int = Field(default=0, sa_column_kwargs=_ZERO)  # since its last 2xx
    failing_since: datetime | None = None
    refused_since: datetime | None = None  # 401, 403 or 404, and no 2xx since
    suspect_since: datetime | None = None  # it has taken nothing for minutes
    spell: int = Field(default=0, sa_column_kwargs=_ZERO)  # of failures; each is told once
    old_secret_sealed: bytes | None = None  # signs beside the new one until its time is over
    old_secret_until: datetime | None = None


class Representation(SQLModel, table=True):
    """Recipient × detainee: every new hearing of that detainee gets a proposed assignment."""

    __tablename__ = "representation"

    recipient_id: str = Field(primary_key=True, foreign_key="recipient.id")
    detainee_id: str = Field(primary_key=True, foreign_key="detainee.id", index=True)
    since_at: datetime


class Assignment(SQLModel, table=True):
    """Recipient × hearing."""

    __tablename__ = "assignment"
    __table_args__ = (
        CheckConstraint(
            "state IN ('proposed', 'accepted', 'declined', 'relieved')", name="assignment_state"
        ),
    )

    hearing_id: str = Field(primary_key=True, foreign_key="hearing.id")
    recipient_id: str = Field(primary_key=True, foreign_key="recipient.id", index=True)
    state: str
    accepted_revision: int | None = None
    round: int = 1  # how often they were proposed
    assigned_at: datetime
    changed_at: datetime
