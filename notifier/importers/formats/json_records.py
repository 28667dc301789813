"""JSON lists: arrays of records, which may stand deep inside and inherit values from above."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from notifier.core.listed import BadRow
from notifier.errors import CalendarRejected
from notifier.importers.cells import storable
from notifier.importers.mapping import SourceMapping
from notifier.importers.table import Row, Table
from notifier.importers.text import decode

_DEPTH_MAX = 32
_TOO_DEEP = f"The JSON is nested more than {_DEPTH_MAX} levels deep: it is not a court's list."

_KEYS_SHOWN = 10

Record = dict[str, str]


class _Faulty(NamedTuple):
    reason: str
    above: Record  # what was known of it from the objects it stands in


def tables(data: bytes, mapping: SourceMapping) -> Iterator[Table]:
    """One table for each path of records; rows are numbered on through all of them."""
    document = _parsed(decode(data, mapping.encodings))
    tops = frozenset(path.split(".")[0].removesuffix("[]") for path in mapping.records)
    above = 0
    for path in mapping.records:
        items = list(_records(document, path, tops))
        records = [item for item in items if isinstance(item, dict)]
        part = f'Records in "{path}"' if len(mapping.records) > 1 else ""
        if records:
            yield _table(items, records, part, above)
        elif items:
            raise CalendarRejected(
                f'None of the {len(items)} records in "{path}" is an object with named values. '
                "Correct records in the mapping."
            )
        above += len(items)


def _table(items: list[Record | _Faulty], records: list[Record], part: str, above: int) -> Table:
    headings = tuple(dict.fromkeys(key for record in records for key in record))

    def rows() -> Iterator[Row | BadRow]:
        for number, item in enumerate(items, start=above + 1):
            if isinstance(item, _Faulty):
                raw = {storable(key): storable(text) for key, text in item.above.items()}
                reason = f"{table.at(number)}{item.reason}"
                yield BadRow(row=number, field="row", reason=reason, raw=raw)
            else:
                yield number, [item.get(heading, "") for heading in headings]

    table = Table(headings=headings, width=len(headings), rows=rows(), part=part, above=above)
    return table


def _parsed(text: str) -> Any:
    try:
        # Numbers stay as they are written: a case number must not lose its zeros.
        return json.loads(
            text,
            object_pairs_hook=_object,
            parse_int=str,
            parse_float=str,
            parse_constant=_refuse_constant,
        )
    except json.JSONDecodeError as error:
        raise CalendarRejected(
            f"The file is not JSON: line {error.lineno}, column {error.colno}. It may be cut off; "
            "save or download it again."
        ) from None
    except RecursionError:
        raise CalendarRejected(_TOO_DEEP) from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) < len(pairs):
        # The keys are not quoted: in a list turned inside out they could be names.
        raise CalendarRejected(
            "The JSON has an object with the same key twice, so that one value would be lost. "
            "Have it exported again."
        )
    return values


def _refuse_constant(word: str) -> Any:
    raise CalendarRejected(f"The JSON holds {word}, which is no value. Have it exported again.")


def _records(document: Any, path: str, tops: frozenset[str]) -> Iterator[Record | _Faulty]:
    """The records at a path such as ``courtLists[].courtHouse.courtRoom[].hearing[]``, each with
    the values of the objects it stands in (the nearest wins), or what is wrong with one."""
    first, *rest = path.split(".")
    name = first.removesuffix("[]")
    if not name:
        if not isinstance(document, list):
            raise CalendarRejected(
                "The mapping looks for a list of records, but the file holds one object. Set "
                "records in the mapping to where they are."
            )
        yield from _members(document, first, rest, {})
        return
    if not isinstance(document, dict) or name not in document:
        raise CalendarRejected(
            f'The mapping looks for records in "{path}", but on its highest level the file has '
            f"{_outline(document)}. Correct records in the mapping."
        )
    yield from _members(document[name], first, rest, _flat(document, tops))


def _outline(document: Any) -> str:
    if not isinstance(document, dict):
        return "a list" if isinstance(document, list) else "a plain value"
    return ", ".join(f'"{key[:40]}"' for key in list(document)[:_KEYS_SHOWN]) or "nothing"


def _members(node: Any, step: str, rest: list[str], above: Record) -> Iterator[Record | _Faulty]:
    """The records under what one step of the path has led to."""
    name = step.removesuffix("[]")
    if not step.endswith("[]"):
        if node is not None:
            yield from _descend(node, rest, above)
    elif isinstance(node, list):
        for item in node:
            yield from _descend(item, rest, above)
    elif node is not None:
        yield _Faulty(f'"{name}" is not a list: have it exported again', above)


def _descend(node: Any, steps: list[str], above: Record) -> Iterator[Record | _Faulty]:
    if not isinstance(node, dict):
        yield _Faulty("the record is not an object with named values", above)
    elif not steps:
        yield {**above, **_flat(node, frozenset())}
    else:
        name = steps[0].removesuffix("[]")
        above = {**above, **_flat(node, frozenset({name}))}
        child = node.get(name)
        if len(steps) == 1 and not child:
            # A sitting without hearings is nothing to tell; a hearing without its case is.
            yield _Faulty(
                f'the entry has nothing in "{name}": ask the court which case it is', above
            )
        else:
            yield from _members(child, steps[0], steps[1:], above)


def _flat(node: Mapping[str, Any], skip: frozenset[str]) -> Record:
    """The values of an object as text; those of objects inside it under dotted names."""
    found: dict[str, list[str]] = {}
    for key, value in node.items():
        if key not in skip:
            _collect(key, value, found, depth=1)
    return {name: ", ".join(filter(None, texts)) for name, texts in found.items()}


def _collect(name: str, value: Any, found: dict[str, list[str]], depth: int) -> None:
    if depth > _DEPTH_MAX:
        raise CalendarRejected(_TOO_DEEP)
    if isinstance(value, dict):
        for key, inner in value.items():
            _collect(f"{name}.{key}", inner, found, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            _collect(name, inner, found, depth + 1)
    elif isinstance(value, bool):
        found.setdefault(name, []).append("true" if value else "false")
    else:
        found.setdefault(name, []).append("" if value is None else str(value))
