"""Times of day as lists print them: ``1:30 PM``, ``8:15:00``, ``10am``, ``10.30am``, ``10-30``."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import time

from notifier.importers.unusable import Unusable, shown

_TIME = re.compile(
    r"(?P<hour>[0-9]{1,2})"
    r"(?:[:.\-](?P<minute>[0-9]{2})(?:[:.](?P<second>[0-9]{2})(?:[.,][0-9]{1,9})?)?)?"
    r"(?:\s*(?P<half>[ap])\.?\s?m\.?)?",
    re.IGNORECASE,
)
NOT_KNOWN = frozenset({"", "null"})  # casefolded; in every list


def read_time(text: str, unknown: frozenset[str] = frozenset()) -> time | None:
    """The wall time of a cell, or None when it says that the time is not known yet.

    ``unknown`` holds casefolded texts with that meaning; ``00:00`` among them covers every way
    to write midnight. Raises Unusable when the text is no time.
    """
    if text.casefold() in NOT_KNOWN or text.casefold() in unknown:
        return None
    read = _time_of(text)
    return None if read.isoformat("minutes") in unknown and not read.second else read


def _time_of(text: str) -> time:
    match = _TIME.fullmatch(text)
    if match is None or (match["minute"] is None and match["half"] is None):
        raise Unusable("local_time", f"{shown(text)} is not a time: write it as 14:30")
    hour, minute = int(match["hour"]), int(match["minute"] or 0)
    if match["half"]:
        hour = _hour_of_day(hour, match["half"].lower(), text)
    elif hour == 24:
        raise Unusable(
            "local_time",
            f"{shown(text)} may be the start or the end of the day: write 00:00 and the right date",
        )
    try:
        return time(hour, minute, int(match["second"] or 0))
    except ValueError:
        raise Unusable("local_time", f"{shown(text)} is not a time of the day") from None


def _hour_of_day(hour: int, half: str, text: str) -> int:
    if not 1 <= hour <= 12:
        raise Unusable("local_time", f"{shown(text)} mixes a 24-hour time with am or pm")
    return hour % 12 + (12 if half == "p" else 0)


def unknown_times(texts: Iterable[str]) -> frozenset[str]:
    """The texts of a mapping that mean "not known yet", as ``read_time`` compares them."""
    return frozenset(_comparable(text.strip()) for text in texts)


def _comparable(text: str) -> str:
    try:
        return _time_of(text).isoformat("minutes")
    except Unusable:
        return text.casefold()
