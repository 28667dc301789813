"""What the storage tests share: a database with this release's schema."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from notifier.storage import schema
from notifier.storage.engine import Database


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A database with this release's schema and nothing in it."""
    opened = Database(database_url)
    schema.upgrade(opened)
    yield opened
    opened.dispose()
