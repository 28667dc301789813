"""Excel workbooks: the values their author last saw, formulas never evaluated."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from io import BytesIO
from typing import cast

from python_calamine import CalamineError, CalamineWorkbook

from notifier.errors import CalendarRejected
from notifier.importers.formats.xlsx_guard import Unpacked, texts_lost, unpack
from notifier.importers.formats.xlsx_scan import DAMAGED
from notifier.importers.mapping import SourceMapping
from notifier.importers.table import Table

_NAMES_SHOWN = 10
_EXACT_MAX = 10**15  # above, a number cell has lost digits and is shown as it is kept


def tables(data: bytes, mapping: SourceMapping) -> Iterator[Table]:
    """A table for each sheet the mapping names, or for the only one that has any cells.

    Rows of a second sheet are numbered on from the end of the first, so that a number is one row
    of the file; their reasons begin with the sheet and the row in it.
    """
    above = 0
    for name, grid in _chosen(unpack(data), mapping):
        part = f'Sheet "{name}"' if len(mapping.sheets) > 1 else ""
        yield _table(grid, mapping.header, part, above)
        above += len(grid)


def _chosen(unpacked: Unpacked, mapping: SourceMapping) -> list[tuple[str, list[list[object]]]]:
    names = list(unpacked.sheets)
    missing = [name for name in mapping.sheets if name not in names]
    if missing:
        raise CalendarRejected(
            f'The workbook has no sheet "{missing[0]}". It has {_listed(names)}. Correct sheets in '
            "the mapping."
        )
    grids = [(name, _grid(unpacked, name)) for name in mapping.sheets or names]
    filled = [(name, grid) for name, grid in grids if any(any(row) for row in grid)]
    if not mapping.sheets and len(filled) > 1:
        raise CalendarRejected(
            f"The workbook has several filled sheets: {_listed([name for name, _ in filled])}. "
            "Name those to be read under sheets in the mapping."
        )
    return filled


def _grid(unpacked: Unpacked, name: str) -> list[list[object]]:
    written = texts_lost(unpacked, name)
    try:
        with CalamineWorkbook.from_filelike(BytesIO(unpacked.archive)) as workbook:
            cells = workbook.get_sheet_by_name(name).to_python(skip_empty_area=False)
    except (CalamineError, ValueError, OverflowError):
        raise CalendarRejected(DAMAGED) from None
    except BaseException as error:
        # A panic of the Rust library is derived from BaseException and has no importable name.
        if type(error).__name__ == "PanicException":
            raise CalendarRejected(DAMAGED) from None
        raise
    grid = cast(list[list[object]], cells)
    for (row, column), text in written.items():
        grid.extend([] for _ in range(row + 1 - len(grid)))
        grid[row].extend("" for _ in range(column + 1 - len(grid[row])))
        grid[row][column] = text
    return grid


def _table(grid: Sequence[list[object]], header: int | None, part: str, above: int) -> Table:
    width = max(map(len, grid))
    headings: tuple[str, ...] | None = None
    begin = 0
    if header != 0:
        begin = header or next(at for at, row in enumerate(grid, start=1) if any(row))
        if begin > len(grid) or not any(grid[begin - 1]):
            raise CalendarRejected(f"There is no heading in line {begin}. Correct header.")
        texts = list(map(_text, grid[begin - 1]))
        headings = (*texts, *[""] * (width - len(texts)))
    body = ((above + at + 1, list(map(_text, grid[at]))) for at in range(begin, len(grid)))
    return Table(headings=headings, width=width, rows=body, part=part, above=above)


def _text(value: object) -> str:
    """A cell as text: numbers as they are shown, dates and times as ISO 8601."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        whole = value.is_integer() and abs(value) < _EXACT_MAX
        return str(int(value)) if whole else repr(value)
    if isinstance(value, datetime):
        return _to_the_second(value).isoformat(" ")
    if isinstance(value, timedelta):
        seconds = round(value.total_seconds())
        return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    if isinstance(value, time):
        return _text(datetime.combine(date.min, value) - datetime.combine(date.min, time()))
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def _to_the_second(value: datetime) -> datetime:
    # Excel counts in fractions of a day, so that 10:30 may come out some microseconds early.
    try:
        return (value + timedelta(milliseconds=500)).replace(microsecond=0)
    except OverflowError:
        return value.replace(microsecond=0)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f'"{name[:40]}"' for name in names[:_NAMES_SHOWN])
