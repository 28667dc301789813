"""A server that ends a transaction of ours is an outage: work resumes by itself."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import text

from notifier.storage.engine import Database, StorageUnavailable


@pytest.fixture
def server(postgresql_url: str) -> Iterator[Database]:
    """A PostgreSQL database of the test's own."""
    opened = Database(postgresql_url)
    yield opened
    opened.dispose()


def ask(database: Database, *said: str) -> None:
    with database.write() as connection:
        for one in said:
            connection.execute(text(one))


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(
            ["SET TRANSACTION READ ONLY", "CREATE TABLE court_list (id int)"],
            id="it has become a standby, which only reads",
        ),
        pytest.param(
            ["SELECT pg_terminate_backend(pg_backend_pid())"], id="it ended the session itself"
        ),
        pytest.param(
            ["SET LOCAL statement_timeout = 1", "SELECT pg_sleep(10)"], id="it cut a statement"
        ),
    ],
)
def test_what_the_server_cuts_short_is_an_outage(server: Database, said: list[str]) -> None:
    with pytest.raises(StorageUnavailable, match="the database failed"):
        ask(server, *said)

    ask(server, "SELECT 1")


def freeze(database: Database, beside: Database) -> None:
    """Do nothing inside a transaction until the server has had enough, then go on."""
    session = "SELECT count(*) FROM pg_stat_activity WHERE pid = :pid"
    with database.write() as connection:
        connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 10"))
        pid = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
        is_there = True
        while is_there:
            with beside.read() as look:
                is_there = look.execute(text(session), {"pid": pid}).scalar_one() > 0
        connection.execute(text("SELECT 1"))


def test_a_worker_that_was_frozen_inside_a_transaction_has_lost_it(server: Database) -> None:
    """The server does not wait for it for ever, since every other writer waits for the server."""
    beside = Database(server.engine.url.render_as_string(hide_password=False))
    with pytest.raises(StorageUnavailable, match="idle-in-transaction"):
        freeze(server, beside)
    beside.dispose()

    ask(server, "SELECT 1")
