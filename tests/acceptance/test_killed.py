"""The daemon killed as by a power cut, again and again: nothing is lost, repeats look alike."""

from __future__ import annotations

import random
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from tests.acceptance.ledger import (
    RE_ATTEMPT_SECONDS,
    in_flight,
    message_of_each_notice,
    wait_until_told,
)
from tests.acceptance.program import DaemonEnded, Program, installed
from tests.acceptance.receiver import Receiver

NOTICES, LAWYERS = 500, 5
KILLS = {"sqlite": 50, "postgresql": 10}


@pytest.mark.timeout(400)
def test_kill_9_loses_nothing_and_repeats_under_the_same_id(
    tmp_path: Path, database_url: str
) -> None:
    """Killed at random moments over 500 notices, each reaches its receiver; see the invariants."""
    with installed(tmp_path, database_url, lawyers=LAWYERS) as (program, receiver):
        _kill_again_and_again(program, receiver, KILLS[make_url(database_url).get_backend_name()])


def _kill_again_and_again(program: Program, receiver: Receiver, kills: int) -> None:
    program.list_hearings(NOTICES, lawyers=LAWYERS, starts_in=timedelta(days=3))
    chance = random.Random(20190609)
    orphaned = 0
    for _ in range(kills):
        program.start()
        wanted = receiver.total + chance.randrange(NOTICES // kills + 2)
        receiver.wait_for_total(min(wanted, NOTICES), within_seconds=20)
        program.kill()
        orphaned += len(in_flight(program.desk.database))
    orphans = in_flight(program.desk.database)
    program.start()
    if orphans:
        assert receiver.wait_for_ids(orphans, within_seconds=RE_ATTEMPT_SECONDS)
    wait_until_told(program, receiver, of=NOTICES)
    assert program.terminate(within_seconds=10) == 0

    told = message_of_each_notice(program)
    assert len(told) == NOTICES
    assert all(receiver.taken[message_id] >= 1 for message_id in told.values()), "none is lost"
    assert set(receiver.taken) == set(told.values()), "a repeat has the id of the first"
    assert receiver.total - len(receiver.taken) <= orphaned, "repeats ≤ in flight at the kills"


def test_sigterm_lets_what_is_in_flight_come_home(tmp_path: Path, sqlite_url: str) -> None:
    """A graceful stop claims nothing new, repeats nothing and takes at most ten seconds."""
    with installed(tmp_path, sqlite_url, lawyers=LAWYERS, answers_after_seconds=0.3) as (
        program,
        receiver,
    ):
        program.list_hearings(60, lawyers=LAWYERS, starts_in=timedelta(days=3))
        program.start()
        assert receiver.wait_for_total(5, within_seconds=20)
        assert program.terminate(within_seconds=10) == 0
        assert not in_flight(program.desk.database)
        assert receiver.total == len(receiver.taken), "nothing was sent twice"
        program.start()
        wait_until_told(program, receiver, of=60)
        program.terminate(within_seconds=10)
        assert receiver.total == len(receiver.taken) == 60


def test_a_second_daemon_on_the_same_file_refuses(tmp_path: Path, sqlite_url: str) -> None:
    """Two daemons on one SQLite file would take each other's messages for orphans."""
    with installed(tmp_path, sqlite_url, lawyers=LAWYERS) as (program, _):
        program.start()
        with closing(Program.opened(tmp_path)) as other, pytest.raises(DaemonEnded) as refused:
            other.start()
        assert refused.value.code == 5
        assert "another daemon runs on this database file" in refused.value.said
