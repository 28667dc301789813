"""Which column of a table holds which field, or a clear word about the one that is missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from notifier.errors import CalendarRejected
from notifier.importers.cells import folded
from notifier.importers.mapping import Column, SourceMapping
from notifier.importers.table import Table

_SHOWN_MAX = 40  # headings named in a message
_NEAR = 0.8  # similarity from which an unused heading is taken for a misspelt one


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """A field's columns in one table, by index from 0."""

    positions: tuple[int, ...]
    joiner: str = " "


def found_count(mapping: SourceMapping, headings: Sequence[str] | None, width: int) -> int:
    """How many fields of the mapping have their columns here: tells delimiters apart."""
    index = _index(headings)
    places = (_place(column, index, width) for column in mapping.columns.values())
    return sum(place is not None for place in places)


def is_complete(mapping: SourceMapping, headings: Sequence[str] | None, width: int) -> bool:
    """Whether every column that the mapping needs is here."""
    index = _index(headings)
    needed = (col for name, col in mapping.columns.items() if name not in mapping.optional)
    return all(_place(column, index, width) is not None for column in needed)


def locate(mapping: SourceMapping, table: Table) -> dict[str, Place]:
    """The place of each field in a table; optional fields may have none.

    Raises CalendarRejected when a needed column is missing, an optional one seems misspelt, or a
    heading that is needed stands there twice.
    """
    index = _index(table.headings)
    places: dict[str, Place] = {}
    missing: dict[str, Column] = {}
    for name, column in mapping.columns.items():
        place = _place(column, index, table.width)
        if place is None:
            missing[name] = column
        else:
            places[name] = place
    _refuse_twins(table, index, places)
    unused = _unused(table, places)
    problems = []
    for name, column in missing.items():
        near = _nearest(column, unused)
        if name not in mapping.optional or near:
            problems.append(_missing(name, column, near))
    if problems:
        raise CalendarRejected(_message(mapping, table, problems, bool(places)))
    return places


def _index(headings: Sequence[str] | None) -> dict[str, list[int]]:
    index: dict[str, list[int]] = {}
    for position, heading in enumerate(headings or ()):
        index.setdefault(folded(heading), []).append(position)
    return index


def _place(column: Column, index: Mapping[str, list[int]], width: int) -> Place | None:
    positions = []
    for choices in column.parts:
        position = next(
            (found for choice in choices if (found := _position(choice, index, width)) is not None),
            None,
        )
        if position is None:
            return None
        positions.append(position)
    return Place(positions=tuple(positions), joiner=column.joiner)


def _position(choice: str | int, index: Mapping[str, list[int]], width: int) -> int | None:
    if isinstance(choice, int):
        return choice - 1 if choice <= width else None
    found = index.get(folded(choice))
    return found[0] if found else None


def _refuse_twins(
    table: Table, index: Mapping[str, list[int]], places: Mapping[str, Place]
) -> None:
    used = {position for place in places.values() for position in place.positions}
    for positions in index.values():
        if len(positions) > 1 and positions[0] in used and table.headings is not None:
            heading = table.headings[positions[0]].strip()
            columns = " and ".join(str(position + 1) for position in positions)
            raise CalendarRejected(
                f'{table.at()}The heading "{heading}" stands in columns {columns}. Name the '
                "right column by its number in the mapping."
            )


def _unused(table: Table, places: Mapping[str, Place]) -> dict[str, str]:
    used = {position for place in places.values() for position in place.positions}
    headings = enumerate(table.headings or ())
    return {folded(text): text.strip() for at, text in headings if at not in used}


def _nearest(column: Column, unused: Mapping[str, str]) -> str | None:
    for choices in column.parts:
        for choice in choices:
            near = get_close_matches(folded(str(choice)), unused, n=1, cutoff=_NEAR)
            if near:
                return unused[near[0]]
    return None


def _missing(name: str, column: Column, near: str | None) -> str:
    wanted = " + ".join(
        " or ".join(f"number {c}" if isinstance(c, int) else f'"{c}"' for c in choices)
        for choices in column.parts
    )
    hint = f', the nearest is "{near}"' if near else ""
    return f"no column {wanted} for {name}{hint}"


def _message(mapping: SourceMapping, table: Table, problems: list[str], is_heading: bool) -> str:
    listed = "; ".join(problems)
    # Only a line in which some heading was recognised is quoted: any other may be a row of people.
    if table.headings is None:
        has = f"The rows have {table.width} columns."
    elif is_heading or "nearest" in listed:
        names = ", ".join(f'"{text.strip()}"' for text in table.headings[:_SHOWN_MAX])
        has = f"The file has {names}."
    else:
        has = (
            f"None of the {table.width} cells in its first line is a known heading: the headings "
            "may stand elsewhere (set header in the mapping), or the delimiter is another."
        )
    return f'{table.at()}The mapping "{mapping.name}" finds {listed}. {has}'
