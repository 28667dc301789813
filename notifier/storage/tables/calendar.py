"""Courts, detainees, sources, hearings and what hearings were before."""

from __future__ import annotations

from datetime import date, datetime, time

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field, SQLModel


class Court(SQLModel, table=True):
    """A place with a time zone of its own."""

    __tablename__ = "court"

    id: str = Field(primary_key=True)
    name: str = Field(unique=True)
    zone: str
    city: str | None = None
    created_at: datetime


class Detainee(SQLModel, table=True):
    """The person held, known outside by ``ref`` alone."""

    __tablename__ = "detainee"
    __table_args__ = (Index("detainee_case_name", "case_index", "name_index"),)

    id: str = Field(primary_key=True)
    ref: str = Field(unique=True)
    is_placeholder: bool  # made from a listed row; nobody has said yet who this is
    name_sealed: bytes | None = None
    name_index: str | None = None
    case_sealed: bytes | None = None
    case_index: str | None = None
    created_at: datetime


class Source(SQLModel, table=True):
    """Where hearings come from."""

    __tablename__ = "source"

    id: str = Field(primary_key=True)
    name: str = Field(unique=True)
    mode: str
    ref_prefix: str
    next_number: int  # of the next placeholder's ref
    created_at: datetime


class HearingRow(SQLModel, table=True):
    """A hearing as it stands. Wall time is the truth; ``starts_at`` is derived from it."""

    __tablename__ = "hearing"
    __table_args__ = (
        CheckConstraint("state IN ('listed', 'cancelled')", name="hearing_state"),
        CheckConstraint("revision >= 1", name="hearing_revision"),
        Index("hearing_source_identity", "source_id", "identity"),
        Index("hearing_court_date", "court_id", "local_date"),
    )

    id: str = Field(primary_key=True)
    source_id: str = Field(foreign_key="source.id")
    detainee_id: str = Field(foreign_key="detainee.id", index=True)
    court_id: str = Field(foreign_key="court.id")
    kind: str
    room: str | None = None
    local_date: date = Field(index=True)
    local_time: time | None = None
    zone: str
    starts_at: datetime | None = None
    zone_database: str  # the version that ``starts_at`` was derived with
    state: str
    cancelled_by_source: bool = False  # a list's own cancellation may be taken back by a list
    revision: int
    revised_at: datetime
    first_known_at: datetime
    identity: str  # says "the same hearing" within the source; holds keyed hashes only
    listed_as: str  # the slot as the source last listed it
    case_sealed: bytes | None = None
    judge_sealed: bytes | None = None


class HearingVersion(SQLModel, table=True):
    """What a hearing was in an earlier revision: what somebody may have been told."""

    __tablename__ = "hearing_version"

    hearing_id: str = Field(primary_key=True, foreign_key="hearing.id")
    revision: int = Field(primary_key=True)
    court_id: str = Field(foreign_key="court.id")
    room: str | None = None
    local_date: date
    local_time: time | None = None
    zone: str
    starts_at: datetime | None = None
    state: str
    revised_at: datetime
