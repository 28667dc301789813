"""Whatever holds the daemon up for seconds, it goes on by itself and repeats nothing."""

from __future__ import annotations

import signal
import threading
from contextlib import closing
from datetime import timedelta
from pathlib import Path

from sqlalchemy import select, text

from notifier.storage import locks
from notifier.storage.tables import attempt, message, pulse
from tests.acceptance.ledger import delivered, until, wait_until_at_rest, wait_until_told
from tests.acceptance.program import Program, installed

HEARINGS = 4
RUNG = timedelta(hours=3)  # a lawyer is reminded so long before
RESUMES_SECONDS = 2.0


def test_a_database_locked_by_somebody_else_costs_turns_and_nothing_more(
    tmp_path: Path, database_url: str
) -> None:
    """Attempts come home and reminders come due while another program holds the write lock."""
    may_answer = threading.Event()
    with installed(tmp_path, database_url, lawyers=HEARINGS, timeout_seconds=10) as (
        program,
        receiver,
    ):
        receiver.before_answer = lambda webhook_id: _wait(may_answer)
        program.start()
        due_in = timedelta(seconds=8)  # enough to take the lock before
        program.list_hearings(HEARINGS, lawyers=HEARINGS, starts_in=RUNG + due_in)
        due_at = program.desk.database.now() + due_in
        assert receiver.wait_for_total(HEARINGS, within_seconds=10)
        with program.desk.database.write():
            may_answer.set()
            if program.desk.database.is_sqlite:  # so long that a turn gives up
                assert program.process.wait_for('"turn_failed"', within_seconds=25)
            until(lambda: program.desk.database.wall_clock() > due_at, within_seconds=10)
            assert receiver.total == HEARINGS

        assert receiver.wait_for_total(2 * HEARINGS, within_seconds=RESUMES_SECONDS)
        wait_until_told(program, receiver, of=2 * HEARINGS)
        assert program.terminate(within_seconds=10) == 0
        assert set(receiver.taken.values()) == {1}


def test_daemons_whose_sessions_the_server_drops_go_on_and_are_not_taken_for_dead(
    tmp_path: Path, postgresql_url: str
) -> None:
    """As after a restart of the server: each is there again, and holds its lock again."""
    with (
        installed(tmp_path, postgresql_url, lawyers=HEARINGS) as (program, receiver),
        closing(Program.opened(tmp_path)) as other,
    ):
        program.start()
        other.start()
        wait_until_at_rest(program)
        assert until(lambda: len(_owners(program)) == 2, within_seconds=10)
        assert _dead(program) == []
        _drop_sessions(program)
        program.list_hearings(HEARINGS, lawyers=HEARINGS, starts_in=timedelta(days=3))
        wait_until_told(program, receiver, of=HEARINGS)
        assert until(lambda: _dead(program) == [], within_seconds=15)
        assert program.terminate(within_seconds=10) == 0
        assert other.terminate(within_seconds=10) == 0
        assert set(receiver.taken.values()) == {1}


def test_a_worker_that_wakes_after_its_lease_changes_nothing(
    tmp_path: Path, postgresql_url: str
) -> None:
    """Frozen with an attempt in flight, it is overtaken; what it brings home late is fenced."""
    may_answer = threading.Event()
    with installed(tmp_path, postgresql_url, lawyers=1, timeout_seconds=1) as (frozen, receiver):
        receiver.before_answer = lambda webhook_id: _wait(may_answer)
        frozen.start()
        frozen.list_hearings(1, lawyers=1, starts_in=timedelta(days=3))
        assert receiver.wait_for_total(1, within_seconds=10)
        frozen.process.send(signal.SIGSTOP)
        may_answer.set()
        with closing(Program.opened(tmp_path)) as other:
            other.start()
            assert receiver.wait_for_total(2, within_seconds=60)
            assert until(lambda: delivered(other) == 1, within_seconds=10)
            assert other.terminate(within_seconds=10) == 0
        frozen.process.send(signal.SIGCONT)
        assert frozen.process.wait_for('"fenced": 1', within_seconds=60)
        assert frozen.terminate(within_seconds=10) == 0

        assert list(receiver.taken.values()) == [2], "the same message, twice"
        assert _attempts(frozen) == [(1, "unknown"), (2, "delivered")]
        assert _message(frozen) == [("delivered", 2)]


def _wait(event: threading.Event) -> None:
    assert event.wait(30)


def _owners(program: Program) -> list[str]:
    with program.desk.database.read() as connection:
        return list(connection.execute(select(pulse.c.owner)).scalars())


def _dead(program: Program) -> list[str]:
    """Daemons that another one would take for dead."""
    owners = _owners(program)
    with program.desk.database.write() as connection:
        return locks.dead_owners(connection, owners)


def _drop_sessions(program: Program) -> None:
    """End every session of this database but ours, as a server does that is restarted."""
    others = "datname = current_database() AND pid <> pg_backend_pid()"
    with program.desk.database.read() as connection:
        statement = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}"
        connection.execute(text(statement)).all()


def _attempts(program: Program) -> list[tuple[int, str]]:
    statement = select(attempt.c.epoch, attempt.c.outcome).order_by(attempt.c.epoch)
    with program.desk.database.read() as connection:
        return [(row.epoch, row.outcome) for row in connection.execute(statement)]


def _message(program: Program) -> list[tuple[str, int]]:
    with program.desk.database.read() as connection:
        rows = connection.execute(select(message.c.state, message.c.epoch))
        return [(row.state, row.epoch) for row in rows]
