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
    ENDPOINT_FAILING = "endpoint.failing"


ABOUT_ENDPOINTS = frozenset({NoticeKind.ENDPOINT_TEST, NoticeKind.ENDPOINT_FAILING})
"""Kinds that are about no hearing."""


class NoticeState(StrEnum):
    """``pending``, or exactly one of six ends. A notice never disappears."""

    PENDING = "pending"
    DELIVERED = "delivered"
    SUPERSEDED = "superseded"
    CANCELLED = "cancelled"
    NOT_NEEDED = "not_needed"
    EXPIRED = "expired"
    DEAD = "dead"


def in_round(rung: str, number: int) -> str:
    """A rung's name in one round of being proposed: ``24h``, and ``24h#2`` the second time."""
    return rung if number == 1 else f"{rung}#{number}"


def rung_and_round(rung: str) -> tuple[str, int]:
    """The rung as a human calls it, and the round it belongs to."""
    name, _, number = rung.partition("#")
    return name, int(number) if number else 1


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
