"""Eight processes at one queue: every message is claimed once, and nobody meets a lock error."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from notifier.core.people import Profile, Role, Side
from notifier.storage import endpoints, people
from notifier.storage.bulk import insert_many
from notifier.storage.engine import Database
from notifier.storage.sealed import KEY_BYTES, Sealer
from notifier.storage.tables import attempt, message

NOW = datetime(2026, 11, 22, 6, tzinfo=UTC)
DUE, PROCESSES = 20_000, 8
RACER = Path(__file__).with_name("claim_racer.py")


@pytest.fixture
def queue(database: Database) -> Database:
    """Twenty thousand messages due, to one endpoint."""
    sealer = Sealer({1: b"o" * KEY_BYTES})
    with database.write() as connection:
        recipient_id = people.add_recipient(
            connection,
            sealer,
            ref="L-ALIYA",
            role=Role.LAWYER,
            side=Side.DEFENCE,
            name=None,
            language="en",
            now=NOW,
        )
        endpoint_id = endpoints.add_endpoint(
            connection,
            sealer,
            recipient_id=recipient_id,
            url="https://hooks.org/in",
            secret="whsec_",
            profile=Profile.CODED,
            position=0,
            now=NOW,
        )
        rows = [
            {
                "id": f"msg_{number:05d}",
                "recipient_id": recipient_id,
                "endpoint_id": endpoint_id,
                "kind": "hearing.new",
                "body_sealed": b"sealed",
                "state": "pending",
                "created_at": NOW,
                "next_try_at": NOW,
                "useful_until": NOW + timedelta(hours=1, seconds=number % 97),
            }
            for number in range(DUE)
        ]
        insert_many(connection, message, rows)
    return database


@pytest.fixture
def racers(queue: Database) -> Iterator[list[subprocess.Popen[str]]]:
    """Processes that are ready to start."""
    url = queue.engine.url.render_as_string(hide_password=False)
    started = [
        subprocess.Popen(
            [sys.executable, str(RACER), url, f"own_{number}", NOW.isoformat()],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in range(PROCESSES)
    ]
    yield started
    for process in started:
        process.kill()
        process.wait()


def test_every_message_is_claimed_once(
    queue: Database, racers: list[subprocess.Popen[str]]
) -> None:
    for process in racers:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()

    ended = [process.communicate() for process in racers]

    assert [error for _, error in ended] == [""] * PROCESSES
    claimed = Counter(line for said, _ in ended for line in said.split())
    assert len(claimed) == DUE
    assert set(claimed.values()) == {1}, "nobody claimed what somebody else had"
    with queue.read() as connection:
        attempts = connection.execute(select(func.count()).select_from(attempt)).scalar_one()
        epochs = connection.execute(select(func.max(message.c.epoch))).scalar_one()
    assert (attempts, epochs) == (DUE, 1)
