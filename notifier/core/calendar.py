"""What a list changes: listed rows against the hearings held, within one identity.

An identity is what a source calls "the same hearing": by default case, detainee and kind. Within
one, equal rows match first; then exactly one open hearing and one open row left over are a move;
anything else is new, asked about, and the old hearing stays reminded.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
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
    CANCELLED_ELSEWHERE = (
        "the list cancels this hearing as it was before it was moved by hand; it stays as it was "
        "entered and is still reminded"
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Held:
    """A hearing we hold, as far as comparing needs it."""

    hearing_id: str
    slot: str  # fingerprint of the slot as it stands
    listed_as: str  # what this source said of it last: see the function of that name
    state: HearingState
    cancelled_by_source: bool
    is_open: bool  # its date has not passed

    @property
    def is_cancelled(self) -> bool:
        """Whether it is not to take place, whoever said so."""
        return self.state is HearingState.CANCELLED


@dataclass(frozen=True, kw_only=True, slots=True)
class Listed:
    """A listed row, as far as comparing needs it."""

    position: int
    slot: str
    is_cancelled: bool
    is_open: bool

    @property
    def listed_as(self) -> str:
        """What the source says with this row."""
        return listed_as(self.slot, is_cancelled=self.is_cancelled)


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision:
    """What becomes of one listed row; ``hearing_id`` is None for a new hearing."""

    position: int
    verdict: Verdict
    hearing_id: str | None = None
    repeats: int | None = None  # the position of the row that a duplicate repeats


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """A doubt about one hearing held."""

    hearing_id: str
    doubt: Doubt


def fingerprint(slot: Slot) -> str:
    """A slot as one comparable text. It holds nothing that names a person."""
    time = slot.local_time.isoformat() if slot.local_time else "?"
    return f"{slot.court_id}|{slot.local_date.isoformat()}|{time}|{slot.room or ''}"


_CANCELLED = "cancelled|"  # no fingerprint begins like this: a court's id does not


def listed_as(slot: str, *, is_cancelled: bool) -> str:
    """What a source says of a hearing, slot and cancellation, as one comparable text."""
    return _CANCELLED + slot if is_cancelled else slot


_CLOSENESS: tuple[tuple[Callable[[Held], Hashable], Callable[[Listed], Hashable]], ...] = (
    (lambda held: (held.slot, held.is_cancelled), lambda row: (row.slot, row.is_cancelled)),
    (lambda held: held.listed_as, lambda row: row.listed_as),
    (lambda held: held.slot, lambda row: row.slot),
    (lambda held: held.listed_as.removeprefix(_CANCELLED), lambda row: row.slot),
)
"""When a row is a hearing, the closest first: as it stands, as the source last listed it, and both
again with the cancellation aside."""


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
    pairs, free, left = _matches(held, rows)
    questions: list[Question] = []
    for match, row in pairs:
        verdict, doubt = _matched(match, row)
        decisions.append(
            Decision(position=row.position, verdict=verdict, hearing_id=match.hearing_id)
        )
        if doubt is not None:
            questions.append(Question(hearing_id=match.hearing_id, doubt=doubt))
    more, doubts = _unmatched(free, left)
    return sorted(decisions + more, key=lambda one: one.position), questions + doubts


def _without_duplicates(listed: Sequence[Listed]) -> tuple[list[Decision], list[Listed]]:
    first: dict[str, Listed] = {}
    duplicates: list[Decision] = []
    for row in listed:
        same = first.setdefault(row.listed_as, row)
        if same is not row:
            duplicates.append(
                Decision(position=row.position, verdict=Verdict.DUPLICATE, repeats=same.position)
            )
    return duplicates, list(first.values())


def _matches(
    held: Sequence[Held], rows: Sequence[Listed]
) -> tuple[list[tuple[Held, Listed]], list[Held], list[Listed]]:
    """Pair rows with hearings, the closest first; returns who is left over on either side.

    The closest go first whatever the order of the list, or a row could take the hearing that
    another one equals.
    """
    pairs: list[tuple[Held, Listed]] = []
    free, left = sorted(held, key=lambda one: one.hearing_id), list(rows)
    for key_of_held, key_of_row in _CLOSENESS:
        if not free or not left:
            break
        alike: dict[Hashable, list[Held]] = {}
        for one in reversed(free):
            alike.setdefault(key_of_held(one), []).append(one)
        unpaired: list[Listed] = []
        for row in left:
            if same := alike.get(key_of_row(row)):
                pairs.append((same.pop(), row))
            else:
                unpaired.append(row)
        free, left = [one for group in alike.values() for one in group], unpaired
    return pairs, free, left


def _matched(held: Held, row: Listed) -> tuple[Verdict, Doubt | None]:
    if row.is_cancelled == held.is_cancelled:
        return Verdict.UNCHANGED, None
    if row.is_cancelled:
        if row.listed_as == held.listed_as:
            return Verdict.UNCHANGED, None  # reinstated by hand; the list says nothing new
        if row.slot == held.slot:
            return Verdict.CHANGED, None
        return Verdict.UNCHANGED, Doubt.CANCELLED_ELSEWHERE if held.is_open else None
    if held.cancelled_by_source:
        return Verdict.CHANGED, None
    return Verdict.UNCHANGED, Doubt.RELISTED if held.is_open else None


def _unmatched(
    free: Sequence[Held], left: Sequence[Listed]
) -> tuple[list[Decision], list[Question]]:
    waiting = [one for one in free if one.is_open and not one.is_cancelled]
    ahead = [row for row in left if row.is_open]
    # A cancelled row is no place to move to: calling that a move would call off a hearing.
    moved: dict[int, str] = {}
    if len(waiting) == 1 and len(ahead) == 1 and not ahead[0].is_cancelled:
        moved[ahead[0].position] = waiting[0].hearing_id
    decisions = [
        Decision(
            position=row.position,
            verdict=Verdict.CHANGED if row.position in moved else Verdict.NEW,
            hearing_id=moved.get(row.position),
        )
        for row in left
    ]
    asked = waiting if left and not moved else []
    return decisions, [Question(hearing_id=one.hearing_id, doubt=Doubt.UNMATCHED) for one in asked]
