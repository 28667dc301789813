"""What a source's lists look like: the value that a mapping file is read into."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from notifier.importers.dates import DateFormat
from notifier.importers.text import codec_of

FORMATS = ("csv", "ics", "json", "pipe", "tsv", "xlsx")
FIELDS = (
    "assignees",
    "cancelled",
    "case_number",
    "court",
    "date",
    "date_time",
    "detainee_name",
    "detainee_ref",
    "judge",
    "kind",
    "room",
    "time",
)
IDENTITY_FIELDS = ("case_number", "court", "detainee", "kind")
IDENTITY_DEFAULT = ("case_number", "detainee", "kind")


@dataclass(frozen=True, kw_only=True, slots=True)
class Column:
    """Where a field stands: parts to be joined, each a heading or 1-based position, or several
    of them to choose from."""

    parts: tuple[tuple[str | int, ...], ...]
    joiner: str = " "


@dataclass(frozen=True, kw_only=True, slots=True)
class CourtEntry:
    """What a court of the list is called here, and its zone (None: as the mapping says)."""

    name: str
    zone: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceMapping:
    """How to read the lists of one source."""

    name: str
    about: str = ""
    formats: tuple[str, ...]
    encodings: tuple[str, ...] = ()  # Python codec names, tried strictly in this order
    delimiter: str | None = None  # None: found among ; , tab |
    header: int | None = None  # line of the headings; None: first line not blank; 0: no headings
    sheets: tuple[str, ...] = ()  # of a workbook; none named: its only sheet
    records: tuple[str, ...] = ("[]",)  # paths to the records of a JSON list
    columns: Mapping[str, Column] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    optional: frozenset[str] = frozenset()  # fields whose column a file may lack
    blank: frozenset[str] = frozenset()  # cell texts that mean "nothing", compared as they stand
    date_formats: tuple[DateFormat, ...] = ()
    file_name_date: re.Pattern[str] | None = None  # its group 1 is the date of all rows
    unknown_times: frozenset[str] = frozenset()
    utc_is_local: bool = False  # "Z" is printed behind what is really the court's wall time
    zone: str | None = None
    courts: Mapping[str, CourtEntry] = field(default_factory=dict)  # by folded name in the list
    court_pattern: re.Pattern[str] | None = None  # groups "court" and "room" of the court's cell
    cancelled_pattern: re.Pattern[str] | None = None
    assignee_separators: str = ";"  # each character is one
    tzids: Mapping[str, str] = field(default_factory=dict)  # the calendar's zone name → IANA zone
    identity: tuple[str, ...] = IDENTITY_DEFAULT
    mode: str  # snapshot: the list holds all that is to come; delta: only part of it
    ref_prefix: str  # begins the refs of placeholder detainees

    def with_encoding(self, name: str) -> SourceMapping:
        """The same mapping for files in another encoding. Raises SettingsError if unknown."""
        return replace(self, encodings=(codec_of(name),))
