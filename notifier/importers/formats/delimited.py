"""Comma, semicolon, tab and pipe separated lists."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from io import StringIO
from itertools import islice

from notifier.core.listed import BadRow
from notifier.errors import CalendarRejected
from notifier.importers.headings import found_count, is_complete
from notifier.importers.mapping import SourceMapping
from notifier.importers.table import Row, Table
from notifier.importers.text import decode

_CANDIDATES = (";", ",", "\t", "|")
_NAMES = {";": '";"', ",": '","', "\t": "a tab", "|": '"|"'}
_OWN_DELIMITER = {"tsv": "\t", "pipe": "|"}
_SAMPLE_ROWS = 30
_CELL_LINES_MAX = 50  # lines of one row; more mean that a quotation mark is missing


def tables(data: bytes, mapping: SourceMapping) -> Iterator[Table]:
    """The one table of a delimited file. Raises CalendarRejected when it cannot be split."""
    lines = _lines(decode(data, mapping.encodings))
    delimiter = _delimiter(lines, mapping)
    header_row, headings, width = _heading(lines, delimiter, mapping)
    rows = islice(_records(lines, delimiter, width), header_row, None)
    yield Table(headings=headings, width=width, rows=rows)


def _lines(text: str) -> list[str]:
    """Lines with one sort of end. Not ``splitlines``: it also splits at U+0085 and U+2028."""
    text = text.replace("\r\r\n", "\n").replace("\r\n", "\n").replace("\r", "\n")
    return StringIO(text).readlines()


def _records(lines: list[str], delimiter: str, width: int) -> Iterator[Row | BadRow]:
    """Rows with the number a spreadsheet shows; a row whose quotes do not close is bad alone.

    ``csv`` would swallow everything up to the next quotation mark, so reading starts again on
    the line after such a row. With a ``width`` of 0 nothing is judged by the table's width.
    """
    row = begun = 0

    def source(start: int) -> Iterator[str]:
        for at in range(start, len(lines)):
            if at - begun >= _CELL_LINES_MAX:
                raise csv.Error
            yield lines[at]

    while begun < len(lines):
        start = begun
        reader = csv.reader(source(start), delimiter=delimiter, skipinitialspace=True, strict=True)
        try:
            for cells in reader:
                end = start + reader.line_num
                if end - begun > 1 and _has_swallowed(cells, delimiter, width):
                    raise csv.Error
                row += 1
                yield row, cells
                begun = end
        except csv.Error:
            row += 1
            yield _unclosed(row, lines[begun])
            begun += 1


def _has_swallowed(cells: list[str], delimiter: str, width: int) -> bool:
    """Whether a cell over several lines holds whole rows: then its quotation mark is a stray."""
    return width > 2 and any("\n" in text and text.count(delimiter) >= width - 1 for text in cells)


def _unclosed(row: int, line: str) -> BadRow:
    return BadRow(
        row=row,
        field="row",
        reason="a quotation mark in this row is not closed or stands inside a cell: double it "
        "or remove it",
        raw={"line": line.rstrip("\n")},
    )


def _heading(
    lines: list[str], delimiter: str, mapping: SourceMapping
) -> tuple[int, tuple[str, ...] | None, int]:
    """The row of the headings (0: none), the headings, and how many columns the table has."""
    sample = _sample(lines, delimiter)
    if mapping.header == 0:
        return 0, None, max((len(cells) for _, cells in sample), default=0)
    for row, cells in sample:
        if row == mapping.header or (mapping.header is None and any(map(str.strip, cells))):
            return row, tuple(cells), len(cells)
    raise CalendarRejected(
        "The file has no line of headings. Check that it is whole, or set header in the mapping."
    )


def _sample(lines: list[str], delimiter: str) -> list[Row]:
    items = islice(_records(lines, delimiter, 0), _SAMPLE_ROWS)
    return [item for item in items if not isinstance(item, BadRow)]


def _delimiter(lines: list[str], mapping: SourceMapping) -> str:
    """The declared delimiter if it fits, or the one that fits where none is declared."""
    own = next((_OWN_DELIMITER[name] for name in mapping.formats if name in _OWN_DELIMITER), None)
    declared = mapping.delimiter or own
    if declared is None:
        return max(_CANDIDATES, key=lambda delimiter: _fit(lines, delimiter, mapping))
    if not _fit(lines, declared, mapping)[0]:
        better = [item for item in _CANDIDATES if _fit(lines, item, mapping)[0]]
        if better:
            raise CalendarRejected(
                f"The mapping declares {_NAMES.get(declared, repr(declared))} as the delimiter, "
                f"but with it the columns are not found. With {_NAMES[better[0]]} they are: set "
                "delimiter in the mapping."
            )
    return declared


def _fit(lines: list[str], delimiter: str, mapping: SourceMapping) -> tuple[bool, int, int]:
    """How well a delimiter fits, comparable: all columns found, how many found, how many seen."""
    try:
        _, headings, width = _heading(lines, delimiter, mapping)
    except CalendarRejected:
        return False, 0, 0
    complete = is_complete(mapping, headings, width)
    return complete and width > 1, found_count(mapping, headings, width), width
