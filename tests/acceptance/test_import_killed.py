"""The real import killed at random moments: finished afterwards, it leaves what it would have."""

from __future__ import annotations

import random
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from tests.acceptance import listing
from tests.acceptance.calendar_state import CalendarState, calendar_state
from tests.acceptance.ledger import damage, settle, until
from tests.acceptance.original import Original, progress, start_import
from tests.acceptance.process import Running
from tests.acceptance.program import Program

AS_OF = datetime.now(UTC) - timedelta(hours=1)
FROM_DATE = AS_OF.date() + timedelta(days=3)
FIRST = listing.first_list(900, from_date=FROM_DATE)
SECOND = listing.second_list(2_000, of_first=900, from_date=FROM_DATE)
STAGING, APPLYING = "staging", "applying"
KILLS = {"sqlite": (3, 7), "postgresql": (1, 2)}  # while staging, while applying; in each test
TRIES = 10  # on a busy machine a phase may be over before the kill arrives


@pytest.mark.timeout(300)
@pytest.mark.parametrize("is_run_again", [True, False], ids=["run again", "left to the daemon"])
def test_an_import_killed_at_random_moments_ends_as_if_it_never_was(
    tmp_path: Path, database_url: str, is_run_again: bool
) -> None:
    """While it is staged nothing is changed; from then on it is finished, by whoever comes next."""
    original = Original(tmp_path, database_url, mapping=listing.mapping())
    with original.opened() as program:
        _import(program, FIRST)
        before = calendar_state(program)
    with original.copied() as program:
        _import(program, SECOND)
        after, rows = calendar_state(program), progress(program).rows // 2
    assert after != before

    kind = make_url(database_url).get_backend_name()
    staging, applying = KILLS[kind]
    chance = random.Random(f"{kind} {is_run_again}")
    moments = [(STAGING, chance.randrange(rows)) for _ in range(staging)]
    moments += [(APPLYING, rows + chance.randrange(rows)) for _ in range(applying)]
    for phase, row in moments:
        with _killed(original, phase, row) as program:
            _is_whole(calendar_state(program), before, after, is_staging=phase == STAGING)
            if is_run_again:
                _import(program, SECOND)
                assert calendar_state(program) == after
            else:
                program.start()
                program.kill()
                assert calendar_state(program) == (before if phase == STAGING else after)


def _import(program: Program, listed: str) -> None:
    assert start_import(program, listed, as_of=AS_OF).wait(within_seconds=60) == 0


@contextmanager
def _killed(original: Original, phase: str, row: int) -> Iterator[Program]:
    """A copy in which the second import was killed in this phase, after so many rows."""
    for _ in range(TRIES):
        with original.copied() as program:
            _kill(start_import(program, SECOND, as_of=AS_OF), program, phase, row)
            settle(program.desk.database)
            assert damage(program.desk.database) == "ok"
            if progress(program).state == phase:
                yield program
                return
        row = max(row - 250, 0)
    pytest.fail(f"the import was never seen {phase}")


def _kill(running: Running, program: Program, phase: str, row: int) -> None:
    def is_there() -> bool:
        now = progress(program)
        return (now.state == phase and now.rows >= row) or not running.is_alive

    assert until(is_there, within_seconds=60)
    running.send(signal.SIGKILL)
    running.wait(within_seconds=10)


def _is_whole(
    now: CalendarState, before: CalendarState, after: CalendarState, *, is_staging: bool
) -> None:
    """Nothing is changed yet, or each hearing is wholly the old one or wholly the new one."""
    if is_staging:
        assert now == before
    assert set(now.hearings) <= set(before.hearings) | set(after.hearings)
