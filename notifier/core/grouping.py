"""Which of the notices due now go out, and which share a message."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from notifier.core.notice import NoticeKind

GROUPED = frozenset(
    {NoticeKind.COVERAGE_GAP, NoticeKind.SOURCE_QUESTION, NoticeKind.DELIVERY_FAILED}
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


def _usefulness(one: DueNotice) -> tuple[int, bool, datetime]:
    return one.revision, one.kind in HEARING_NEWS, one.due_at


def group(due: Sequence[DueNotice], items_max: int) -> list[tuple[DueNotice, ...]]:
    """Messages to be: one notice each, but for the kinds that share one per recipient."""
    alone = [(one,) for one in due if one.kind not in GROUPED]
    together = sorted(
        (one for one in due if one.kind in GROUPED),
        key=lambda one: (one.recipient_id, one.kind, one.useful_until, one.id),
    )
    shared: list[tuple[DueNotice, ...]] = []
    for _, same in groupby(together, key=lambda one: (one.recipient_id, one.kind)):
        members = list(same)
        shared.extend(
            tuple(members[at : at + items_max]) for at in range(0, len(members), items_max)
        )
    return [*alone, *shared]
