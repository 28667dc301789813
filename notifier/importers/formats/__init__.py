"""The formats of calendar files: one file each, all found through this registry.

A format turns bytes into tables of text. Its library is loaded when a file of that format is read.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Protocol, cast

from notifier.errors import CalendarRejected
from notifier.importers.mapping import SourceMapping
from notifier.importers.table import Table


class Format(Protocol):
    """What a module of this package offers."""

    def tables(self, data: bytes, mapping: SourceMapping) -> Iterator[Table]:
        """The tables of a file. Raises CalendarRejected when it is not of this format."""


_MODULES = {
    "csv": "delimited",
    "ics": "ics",
    "json": "json_records",
    "pipe": "delimited",
    "tsv": "delimited",
    "xlsx": "xlsx",
}
_WORDS = {
    "csv": "a CSV file",
    "ics": "an iCalendar file",
    "json": "a JSON file",
    "pipe": "a pipe-separated file",
    "tsv": "a tab-separated file",
    "xlsx": "an Excel workbook (.xlsx)",
}
_DELIMITED = ("csv", "tsv", "pipe")


def tables_of(name: str, data: bytes, mapping: SourceMapping) -> Iterator[Table]:
    """The tables of a file in the named format."""
    module = cast(Format, import_module(f"{__name__}.{_MODULES[name]}"))
    return module.tables(data, mapping)


def format_of(data: bytes, mapping: SourceMapping) -> str:
    """Which of the mapping's formats the file is in, by its first bytes.

    Raises CalendarRejected when it is plainly in another one.
    """
    seen = _seen(data)
    fitting = [name for name in mapping.formats if name in seen]
    if not fitting:
        wanted = " or ".join(_WORDS[name] for name in mapping.formats)
        raise CalendarRejected(
            f'The file is not {wanted}, as the mapping "{mapping.name}" expects{_looks(seen)}.'
        )
    return fitting[0]


def _seen(data: bytes) -> tuple[str, ...]:
    if data.startswith(b"PK\x03\x04"):
        return ("xlsx",)
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        return ()
    # Marks of UTF-8 and UTF-16 and the second byte of each UTF-16 letter are skipped.
    start = data[:512].strip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n").replace(b"\x00", b"")
    if start[:15].upper() == b"BEGIN:VCALENDAR":
        return ("ics",)
    if start[:1] in (b"[", b"{"):
        return ("json", *_DELIMITED)
    return (*_DELIMITED, "ics", "json")


def _looks(seen: tuple[str, ...]) -> str:
    if not seen:
        return ": it is an old .xls or a protected workbook; save it as .xlsx without a password"
    return f": it looks like {_WORDS[seen[0]]}"
