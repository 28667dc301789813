"""A mapping file: TOML, checked whole, so that one look at the message mends it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from typing import Any

from notifier.core.court_time import is_zone
from notifier.errors import SettingsError
from notifier.importers.cells import folded
from notifier.importers.dates import DateFormat, date_format, read_date, with_iso
from notifier.importers.mapping import (
    FIELDS,
    FORMATS,
    IDENTITY_DEFAULT,
    IDENTITY_FIELDS,
    Column,
    CourtEntry,
    SourceMapping,
)
from notifier.importers.text import codec_of, is_last_resort
from notifier.importers.times import unknown_times
from notifier.importers.toml_section import Section
from notifier.importers.unusable import Unusable

_HEADER_LINE_MAX = 30
_CONSTANTS = ("court", "date", "judge", "kind", "room")
_DELIMITED = {"csv", "pipe", "tsv"}
_PATH = re.compile(r"(?:\[\]|[^.\[\]]+(?:\[\])?)(?:\.[^.\[\]]+(?:\[\])?)*")
_REF_PREFIX = re.compile(r"[A-Z][A-Z0-9-]{0,11}")
# What ambiguous dates look like: two formats that read one of these differently cannot coexist.
_AMBIGUOUS = ("03/04/2005", "03.04.2005", "03-04-2005", "2005-03-04")


def load_mapping(text: str, *, name: str) -> SourceMapping:
    """The mapping in the text of a TOML file. Raises SettingsError that lists every problem."""
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError([f'Mapping "{name}" is not TOML: {error}']) from None
    problems: list[str] = []
    top = Section(values, "", problems)
    parts = {**_file_part(top), **_column_part(top), **_moment_part(top), **_source_part(top)}
    top.close()
    if not problems:
        parts |= _of_calendar(parts)
        problems += _gaps(parts)
    if problems:
        raise SettingsError([f'Mapping "{name}": {problem}' for problem in problems])
    return SourceMapping(name=name, **parts)


def _file_part(top: Section) -> dict[str, Any]:
    formats = top.choose("format", top.texts("format"), FORMATS)
    if not formats:
        top.complain("format", f"say one or several of {', '.join(FORMATS)}")
    if "ics" in formats and len(formats) > 1:
        top.complain("format", '"ics" cannot stand beside another format: make two mappings')
    if len(_DELIMITED.intersection(formats)) > 1:
        top.complain("format", 'name one of "csv", "tsv", "pipe": "csv" finds the delimiter itself')
    delimiter = top.text("delimiter")
    if delimiter and (len(delimiter) > 1 or delimiter.isalnum() or delimiter in "\"'\r\n"):
        top.complain("delimiter", 'must be one character such as ";" or "\\t"')
    records = top.texts("records") or ("[]",)
    for path in records:
        if not _PATH.fullmatch(path) or not path.endswith("[]"):
            top.complain("records", f'"{path}" is not a path such as "courtLists[].hearings[]"')
    return {
        "formats": formats,
        "encodings": _encodings(top),
        "delimiter": delimiter or None,
        "header": _header(top),
        "sheets": top.texts("sheets"),
        "records": records,
        "blank": frozenset(top.texts("blank")),
    }


def _encodings(top: Section) -> tuple[str, ...]:
    made = [top.made("encoding", codec_of, name) for name in top.texts("encoding")]
    codecs = tuple(codec for codec in made if codec)
    if any(map(is_last_resort, codecs[:-1])):
        top.complain(
            "encoding", "only the last may accept any bytes: nothing after it is ever tried"
        )
    return codecs


def _header(top: Section) -> int | None:
    value = top.any("header")
    if value is None or isinstance(value, bool):
        return 0 if value is False else None
    if isinstance(value, int) and 1 <= value <= _HEADER_LINE_MAX:
        return value
    top.complain("header", f"must be true, false or a line from 1 to {_HEADER_LINE_MAX}")
    return None


def _column_part(top: Section) -> dict[str, Any]:
    section = top.table("columns")
    columns = {field: column for field in FIELDS if (column := _column(section, field))}
    section.close()
    constants = top.table("constants")
    fixed = {name: text for name in _CONSTANTS if (text := constants.text(name))}
    constants.close()
    court, cancelled, assignees = map(top.table, ("court", "cancelled", "assignees"))
    parts = {
        "columns": columns,
        "constants": fixed,
        "optional": frozenset(top.choose("optional", top.texts("optional"), columns)),
        "court_pattern": court.pattern("pattern", "court"),
        "cancelled_pattern": cancelled.pattern("pattern", ""),
        "assignee_separators": assignees.text("separators") or ";",
    }
    for part in (court, cancelled, assignees):
        part.close()
    return parts


def _column(section: Section, field: str) -> Column | None:
    value = section.any(field)
    if value is None:
        return None
    if isinstance(value, dict):
        joined = section.table(field)
        parts, joiner = joined.any("join"), joined.text("with", " ")
        joined.close()
    else:
        parts, joiner = [value], " "
    choices = [part if isinstance(part, list) else [part] for part in parts or ()]
    flat = [choice for part in choices for choice in part]
    if flat and all(choices) and all(map(_is_choice, flat)):
        return Column(parts=tuple(map(tuple, choices)), joiner=joiner)
    section.complain(
        field,
        "must be a heading, a position from 1, a list of them to choose from, or { join = [...], "
        'with = " " }',
    )
    return None


def _is_choice(value: object) -> bool:
    if isinstance(value, str):
        return bool(value.strip())
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1


def _moment_part(top: Section) -> dict[str, Any]:
    dates, times = top.table("date"), top.table("time")
    made = [dates.made("formats", date_format, text) for text in dates.texts("formats")]
    formats = tuple(item for item in made if item)
    if _clash(formats):
        dates.complain("formats", "two of them read the same text as different dates: keep one")
    parts = {
        "date_formats": formats,
        "file_name_date": dates.pattern("file_name", "1"),
        "unknown_times": unknown_times(times.texts("unknown")),
        "utc_is_local": times.flag("utc_is_local"),
    }
    dates.close()
    times.close()
    return parts


def _clash(formats: tuple[DateFormat, ...]) -> bool:
    for text in _AMBIGUOUS:
        try:
            read_date(text, with_iso(formats))
        except Unusable as fault:
            if "two dates" in fault.reason:
                return True
    return False


def _source_part(top: Section) -> dict[str, Any]:
    zone = _zone(top, "zone")
    entries = top.table("courts")
    courts: dict[str, CourtEntry] = {}
    for listed in entries.names():
        entry = entries.table(listed)
        name = entry.text("name", listed)
        courts[folded(listed)] = CourtEntry(name=name, zone=_zone(entry, "zone"))
        entry.close()
    ids = top.table("tzids")
    tzids = {name: meant for name in ids.names() if (meant := _zone(ids, name))}
    identity = top.choose("identity", top.texts("identity"), IDENTITY_FIELDS)
    mode, prefix = top.text("mode"), top.text("ref_prefix")
    if mode not in ("snapshot", "delta"):
        top.complain("mode", 'must be "snapshot" (all that is to come) or "delta" (a part of it)')
    if not _REF_PREFIX.fullmatch(prefix):
        top.complain("ref_prefix", 'must be a short word in capitals such as "ALM"')
    return {
        "about": top.text("about"),
        "zone": zone,
        "courts": courts,
        "tzids": tzids,
        "identity": identity or IDENTITY_DEFAULT,
        "mode": mode,
        "ref_prefix": prefix,
    }


def _zone(section: Section, key: str) -> str | None:
    name = section.text(key)
    if name and not is_zone(name):
        section.complain(key, f'"{name}" is not an IANA time zone such as "Asia/Almaty"')
    return name or None


def _of_calendar(parts: Mapping[str, Any]) -> dict[str, Any]:
    """What holds for every iCalendar file: where the start is, and what cancels."""
    if parts["formats"] != ("ics",):
        return {}
    columns = dict(parts["columns"])
    own = columns.get("cancelled")
    status = Column(parts=(("STATUS",), *(own.parts if own else ())))
    also = f"|{parts['cancelled_pattern'].pattern}" if parts["cancelled_pattern"] else ""
    return {
        "columns": {**columns, "date_time": Column(parts=(("DTSTART",),)), "cancelled": status},
        "cancelled_pattern": re.compile(rf"^CANCELLED\b{also}", re.IGNORECASE),
        "optional": parts["optional"] - {"cancelled"},
    }


def _gaps(parts: Mapping[str, Any]) -> list[str]:
    """What a mapping lacks, or says twice, as a whole."""
    columns, constants = parts["columns"], parts["constants"]
    problems = []
    if "court" not in columns and "court" not in constants:
        problems.append("columns.court: say where the court stands, or name it under constants")
    if not {"date", "date_time"} & columns.keys() and not (
        parts["file_name_date"] or "date" in constants
    ):
        problems.append("columns.date: say where the date stands")
    if "date_time" in columns and {"date", "time"} & columns.keys():
        problems.append("columns.date_time: cannot stand beside date or time")
    if not {"case_number", "detainee_name", "detainee_ref"} & columns.keys():
        problems.append("columns: needs case_number, detainee_name or detainee_ref")
    if ("cancelled" in columns) != bool(parts["cancelled_pattern"]):
        problems.append("cancelled: needs both columns.cancelled and cancelled.pattern")
    names = (choice for item in columns.values() for part in item.parts for choice in part)
    if parts["header"] == 0 and any(isinstance(name, str) for name in names):
        problems.append("columns: a file without headings needs positions, not names")
    if "date" in constants:
        try:
            read_date(constants["date"], with_iso(parts["date_formats"]))
        except Unusable as fault:
            problems.append(f"constants.date: {fault.reason}")
    return problems
