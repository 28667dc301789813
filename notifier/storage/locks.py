"""Locks that the operating system or the server gives back when their holder dies."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from notifier.errors import Conflict
from notifier.storage.engine import Database, StorageUnavailable

Keep = Callable[[], None]
_PLAIN = re.compile("[A-Za-z0-9_-]{1,60}")


@contextmanager
def held(database: Database, name: str, *, otherwise: str) -> Iterator[Keep]:
    """Hold a named lock of this database. Raises Conflict, saying ``otherwise``, if it is held.

    Whoever holds it for long calls what this yields now and then: a server that drops a session
    drops its locks, and ``Keep`` takes such a lock again.
    """
    if database.path is not None:
        with _file_held(f"{database.path}.{_file_name(name)}.lock", otherwise):
            yield lambda: None
        return
    lock = _SessionLock(database, name)
    if not lock.take():
        raise Conflict(otherwise)
    try:
        yield lock.keep
    finally:
        lock.give_back()


class _SessionLock:
    """An advisory lock of PostgreSQL on a session of its own."""

    def __init__(self, database: Database, name: str) -> None:
        self._database, self._name = database, name
        self._one_at_a_time = threading.Lock()  # a duty's thread may keep what another gives back
        self._session: Connection | None = None
        self._is_given_back = False

    def take(self) -> bool:
        """Whether it is ours now."""
        session = self._database.engine.connect()
        session.execution_options(isolation_level="AUTOCOMMIT")
        if not _try(session, self._name):
            session.close()
            return False
        self._session = session
        return True

    def keep(self) -> None:
        """Take it again if the server dropped it. Raises StorageUnavailable when it cannot."""
        with self._one_at_a_time:
            if self._is_given_back or self._is_alive():
                return
            if not self.take():
                raise StorageUnavailable("somebody else has our lock; it is tried for again")

    def _is_alive(self) -> bool:
        if self._session is None:
            return False
        try:
            self._session.execute(text("SELECT 1"))
        except DBAPIError:
            self._session.close()
            self._session = None
        return self._session is not None

    def give_back(self) -> None:
        """Let go of it. One that the server dropped is nobody's any more."""
        with self._one_at_a_time:
            self._is_given_back = True
            if self._session is not None:
                with suppress(DBAPIError):
                    _give_back(self._session, self._name)
                self._session.close()


def _file_name(name: str) -> str:
    """A name as part of a file's; people name sources, with slashes and at any length."""
    return name if _PLAIN.fullmatch(name) else hashlib.sha256(name.encode()).hexdigest()[:32]


@contextmanager
def _file_held(path: str, otherwise: str) -> Iterator[None]:
    # The file stays: removing it would let two holders lock two files of one name.
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Conflict(otherwise) from None
        yield
    finally:
        os.close(descriptor)


def dead_owners(connection: Connection, owners: Sequence[str]) -> list[str]:
    """Which owners no longer hold their lock on PostgreSQL: their process is gone."""
    dead = []
    for owner in owners:
        if _try(connection, owner):
            _give_back(connection, owner)
            dead.append(owner)
    return dead


def _try(connection: Connection, name: str) -> bool:
    return bool(
        connection.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": _key(name)}).scalar()
    )


def _give_back(connection: Connection, name: str) -> None:
    connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _key(name)})


def _key(name: str) -> int:
    digest = hashlib.sha256(f"hearing-notifier:{name}".encode()).digest()
    return int.from_bytes(digest[:8], signed=True)
