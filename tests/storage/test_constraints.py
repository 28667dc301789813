"""What the database itself guarantees: one notice per key, ends with instants, quick look-ups."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event, insert

from notifier.core.pacing import Share
from notifier.core.people import Role, Side
from notifier.core.slots import Room
from notifier.errors import Conflict
from notifier.storage import choice, facts, outbox, people
from notifier.storage.bulk import insert_many
from notifier.storage.engine import Connection, Database
from notifier.storage.sealed import KEY_BYTES, Sealer
from notifier.storage.tables import notice

NOW = datetime(2026, 11, 22, 6, tzinfo=UTC)


@pytest.fixture
def lawyer(database: Database) -> str:
    """The id of somebody who can be told."""
    with database.write() as connection:
        return people.add_recipient(
            connection,
            Sealer({1: b"o" * KEY_BYTES}),
            ref="L-ALIYA",
            role=Role.LAWYER,
            side=Side.DEFENCE,
            name=None,
            language="en",
            now=NOW,
        )


def a_notice(recipient_id: str, number: int = 0, **said: Any) -> dict[str, Any]:
    """A row of ``notice``."""
    usual: dict[str, Any] = {
        "id": f"ntc_{number}",
        "subject_id": "hrg_1",
        "revision": 1,
        "recipient_id": recipient_id,
        "kind": "hearing.reminder",
        "rung": "3h",
        "due_at": NOW,
        "useful_until": NOW + timedelta(hours=3),
        "state": "pending",
        "reason": "3h before the start",
        "created_at": NOW,
    }
    return usual | said


@pytest.mark.parametrize(
    "said",
    [
        pytest.param({}, id="the same notice twice"),
        pytest.param({"rung": "24h", "recipient_id": "rcp_none"}, id="for somebody unknown"),
        pytest.param({"rung": "24h", "state": "forgotten"}, id="in a state that there is not"),
        pytest.param({"rung": "24h", "state": "delivered"}, id="ended without an instant"),
        pytest.param({"rung": "24h", "ended_at": NOW}, id="pending with an end"),
    ],
)
def test_a_notice_is_refused(database: Database, lawyer: str, said: dict[str, Any]) -> None:
    with database.write() as connection:
        connection.execute(insert(notice).values(a_notice(lawyer)))

    with pytest.raises(Conflict, match="the database refuses it") as raised:
        _write(database, a_notice(lawyer) | {"id": "ntc_1"} | said)

    assert "before the start" not in str(raised.value), "an error never shows values"


def _write(database: Database, row: dict[str, Any]) -> None:
    with database.write() as connection:
        connection.execute(insert(notice).values(row))


def test_what_is_asked_for_twice_is_there_once(database: Database, lawyer: str) -> None:
    with database.write() as connection:
        for number in range(2):
            facts.insert_missing(connection, [a_notice(lawyer, number)])
        facts.insert_missing(connection, [])
        rows = connection.execute(notice.select()).all()

    assert [row.id for row in rows] == ["ntc_0"]


# --- the hot queries use their partial indexes -----------------------------------------------


def due_notices(connection: Connection) -> object:
    return outbox.due_notices(connection, now=NOW, limit=200)


def outlived_notices(connection: Connection) -> object:
    return outbox.outlived(connection, now=NOW, limit=200)


def due_messages(connection: Connection) -> object:
    share = Share(ordinary=8, last_chance=8)
    room = Room(slots=64, for_others=64, shares={}, otherwise=share, timeout=timedelta(seconds=10))
    return choice.choose(connection, now=NOW, room=room)


@pytest.mark.parametrize(
    ("look", "index"),
    [
        (due_notices, "notice_due"),
        (outlived_notices, "notice_useful"),
        (due_messages, "message_queue"),
    ],
)
def test_a_look_up_uses_its_partial_index(
    database: Database, lawyer: str, look: Callable[[Connection], object], index: str
) -> None:
    """Among many rows of which few are due, in each database's own words."""
    _fill(database, lawyer)
    asked: list[tuple[str, Any]] = []

    def remember(_c: object, _k: object, statement: str, values: Any, *_: object) -> None:
        asked.append((statement, values))

    with database.write() as connection:
        event.listen(database.engine, "before_cursor_execute", remember)
        look(connection)
        event.remove(database.engine, "before_cursor_execute", remember)
        if not database.is_sqlite:
            # The tables are small here: without this the server rightly reads them whole.
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        word = "EXPLAIN QUERY PLAN " if database.is_sqlite else "EXPLAIN "
        plans = [
            str(row)
            for statement, values in asked
            for row in connection.exec_driver_sql(word + statement, values).all()
        ]

    assert any(index in line for line in plans), plans


def _fill(database: Database, lawyer: str) -> None:
    rows = [
        a_notice(lawyer, number, rung=str(number), due_at=NOW + timedelta(minutes=number - 20))
        for number in range(2_000)
    ]
    with database.write() as connection:
        insert_many(connection, notice, rows)
        if not database.is_sqlite:
            connection.exec_driver_sql("ANALYZE notice")
