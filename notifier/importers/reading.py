"""From the bytes of a calendar file to its listed hearings and its bad rows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from notifier.core.listed import BadRow, CalendarList, ListedHearing
from notifier.errors import CalendarRejected
from notifier.importers.dates import read_date, with_iso
from notifier.importers.formats import format_of, tables_of
from notifier.importers.mapping import SourceMapping
from notifier.importers.row_reader import RowReader
from notifier.importers.table import Row, Table
from notifier.importers.unusable import Unusable

Read = Callable[[int, list[str]], ListedHearing | BadRow]

BYTES_MAX = 50 * 1024 * 1024
ROWS_MAX = 300_000  # a country's courts do not list as many; what does fills the memory
_COLUMNS_MAX = 512  # a list has a dozen; thousands mean a wrong delimiter or an attack


def read_list(
    data: bytes, mapping: SourceMapping, *, file_name: str, max_bytes: int = BYTES_MAX
) -> CalendarList:
    """Every row of a calendar file, as a hearing or as a bad row with its field and reason.

    ``file_name`` is looked at only where the mapping takes the date from it. Raises
    CalendarRejected when the file as a whole cannot be used; then nothing of it may be.
    """
    if len(data) > max_bytes:
        raise CalendarRejected(
            f"The file has {len(data):,} bytes, more than the {max_bytes:,} allowed. Split it, or "
            "check that it is a calendar."
        )
    if not data.strip(b" \t\r\n\x00"):
        raise CalendarRejected("The file is empty. Check that it was saved or downloaded whole.")
    listed_on = _date_of_list(mapping, file_name)
    hearings: list[ListedHearing] = []
    bad: list[BadRow] = []
    for table in tables_of(format_of(data, mapping), data, mapping):
        _read_table(table, mapping, listed_on, hearings, bad)
    if not hearings and not bad:
        raise CalendarRejected("The file has no rows. Check that it was saved or downloaded whole.")
    return CalendarList(hearings=tuple(hearings), bad=tuple(bad), identity=mapping.identity)


def _read_table(
    table: Table,
    mapping: SourceMapping,
    listed_on: date | None,
    hearings: list[ListedHearing],
    bad: list[BadRow],
) -> None:
    if table.width > _COLUMNS_MAX:
        raise CalendarRejected(
            f"{table.at()}The file has {table.width:,} columns, more than the {_COLUMNS_MAX} "
            "allowed. Check the delimiter in the mapping."
        )
    read = RowReader(mapping, table, listed_on).read
    for item in table.rows:
        found = item if isinstance(item, BadRow) else _found(item, read)
        if isinstance(found, ListedHearing):
            hearings.append(found)
        elif found is not None:
            bad.append(found)
        if len(hearings) + len(bad) > ROWS_MAX:
            raise CalendarRejected(
                f"The file has more than {ROWS_MAX:,} rows. Split it, or check that it is a "
                "calendar."
            )


def _found(item: Row, read: Read) -> ListedHearing | BadRow | None:
    row, cells = item
    return read(row, cells) if "".join(cells).strip() else None


def _date_of_list(mapping: SourceMapping, file_name: str) -> date | None:
    """The date of rows that carry none: the mapping's own, or the one in the file's name."""
    text = mapping.constants.get("date")
    if text is None and mapping.file_name_date:
        match = mapping.file_name_date.search(file_name)
        text = match[1] if match else None
    if text is None:
        return None
    try:
        return read_date(text, with_iso(mapping.date_formats))
    except Unusable as fault:
        raise CalendarRejected(
            f"The date in the file's name cannot be used: {fault.reason}. Rename the file."
        ) from None
