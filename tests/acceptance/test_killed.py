"""The daemon killed as by a power cut, again and again: nothing is lost, repeats look alike."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from notifier.storage import views
from notifier.storage.tables import message, message_notice, notice
from tests.acceptance.program import DaemonEnded, Program
from tests.acceptance.receiver import Receiver

NOTICES, LAWYERS = 500, 5
KILLS = {"sqlite": 50, "postgresql": 10}
RE_ATTEMPT_SECONDS = 3.0  # the contract's: orphans go out again so soon after a restart


@contextmanager
def installed(
    folder: Path, database_url: str, *, answers_after_seconds: float = 0.01
) -> Iterator[tuple[Program, Receiver]]:
    """A program with its people registered, and the receiver that all of them have."""
    with Receiver(answers_after_seconds=answers_after_seconds) as receiver:
        program = Program(folder, database_url=database_url, port=receiver.port)
        program.register(receiver.port, lawyers=LAWYERS)
        with closing(program):
            yield program, receiver


@pytest.mark.timeout(400)
def test_kill_9_loses_nothing_and_repeats_under_the_same_id(
    tmp_path: Path, database_url: str
) -> None:
    """Killed at random moments over 500 notices, each reaches its receiver; see the invariants."""
    with installed(tmp_path, database_url) as (program, receiver):
        _kill_again_and_again(program, receiver, KILLS[database_url.partition("://")[0]])


def _kill_again_and_again(program: Program, receiver: Receiver, kills: int) -> None:
    program.list_hearings(NOTICES, lawyers=LAWYERS, starts_in=timedelta(days=3))
    chance = random.Random(20190609)
    orphaned = 0
    for _ in range(kills):
        program.start()
        wanted = receiver.total + chance.randrange(NOTICES // kills + 2)
        receiver.wait_for_total(min(wanted, NOTICES), within_seconds=20)
        program.kill()
        orphaned += len(_in_flight(program))
    orphans = _in_flight(program)
    program.start()
    if orphans:
        assert receiver.wait_for_ids(orphans, within_seconds=RE_ATTEMPT_SECONDS)
    _wait_until_told(program, receiver)
    assert program.terminate(within_seconds=10) == 0

    told = _message_of_each_notice(program)
    assert len(told) == NOTICES
    assert all(receiver.taken[message_id] >= 1 for message_id in told.values()), "none is lost"
    assert set(receiver.taken) == set(told.values()), "a repeat has the id of the first"
    assert receiver.total - len(receiver.taken) <= orphaned, "repeats ≤ in flight at the kills"


def test_sigterm_lets_what_is_in_flight_come_home(tmp_path: Path, sqlite_url: str) -> None:
    """A graceful stop claims nothing new, repeats nothing and takes at most ten seconds."""
    with installed(tmp_path, sqlite_url, answers_after_seconds=0.3) as (program, receiver):
        program.list_hearings(60, lawyers=LAWYERS, starts_in=timedelta(days=3))
        program.start()
        assert receiver.wait_for_total(5, within_seconds=20)
        assert program.terminate(within_seconds=10) == 0
        assert not _in_flight(program)
        assert receiver.total == len(receiver.taken), "nothing was sent twice"
        program.start()
        _wait_until_told(program, receiver, of=60)
        program.terminate(within_seconds=10)
        assert receiver.total == len(receiver.taken) == 60


def test_a_second_daemon_on_the_same_file_refuses(tmp_path: Path, sqlite_url: str) -> None:
    """Two daemons on one SQLite file would take each other's messages for orphans."""
    with installed(tmp_path, sqlite_url) as (program, _):
        program.start()
        with closing(Program.opened(tmp_path)) as other, pytest.raises(DaemonEnded) as refused:
            other.start()
        assert refused.value.code == 5
        assert "another daemon runs on this database file" in refused.value.said


def _wait_until_told(program: Program, receiver: Receiver, *, of: int = NOTICES) -> None:
    while True:
        with program.desk.database.read() as connection:
            counts = views.counts(connection, today=program.desk.database.now().date())
        if counts.get("messages_delivered", 0) >= of:
            return
        # Each wait ends with the next POST; the last commit follows its POST within a moment.
        receiver.wait_for_total(receiver.total + 1, within_seconds=0.05)


def _in_flight(program: Program) -> set[str]:
    with program.desk.database.read() as connection:
        statement = select(message.c.id).where(message.c.state == "in_flight")
        return set(connection.execute(statement).scalars())


def _message_of_each_notice(program: Program) -> dict[str, str]:
    statement = (
        select(notice.c.id, message_notice.c.message_id)
        .join(message_notice, message_notice.c.notice_id == notice.c.id)
        .where(notice.c.state == "delivered")
    )
    with program.desk.database.read() as connection:
        return {row.id: row.message_id for row in connection.execute(statement)}
