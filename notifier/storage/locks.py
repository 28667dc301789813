"""Locks that the operating system or the server gives back when their holder dies."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import Connection, text

from notifier.errors import Conflict
from notifier.storage.engine import Database

_PLAIN = re.compile("[A-Za-z0-9_-]{1,60}")


@contextmanager
def held(database: Database, name: str, *, otherwise: str) -> Iterator[None]:
    """Hold a named lock of this database. Raises Conflict, saying ``otherwise``, if it is held."""
    if database.path is not None:
        with _file_held(f"{database.path}.{_file_name(name)}.lock", otherwise):
            yield
        return
    with database.engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT")
        if not _try(connection, name):
            raise Conflict(otherwise)
        try:
            yield
        finally:
            _give_back(connection, name)


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
