"""One thing to tell one recipient about one subject, and how it can end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class NoticeKind(StrEnum):
    """What is told. The value is the webhook's ``type``."""

    REMINDER = "hearing.reminder"
    NEW = "hearing.new"
    MOVED = "hearing.moved"
    CHANGED = "hearing.changed"
    CANCELLED = "hearing.cancelled"
    REINSTATED = "hearing.reinstated"
    RELIEVED = "hearing.relieved"
    COVERAGE_GAP = "coverage.gap"
    DELIVERY_FAILED = "delivery.failed"
    SOURCE_QUESTION = "source.question"
    ENDPOINT_TEST = "endpoint.test"


class NoticeState(StrEnum):
    """``pending``, or exactly one of six ends. A notice never disappears."""

    PENDING = "pending"
    DELIVERED = "delivered"
    SUPERSEDED = "superseded"
    CANCELLED = "cancelled"
    NOT_NEEDED = "not_needed"
    EXPIRED = "expired"
    DEAD = "dead"


@dataclass(frozen=True, kw_only=True, slots=True)
class NoticeKey:
    """What makes a notice the same notice: planning twice makes it once."""

    subject_id: str  # a hearing, endpoint or source; the id's prefix tells which
    revision: int
    recipient_id: str
    kind: NoticeKind
    rung: str  # "24h"; "now" for what is told at once


@dataclass(frozen=True, kw_only=True, slots=True)
class WantedNotice:
    """A notice the rules ask for. One that is ``not_needed`` is kept with its reason."""

    key: NoticeKey
    due_at: datetime
    useful_until: datetime
    reason: str
    state: NoticeState = NoticeState.PENDING
