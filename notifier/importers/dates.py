"""Dates as lists print them, read in the order the mapping declares and in no other."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from notifier.importers.unusable import Unusable, shown

_NAMED = {
    "iso": r"(?P<year>[0-9]{4})-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})",
    "day-first": r"(?P<day>[0-9]{1,2})(?P<s>[./-])(?P<month>[0-9]{1,2})(?P=s)(?P<year>[0-9]{4})",
    "month-first": r"(?P<month>[0-9]{1,2})(?P<s>[./-])(?P<day>[0-9]{1,2})(?P=s)(?P<year>[0-9]{4})",
}
_TOKENS = {
    "d": r"(?P<day>[0-9]{1,2})",
    "dd": r"(?P<day>[0-9]{2})",
    "m": r"(?P<month>[0-9]{1,2})",
    "mm": r"(?P<month>[0-9]{2})",
    "yy": r"(?P<short_year>[0-9]{2})",
    "yyyy": r"(?P<year>[0-9]{4})",
}
_TOKEN = re.compile(r"d+|m+|y+")
# Exports of date cells carry a midnight that nobody meant.
_MIDNIGHT = re.compile(r"[ T]00:00(?::00(?:\.0+)?)?$")
_CENTURY = 2000  # of two-digit years, which are read only where a mapping says "yy"


@dataclass(frozen=True, kw_only=True, slots=True)
class DateFormat:
    """One way a list writes its dates, such as ``dd.mm.yyyy``."""

    text: str
    pattern: re.Pattern[str]


def date_format(text: str) -> DateFormat:
    """A format of ``iso``, ``day-first``, ``month-first`` or d, dd, m, mm, yy, yyyy in any order.

    Raises ValueError, with the reason, when the text is no such format.
    """
    if text in _NAMED:
        return DateFormat(text=text, pattern=re.compile(_NAMED[text]))
    found = _TOKEN.findall(text)
    if sorted(token[0] for token in found) != ["d", "m", "y"]:
        raise ValueError('needs one day, one month and one year, as in "dd.mm.yyyy"')
    unknown = [token for token in found if token not in _TOKENS]
    if unknown:
        raise ValueError(f'"{unknown[0]}" is not one of d, dd, m, mm, yy, yyyy')
    literals = _TOKEN.split(text)
    pattern = re.escape(literals[0])
    for token, literal in zip(found, literals[1:], strict=True):
        pattern += _TOKENS[token] + re.escape(literal)
    return DateFormat(text=text, pattern=re.compile(pattern))


ISO = date_format("iso")


def with_iso(formats: Sequence[DateFormat]) -> tuple[DateFormat, ...]:
    """The formats, and ISO unless a declared one begins with the year: nothing else looks so."""
    if any(item.text == "iso" or item.text.startswith("y") for item in formats):
        return tuple(formats)
    return (*formats, ISO)


def read_date(text: str, formats: Sequence[DateFormat]) -> date:
    """The date of a cell. Raises Unusable when no format fits or two read it differently."""
    plain = _MIDNIGHT.sub("", text)
    matches = [match for item in formats if (match := item.pattern.fullmatch(plain))]
    wanted = " or ".join(item.text for item in formats)
    if not matches:
        raise Unusable("local_date", f"{shown(text)} is not a date written as {wanted}")
    found = {day for match in matches if (day := _date_of(match))}
    if not found:
        raise Unusable("local_date", f"{shown(text)} is no date of the calendar, read as {wanted}")
    if len(found) > 1:
        raise Unusable("local_date", f"{shown(text)} can be read as two dates: write yyyy-mm-dd")
    return found.pop()


def _date_of(match: re.Match[str]) -> date | None:
    part = match.groupdict()
    year = int(part["year"]) if part.get("year") else _CENTURY + int(part["short_year"])
    try:
        return date(year, int(part["month"]), int(part["day"]))
    except ValueError:
        return None
