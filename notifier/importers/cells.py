"""What the text of a cell may contain, and how it is trimmed."""

from __future__ import annotations

import re
import unicodedata

TEXT_BYTES_MAX = 4096  # UTF-8; a longer name, court or room is a mistake or an attack

_REFUSED = (
    (re.compile("\x00"), "contains a NUL character"),
    (re.compile("[\ud800-\udfff]"), "contains half of a character (a lone surrogate)"),
    (re.compile("[\u202a-\u202e\u2066-\u2069]"), "contains a text direction override"),
    (re.compile("[\x01-\x08\x0e-\x1f\x7f-\x9f]"), "contains a control character"),
)
_SURROGATE = _REFUSED[1][0]
# Lists pad cells with non-breaking and narrow spaces, and break lines inside cells.
_SPACES = {ord(char): " " for char in "\t\n\x0b\x0c\r\u00a0\u2007\u202f"}
_SPACES_AND_MARKS = {**_SPACES, 0xFEFF: None}  # a byte order mark left inside a joined file


def why_refused(text: str) -> str | None:
    """Why ``text`` may not be stored or sent, or None when it may."""
    for pattern, reason in _REFUSED:
        if pattern.search(text):
            return f"{reason}: retype the cell"
    if len(text.encode("utf-8")) > TEXT_BYTES_MAX:
        return f"is longer than {TEXT_BYTES_MAX} bytes: shorten the cell"
    return None


def plain(text: str) -> str:
    """``text`` with every kind of blank as a space and none at the ends; letters untouched."""
    return text.translate(_SPACES_AND_MARKS).strip()


def storable(text: str) -> str:
    """``text`` with lone surrogates written out, so that any archive can hold it."""
    if _SURROGATE.search(text):
        return text.encode("utf-8", "backslashreplace").decode("utf-8")
    return text


def folded(text: str) -> str:
    """How headings and court names are compared: no case, no difference between blanks."""
    return unicodedata.normalize("NFC", " ".join(text.split()).casefold())
