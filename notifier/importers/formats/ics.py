"""iCalendar files (RFC 5545): one row per event, its start kept as the calendar wrote it.

Only the content lines are read with the library. Its full parser would believe the time zone rules
inside a file, keep them for the next file, and turn unknown zones into naive times.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from icalendar.parser import Contentline, Contentlines

from notifier.core.listed import BadRow
from notifier.errors import CalendarRejected
from notifier.importers.mapping import SourceMapping
from notifier.importers.table import Row, Table
from notifier.importers.text import decode

_ALWAYS = ("DTSTART", "STATUS")
_LINE_MAX = 65_536  # characters, unfolded; longer ones are attachments, which nobody reads here
_CUT_OFF = "The calendar ends in the middle of an event: save or download it again."


@dataclass(kw_only=True, slots=True)
class _Event:
    values: dict[str, list[str]] = field(default_factory=dict)
    torn: set[str] = field(default_factory=set)  # properties that may have lost text
    latest: str = ""

    def note(self, name: str, tzid: str | None, value: str) -> None:
        """Adds a property; a zone named beside a time stays beside it."""
        self.latest = name
        text = value if tzid is None else f"TZID={tzid}:{value}"
        self.values.setdefault(name, []).append(text)


def tables(data: bytes, mapping: SourceMapping) -> Iterator[Table]:
    """The events of a calendar. Raises CalendarRejected when it is none, or is cut off."""
    events = _events(_content_lines(decode(data, mapping.encodings)))
    if not events:
        raise CalendarRejected("The calendar holds no events. Check that it is the right one.")
    names = dict.fromkeys((*_ALWAYS, *(name for event in events for name in event.values)))
    needed = {
        str(choice).upper()
        for column in mapping.columns.values()
        for choices in column.parts
        for choice in choices
    }
    yield Table(headings=tuple(names), width=len(names), rows=_rows(events, names, needed))


def _rows(events: list[_Event], names: dict[str, None], needed: set[str]) -> Iterator[Row | BadRow]:
    for number, event in enumerate(events, start=1):
        cells = [", ".join(event.values.get(name, ())) for name in names]
        problem = _problem(event, needed)
        if problem:
            raw = dict(zip(names, cells, strict=True))
            yield BadRow(row=number, field=problem[0], reason=problem[1], raw=raw)
        else:
            yield number, cells


def _problem(event: _Event, needed: set[str]) -> tuple[str, str] | None:
    rules = event.values.get("RRULE", [])
    if event.values.get("RDATE") or any(not _is_single(rule) for rule in rules):
        return "local_date", "the event recurs: enter each hearing as an event of its own"
    if event.torn & needed:
        return (
            "row",
            "a line of the event is broken, so that a text may be cut off: export it again",
        )
    return None


def _is_single(rule: str) -> bool:
    return "COUNT=1" in rule.upper().split(";")


def _content_lines(text: str) -> list[Contentline]:
    plain = text.replace("\r\r\n", "\n").replace("\r\n", "\n").replace("\r", "\n")
    # The library types its own calls only in part.
    lines: list[Contentline] = Contentlines.from_ical(plain)  # type: ignore[no-untyped-call]
    if not lines or lines[0].strip().upper() != "BEGIN:VCALENDAR":
        raise CalendarRejected(
            "The file is not an iCalendar: it does not begin with BEGIN:VCALENDAR. Check the "
            "address or the format in the mapping."
        )
    return lines


def _events(lines: list[Contentline]) -> list[_Event]:
    reader = _Reader()
    for line in lines:
        if line.strip():
            reader.read(line)
    if reader.inside:
        raise CalendarRejected(_CUT_OFF)
    if reader.is_withdrawn:
        for event in reader.events:
            event.values["STATUS"] = ["CANCELLED"]
    return reader.events


@dataclass(kw_only=True, slots=True)
class _Reader:
    """Collects events while the lines of a calendar go by."""

    events: list[_Event] = field(default_factory=list)
    inside: list[str] = field(default_factory=list)  # components open at this line
    is_withdrawn: bool = False  # METHOD:CANCEL, RFC 5546 3.2.5

    def read(self, line: Contentline) -> None:
        """Takes the next line, unfolded. Raises CalendarRejected where components overlap."""
        if len(line) > _LINE_MAX:
            self._tear(line)
            return
        parts = _parts(line)
        if parts is None:
            self._tear(line, self.events[-1].latest if self.events else "")
            return
        name, tzid, value = parts
        if name == "BEGIN":
            self.inside.append(value.strip().upper())
            if self._is_event():
                self.events.append(_Event())
        elif name == "END":
            if not self.inside or self.inside.pop() != value.strip().upper():
                raise CalendarRejected(_CUT_OFF)
        elif self._is_event():
            self.events[-1].note(name, tzid, value)
        elif self.inside == ["VCALENDAR"] and name == "METHOD":
            self.is_withdrawn = self.is_withdrawn or value.strip().upper() == "CANCEL"

    def _is_event(self) -> bool:
        return self.inside[-1:] == ["VEVENT"]

    def _tear(self, line: str, *also: str) -> None:
        if self._is_event():
            own_name = re.split("[:;]", line, maxsplit=1)[0].strip().upper()
            self.events[-1].torn |= {own_name, *also}


def _parts(line: Contentline) -> tuple[str, str | None, str] | None:
    try:
        name, params, value = line.parts()
    except ValueError:
        return None
    tzid = params.get("TZID")
    if isinstance(tzid, list):  # commas without quotation marks around them
        tzid = ",".join(tzid)
    return name.upper(), tzid, value
