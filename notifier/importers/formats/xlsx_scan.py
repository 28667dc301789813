"""A first look through a workbook's XML, for what the library does not tell or not survive.

The library allocates a sheet's whole rectangle at once: two cells in opposite corners, a kilobyte
of file, would end the process. So the extent is measured here, by a parser without such tables.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from xml.parsers import expat

from notifier.errors import CalendarRejected

DAMAGED = "The workbook is damaged or not an .xlsx file: open it in Excel and save it again."
TOO_LARGE = (
    "The workbook unpacks to more than a court's list can need. Delete the empty rows and columns "
    "behind the list, or save it as CSV."
)
_LETTERS = re.compile(r"[A-Za-z]{1,3}")
_LOSABLE = re.compile(rb"""<(?:\w+:)?f[\s/>]|\bt\s*=\s*["']e["']""")
_ROW = re.compile(r"[1-9][0-9]{0,6}")

Attributes = dict[str, str]


def longest_shared_text(xml: bytes) -> int:
    """Bytes of the longest of the texts that cells refer to by number."""
    longest = current = 0

    def start(name: str, _attributes: Attributes) -> None:
        nonlocal current
        if _local(name) == "si":
            current = 0

    def text(chunk: str) -> None:
        nonlocal longest, current
        current += len(chunk.encode("utf-8", "replace"))
        longest = max(longest, current)

    _walk(xml, start, text=text)
    return longest


def sheet_targets(entries: Mapping[str, bytes]) -> dict[str, str]:
    """The entry that holds each sheet, by the sheet's name. Raises KeyError when parts lack."""
    targets: dict[str, str] = {}
    sheets: dict[str, str] = {}

    def relation(name: str, attributes: Attributes) -> None:
        if _local(name) == "Relationship":
            target = attributes["Target"]
            targets[attributes["Id"]] = (
                target.removeprefix("/") if target.startswith("/") else f"xl/{target}"
            )

    def sheet(name: str, attributes: Attributes) -> None:
        if _local(name) == "sheet":
            sheets[attributes["name"]] = next(
                value for key, value in attributes.items() if key.endswith(":id")
            )

    _walk(entries["xl/_rels/workbook.xml.rels"], relation)
    _walk(entries["xl/workbook.xml"], sheet)
    return {name: targets[ident] for name, ident in sheets.items()}


def scan_sheet(xml: bytes) -> SheetScan:
    """The extent of a sheet and the texts that the library would lose."""
    scan = SheetScan()
    if _LOSABLE.search(xml):
        _walk(xml, scan.start, scan.end, scan.text)
    else:  # half the time, for the many sheets of plain values
        _walk(xml, scan.start)
    return scan


@dataclass(kw_only=True, slots=True)
class SheetScan:
    """What is found while the elements of a sheet go by."""

    height: int = 0  # rows from the first to the last with a value
    width: int = 0
    text_cells: int = 0
    lost: dict[tuple[int, int], str] = field(default_factory=dict)
    line: int = 0  # of the row at hand, from 1 as in the file
    row: int = 0  # of the cell at hand, which may name another row than the one it stands in
    column: int = 0
    is_cell: bool = False
    is_error: bool = False
    inside: str = ""
    formula: list[str] = field(default_factory=list)
    value: list[str] = field(default_factory=list)

    def start(self, name: str, attributes: Attributes) -> None:
        """Opens a row, a cell or what is in a cell."""
        tag = _local(name)
        if tag == "c":
            self._open_cell(attributes)
        elif tag == "row":
            number = attributes.get("r", str(self.line + 1))
            if not _ROW.fullmatch(number):
                raise CalendarRejected(DAMAGED)
            self.line, self.column = int(number), 0
        elif self.is_cell:
            self.inside = tag
            if self.row > self.height:
                self.height = self.row
            if self.column > self.width:
                self.width = self.column

    def _open_cell(self, attributes: Attributes) -> None:
        if not self.line:
            raise CalendarRejected(DAMAGED)
        place = attributes.get("r")
        if place is None:
            self.row, self.column = self.line, self.column + 1
        else:
            letters = place.rstrip("0123456789")
            number = place[len(letters) :]
            if not _ROW.fullmatch(number):
                raise CalendarRejected(DAMAGED)
            self.row, self.column = int(number), _column_number(letters)
        kind = attributes.get("t")
        self.is_cell = True
        self.is_error = kind == "e"
        self.text_cells += kind == "s"
        if self.formula or self.value:
            self.formula.clear()
            self.value.clear()

    def text(self, chunk: str) -> None:
        """Characters of a formula or a value."""
        if self.inside == "f":
            self.formula.append(chunk)
        elif self.inside in ("v", "t"):
            self.value.append(chunk)

    def end(self, name: str) -> None:
        """Closes what was opened; a finished cell is judged here."""
        self.inside = ""
        if _local(name) != "c":
            return
        self.is_cell = False
        value = "".join(self.value)
        if self.is_error and value:
            self.lost[self.row - 1, self.column - 1] = value
        elif self.formula and not value:
            self.lost[self.row - 1, self.column - 1] = "=" + "".join(self.formula)


@lru_cache(maxsize=1_024)
def _column_number(letters: str) -> int:
    if not _LETTERS.fullmatch(letters):
        raise CalendarRejected(DAMAGED)
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def _local(name: str) -> str:
    return name.rpartition(":")[2] if ":" in name else name


def _walk(
    xml: bytes,
    start: Callable[[str, Attributes], None],
    end: Callable[[str], None] | None = None,
    text: Callable[[str], None] | None = None,
) -> None:
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = _refuse_doctype
    try:
        parser.Parse(xml, True)
    except expat.ExpatError:
        raise CalendarRejected(DAMAGED) from None


def _refuse_doctype(*_declaration: object) -> None:
    # Workbooks have none; one could define entities that expand without bound.
    raise CalendarRejected(DAMAGED)
