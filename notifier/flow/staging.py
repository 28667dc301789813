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

_IDENTITY = {
    "case_number": lambda row: row.case_number,
    "detainee": lambda row: row.detainee_ref or row.detainee_name,
    "kind": lambda row: row.kind,
    "court": lambda row: row.court,
}


@dataclass(kw_only=True, slots=True)
class Staged:
    """A whole list with its verdicts. Nothing of it is in the calendar yet."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    courts: list[dict[str, Any]] = field(default_factory=list)  # to be registered
    bad: list[BadRow] = field(default_factory=list)
    warnings: list[BadRow] = field(default_factory=list)  # rows taken, with something left out
    questions: list[Question] = field(default_factory=list)
    verdicts: Counter[Verdict] = field(default_factory=Counter)
    past: int = 0  # new or changed rows whose date has passed: stored, not reminded


@dataclass(frozen=True, kw_only=True, slots=True)
class _Placed:
    listed: ListedHearing
    admitted: Admitted
    identity: str
    slot: str


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
    ids = iter(new_ids(HEARING, len(placed), os.urandom))
    for position, one in enumerate(placed):
        _take(staged, one, decisions[position], next(ids), known)
    _take_bad(staged)
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


def _take(
    staged: Staged, one: _Placed, decision: Decision, fresh_id: str, known: Mapping[str, str]
) -> None:
    listed, slot = one.listed, one.admitted.slot
    staged.verdicts[decision.verdict] += 1
    if not one.admitted.is_open and decision.verdict in (Verdict.NEW, Verdict.CHANGED):
        staged.past += 1
    refs = [ref.strip().casefold() for ref in listed.assignees]
    staged.rows.append(
        {
            "position": len(staged.rows),
            "row": listed.row,
            "verdict": decision.verdict.value,
            "hearing_id": decision.hearing_id or fresh_id,
            "field": None,
            "reason": None,
            "row_sealed": {
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
            },
        }
    )


def _take_bad(staged: Staged) -> None:
    """Bad rows and questions are journalled too: nothing of a list is lost."""
    for bad in staged.bad:
        staged.verdicts[Verdict.QUARANTINED] += 1
        staged.rows.append(
            _journalled(staged, bad.row, Verdict.QUARANTINED.value, bad.field, bad.reason)
            | {"row_sealed": {"raw": dict(bad.raw)}}
        )
    for question in staged.questions:
        staged.rows.append(
            _journalled(staged, 0, "question", None, question.doubt.value)
            | {"hearing_id": question.hearing_id}
        )


def _journalled(
    staged: Staged, row: int, verdict: str, field_: str | None, reason: str
) -> dict[str, Any]:
    return {
        "position": len(staged.rows),
        "row": row,
        "verdict": verdict,
        "hearing_id": None,
        "field": field_,
        "reason": reason,
        "row_sealed": {},
    }
