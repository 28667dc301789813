"""Connections: what SQLite is told to keep, how transactions begin, and which clock rules."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Table, delete, insert, select, text
from sqlalchemy.exc import StatementError

from notifier.errors import Conflict, NotifierError, SettingsError
from notifier.storage import engine, schema
from notifier.storage.bulk import insert_many
from notifier.storage.engine import Database, StorageUnavailable
from notifier.storage.tables import alarm, court

AT = datetime(2026, 11, 22, 6, 0, 0, 123456, tzinfo=UTC)


@pytest.mark.parametrize(
    ("pragma", "value"),
    [
        pytest.param("journal_mode", "wal", id="readers never wait for a writer"),
        pytest.param("synchronous", "2", id="a commit is on disk (FULL)"),
        pytest.param("foreign_keys", "1", id="nothing points at nothing"),
        pytest.param("busy_timeout", "15000", id="a writer waits for another one"),
    ],
)
def test_sqlite_is_told(sqlite_url: str, pragma: str, value: str) -> None:
    database = Database(sqlite_url)
    with database.read() as connection:
        assert str(connection.execute(text(f"PRAGMA {pragma}")).scalar()) == value
    database.dispose()


def test_a_sqlite_that_does_not_obey_is_refused(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a network disk, where WAL cannot be had."""
    monkeypatch.setitem(engine._SQLITE_PRAGMAS, "journal_mode", "granite")
    database = Database(sqlite_url)

    with pytest.raises(SettingsError, match="use a local disk"), database.read() as connection:
        connection.execute(text("SELECT 1"))


@pytest.mark.parametrize(
    ("url", "hint"),
    [
        pytest.param("sqlite://", "a calendar in memory is lost", id="memory, unsaid"),
        pytest.param("sqlite:///:memory:", "a calendar in memory is lost", id="memory, said"),
        pytest.param("mysql://host/name", "write sqlite:///FILE or postgresql", id="another kind"),
        pytest.param("no url", "cannot be used", id="not a URL at all"),
        pytest.param("postgresql+nodriver://h/n", "cannot be used", id="an unknown driver"),
    ],
)
def test_a_url_that_cannot_be_used_is_refused_by_name(url: str, hint: str) -> None:
    with pytest.raises(SettingsError, match=r"database\.url.*" + hint):
        Database(url)


def test_a_sqlite_database_knows_its_file(sqlite_url: str, tmp_path: Path) -> None:
    assert Database(sqlite_url).path == tmp_path / "notifier.sqlite3"


def test_a_postgresql_database_has_no_file(postgresql_url: str) -> None:
    assert Database(postgresql_url).path is None


def one_by_one(connection: Connection, table: Table, row: dict[str, Any]) -> None:
    """As a single row is written."""
    connection.execute(insert(table).values(row))


def side_by_side(connection: Connection, table: Table, row: dict[str, Any]) -> None:
    """As a batch is written."""
    insert_many(connection, table, [row])


Way = Callable[[Connection, Table, dict[str, Any]], None]
both_ways = pytest.mark.parametrize("write", [one_by_one, side_by_side])


@pytest.mark.parametrize(
    "instant",
    [
        pytest.param(AT, id="UTC, to the microsecond"),
        pytest.param(AT.astimezone(timezone(timedelta(hours=5))), id="an instant said in +05"),
        pytest.param(datetime.min.replace(tzinfo=UTC), id="the first instant there is"),
        pytest.param(datetime(2262, 4, 12, tzinfo=UTC), id="one beyond 64 bits of nanoseconds"),
    ],
)
@both_ways
def test_an_instant_comes_back_as_itself_in_utc(
    database: Database, instant: datetime, write: Way
) -> None:
    row = {"id": "alm_1", "kind": "k", "subject_id": "s", "reason": "r", "raised_at": instant}

    with database.write() as connection:
        write(connection, alarm, row)
    with database.read() as connection:
        found = connection.execute(select(alarm.c.raised_at)).scalar_one()

    assert (found, found.tzinfo) == (instant, UTC)


@both_ways
def test_a_naive_instant_is_refused(database: Database, write: Way) -> None:
    row = {
        "id": "crt_1",
        "name": "Court",
        "zone": "Asia/Almaty",
        "city": None,
        "created_at": datetime(2026, 11, 22, 6),  # noqa: DTZ001 - the fault under test
    }

    with database.write() as connection, pytest.raises((StatementError, ValueError), match="zone"):
        write(connection, court, row)


def test_wall_times_and_dates_come_back_as_they_were(database: Database) -> None:
    """Wall time is the truth: no zone may touch it on the way."""
    day, at = date(2026, 3, 29), time(2, 30)
    with database.write() as connection:
        statement = text("SELECT CAST(:day AS DATE), CAST(:at AS TIME)")
        if database.is_sqlite:  # it has no such types; SQLAlchemy's columns do the work there
            statement = text("SELECT :day, :at")
        found = connection.execute(statement, {"day": day.isoformat(), "at": at.isoformat()})
        assert [str(one) for one in found.one()] == ["2026-03-29", "02:30:00"]


def test_a_write_that_raises_leaves_nothing(database: Database) -> None:
    def fail_half_way() -> None:
        with database.write() as connection:
            _add_court(connection)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_half_way()

    with database.read() as connection:
        assert connection.execute(select(court)).all() == []


def test_a_writer_who_waits_too_long_is_told_that_the_database_is_busy(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One writer at a time, on both databases: a plan sees every claim, and a claim every plan."""
    monkeypatch.setattr(engine, "BUSY_TIMEOUT_MS", 50)
    monkeypatch.setitem(engine._SQLITE_PRAGMAS, "busy_timeout", "50")
    one, other = Database(database_url), Database(database_url)
    schema.upgrade(one)

    with one.write(), pytest.raises(Conflict, match="another program holds it"), other.write():
        pass

    one.dispose()
    other.dispose()


def test_a_reader_neither_waits_for_a_writer_nor_sees_what_is_not_committed(
    database: Database,
) -> None:
    with database.write() as writer:
        _add_court(writer)
        with database.read() as reader:
            assert reader.execute(select(court)).all() == []


def test_a_sqlite_writer_holds_the_file_from_its_first_moment(sqlite_url: str) -> None:
    """A transaction that read first and wrote later would let two claim the same row."""
    database = Database(sqlite_url)
    schema.upgrade(database)

    with database.write():
        stranger = sqlite3.connect(database.path or "", timeout=0)
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            stranger.execute("BEGIN IMMEDIATE")
        stranger.close()
    database.dispose()


def test_a_database_that_fails_is_said_without_values(sqlite_url: str) -> None:
    database = Database(sqlite_url)

    with pytest.raises(StorageUnavailable) as raised, database.write() as connection:
        connection.execute(delete(court).where(court.c.name == "Invented Secret Court"))

    assert "no such table" in str(raised.value)
    assert "Invented" not in str(raised.value)
    database.dispose()


def test_a_file_that_is_no_database_is_said_in_a_sentence(tmp_path: Path) -> None:
    file = tmp_path / "notifier.sqlite3"
    file.write_bytes(b"something else altogether " * 40)
    database = Database(f"sqlite:///{file}")

    with (
        pytest.raises(NotifierError, match="cannot be read: file is not a database"),
        database.read(),
    ):
        pass

    database.dispose()


def test_a_server_that_is_not_there_is_unavailable() -> None:
    database = Database("postgresql+psycopg://nobody@127.0.0.1:1/none")

    with pytest.raises(StorageUnavailable, match="the database failed"), database.write():
        pass


def test_the_clock_given_rules(database_url: str) -> None:
    database = Database(database_url, clock=lambda: AT)

    assert (database.now(), database.wall_clock()) == (AT, AT)
    database.dispose()


def test_without_one_it_is_the_databases_own_clock(database: Database) -> None:
    before = datetime.now(UTC)

    found = database.now()

    assert found.tzinfo is UTC
    assert abs(found - before) < timedelta(seconds=5)
    assert abs(database.wall_clock() - before) < timedelta(seconds=5)


def _add_court(connection: Connection) -> None:
    connection.execute(
        insert(court).values(id="crt_1", name="Court", zone="Asia/Almaty", created_at=AT)
    )
