"""One row of a table → a listed hearing, or a bad row with the field and the reason."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from notifier.core.listed import BadRow, ListedHearing
from notifier.importers.cells import folded, plain, storable, why_refused
from notifier.importers.headings import Place, locate
from notifier.importers.mapping import SourceMapping
from notifier.importers.moments import (
    Getter,
    When,
    when_of_columns,
    when_of_date_time,
    when_of_event,
)
from notifier.importers.table import Table
from notifier.importers.unusable import Unusable

_SHORT = 1024  # characters; a row no longer than this cannot hold a cell over the limit in bytes
_COURTS_CACHED = 4_096
_LEFT_OVER = " -–—:;,.()[]*"  # what surrounds "CANCELLED" where it stands inside another text
_KIND = "hearing"  # where the list says nothing about the kind
_OUR_NAMES = {"date": "local_date", "time": "local_time", "date_time": "local_date"}
_TEXT_FIELDS = (
    "assignees",
    "case_number",
    "court",
    "detainee_name",
    "detainee_ref",
    "judge",
    "kind",
    "room",
)


class _CourtPlace(NamedTuple):
    name: str
    zone: str | None
    room: str | None


class RowReader:
    """Reads the rows of one table; everything that does not change by row is settled once."""

    def __init__(self, mapping: SourceMapping, table: Table, listed_on: date | None) -> None:
        """Raises CalendarRejected when the table lacks a column that the mapping needs."""
        places = locate(mapping, table)
        self._mapping = mapping
        self._table = table
        self._width = table.width
        self._keys = _raw_keys(table)
        self._fields = {at: name for name, item in places.items() for at in item.positions}
        getters = {name: _getter(mapping, places.get(name), name) for name in _TEXT_FIELDS}
        self._court_cell = getters["court"]
        self._room = getters["room"]
        self._kind = getters["kind"]
        self._no_kind = mapping.constants.get("kind", _KIND)
        self._case_number = getters["case_number"]
        self._detainee_ref = getters["detainee_ref"]
        self._detainee_name = getters["detainee_name"]
        self._judge = getters["judge"]
        self._assignees = getters["assignees"]
        self._separators = re.compile(f"[{re.escape(mapping.assignee_separators)}]")
        self._when = _when(mapping, places, listed_on)
        self._cancelled = _getter(mapping, places.get("cancelled"), "cancelled")
        self._cut = _fields_within(places, "cancelled", ("kind", "detainee_name"))
        self._court_of = lru_cache(maxsize=_COURTS_CACHED)(self._find_court)

    def read(self, row: int, cells: list[str]) -> ListedHearing | BadRow:
        """The hearing of one row, or why there is none."""
        if len(cells) < self._width:
            cells = cells + [""] * (self._width - len(cells))
        raw = dict(zip(self._keys, cells, strict=False))
        try:
            line = "".join(cells)
            if not line.isprintable() or len(line) > _SHORT:
                raw = {storable(key): storable(text) for key, text in raw.items()}
                cells = self._checked(cells)
            if len(cells) > self._width and any(map(str.strip, cells[self._width :])):
                raise self._too_wide(len(cells))
            return self._hearing(row, cells, raw)
        except Unusable as fault:
            reason = self._table.at(row) + fault.reason
            return BadRow(row=row, field=fault.field, reason=reason, raw=raw)

    def _hearing(self, row: int, cells: list[str], raw: Mapping[str, str]) -> ListedHearing:
        court = self._court_of(self._court_cell(cells))
        day, at = self._when(cells, court.zone)
        kind, name = self._kind(cells), self._detainee_name(cells)
        cancelled = False
        if word := self._cancelled(cells):
            cancelled, kind, name = self._without_cancellation(word, kind, name)
        case_number, ref = self._case_number(cells), self._detainee_ref(cells)
        if not (case_number or ref or name):
            raise Unusable(
                "case_number", "there is neither a case number nor a detainee: add one of them"
            )
        return ListedHearing(
            row=row,
            court=court.name,
            zone=court.zone,
            kind=kind or self._no_kind,
            local_date=day,
            local_time=at,
            room=self._room(cells) or court.room,
            case_number=case_number or None,
            detainee_ref=ref or None,
            detainee_name=name or None,
            judge=self._judge(cells) or None,
            cancelled=cancelled,
            assignees=self._assigned(cells),
            raw=raw,
        )

    def _find_court(self, text: str) -> _CourtPlace:
        room = None
        pattern = self._mapping.court_pattern
        if pattern and (match := pattern.fullmatch(text)):
            groups = match.groupdict(default="")
            text, room = groups["court"].strip(), groups.get("room", "").strip() or None
        if not text:
            raise Unusable("court", "there is no court: add it")
        entry = self._mapping.courts.get(folded(text))
        if entry is None:
            return _CourtPlace(text, self._mapping.zone, room)
        return _CourtPlace(entry.name, entry.zone or self._mapping.zone, room)

    def _without_cancellation(self, word: str, kind: str, name: str) -> tuple[bool, str, str]:
        """Whether ``word`` cancels; the kind and name as they were before it was written there,
        so that the row is still known as the same hearing."""
        pattern = self._mapping.cancelled_pattern
        if pattern is None or not pattern.search(word):
            return False, kind, name
        if "kind" in self._cut:
            kind = _cut(pattern, kind)
        if "detainee_name" in self._cut:
            name = _cut(pattern, name)
        return True, kind, name

    def _assigned(self, cells: Sequence[str]) -> tuple[str, ...]:
        text = self._assignees(cells)
        if not text:
            return ()
        parts = self._separators.split(text)
        return tuple(dict.fromkeys(ref for part in parts if (ref := part.strip())))

    def _checked(self, cells: list[str]) -> list[str]:
        for at, name in self._fields.items():
            reason = why_refused(plain(cells[at]))
            if reason:
                raise Unusable(_OUR_NAMES.get(name, name), f"the cell {reason}")
        return [plain(text) for text in cells]

    def _too_wide(self, width: int) -> Unusable:
        return Unusable(
            "row",
            f"the row has {width} cells but the table {self._width} columns: put quotation marks "
            "around the cell that holds the delimiter",
        )


def _fields_within(places: Mapping[str, Place], whole: str, names: Sequence[str]) -> set[str]:
    """The fields among ``names`` that are read from the same cells as ``whole``."""
    if whole not in places:
        return set()
    cells = set(places[whole].positions)
    return {name for name in names if name in places and cells.issuperset(places[name].positions)}


def _cut(pattern: re.Pattern[str], text: str) -> str:
    """``text`` without the words that the pattern touches and what surrounded them."""
    words = re.compile(rf"\w*(?:{pattern.pattern})\w*", pattern.flags)
    return " ".join(words.sub(" ", text).split()).strip(_LEFT_OVER)


def _raw_keys(table: Table) -> list[str]:
    keys: list[str] = []
    for number, heading in enumerate(table.headings or [""] * table.width, start=1):
        key = storable(heading.strip()) or f"column {number}"
        keys.append(key if key not in keys else f"{key} [{number}]")
    return keys


def _when(mapping: SourceMapping, places: Mapping[str, Place], listed_on: date | None) -> When:
    def cell(name: str) -> Getter | None:
        return _getter(mapping, places[name], name) if name in places else None

    if mapping.formats == ("ics",):
        return when_of_event(mapping, _getter(mapping, places["date_time"], "date_time"))
    if date_time := cell("date_time"):
        return when_of_date_time(mapping, date_time, listed_on)
    return when_of_columns(mapping, cell("date"), cell("time"), listed_on)


def _getter(mapping: SourceMapping, place: Place | None, name: str) -> Getter:
    """What fetches a field's text from the cells: trimmed, joined, with its constant if blank."""
    constant = mapping.constants.get(name, "")
    if place is None:
        return lambda cells: constant
    if len(place.positions) == 1:
        at, blank = place.positions[0], mapping.blank
        if not blank:
            return lambda cells: cells[at].strip() or constant
        return lambda cells: (text if (text := cells[at].strip()) not in blank else "") or constant
    return _joined(place, mapping.blank, constant)


def _joined(place: Place, blank: frozenset[str], constant: str) -> Getter:
    def get(cells: Sequence[str]) -> str:
        texts = (cells[at].strip() for at in place.positions)
        return place.joiner.join(text for text in texts if text and text not in blank) or constant

    return get
