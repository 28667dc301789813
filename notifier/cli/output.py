"""What is printed: one JSON document for a program, a table or a few lines for a human.

Data goes to standard output, everything else to standard error. Court lists are not ours: what
could move a terminal's cursor or turn its text round is replaced before it is shown.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from enum import Enum
from pathlib import Path
from typing import Any

_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_UNSAFE_IN_JSON = re.compile("[\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
Row = Mapping[Any, Any]
Columns = Mapping[str, str]
"""The columns of a table: the row's key and its heading."""


def clean(text: str) -> str:
    """One line that is safe on any terminal."""
    return _UNSAFE.sub("\N{REPLACEMENT CHARACTER}", text)


def say(text: str = "") -> None:
    """A line for a human who did not ask for JSON."""
    # One write a line: two receivers that print at once must not share one.
    print(clean(text) + "\n", end="", flush=True)  # noqa: T201 - this is the program's output


def note(text: str) -> None:
    """A diagnostic: beside the data, never in it."""
    print(clean(text), file=sys.stderr, flush=True)  # noqa: T201 - standard error


def emit(document: Mapping[str, Any]) -> None:
    """One JSON document with stable keys; instants in ISO 8601 with their offset."""
    _print_json(document, indent=2)


def emit_line(document: Mapping[str, Any]) -> None:
    """One JSON document in a line of its own, for a stream of them."""
    _print_json(document, indent=None)


def _print_json(document: Mapping[str, Any], *, indent: int | None) -> None:
    ascii_only = "utf" not in (sys.stdout.encoding or "").lower()
    text = json.dumps(document, ensure_ascii=ascii_only, indent=indent, default=_plain)
    # A control character can only stand inside a string there, where its escape means the same.
    print(_UNSAFE_IN_JSON.sub(_escaped, text), flush=True)  # noqa: T201 - the program's output


def _escaped(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        return wall_time(value)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(type(value).__name__)


def wall_time(value: time) -> str:
    """A court's wall time; its seconds only if it has some."""
    return value.isoformat("seconds" if value.second else "minutes")


def instant(value: datetime, zone: str | None = None) -> str:
    """An instant for a human: on the court's wall if its zone is given, else in UTC."""
    from zoneinfo import ZoneInfo

    local = value.astimezone(UTC if zone is None else ZoneInfo(zone))
    return f"{local:%Y-%m-%d %H:%M:%S} {'UTC' if zone is None else local.strftime('%z')}"


def cell(value: object) -> str:
    """A table's cell."""
    match value:
        case None | "":
            return "-"
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{value:.3f}"
        case datetime():
            return instant(value)
        case time():
            return wall_time(value)
    return clean(str(value))


def table(rows: Sequence[Row], columns: Columns, *, empty: str) -> None:
    """Rows for a human; ``empty`` is the sentence that stands for none."""
    if not rows:
        note(empty)
        return
    cells = [[cell(row[key]) for key in columns] for row in rows]
    if is_terminal():
        _rich_table(columns, cells)
    else:
        _plain_table(list(columns.values()), cells)


def is_terminal() -> bool:
    """Whether standard output is a terminal that understands more than text."""
    return sys.stdout.isatty() and os.environ.get("TERM") not in (None, "", "dumb")


def _rich_table(columns: Columns, cells: list[list[str]]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    shown = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    for key, heading in columns.items():
        is_id = key == "id" or key.endswith("_id")  # ids are copied from here: in one piece
        shown.add_column(heading, no_wrap=is_id, overflow="ignore" if is_id else "fold")
    for row in cells:
        shown.add_row(*map(Text, row))
    Console(highlight=False, markup=False).print(shown)


def _plain_table(headings: list[str], cells: list[list[str]]) -> None:
    """Columns two blanks apart, nothing cut and nothing wrapped: for a pipe, a log, a reader."""
    lines = [headings, *cells]
    widths = [max(len(line[at]) for line in lines) for at in range(len(headings))]
    for line in lines:
        padded = [text.ljust(width) for text, width in zip(line, widths, strict=True)]
        say("  ".join(padded).rstrip())


def facts(values: Mapping[str, object]) -> None:
    """One thing for a human: a line per fact."""
    width = max(map(len, values)) + 1
    for name, value in values.items():
        say(f"{name + ':':<{width}} {cell(value)}")


def counted(number: int, one: str, many: str | None = None) -> str:
    """``1 hearing``, ``2 hearings``."""
    return f"{number} {one if number == 1 else many or one + 's'}"
