"""Which of the notices due now go out, and which share a message."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import TypeVar

from notifier.core.notice import NoticeKind

GROUPED = frozenset(
    {
        NoticeKind.COVERAGE_GAP,
        NoticeKind.SOURCE_QUESTION,
        NoticeKind.DELIVERY_FAILED,
        NoticeKind.ENDPOINT_FAILING,
    }
)
"""Kinds that come in dozens from one import and are one list to the coordinator."""
HEARING_NEWS = frozenset(
    {
        NoticeKind.NEW,
        NoticeKind.MOVED,
        NoticeKind.CHANGED,
        NoticeKind.CANCELLED,
        NoticeKind.REINSTATED,
    }
)
PHONED = HEARING_NEWS | {NoticeKind.REMINDER, NoticeKind.COVERAGE_GAP}
"""Kinds that somebody must know before the hearing starts: untold, they are phoned about."""

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True, slots=True)
class DueNotice:
    """A notice whose instant has come, as far as grouping needs it."""

    id: str
    subject_id: str
    revision: int
    recipient_id: str
    kind: NoticeKind
    rung: str
    due_at: datetime
    useful_until: datetime


def most_useful(due: Sequence[DueNotice]) -> tuple[list[DueNotice], list[tuple[DueNotice, str]]]:
    """One notice per hearing and recipient; the others with the reason why they are not needed.

    News outranks reminders, since it carries the same facts and says what changed; among equals
    the latest wins. Kinds outside a hearing's ladder are never dropped.
    """
    kept: list[DueNotice] = []
    dropped: list[tuple[DueNotice, str]] = []
    ladder: dict[tuple[str, str], list[DueNotice]] = {}
    for one in due:
        if one.kind is NoticeKind.REMINDER or one.kind in HEARING_NEWS:
            ladder.setdefault((one.subject_id, one.recipient_id), []).append(one)
        else:
            kept.append(one)
    for together in ladder.values():
        best = max(together, key=_usefulness)
        kept.append(best)
        dropped.extend(
            (one, f"{best.kind} {best.rung} tells it as well")
            for one in together
            if one is not best
        )
    return kept, dropped


def _usefulness(one: DueNotice) -> tuple[int, bool, datetime, str]:
    return one.revision, one.kind in HEARING_NEWS, one.due_at, one.id


def group(due: Sequence[DueNotice]) -> list[tuple[DueNotice, ...]]:
    """Messages to be: one notice each, but for the kinds that share one per recipient.

    How many of those fit into one message depends on what is said of them: see ``portions``.
    """
    alone = [(one,) for one in due if one.kind not in GROUPED]
    together = sorted(
        (one for one in due if one.kind in GROUPED),
        key=lambda one: (one.recipient_id, one.kind, one.useful_until, one.id),
    )
    shared = groupby(together, key=lambda one: (one.recipient_id, one.kind))
    return [*alone, *(tuple(members) for _, members in shared)]


def portions(members: Sequence[T], fits: Callable[[Sequence[T]], bool]) -> list[tuple[T, ...]]:
    """Split what shares a message into as few as ``fits`` lets be, in order.

    One alone is always sent, whether it fits or not: a long message is better than none.
    """
    parts: list[list[T]] = []
    for one in members:
        if parts and fits([*parts[-1], one]):
            parts[-1].append(one)
        else:
            parts.append([one])
    return [tuple(part) for part in parts]
