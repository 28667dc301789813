"""Whose hearing a new row is: exact refs join, a case with the same name joins, nothing else.

A name alone never joins two people: a wrong join tells a lawyer where a stranger is held, while a
missing one tells the coordinator that nobody is assigned.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from notifier.core.ids import DETAINEE, new_ids
from notifier.flow.desk import Desk
from notifier.storage import calendar
from notifier.storage.engine import Connection, Row, RowMapping

Said = Mapping[str, Any]


class Persons:
    """The detainees of a chunk's new hearings, made where nobody knows them yet."""

    def __init__(
        self,
        connection: Connection,
        desk: Desk,
        rows: Sequence[tuple[Row[Any], dict[str, Any]]],
        *,
        batch: RowMapping,
        now: datetime,
    ) -> None:
        self._desk, self._now = desk, now
        self._of_row: dict[int, str] = {}
        self._hearings: dict[str, str] = {}
        self._by_ref: dict[str, str] = {}
        self._by_case: dict[str, dict[str | None, str]] = defaultdict(dict)
        self._made: list[tuple[str, int, Said]] = []
        if not rows:
            return
        self._indexes = {
            row.position: calendar.person_indexes(desk.sealer, name=said["name"], case=said["case"])
            for row, said in rows
        }
        self._read(connection, rows)
        fresh = iter(new_ids(DETAINEE, len(rows), os.urandom))
        for row, said in rows:
            detainee_id = self._find(row.position, said) or self._make(
                next(fresh), row.position, said
            )
            self._of_row[row.position] = self._hearings[row.hearing_id] = detainee_id
        self._write(connection, batch)

    def detainee_id(self, position: int) -> str:
        """The detainee of the row at a position."""
        return self._of_row[position]

    def hearings(self) -> Mapping[str, str]:
        """The detainee of each new hearing."""
        return self._hearings

    def _read(
        self, connection: Connection, rows: Sequence[tuple[Row[Any], dict[str, Any]]]
    ) -> None:
        refs = sorted({said["ref"] for _, said in rows if said["ref"]})
        cases = sorted({one["case_index"] for one in self._indexes.values() if one["case_index"]})
        for known in calendar.detainees_known(connection, refs=refs, case_indexes=cases):
            self._by_ref[known.ref] = known.id
            if known.case_index:
                self._by_case[known.case_index][known.name_index] = known.id

    def _find(self, position: int, said: Said) -> str | None:
        if said["ref"]:
            return self._by_ref.get(said["ref"])
        index = self._indexes[position]
        on_case = self._by_case.get(index["case_index"] or "", {})
        if index["name_index"] is None:
            # A list that masks names still names the case: its only detainee is meant.
            return next(iter(on_case.values())) if len(on_case) == 1 else None
        return on_case.get(index["name_index"])

    def _make(self, detainee_id: str, position: int, said: Said) -> str:
        self._made.append((detainee_id, position, said))
        if said["ref"]:
            self._by_ref[said["ref"]] = detainee_id
        index = self._indexes[position]
        if index["case_index"]:
            self._by_case[index["case_index"]][index["name_index"]] = detainee_id
        return detainee_id

    def _write(self, connection: Connection, batch: RowMapping) -> None:
        nameless = sum(1 for *_, said in self._made if not said["ref"])
        refs = iter(
            calendar.take_refs(
                connection,
                source_id=batch["source_id"],
                prefix=batch["ref_prefix"],
                count=nameless,
                beside=self._by_ref.keys(),
            )
        )
        calendar.insert_detainees(
            connection,
            [
                calendar.detainee_values(
                    self._desk.sealer,
                    detainee_id=detainee_id,
                    ref=said["ref"] or next(refs),
                    name=said["name"],
                    case=said["case"],
                    indexes=self._indexes[position],
                    is_placeholder=not said["ref"],
                    now=self._now,
                )
                for detainee_id, position, said in self._made
            ],
        )
