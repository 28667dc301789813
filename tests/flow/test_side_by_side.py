"""A dispatcher and a coordinator at the same moment: neither misses what the other did."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import time

import pytest
from sqlalchemy import text

from notifier.flow import dispatch, edit
from notifier.storage import claims
from tests.support.lists import listed
from tests.support.office import LAWYER, Office


@pytest.fixture
def office(postgresql_office_url: str) -> Iterator[Office]:
    """Only on PostgreSQL: on SQLite a writer has the whole file from its first moment."""
    opened = Office(postgresql_office_url)
    yield opened
    opened.database.dispose()


def test_a_move_beside_a_claim_sees_that_somebody_is_being_told(office: Office) -> None:
    """Otherwise the lawyer would hear of a second hearing, never that the first one moved."""
    office.people(LAWYER)
    office.takes_in(listed(assignees=(LAWYER,)))
    hearing_id = office.hearing_id()

    def move() -> None:
        edit.move_hearing(office.desk, hearing_id=hearing_id, local_time=time(9), now=office.now)

    with ThreadPoolExecutor(1) as thread:
        with office.write() as connection:
            dispatch.enqueue(connection, office.desk, now=office.now)
            claims.claim(
                connection,
                now=office.now,
                room=office.room({}),
                owner="own_1",
                lease=office.limits.lease,
            )
            moving = thread.submit(move)
            _until_somebody_waits(office)
            assert not moving.done(), "it cannot go on before the claim is committed"
        moving.result()

    assert office.missing() == 0
    assert [post.type for post in office.sends()] == ["hearing.moved"]


def _until_somebody_waits(office: Office) -> None:
    """The server knows who waits for a lock."""
    waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    with office.read() as connection:
        while not connection.execute(waiting).scalar_one():
            connection.rollback()
