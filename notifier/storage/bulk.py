"""Many rows at once: one compiled statement, values converted column by column.

SQLAlchemy builds a parameter dictionary and walks its processors for every row, which costs more
than the insert itself. Here the same compiled SQL and the same type processors run over columns,
and equal instants, of which a batch has few, are converted once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnDefault, Connection, Dialect, Table, insert
from sqlmodel.sql.sqltypes import UTCDateTime

_REMEMBERED = 4_096  # distinct values per column and process: instants repeat, texts do not
_Processor = Callable[[Any], Any]


def insert_many(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows that all have the same keys; columns with a default may be left out."""
    if not rows:
        return
    statement = _statement(table, tuple(rows[0]), connection.dialect)
    columns = [
        [row[key] for row in rows] if key in rows[0] else [default] * len(rows)
        for key, default in statement.parameters
    ]
    for at, process in statement.processors:
        columns[at] = [process(value) for value in columns[at]]
    values: list[Any] = list(zip(*columns, strict=True))
    if not statement.is_positional:
        names = [key for key, _ in statement.parameters]
        values = [dict(zip(names, row, strict=True)) for row in values]
    connection.exec_driver_sql(statement.sql, values)


class _Statement:
    """One table's INSERT for one set of columns, as the driver takes it."""

    def __init__(self, table: Table, keys: tuple[str, ...], dialect: Dialect) -> None:
        defaults = {
            column.key: column.default.arg
            for column in table.columns
            if isinstance(column.default, ColumnDefault) and column.key not in keys
        }
        names = (*keys, *defaults)
        compiled = insert(table).compile(dialect=dialect, column_keys=list(names))
        self.sql = str(compiled)
        self.is_positional = compiled.positional
        ordered = compiled.positiontup if compiled.positional else names
        self.parameters = [(name, defaults.get(name)) for name in ordered or names]
        self.processors = [
            (at, process)
            for at, (name, _) in enumerate(self.parameters)
            if (process := _processor(table, name, dialect)) is not None
        ]


@lru_cache(maxsize=64)
def _statement(table: Table, keys: tuple[str, ...], dialect: Dialect) -> _Statement:
    return _Statement(table, keys, dialect)


def _processor(table: Table, name: str, dialect: Dialect) -> _Processor | None:
    kind = table.columns[name].type
    process = kind.dialect_impl(dialect).bind_processor(dialect)
    if process is None or not isinstance(kind, UTCDateTime):
        return process
    return lru_cache(maxsize=_REMEMBERED)(process)
