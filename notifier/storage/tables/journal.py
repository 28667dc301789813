"""Imports under way, the audit trail, alarms, and what the daemons say of themselves."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field, SQLModel

_OPEN = text("state IN ('staging', 'applying')")


class ImportBatch(SQLModel, table=True):
    """One import. Staging changes nothing; applying is finished whatever happens."""

    __tablename__ = "import_batch"
    __table_args__ = (
        CheckConstraint("state IN ('staging', 'applying', 'applied')", name="import_batch_state"),
        Index(
            "import_batch_open",
            "source_id",
            unique=True,
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),  # one import of a source at a time
    )

    id: str = Field(primary_key=True)
    source_id: str = Field(foreign_key="source.id")
    state: str
    file_sha256: str
    as_of: datetime
    started_at: datetime
    finished_at: datetime | None = None
    applied_through: int = -1  # the last position that was applied; nothing after it was
    counts: str | None = None  # JSON: numbers only


class ImportRow(SQLModel, table=True):
    """One listed row with what was decided about it; the row itself is sealed."""

    __tablename__ = "import_row"

    batch_id: str = Field(primary_key=True, foreign_key="import_batch.id")
    position: int = Field(primary_key=True)
    row: int
    verdict: str
    hearing_id: str | None = None
    field: str | None = None
    reason: str | None = None
    row_sealed: bytes


class AuditEntry(SQLModel, table=True):
    """Who did what to which row, when: ids and plain words only, appended and never changed."""

    __tablename__ = "audit_entry"

    number: int | None = Field(default=None, primary_key=True)
    at: datetime
    actor: str
    action: str
    subject_id: str = Field(index=True)
    detail: str = ""


class Alarm(SQLModel, table=True):
    """Something no message could tell: said on stderr and in the status until acknowledged."""

    __tablename__ = "alarm"

    id: str = Field(primary_key=True)
    kind: str
    subject_id: str
    reason: str
    raised_at: datetime
    acknowledged_at: datetime | None = None


class Pulse(SQLModel, table=True):
    """What one running daemon last said of itself."""

    __tablename__ = "pulse"

    owner: str = Field(primary_key=True)
    started_at: datetime
    beat_at: datetime
    audited_at: datetime | None = None
    problems: str = "[]"  # JSON list of sentences; empty: ready


class Meta(SQLModel, table=True):
    """Facts about the database itself: the sealing canary, the policy in force, its purpose."""

    __tablename__ = "meta"

    key: str = Field(primary_key=True)
    value: str
