"""Two invented lists of one source: as a court publishes it, and as it does some days later."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, time, timedelta

MAPPING = """\
about = "An invented list"
format = "csv"
delimiter = ","
mode = "delta"
ref_prefix = "INV"
optional = ["cancelled", "assignees"]

[columns]
case_number = "case"
detainee_name = "name"
kind = "kind"
court = "court"
room = "room"
date = "date"
time = "time"
cancelled = "status"
assignees = "assignees"

[date]
formats = ["yyyy-mm-dd"]

[cancelled]
pattern = "cancelled"

[courts]
"""
COURTS = 6
ZONES = ("Asia/Almaty", "Asia/Qyzylorda")


def mapping() -> str:
    """How to read both lists; every court is described, so that a list registers it."""
    return MAPPING + "".join(
        f'"Invented Court {number}" = {{ zone = "{ZONES[number % 2]}" }}\n'
        for number in range(COURTS)
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One line of a list; the dates and times are texts, so that they can be wrong."""

    case: str
    name: str
    court: str
    room: str
    date: str
    time: str
    status: str = ""
    assignees: str = ""
    kind: str = "remand"


def first_list(count: int, *, from_date: date) -> str:
    """A list of hearings over the days from a date on, in four of the courts."""
    return _csv(_line(number, from_date, courts=4) for number in range(count))


def second_list(count: int, *, of_first: int, from_date: date) -> str:
    """The list again, longer: moves, cancellations, duplicates, doubts and rows of no use.

    It begins two courts more, as a list registers the courts that its mapping describes.
    """
    return _csv(_second(count, of_first, from_date))


def _second(count: int, of_first: int, from_date: date) -> Iterator[Line]:
    for number in range(count):
        is_held = number < of_first
        line = _line(number, from_date, courts=4 if is_held else COURTS)
        if is_held and number % 5 == 0:
            line = replace(line, time="16:45", room="9")
        elif is_held and number % 7 == 0:
            line = replace(line, status="cancelled")
        elif is_held and number % 11 == 0:
            yield replace(line, time="08:05")  # two rows that neither equal the hearing held
            line = replace(line, time="08:25")
        yield line
        if number % 13 == 0:
            yield line
        if number % 40 == 0:
            yield replace(line, case=f"B-{number}", date="2031-02-30")


def _line(number: int, from_date: date, *, courts: int) -> Line:
    start = time(9 + number % 7, 15 * (number % 4))
    return Line(
        case=f"C-{number}",
        name=f"Invented Person {number}",
        court=f"Invented Court {number % courts}",
        room=str(number % 9),
        date=(from_date + timedelta(days=number % 8)).isoformat(),
        time=start.isoformat("minutes"),
        assignees="" if number % 6 == 0 else f"L{number % 3}",
    )


def _csv(lines: Iterator[Line]) -> str:
    written = io.StringIO()
    names = list(Line.__dataclass_fields__)
    writer = csv.DictWriter(written, names)
    writer.writeheader()
    writer.writerows({name: getattr(line, name) for name in names} for line in lines)
    return written.getvalue()
