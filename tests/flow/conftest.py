"""What the flow tests share: one office per test, once on each database.

Migrating a database takes longer than most of these tests: SQLite is copied from a migrated file,
and PostgreSQL is migrated once and emptied for each test.
"""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from notifier.storage import schema
from notifier.storage.engine import Database
from notifier.storage.tables import metadata
from tests.support.office import Office


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with this release's schema and nothing in it."""
    path = tmp_path_factory.mktemp("migrated") / "empty.sqlite3"
    database = Database(f"sqlite:///{path}")
    schema.upgrade(database)
    database.dispose()
    return path


@pytest.fixture(scope="session")
def migrated_server(postgresql_server: str) -> Iterator[Database]:
    """A PostgreSQL database with this release's schema, shared by the tests of this process."""
    import psycopg

    name = f"flow_{secrets.token_hex(6)}"
    with psycopg.connect(postgresql_server.format(database="postgres"), autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name} TEMPLATE template0")
        url = postgresql_server.format(database=name)
        database = Database(url.replace("postgresql://", "postgresql+psycopg://", 1))
        schema.upgrade(database)
        yield database
        database.dispose()
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def sqlite_office_url(migrated_file: Path, tmp_path: Path) -> str:
    """A SQLite file of the test's own."""
    shutil.copy(migrated_file, tmp_path / "notifier.sqlite3")
    return f"sqlite:///{tmp_path / 'notifier.sqlite3'}"


@pytest.fixture
def postgresql_office_url(migrated_server: Database) -> str:
    """The shared PostgreSQL database, emptied."""
    with migrated_server.write() as connection:
        for table in reversed(metadata.sorted_tables):
            connection.execute(table.delete())
    return migrated_server.engine.url.render_as_string(hide_password=False)


@pytest.fixture(params=["sqlite", "postgresql"])
def office(request: pytest.FixtureRequest) -> Iterator[Office]:
    """An office with a court in Almaty and nobody in it."""
    opened = Office(request.getfixturevalue(f"{request.param}_office_url"))
    yield opened
    opened.database.dispose()
