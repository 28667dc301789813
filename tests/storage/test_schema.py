"""The schema: what the migrations build is what the tables say, on both databases."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import CheckConstraint, inspect, text
from sqlalchemy.exc import ProgrammingError

from notifier.errors import Conflict
from notifier.storage import schema
from notifier.storage.engine import Database, StorageUnavailable
from notifier.storage.tables import metadata

STEPS = [
    step.revision
    for step in reversed(
        list(ScriptDirectory.from_config(schema.alembic_config()).walk_revisions())
    )
]


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A database with nothing in it."""
    opened = Database(database_url)
    yield opened
    opened.dispose()


def to(database: Database, revision: str) -> None:
    """Bring the schema up or down to a revision."""
    with database.write() as connection:
        config = schema.alembic_config(connection)
        here = MigrationContext.configure(connection).get_current_revision()
        is_down = revision == "base" or (here is not None and revision < here)
        (command.downgrade if is_down else command.upgrade)(config, revision)


def described(index: Mapping[str, Any]) -> str:
    """One index with the rows that it covers."""
    where = {name: str(said) for name, said in index.get("dialect_options", {}).items()}
    return str((index["name"], index["column_names"], index["unique"], where))


def shape(database: Database) -> dict[str, object]:
    """Every table's columns, indexes, keys and checks, in words that can be compared."""
    with database.read() as connection:
        seen = inspect(connection)
        return {
            table: (
                sorted(str((c["name"], c["type"], c["nullable"])) for c in seen.get_columns(table)),
                sorted(described(index) for index in seen.get_indexes(table)),
                sorted(str(key) for key in seen.get_foreign_keys(table)),
                sorted(str(check["name"]) for check in seen.get_check_constraints(table)),
            )
            for table in seen.get_table_names()
            if table != "alembic_version"
        }


def test_the_migrations_from_empty_build_what_the_tables_say(database: Database) -> None:
    schema.upgrade(database)

    with database.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_every_check_of_the_tables_is_in_the_database(database: Database) -> None:
    """Alembic does not compare checks: a state that the code does not know must be refused."""
    schema.upgrade(database)

    wanted = {
        (table.name, check.name)
        for table in metadata.tables.values()
        for check in table.constraints
        if isinstance(check, CheckConstraint)
    }
    with database.read() as connection:
        found = {
            (table, check["name"])
            for table in metadata.tables
            for check in inspect(connection).get_check_constraints(table)
        }
    assert wanted <= found


def test_upgrading_twice_changes_nothing(database: Database) -> None:
    schema.upgrade(database)
    once = shape(database)

    schema.upgrade(database)

    assert shape(database) == once


@pytest.mark.parametrize("step", range(len(STEPS)), ids=STEPS)
def test_each_step_goes_up_down_and_up_again(database: Database, step: int) -> None:
    if step:
        to(database, STEPS[step - 1])
    before = shape(database)

    to(database, STEPS[step])
    after = shape(database)
    to(database, STEPS[step - 1] if step else "base")
    assert shape(database) == before
    to(database, STEPS[step])

    assert shape(database) == after
    assert after != before


def test_the_whole_schema_comes_down_to_nothing(database: Database) -> None:
    schema.upgrade(database)

    to(database, "base")

    assert shape(database) == {}


def test_a_failed_upgrade_leaves_nothing_behind(database: Database) -> None:
    """All steps share one transaction: a schema is this release's, or it is untouched."""
    with database.write() as connection:
        # What a later step makes is in its way.
        connection.execute(text("CREATE TABLE meta (key VARCHAR)"))

    with pytest.raises((StorageUnavailable, ProgrammingError), match="meta"):
        schema.upgrade(database)

    assert set(shape(database)) == {"meta"}


def test_the_schema_of_this_release_is_accepted(database: Database) -> None:
    schema.upgrade(database)

    with database.read() as connection:
        schema.check(connection)


def test_an_empty_database_is_refused_with_what_to_do(database: Database) -> None:
    with database.read() as connection, pytest.raises(Conflict, match="notifier init"):
        schema.check(connection)


@pytest.mark.parametrize(
    "revision",
    [
        pytest.param(STEPS[-2], id="an older release's schema"),
        pytest.param("9999", id="a newer release's schema"),
    ],
)
def test_another_releases_schema_is_refused(database: Database, revision: str) -> None:
    schema.upgrade(database)
    with database.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :it"), {"it": revision})

    with (
        database.read() as connection,
        pytest.raises(Conflict, match=f"has schema {revision}, this release needs {STEPS[-1]}"),
    ):
        schema.check(connection)
