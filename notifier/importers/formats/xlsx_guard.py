"""What must hold before a workbook goes to the library: nothing in it unpacks without bound."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO

from notifier.errors import CalendarRejected
from notifier.importers.formats.xlsx_scan import (
    DAMAGED,
    TOO_LARGE,
    longest_shared_text,
    scan_sheet,
    sheet_targets,
)

UNPACKED_MAX = 128 * 1024 * 1024  # bytes; 100,000 rows of ten columns take half of it
CELLS_MAX = 4_000_000  # the rectangle from A1 to the last cell, which the library allocates
TEXT_MAX = 512 * 1024 * 1024  # bytes, if every text cell held the longest shared text
_ENTRIES_MAX = 2_000
_CHUNK = 1024 * 1024  # bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class Unpacked:
    """A workbook in an archive whose true size is known."""

    archive: bytes  # a ZIP that is not compressed
    sheets: Mapping[str, bytes]  # name → XML, in the workbook's order
    longest_text: int  # bytes of the longest shared text


def unpack(data: bytes) -> Unpacked:
    """The workbook, with every entry read and counted. Raises CalendarRejected."""
    try:
        entries = _entries(data)
        sheets = {name: entries[part] for name, part in sheet_targets(entries).items()}
    except (
        zipfile.BadZipFile,
        zlib.error,
        NotImplementedError,  # an odd compression
        RuntimeError,  # an entry with a password
        EOFError,
        OSError,
        ValueError,
        KeyError,  # a part that another one names is missing
    ):
        raise CalendarRejected(DAMAGED) from None
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name, content in entries.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    shared = [xml for name, xml in entries.items() if name.lower().endswith("sharedstrings.xml")]
    longest = max(map(longest_shared_text, shared), default=0)
    return Unpacked(archive=out.getvalue(), sheets=sheets, longest_text=longest)


def _entries(data: bytes) -> dict[str, bytes]:
    entries: dict[str, bytes] = {}
    left = UNPACKED_MAX
    with zipfile.ZipFile(BytesIO(data)) as archive:
        infos = archive.infolist()
        if len(infos) > _ENTRIES_MAX:
            raise CalendarRejected(TOO_LARGE)
        for info in infos:
            if not info.filename.endswith((".xml", ".rels")):
                continue  # pictures and macros are not read
            content = bytearray()
            with archive.open(info) as entry:
                # In pieces: in one go, an entry with a false size unpacks to gigabytes first.
                while piece := entry.read(_CHUNK):
                    content += piece
                    if len(content) > left:
                        raise CalendarRejected(TOO_LARGE)
            left -= len(content)
            entries[info.filename] = bytes(content)
    return entries


def texts_lost(unpacked: Unpacked, sheet: str) -> dict[tuple[int, int], str]:
    """What the library reads as blank though it is not, by row and column from 0: formulas saved
    without a value, and error values.

    Raises CalendarRejected when the sheet needs more memory than a court's list can.
    """
    scan = scan_sheet(unpacked.sheets[sheet])
    if scan.height * scan.width > CELLS_MAX or scan.text_cells * unpacked.longest_text > TEXT_MAX:
        raise CalendarRejected(TOO_LARGE)
    return scan.lost
