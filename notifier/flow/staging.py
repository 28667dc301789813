"""Staging: every listed row gets its verdict before anything is changed."""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from notifier.core.calendar import (
    Decision,
    Held,
    Listed,
    Question,
    Verdict,
    compare,
    fingerprint,
    listed_as,
)
from notifier.core.court_time import local_date_at
from notifier.core.hearing import HearingState, Slot
from notifier.core.ids import HEARING, new_ids
from notifier.core.listed import BadRow, CalendarList, ListedHearing
from notifier.flow.desk import Desk
from notifier.flow.placing import Placed, Placement, place
from notifier.storage import imports, people
from notifier.storage.engine import Connection

QUESTION = "question"


@dataclass(frozen=True, kw_only=True, slots=True)
class Staged:
    """A whole list with its verdicts. Nothing of it is in the calendar yet."""

    placement: Placement
    decisions: Sequence[Decision]  # one for each placed row, in the same order
    questions: Sequence[Question]
    recipients: Mapping[str, str]  # ids by ref, as they were when the list was staged

    def __len__(self) -> int:
        return len(self.decisions) + len(self.placement.bad) + len(self.questions)

    @property
    def verdicts(self) -> Counter[Verdict]:
        """How many rows have each verdict."""
        counted = Counter(one.verdict for one in self.decisions)
        counted[Verdict.QUARANTINED] += len(self.placement.bad)
        return counted

    @property
    def past(self) -> int:
        """New or changed rows whose date has passed: they are stored and not reminded of."""
        return sum(
            not one.admitted.is_open and decision.verdict in (Verdict.NEW, Verdict.CHANGED)
            for one, decision in zip(self.placement.placed, self.decisions, strict=True)
        )

    def warnings(self) -> Iterator[BadRow]:
        """Rows that are taken although something of them is left out."""
        for one in self.placement.placed:
            yield from _unknown_assignees(one.listed, self.recipients)

    def rows(self) -> Iterator[dict[str, Any]]:
        """Every row for the journal, made as it is written: a large list is held only once."""
        placed, bad = self.placement.placed, self.placement.bad
        ids = new_ids(HEARING, len(placed), os.urandom)
        for at, (one, decision) in enumerate(zip(placed, self.decisions, strict=True)):
            if decision.hearing_id is not None:
                ids[at] = decision.hearing_id
            elif decision.repeats is not None:
                ids[at] = ids[decision.repeats]
            yield _journalled(
                at,
                one.listed.row,
                decision.verdict.value,
                said=_said(one, self.recipients),
                hearing_id=ids[at],
            )
        for at, row in enumerate(bad, len(placed)):
            yield _journalled(
                at,
                row.row,
                Verdict.QUARANTINED.value,
                said={"raw": dict(row.raw)},
                field_=row.field,
                reason=row.reason,
            )
        for at, question in enumerate(self.questions, len(placed) + len(bad)):
            yield _journalled(
                at,
                0,
                QUESTION,
                said={},
                hearing_id=question.hearing_id,
                reason=question.doubt.value,
            )


def stage_list(
    connection: Connection, desk: Desk, listing: CalendarList, *, source_id: str, as_of: datetime
) -> Staged:
    """Give every row its verdict against the hearings of its source; reads only."""
    placement = place(connection, desk, listing, as_of=as_of)
    groups: dict[str, list[int]] = defaultdict(list)
    for position, one in enumerate(placement.placed):
        groups[one.identity].append(position)
    held = _held(connection, source_id, as_of)
    decisions: list[Decision] = []
    questions: list[Question] = []
    for identity, positions in groups.items():
        decided, asked = compare(
            held.get(identity, ()),
            [_listed(position, placement.placed[position]) for position in positions],
        )
        decisions.extend(decided)
        questions.extend(asked)
    return Staged(
        placement=placement,
        decisions=sorted(decisions, key=lambda one: one.position),
        questions=questions,
        recipients=people.recipient_ids(connection),
    )


def _held(connection: Connection, source_id: str, as_of: datetime) -> Mapping[str, list[Held]]:
    found: dict[str, list[Held]] = defaultdict(list)
    today: dict[str, Any] = {}
    for row in imports.held_of(connection, source_id):
        if row.zone not in today:
            today[row.zone] = local_date_at(as_of, row.zone)
        slot = Slot(
            court_id=row.court_id,
            zone=row.zone,
            local_date=row.local_date,
            local_time=row.local_time,
            room=row.room,
        )
        found[row.identity].append(
            Held(
                hearing_id=row.id,
                slot=fingerprint(slot),
                listed_as=row.listed_as,
                state=HearingState(row.state),
                cancelled_by_source=row.cancelled_by_source,
                is_open=row.local_date >= today[row.zone],
            )
        )
    return found


def _listed(position: int, one: Placed) -> Listed:
    return Listed(
        position=position,
        slot=one.slot,
        is_cancelled=one.listed.cancelled,
        is_open=one.admitted.is_open,
    )


def _unknown_assignees(listed: ListedHearing, known: Mapping[str, str]) -> Iterator[BadRow]:
    for ref in listed.assignees:
        if ref.strip().casefold() not in known:
            yield BadRow(
                row=listed.row,
                field="assignees",
                reason=f"no recipient is called {ref!r}: the hearing is taken without them; "
                "register them with 'notifier recipients add' and import again",
            )


def _said(one: Placed, known: Mapping[str, str]) -> dict[str, Any]:
    """What a row says, as the journal keeps it for whoever applies it."""
    listed, slot = one.listed, one.admitted.slot
    refs = [ref.strip().casefold() for ref in listed.assignees]
    return {
        "court_id": slot.court_id,
        "zone": slot.zone,
        "local_date": slot.local_date.isoformat(),
        "local_time": slot.local_time.isoformat() if slot.local_time else None,
        "room": slot.room,
        "kind": listed.kind,
        "case": listed.case_number,
        "ref": listed.detainee_ref,
        "name": listed.detainee_name,
        "judge": listed.judge,
        "cancelled": listed.cancelled,
        "assignees": [known[ref] for ref in refs if ref in known],
        "identity": one.identity,
        "listed_as": listed_as(one.slot, is_cancelled=listed.cancelled),
        "raw": dict(listed.raw),
    }


def _journalled(
    position: int,
    row: int,
    verdict: str,
    *,
    said: Mapping[str, Any],
    hearing_id: str | None = None,
    field_: str | None = None,
    reason: str | None = None,
) -> dict[str, Any]:
    return {
        "position": position,
        "row": row,
        "verdict": verdict,
        "hearing_id": hearing_id,
        "field": field_,
        "reason": reason,
        "row_sealed": said,
    }
