"""What a list changes: listed rows against the hearings held, within one identity.

An identity is what a source calls "the same hearing": by default case, detainee and kind. Within
one, equal rows match first; then exactly one open hearing and one listed row left over are a
move; anything else is new, asked about, and the old hearing stays reminded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from notifier.core.hearing import HearingState, Slot


class Verdict(StrEnum):
    """What one listed row turns out to be."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    DUPLICATE = "duplicate"
    QUARANTINED = "quarantined"


class Doubt(StrEnum):
    """A question that only a human can answer; the sentence is what the coordinator reads."""

    UNMATCHED = (
        "the list shows this hearing differently in a way that cannot be told from another "
        "hearing; it stays as it was and is still reminded"
    )
    RELISTED = "the list still shows this hearing although it was cancelled by hand; it stays so"


@dataclass(frozen=True, kw_only=True, slots=True)
class Held:
    """A hearing we hold, as far as comparing needs it."""

    hearing_id: str
    slot: str  # fingerprint of the slot as it stands
    listed_as: str  # fingerprint of the slot as this source last listed it
    state: HearingState
    cancelled_by_source: bool
    is_open: bool  # its date has not passed


@dataclass(frozen=True, kw_only=True, slots=True)
class Listed:
    """A listed row, as far as comparing needs it."""

    position: int
    slot: str
    is_cancelled: bool
    is_open: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision:
    """What becomes of one listed row; ``hearing_id`` is None for a new hearing."""

    position: int
    verdict: Verdict
    hearing_id: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """A doubt about one hearing held."""

    hearing_id: str
    doubt: Doubt


def fingerprint(slot: Slot) -> str:
    """A slot as one comparable text. It holds nothing that names a person."""
    time = slot.local_time.isoformat() if slot.local_time else "?"
    return f"{slot.court_id}|{slot.local_date.isoformat()}|{time}|{slot.room or ''}"


def compare(
    held: Sequence[Held], listed: Sequence[Listed]
) -> tuple[list[Decision], list[Question]]:
    """Decide every listed row of one identity, in the order of the list.

    1. Rows that repeat an earlier one are duplicates.
    2. A row equal to a hearing as it stands, or as the source last listed it, is that hearing:
       what an operator corrected by hand is not undone by a list that says nothing new.
    3. One open hearing and one open row left over: the hearing moved.
    4. Every other row is a new hearing; open hearings left over beside it are asked about.
    """
    decisions, rows = _without_duplicates(listed)
    free = list(held)
    left: list[Listed] = []
    questions: list[Question] = []
    for row in rows:
        match = _equal(row, free)
        if match is None:
            left.append(row)
            continue
        free.remove(match)
        verdict, question = _matched(match, row)
        decisions.append(
            Decision(position=row.position, verdict=verdict, hearing_id=match.hearing_id)
        )
        questions.extend(question)
    more, doubts = _unmatched(free, left)
    return sorted(decisions + more, key=lambda one: one.position), questions + doubts


def _without_duplicates(listed: Sequence[Listed]) -> tuple[list[Decision], list[Listed]]:
    seen: set[tuple[str, bool]] = set()
    duplicates: list[Decision] = []
    rows: list[Listed] = []
    for row in listed:
        said = (row.slot, row.is_cancelled)
        if said in seen:
            duplicates.append(Decision(position=row.position, verdict=Verdict.DUPLICATE))
        else:
            seen.add(said)
            rows.append(row)
    return duplicates, rows


def _equal(row: Listed, free: Sequence[Held]) -> Held | None:
    """The hearing this row is: as it stands before as it was listed, listed before cancelled."""
    equal = [one for one in free if row.slot in (one.slot, one.listed_as)]
    return min(
        equal,
        key=lambda one: (one.slot != row.slot, one.state is HearingState.CANCELLED),
        default=None,
    )


def _matched(held: Held, row: Listed) -> tuple[Verdict, list[Question]]:
    is_held_cancelled = held.state is HearingState.CANCELLED
    if row.is_cancelled == is_held_cancelled:
        return Verdict.UNCHANGED, []
    if row.is_cancelled or held.cancelled_by_source:
        return Verdict.CHANGED, []
    if not held.is_open:
        return Verdict.UNCHANGED, []
    return Verdict.UNCHANGED, [Question(hearing_id=held.hearing_id, doubt=Doubt.RELISTED)]


def _unmatched(
    free: Sequence[Held], left: Sequence[Listed]
) -> tuple[list[Decision], list[Question]]:
    waiting = [one for one in free if one.is_open and one.state is HearingState.LISTED]
    if len(waiting) == 1 and len(left) == 1 and left[0].is_open:
        moved = Decision(
            position=left[0].position,
            verdict=Verdict.CHANGED,
            hearing_id=waiting[0].hearing_id,
        )
        return [moved], []
    new = [Decision(position=row.position, verdict=Verdict.NEW) for row in left]
    asked = waiting if left else []
    return new, [Question(hearing_id=one.hearing_id, doubt=Doubt.UNMATCHED) for one in asked]
