"""The wall clock of a running daemon stepped by an hour, as after a suspend or by NTP."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from notifier.storage.tables import message
from tests.acceptance.ledger import last_pulse, until, wait_until_told
from tests.acceptance.program import Program, installed

LIBRARIES = (
    *Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"),
    *Path("/usr/lib").glob("faketime/libfaketimeMT.so.1"),
)
HEARINGS = 4
AT_ONCE_SECONDS = 3.0


class SteppedClock:
    """A wall clock that a file sets; the monotonic clock stays what it is."""

    def __init__(self, file: Path) -> None:
        if not LIBRARIES:
            pytest.skip("libfaketime is not installed")
        self._file = file
        self.step_to("+0")
        self.environment = {
            "LD_PRELOAD": str(LIBRARIES[0]),
            "FAKETIME_TIMESTAMP_FILE": str(file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "NO_FAKE_STAT": "1",
        }

    def step_to(self, offset: str) -> None:
        """So far from the true time, such as ``+1h``; the file is never seen half written."""
        fresh = self._file.with_suffix(".fresh")
        fresh.write_text(offset)
        fresh.replace(self._file)


def test_reminders_follow_the_wall_clock_and_loops_the_monotonic_one(
    tmp_path: Path, sqlite_url: str
) -> None:
    """An hour ahead, what became overdue goes at once; an hour back, nothing goes again."""
    clock = SteppedClock(tmp_path / "clock")
    with installed(tmp_path, sqlite_url, lawyers=HEARINGS) as (program, receiver):
        program.list_hearings(HEARINGS, lawyers=HEARINGS, starts_in=timedelta(hours=3, minutes=30))
        program.start(environment=clock.environment)
        wait_until_told(program, receiver, of=HEARINGS)
        told = set(receiver.taken)

        clock.step_to("+1h")
        assert receiver.wait_for_total(2 * HEARINGS, within_seconds=AT_ONCE_SECONDS)
        wait_until_told(program, receiver, of=2 * HEARINGS)
        for webhook_id in set(receiver.taken) - told:
            (item,) = json.loads(receiver.bodies[webhook_id])["data"]["items"]
            assert item["rung"] == "3h"
            assert 25 * 60 < item["late_by_seconds"] < 35 * 60

        ahead = program.desk.database.now() + timedelta(minutes=30)
        assert until(lambda: _pulse(program) > ahead, within_seconds=10)
        clock.step_to("+0")
        assert until(lambda: _pulse(program) < ahead, within_seconds=10)
        program.list_hearings(1, first=HEARINGS, lawyers=HEARINGS, starts_in=timedelta(days=3))
        assert receiver.wait_for_total(2 * HEARINGS + 1, within_seconds=AT_ONCE_SECONDS)
        assert program.terminate(within_seconds=10) == 0
        assert set(receiver.taken.values()) == {1}


def test_a_retry_planned_by_a_clock_that_ran_ahead_is_not_an_hour_late(
    tmp_path: Path, sqlite_url: str
) -> None:
    """A machine starts with a wrong clock and no network, and both are set right soon after."""
    clock = SteppedClock(tmp_path / "clock")
    clock.step_to("+1h")
    with installed(tmp_path, sqlite_url, lawyers=1) as (program, receiver):
        receiver.status = 503
        program.list_hearings(1, lawyers=1, starts_in=timedelta(days=3))
        program.start(environment=clock.environment)
        ahead = program.desk.database.now() + timedelta(minutes=30)
        assert until(lambda: _next_try(program) > ahead, within_seconds=10)
        receiver.status = 204
        clock.step_to("+0")
        wait_until_told(program, receiver, of=1)
        assert program.terminate(within_seconds=10) == 0


def _next_try(program: Program) -> datetime:
    """When the only message is due, if it was tried and waits."""
    statement = select(message.c.next_try_at).where(
        message.c.state == "pending", message.c.tries > 0
    )
    with program.desk.database.read() as connection:
        found: datetime | None = connection.execute(statement).scalar()
    return found or datetime.min.replace(tzinfo=UTC)


def _pulse(program: Program) -> datetime:
    beat_at = last_pulse(program)
    assert beat_at is not None
    return beat_at
