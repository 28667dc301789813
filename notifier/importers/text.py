"""From the bytes of a calendar file to text: declared or certain, never guessed."""

from __future__ import annotations

import codecs
from collections.abc import Sequence
from difflib import get_close_matches

from notifier.errors import CalendarRejected, SettingsError

# The names people use → Python codecs. Only codecs of text are here: Python's own registry also
# answers to "rot13", "unicode_escape" and other traps.
_CODECS = {
    "utf-8": "utf-8",
    "utf-8-sig": "utf-8",
    "utf-16": "utf-16",
    "utf-16-le": "utf-16-le",
    "utf-16-be": "utf-16-be",
    "kz-1048": "kz1048",
    "kz1048": "kz1048",
    "strk1048-2002": "kz1048",
    "ptcp154": "ptcp154",
    "koi8-r": "koi8-r",
    "koi8-u": "koi8-u",
    "koi8-t": "koi8-t",
    "mac-cyrillic": "mac-cyrillic",
    "ascii": "ascii",
    "us-ascii": "ascii",
    **{f"windows-{page}": f"cp{page}" for page in range(1250, 1259)},
    **{f"cp{page}": f"cp{page}" for page in (437, 850, 852, 855, 866, *range(1250, 1259))},
    **{f"iso-8859-{part}": f"iso8859-{part}" for part in (*range(1, 12), *range(13, 17))},
}
_BOMS = (  # UTF-32 first: its little-endian mark begins like that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# A wrong file never decodes under these by accident, so others may be declared after them.
_SELF_CHECKING = frozenset({"utf-8", "ascii"})
_HINT = 'declare what it is in the mapping: encoding = "windows-1251" (Russian), "kz-1048" '
_HINT += '(Kazakh) or "utf-16"; or save the file as UTF-8'


def codec_of(name: str) -> str:
    """Python's codec for an encoding's name. Raises SettingsError with the nearest known name."""
    plain = name.strip().lower().replace("_", "-")
    try:
        return _CODECS[plain]
    except KeyError:
        near = get_close_matches(plain, _CODECS, n=1)
        hint = f', did you mean "{near[0]}"?' if near else ""
        raise SettingsError([f'encoding: "{name}" is not known{hint}']) from None


def is_last_resort(codec: str) -> bool:
    """Whether a codec accepts nearly any bytes, so that nothing after it is ever tried."""
    return codec not in _SELF_CHECKING


def decode(data: bytes, encodings: Sequence[str]) -> str:
    """Text of a file: byte order mark, then the declared encodings, then strict UTF-8.

    Raises CalendarRejected when none of them fits or the text holds NUL characters.
    """
    text = _by_mark(data)
    if text is None:
        text = _by_declaration(data, encodings)
    if "\x00" in text:
        line = text.count("\n", 0, text.index("\x00")) + 1
        raise CalendarRejected(
            f"The file holds NUL bytes, the first on line {line}. It is damaged, not a text list, "
            'or UTF-16 without its mark: then declare encoding = "utf-16-le" in the mapping.'
        )
    return text


def _by_mark(data: bytes) -> str | None:
    for mark, codec in _BOMS:
        if data.startswith(mark):
            try:
                return data.decode(codec)
            except UnicodeDecodeError as error:
                name = codec.removesuffix("-sig").upper()
                raise CalendarRejected(
                    f"The file says it is {name} but is damaged at byte {error.start}. "
                    "Save or download it again."
                ) from None
    return None


def _by_declaration(data: bytes, encodings: Sequence[str]) -> str:
    problem = ""
    for codec in encodings:
        try:
            text = data.decode(codec)
        except UnicodeDecodeError as error:
            problem = f"is not {codec} as the mapping declares (byte {error.start})"
            continue
        if is_last_resort(codec) and not text.isascii() and _is_utf8(data):
            raise CalendarRejected(
                f"The mapping declares {codec}, but the file is UTF-8: read as declared, its "
                'names would come out garbled. Declare encoding = "utf-8".'
            )
        return text
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        problem = problem or f"is not UTF-8 (byte {error.start}, line {line})"
        raise CalendarRejected(f"The file {problem}: {_HINT}.") from None


def _is_utf8(data: bytes) -> bool:
    if b"\x00" in data:  # UTF-16 of Cyrillic text is valid UTF-8 as well, but for its NULs
        return False
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
