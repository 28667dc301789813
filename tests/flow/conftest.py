"""What the flow tests share: one office per test, once on each database."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.office import Office


@pytest.fixture
def office(database_url: str) -> Iterator[Office]:
    """An office with a court in Almaty and nobody in it."""
    opened = Office(database_url)
    yield opened
    opened.database.dispose()
