"""Staging: every listed row gets its verdict before anything is changed."""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from notifier.core.admission import Admitted, admit
from notifier.core.calendar import Decision, Held, Listed, Question, Verdict, compare, fingerprint
from notifier.core.court_time import local_date_at
from notifier.core.hearing import HearingState, Slot
from notifier.core.ids import COURT, HEARING, new_id, new_ids
from notifier.core.listed import BadRow, CalendarList, ListedHearing
from notifier.flow.desk import Desk
from notifier.storage import calendar, imports, people
from notifier.storage.engine import Connection

QUESTION = "question"
_IDENTITY = {
    "case_number": lambda row: row.case_number,
    "detainee": lambda row: row.detainee_ref or row.detainee_name,
    "kind": lambda row: row.kind,
    "court": lambda row: row.court,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class _Placed:
    listed: ListedHearing
    admitted: Admitted
    identity: str
    slot: str


@dataclass(kw_only=True, slots=True)
class Staged:
    """A whole list with its verdicts. Nothing of it is in the calendar yet."""

    courts: list[dict[str, Any]] = field(default_factory=list)  # to be registered
    bad: list[BadRow] = field(default_factory=list)
    warnings: list[BadRow] = field(default_factory=list)  # rows taken, with something left out
    questions: list[Question] = field(default_factory=list)
    verdicts: Counter[Verdict] = field(default_factory=Counter)
    past: int = 0  # new or changed rows whose date has passed: stored, not reminded
    _placed: list[_Placed] = field(default_factory=list)
    _decisions: list[Decision] = field(default_factory=list)
    _known: Mapping[str, str] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self._placed) + len(self.bad) + len(self.questions)

    def rows(self) -> Iterator[dict[str, Any]]:
        """Every row for the journal, made as it is written: a large list is held only once."""
        ids = iter(new_ids(HEARING, len(self._placed), os.urandom))
        for position, (one, decision) in enumerate(zip(self._placed, self._decisions, strict=True)):
            yield _journalled(
                position,
                one.listed.row,
                decision.verdict.value,
                said=_said(one, self._known),
                hearing_id=decision.hearing_id or next(ids),
            )
        for position, bad in enumerate(self.bad, len(self._placed)):
            yield _journalled(
                position,
                bad.row,
                Verdict.QUARANTINED.value,
                said={"raw": dict(bad.raw)},
                field_=bad.field,
                reason=bad.reason,
            )
        for position, question in enumerate(self.questions, len(self._placed) + len(self.bad)):
            yield _journalled(
                position,
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
    staged = Staged(bad=list(listing.bad))
    known = people.recipient_ids(connection)
    placed = list(_place(connection, desk, listing, staged, as_of))
    groups: dict[str, list[int]] = defaultdict(list)
    for position, one in enumerate(placed):
        groups[one.identity].append(position)
        staged.warnings.extend(_unknown_assignees(one.listed, known))
    held = _held(connection, source_id, as_of)
    decisions: dict[int, Decision] = {}
    for identity, positions in groups.items():
        decided, asked = compare(
            held.get(identity, ()), [_listed(position, placed[position]) for position in positions]
        )
        decisions.update((one.position, one) for one in decided)
        staged.questions.extend(asked)
    staged._placed, staged._known = placed, known
    staged._decisions = [decisions[position] for position in range(len(placed))]
    staged.verdicts.update(one.verdict for one in staged._decisions)
    staged.verdicts[Verdict.QUARANTINED] += len(staged.bad)
    staged.past = sum(
        not one.admitted.is_open and decision.verdict in (Verdict.NEW, Verdict.CHANGED)
        for one, decision in zip(placed, staged._decisions, strict=True)
    )
    return staged


def _place(
    connection: Connection, desk: Desk, listing: CalendarList, staged: Staged, as_of: datetime
) -> Iterator[_Placed]:
    """Rows that can be hearings; the others join the bad ones."""
    courts = {
        row["name"].casefold(): (row["id"], row["zone"]) for row in calendar.courts(connection)
    }
    for listed in listing.hearings:
        found = courts.get(listed.court.casefold())
        if found is None and listed.zone is not None:
            found = (new_id(COURT, os.urandom), listed.zone)
            courts[listed.court.casefold()] = found
            staged.courts.append(
                {"id": found[0], "name": listed.court, "zone": found[1], "city": None}
            )
        if found is None:
            staged.bad.append(_unknown_court(listed))
            continue
        admitted = admit(
            listed,
            court_id=found[0],
            zone=found[1],
            as_of=as_of,
            implausible_after_years=desk.implausible_after_years,
        )
        if isinstance(admitted, BadRow):
            staged.bad.append(admitted)
            continue
        yield _Placed(
            listed=listed,
            admitted=admitted,
            identity=_identity(desk, listing.identity, listed),
            slot=fingerprint(admitted.slot),
        )


def _unknown_court(listed: ListedHearing) -> BadRow:
    return BadRow(
        row=listed.row,
        field="court",
        reason=f"no court is named {listed.court!r}: register it with 'notifier courts add', "
        "or give it a zone in the source's mapping",
        raw=listed.raw,
    )


def _identity(desk: Desk, fields: Sequence[str], listed: ListedHearing) -> str:
    """What this source calls the same hearing, as one keyed hash."""
    parts = [" ".join((_IDENTITY[name](listed) or "").split()).casefold() for name in fields]
    return desk.sealer.index("hearing.identity", "\x1f".join(parts))


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


def _listed(position: int, one: _Placed) -> Listed:
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


def _said(one: _Placed, known: Mapping[str, str]) -> dict[str, Any]:
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
        "slot": one.slot,
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
