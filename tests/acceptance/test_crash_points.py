"""The daemon killed at one system call after another: at a claim, around a POST, in a commit."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Collection
from datetime import timedelta
from pathlib import Path

import pytest

from tests.acceptance.ledger import left_in_flight, recover, wait_until_at_rest
from tests.acceptance.program import Program, installed
from tests.acceptance.tracing import RECEIVES, SENDS, kill_attached, killing

NOTICES = LAWYERS = 10  # one for each endpoint: a single turn claims them all
ALL, NONE = {NOTICES}, {0}
DEATH = -signal.SIGKILL


def list_hearings(program: Program) -> None:
    program.list_hearings(NOTICES, lawyers=LAWYERS, starts_in=timedelta(days=3))
    program.desk.database.dispose()  # the daemon that is killed has the file alone


def wreck(program: Program) -> set[str]:
    """Wait for the kill; returns what was left in flight."""
    assert program.wait_until_dead(within_seconds=30) == DEATH
    return left_in_flight(program)


@pytest.mark.parametrize(
    ("call", "claimed"),
    [
        pytest.param("pwrite64", NONE, id="as the claim is written, nothing is claimed"),
        pytest.param("fdatasync", ALL | NONE, id="as it is synced, all is or nothing"),
        pytest.param(SENDS, ALL, id="as the first byte leaves, all is claimed"),
    ],
)
def test_killed_before_any_byte_is_sent_it_repeats_nothing(
    tmp_path: Path, sqlite_url: str, call: str, claimed: Collection[int]
) -> None:
    """No POST goes out before its claim is on disk, and none that never went out goes twice."""
    with installed(tmp_path, sqlite_url, lawyers=LAWYERS) as (program, receiver):
        program.start()
        wait_until_at_rest(program)
        with kill_attached(program.process.pid, call, nth=1):
            list_hearings(program)
            orphans = wreck(program)

        assert receiver.total == 0
        assert len(orphans) in claimed
        recover(program, receiver, orphaned=[orphans], notices=NOTICES)
        assert receiver.total == NOTICES


def test_killed_with_a_post_unanswered_it_repeats_it_once_under_the_same_id(
    tmp_path: Path, database_url: str
) -> None:
    """The receiver itself has us killed before it answers: what it took goes once more."""
    with installed(tmp_path, database_url, lawyers=LAWYERS) as (program, receiver):
        list_hearings(program)
        program.start()
        receiver.before_answer = killer(program)
        orphans = wreck(program)
        receiver.before_answer = lambda webhook_id: None

        taken = set(receiver.taken)
        assert taken <= orphans
        recover(program, receiver, orphaned=[orphans], notices=NOTICES)
        assert {one for one, times in receiver.taken.items() if times == 2} == taken


def test_killed_with_an_answer_on_its_way_it_repeats_at_most_what_was_in_flight(
    tmp_path: Path, database_url: str
) -> None:
    """The receiver answers and has us killed at once, mostly before we could record it."""
    with installed(tmp_path, database_url, lawyers=LAWYERS) as (program, receiver):
        list_hearings(program)
        program.start()
        receiver.after_answer = killer(program)
        orphans = wreck(program)
        receiver.after_answer = lambda webhook_id: None

        recover(program, receiver, orphaned=[orphans], notices=NOTICES)


def killer(program: Program) -> Callable[[str], None]:
    process = program.process
    return lambda webhook_id: process.send(signal.SIGKILL)


@pytest.mark.parametrize(
    ("call", "unrecorded"),
    [
        pytest.param("pwrite64", ALL, id="as they are written, none is recorded"),
        pytest.param("fdatasync", range(NOTICES + 1), id="as they are synced"),
    ],
)
def test_killed_in_the_commit_of_outcomes_it_repeats_what_is_not_recorded(
    tmp_path: Path, sqlite_url: str, call: str, unrecorded: Collection[int]
) -> None:
    """Every attempt is held until the tracer is there: the next commit is that of the outcomes."""
    may_answer = threading.Event()
    with installed(tmp_path, sqlite_url, lawyers=LAWYERS) as (program, receiver):
        receiver.before_answer = lambda webhook_id: _wait(may_answer)
        list_hearings(program)
        program.start()
        wait_until_at_rest(program)
        assert receiver.wait_for_total(NOTICES, within_seconds=20)
        with kill_attached(program.process.pid, call, nth=1):
            may_answer.set()
            orphans = wreck(program)

        assert len(orphans) in unrecorded
        recover(program, receiver, orphaned=[orphans], notices=NOTICES)
        assert receiver.total == NOTICES + len(orphans)


def _wait(event: threading.Event) -> None:
    assert event.wait(30)


@pytest.mark.parametrize(
    ("call", "nth"),
    [
        pytest.param("pwrite64", 9, id="early in the first commit"),
        pytest.param("pwrite64", 50, id="late in the commits"),
        pytest.param("fdatasync", 3, id="as a commit is synced"),
    ],
)
def test_killed_at_a_write_and_again_as_it_takes_up_the_orphans(
    tmp_path: Path, sqlite_url: str, call: str, nth: int
) -> None:
    """Two crashes in a row, the second in the first commit of the restart."""
    with installed(tmp_path, sqlite_url, lawyers=LAWYERS) as (program, receiver):
        list_hearings(program)
        orphaned = []
        for under in (killing(call, nth), killing("pwrite64", 3)):
            program.launch(under=under)
            orphaned.append(wreck(program))
        recover(program, receiver, orphaned=orphaned, notices=NOTICES)


@pytest.mark.parametrize(
    ("calls", "nth"),
    [
        pytest.param(SENDS, 6, id="among the POSTs"),
        pytest.param(RECEIVES, 7, id="among the answers"),
    ],
)
def test_killed_among_its_attempts_it_repeats_those_in_flight_alone(
    tmp_path: Path, sqlite_url: str, calls: str, nth: int
) -> None:
    """Some were sent and others were not; some were answered and others were not."""
    with installed(tmp_path, sqlite_url, lawyers=LAWYERS) as (program, receiver):
        program.start()
        wait_until_at_rest(program)
        with kill_attached(program.process.pid, calls, nth=nth):
            list_hearings(program)
            orphans = wreck(program)
        recover(program, receiver, orphaned=[orphans], notices=NOTICES)


@pytest.mark.parametrize("nth", [12, 60])
def test_killed_as_it_speaks_to_postgresql(tmp_path: Path, postgresql_url: str, nth: int) -> None:
    """What the server had not committed never was; what it had is taken up again."""
    with installed(tmp_path, postgresql_url, lawyers=LAWYERS) as (program, receiver):
        list_hearings(program)
        program.launch(under=killing("sendto", nth))
        orphans = wreck(program)
        recover(program, receiver, orphaned=[orphans], notices=NOTICES)
