"""Notices, messages and attempts: the queue is the database."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

_UNSENT = text("state = 'pending' AND dispatched_at IS NULL")
_PENDING = text("state = 'pending'")
_UNPHONED = text("state = 'pending' AND phone_at IS NOT NULL")
_IN_FLIGHT = text("state = 'in_flight'")


class NoticeRow(SQLModel, table=True):
    """One thing to tell one recipient. Never deleted; ends once, with a reason."""

    __tablename__ = "notice"
    __table_args__ = (
        UniqueConstraint(
            "subject_id", "revision", "recipient_id", "kind", "rung", name="notice_key"
        ),
        CheckConstraint(
            "state IN ('pending', 'delivered', 'superseded', 'cancelled', 'not_needed', "
            "'expired', 'dead')",
            name="notice_state",
        ),
        CheckConstraint(
            "(state = 'pending') = (ended_at IS NULL)", name="notice_ends_with_an_instant"
        ),
        Index(
            "notice_due", "due_at", sqlite_where=_UNSENT, postgresql_where=_UNSENT
        ),  # which notices are due: the first hot query
        Index("notice_useful", "useful_until", sqlite_where=_PENDING, postgresql_where=_PENDING),
        Index("notice_phone", "phone_at", sqlite_where=_UNPHONED, postgresql_where=_UNPHONED),
    )

    id: str = Field(primary_key=True)
    subject_id: str
    revision: int
    recipient_id: str = Field(foreign_key="recipient.id")
    kind: str
    rung: str
    due_at: datetime
    useful_until: datetime
    state: str
    reason: str
    created_at: datetime
    dispatched_at: datetime | None = None  # when messages were made for it
    told_at: datetime | None = None  # when the first attempt to tell it began
    sequence: int | None = None  # per recipient and subject, set when dispatched
    ended_at: datetime | None = None
    phone_at: datetime | None = None  # untold by then, a human has to phone; None once said


class Message(SQLModel, table=True):
    """One signed POST to one endpoint, immutable but for its progress."""

    __tablename__ = "message"
    __table_args__ = (
        CheckConstraint(
            "state IN ('pending', 'in_flight', 'delivered', 'withdrawn', 'expired', 'dead')",
            name="message_state",
        ),
        Index(
            "message_due", "next_try_at", sqlite_where=_PENDING, postgresql_where=_PENDING
        ),  # when the next message comes due
        Index(
            "message_queue",
            "endpoint_id",
            "useful_until",
            "next_try_at",
            "tries",
            "id",
            sqlite_where=_PENDING,
            postgresql_where=_PENDING,
        ),  # which messages are claimed next: the second hot query
        Index("message_useful", "useful_until", sqlite_where=_PENDING, postgresql_where=_PENDING),
        Index("message_lease", "lease_until", sqlite_where=_IN_FLIGHT, postgresql_where=_IN_FLIGHT),
    )

    id: str = Field(primary_key=True)
    recipient_id: str = Field(foreign_key="recipient.id")
    endpoint_id: str = Field(foreign_key="endpoint.id", index=True)
    kind: str
    body_sealed: bytes
    state: str
    reason: str = ""
    created_at: datetime
    next_try_at: datetime
    useful_until: datetime
    tries: int = 0
    owner: str | None = None
    lease_until: datetime | None = None
    epoch: int = 0  # fences a worker that lost its lease
    ended_at: datetime | None = None


class MessageNotice(SQLModel, table=True):
    """Which notices a message carries; a notice may travel in several messages."""

    __tablename__ = "message_notice"

    message_id: str = Field(primary_key=True, foreign_key="message.id")
    notice_id: str = Field(primary_key=True, foreign_key="notice.id", index=True)


class Attempt(SQLModel, table=True):
    """One try at a message, written before the POST; without an end its outcome is unknown."""

    __tablename__ = "attempt"

    message_id: str = Field(primary_key=True, foreign_key="message.id")
    epoch: int = Field(primary_key=True)
    owner: str
    began_at: datetime
    ended_at: datetime | None = None
    outcome: str | None = None
    status: int | None = None
    detail: str = ""
    response_sealed: bytes | None = None
    duration_seconds: float | None = None
