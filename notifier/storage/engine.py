"""One database, SQLite or PostgreSQL: how connections are made and transactions begin."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Row, RowMapping, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import (
    ArgumentError,
    DatabaseError,
    IntegrityError,
    InternalError,
    NoSuchModuleError,
    OperationalError,
)

from notifier.errors import Conflict, NotifierError, SettingsError

# Far longer than any transaction: SQLite does not queue its writers, and one may wait for many.
BUSY_TIMEOUT_MS = 15_000
STATEMENT_TIMEOUT_MS = 30_000  # a half-open PostgreSQL connection must not hold a worker for hours

_WRITER_LOCK = 0x6865_6172_696E_6773  # "hearings" in ASCII: a number that nobody else locks
_BUSY = re.compile("locked|lock timeout")  # in the words of SQLite and of PostgreSQL

# NORMAL loses acknowledged commits on a power cut in WAL mode; builds differ in their default.
_SQLITE_PRAGMAS = {
    "journal_mode": "wal",
    "synchronous": "2",
    "foreign_keys": "1",
    "busy_timeout": str(BUSY_TIMEOUT_MS),
    "cache_size": "-32768",  # KiB: the default of 2 MB makes a large import read its own pages
    "wal_autocheckpoint": "4000",  # pages, 16 MB: fewer rounds of random writes per import
}


class Database:
    """A database and its clock. Writers go one at a time, so no claim and no plan can race.

    ``clock`` replaces the authoritative clock, which is this process's on SQLite and the
    server's on PostgreSQL, where processes with different clocks share one queue.
    """

    def __init__(self, url: str, *, clock: Callable[[], datetime] | None = None) -> None:
        self.engine = _engine(url)
        self.is_sqlite = self.engine.dialect.name == "sqlite"
        self._clock = clock

    @property
    def path(self) -> Path | None:
        """The SQLite file; None on PostgreSQL."""
        name = self.engine.url.database
        return Path(name) if self.is_sqlite and name else None

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A short read transaction."""
        with _translated(), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A write transaction, committed at the end; nothing of it stays if it raises."""
        with _translated(), self.engine.connect() as connection:
            connection.execution_options(writes=True)
            with connection.begin():
                yield connection

    def now(self) -> datetime:
        """The authoritative time."""
        if self._clock is not None:
            return self._clock()
        if self.is_sqlite:
            return datetime.now(UTC)
        with self.read() as connection:
            stamp: datetime = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
            return stamp.astimezone(UTC)

    def wall_clock(self) -> datetime:
        """The time without asking the server: for pacing and stamps, never for what is due."""
        return self._clock() if self._clock is not None else datetime.now(UTC)

    def dispose(self) -> None:
        """Close every connection."""
        self.engine.dispose()


@contextmanager
def _translated() -> Iterator[None]:
    """Turn what a database says of locks, outages and constraints into a sentence without values.

    PostgreSQL shows the whole row that it refuses, on the lines after the first.
    """
    try:
        yield
    except IntegrityError as error:
        raise Conflict(f"the database refuses it: {_first_line(error.orig)}; try again") from None
    except (InternalError, OperationalError) as error:
        # Internal: the server has become read-only, or ended a transaction that we left idle.
        if _BUSY.search(str(error.orig)):
            raise Conflict("the database is busy: another program holds it; try again") from None
        raise StorageUnavailable(f"the database failed: {_first_line(error.orig)}") from None
    except DatabaseError as error:
        if type(error) is not DatabaseError:  # its heirs are faults of a statement: ours
            raise
        raise NotifierError(
            f"the database cannot be read: {_first_line(error.orig)}; look at the file, or put a "
            "copy in its place"
        ) from None


class StorageUnavailable(NotifierError):
    """The database cannot be used right now; work resumes by itself when it can."""


def _first_line(error: BaseException | None) -> str:
    return str(error).strip().splitlines()[0] if error and str(error).strip() else "unknown"


def _engine(url: str) -> Engine:
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() == "sqlite":
            return _sqlite(url)
        if parsed.get_backend_name() == "postgresql":
            return _postgresql(url)
    except (ArgumentError, NoSuchModuleError, ImportError) as error:
        reason = _first_line(error)
        raise SettingsError([f"database.url cannot be used: {reason}"]) from None
    raise SettingsError(["database.url: write sqlite:///FILE or postgresql://HOST/NAME"])


def _sqlite(url: str) -> Engine:
    if make_url(url).database in (None, "", ":memory:"):
        raise SettingsError(["database.url: a calendar in memory is lost; name a file"])
    engine = create_engine(
        url, hide_parameters=True, connect_args={"timeout": BUSY_TIMEOUT_MS / 1000}
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: object) -> None:
        # Python's own transaction handling would begin late and DEFERRED: it double-claims.
        connection.isolation_level = None
        for pragma, value in _SQLITE_PRAGMAS.items():
            connection.execute(f"PRAGMA {pragma} = {value}")
        for pragma, value in _SQLITE_PRAGMAS.items():
            found = str(connection.execute(f"PRAGMA {pragma}").fetchone()[0])
            if found != value:
                raise SettingsError(
                    [f"SQLite refuses {pragma}={value} (it says {found}): use a local disk"]
                )

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _postgresql(url: str) -> Engine:
    options = (
        f"-c statement_timeout={STATEMENT_TIMEOUT_MS} -c lock_timeout={BUSY_TIMEOUT_MS} "
        f"-c idle_in_transaction_session_timeout={STATEMENT_TIMEOUT_MS} "
        "-c timezone=UTC"
    )
    engine = create_engine(
        url,
        hide_parameters=True,
        pool_pre_ping=True,
        connect_args={"options": options, "connect_timeout": 5, "tcp_user_timeout": 10_000},
    )

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # One writer at a time, as on SQLite: a plan that does not see a claim made beside it would
        # tell a lawyer of a new hearing where the one they are just being told of has moved.
        if connection.get_execution_options().get("writes", False):
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_WRITER_LOCK})")

    return engine


__all__ = ["Connection", "Database", "Row", "RowMapping", "StorageUnavailable"]
