"""What every format turns a file into before a hearing is looked for in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from notifier.core.listed import BadRow

Row = tuple[int, list[str]]  # the number a human counts, and the cells as text


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """One table of a file: headings and rows, blank ones included."""

    headings: tuple[str, ...] | None  # None: the file has none, columns go by position
    width: int
    rows: Iterator[Row | BadRow]  # a BadRow where the format itself could not read a row
    part: str = ""  # what of the file this is, where it holds several tables
    above: int = 0  # rows of the tables before this one: numbers run on, so that each is one row

    def at(self, row: int | None = None) -> str:
        """What begins a sentence about this table or one of its rows; nothing if it is alone."""
        if not self.part:
            return ""
        return f"{self.part}: " if row is None else f"{self.part}, row {row - self.above}: "
