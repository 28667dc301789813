"""Placing: each listed row gets its court, its instant and its identity, or is set aside as bad."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from notifier.core.admission import Admitted, admit
from notifier.core.calendar import fingerprint
from notifier.core.ids import COURT, new_id
from notifier.core.listed import BadRow, CalendarList, ListedHearing
from notifier.flow.desk import Desk
from notifier.storage import calendar
from notifier.storage.engine import Connection

_IDENTITY: Mapping[str, Callable[[ListedHearing], str | None]] = {
    "case_number": lambda row: row.case_number,
    "detainee": lambda row: row.detainee_ref or row.detainee_name,
    "kind": lambda row: row.kind,
    "court": lambda row: row.court,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Placed:
    """A row that can be a hearing: when, where, and which hearing its source means."""

    listed: ListedHearing
    admitted: Admitted
    identity: str
    slot: str  # fingerprint


@dataclass(frozen=True, kw_only=True, slots=True)
class Placement:
    """Every row of a list, placed or bad, and the courts that its mapping introduces."""

    placed: list[Placed] = field(default_factory=list)
    bad: list[BadRow] = field(default_factory=list)
    courts: list[dict[str, Any]] = field(default_factory=list)


def place(
    connection: Connection, desk: Desk, listing: CalendarList, *, as_of: datetime
) -> Placement:
    """Place every row of a list; reads only."""
    found = Placement(bad=list(listing.bad))
    courts = {
        row["name"].casefold(): (row["id"], row["zone"]) for row in calendar.courts(connection)
    }
    for listed in listing.hearings:
        court = courts.get(listed.court.casefold())
        if court is None and listed.zone is not None:
            court = courts[listed.court.casefold()] = (new_id(COURT, os.urandom), listed.zone)
            found.courts.append(
                {"id": court[0], "name": listed.court, "zone": court[1], "city": None}
            )
        if court is None:
            found.bad.append(_unknown_court(listed))
            continue
        admitted = admit(
            listed,
            court_id=court[0],
            zone=court[1],
            as_of=as_of,
            implausible_after_years=desk.implausible_after_years,
        )
        if isinstance(admitted, BadRow):
            found.bad.append(admitted)
            continue
        found.placed.append(
            Placed(
                listed=listed,
                admitted=admitted,
                identity=_identity(desk, listing.identity, listed),
                slot=fingerprint(admitted.slot),
            )
        )
    return found


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
