"""A server that drops a session drops its locks: whoever held one takes it again."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import text

from notifier.errors import Conflict
from notifier.storage import locks
from notifier.storage.engine import Database, StorageUnavailable

OWN, BUSY = "own_1", "somebody else is at it"


@pytest.fixture
def server(postgresql_url: str) -> Iterator[Database]:
    """A daemon's way to an empty database."""
    opened = Database(postgresql_url)
    yield opened
    opened.dispose()


@pytest.fixture
def beside(postgresql_url: str) -> Iterator[Database]:
    """Somebody else's way to the same database."""
    opened = Database(postgresql_url)
    yield opened
    opened.dispose()


def drop_other_sessions(database: Database) -> None:
    others = "datname = current_database() AND pid <> pg_backend_pid()"
    with database.read() as connection:
        statement = f"SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE {others}"
        connection.execute(text(statement)).all()


def is_dead(database: Database) -> bool:
    with database.write() as connection:
        return locks.dead_owners(connection, [OWN]) == [OWN]


def test_a_lock_that_was_dropped_is_taken_again(server: Database, beside: Database) -> None:
    with locks.held(server, OWN, otherwise=BUSY) as keep:
        drop_other_sessions(beside)
        assert is_dead(beside), "until it is taken again, its holder passes for dead"

        keep()

        assert not is_dead(beside)
    assert is_dead(beside)


def test_a_lock_that_is_held_is_left_alone(server: Database, beside: Database) -> None:
    with locks.held(server, OWN, otherwise=BUSY) as keep:
        keep()

        assert not is_dead(beside)
    keep()
    assert is_dead(beside), "what was given back is not taken again"


def test_a_lock_that_somebody_else_took_is_tried_for_again(
    server: Database, beside: Database
) -> None:
    with locks.held(server, OWN, otherwise=BUSY) as keep:
        drop_other_sessions(beside)
        with locks.held(beside, OWN, otherwise=BUSY):
            with pytest.raises(StorageUnavailable, match="somebody else has our lock"):
                keep()
            with pytest.raises(StorageUnavailable):
                keep()

        keep()

        with pytest.raises(Conflict), locks.held(beside, OWN, otherwise=BUSY):
            pass


def test_a_lock_that_was_dropped_is_given_back_in_silence(
    server: Database, beside: Database
) -> None:
    with locks.held(server, OWN, otherwise=BUSY):
        drop_other_sessions(beside)

    assert is_dead(beside)


def test_a_file_s_lock_needs_no_keeping(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    with locks.held(database, "daemon", otherwise=BUSY) as keep:
        keep()

        with pytest.raises(Conflict), locks.held(database, "daemon", otherwise=BUSY):
            pass
    database.dispose()
