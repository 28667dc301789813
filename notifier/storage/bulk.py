"""Many rows at once: one compiled statement, values converted column by column.

SQLAlchemy builds a parameter dictionary and walks its processors for every row, which costs more
than the statement itself. Here the same compiled SQL and the same type processors run over columns,
and equal instants, of which a batch has few, are converted once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnDefault, Connection, Dialect, Insert, Table, Update, insert
from sqlalchemy.types import TypeEngine
from sqlmodel.sql.sqltypes import UTCDateTime

_REMEMBERED = 4_096  # distinct values per column and process: instants repeat, texts do not
_Processor = Callable[[Any], Any]
Rows = Sequence[Mapping[str, Any]]


def insert_many(connection: Connection, table: Table, rows: Rows) -> None:
    """Insert rows that all have the same keys; columns with a default may be left out."""
    if rows:
        _run(connection, _insert(table, tuple(rows[0]), connection.dialect), rows)


def update_many(connection: Connection, statement: Update, rows: Rows) -> None:
    """Run an UPDATE with bound names, kept as a module's constant, once for each row."""
    if rows:
        _run(connection, _update(statement, connection.dialect), rows)


def _run(connection: Connection, prepared: _Prepared, rows: Rows) -> None:
    columns = [
        [row[name] for row in rows] if name in rows[0] else [constant] * len(rows)
        for name, constant in prepared.parameters
    ]
    for at, process in prepared.processors:
        columns[at] = [process(value) for value in columns[at]]
    values: list[Any] = list(zip(*columns, strict=True))
    if not prepared.is_positional:
        names = [name for name, _ in prepared.parameters]
        values = [dict(zip(names, row, strict=True)) for row in values]
    connection.exec_driver_sql(prepared.sql, values)


class _Prepared:
    """One statement as the driver takes it: its SQL, its parameters in order, their types."""

    def __init__(
        self,
        statement: Insert | Update,
        dialect: Dialect,
        columns: Sequence[str] | None,
        defaults: Mapping[str, Any],
    ) -> None:
        compiled = statement.compile(
            dialect=dialect, column_keys=None if columns is None else list(columns)
        )
        constants = {**compiled.params, **defaults}
        self.sql = str(compiled)
        self.is_positional = compiled.positional
        names = (compiled.positiontup or []) if compiled.positional else list(compiled.params)
        self.parameters = [(name, constants[name]) for name in names]
        self.processors = [
            (at, process)
            for at, name in enumerate(names)
            if (process := _processor(compiled.binds[name].type, dialect)) is not None
        ]


@lru_cache(maxsize=64)
def _insert(table: Table, keys: tuple[str, ...], dialect: Dialect) -> _Prepared:
    defaults = {
        column.key: column.default.arg
        for column in table.columns
        if isinstance(column.default, ColumnDefault) and column.key not in keys
    }
    return _Prepared(insert(table), dialect, (*keys, *defaults), defaults)


@lru_cache(maxsize=64)
def _update(statement: Update, dialect: Dialect) -> _Prepared:
    return _Prepared(statement, dialect, None, {})


def _processor(kind: TypeEngine[Any], dialect: Dialect) -> _Processor | None:
    process = kind.dialect_impl(dialect).bind_processor(dialect)
    if process is None or not isinstance(kind, UTCDateTime):
        return process
    return lru_cache(maxsize=_REMEMBERED)(process)
