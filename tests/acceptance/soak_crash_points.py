"""Every crash point of a delivery in turn, and many of an import: ``make soak`` runs it."""

from __future__ import annotations

import random
import shutil
import signal
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest

from tests.acceptance import listing
from tests.acceptance.calendar_state import calendar_state
from tests.acceptance.ledger import left_in_flight, recover, until, wait_until_at_rest
from tests.acceptance.original import Original, progress, start_import
from tests.acceptance.program import Program, installed
from tests.acceptance.receiver import Receiver
from tests.acceptance.tracing import (
    RECEIVES,
    SENDS,
    calls_in,
    kill_attached,
    killing,
    recording,
)

NOTICES, LAWYERS = 30, 10  # three for each endpoint: several turns, each with a commit
QUIET_SECONDS = 1.5  # after the last POST, for the commit of its outcome
WORDS_TO_POSTGRESQL = range(1, 300, 3)  # some 280 until all is told
IMPORT_WRITES = 100  # of some thousand
DEATH = -signal.SIGKILL


@pytest.mark.parametrize("call", ["pwrite64", "fdatasync"])
def test_a_daemon_killed_at_each_write_loses_nothing(tmp_path: Path, call: str) -> None:
    """The n-th of any thread, from the program's start until all is told, for every n."""
    tally: Counter[str] = Counter()
    is_hit = True
    for nth in count(1):
        folder = _fresh(tmp_path, nth)
        url = f"sqlite:///{folder / 'notifier.sqlite3'}"
        with installed(folder, url, lawyers=LAWYERS) as (program, receiver):
            _list(program)
            program.launch(under=killing(call, nth))
            is_hit = _is_killed(program, receiver, told=NOTICES)
            _recover(program, receiver, tally)
        if not is_hit:
            break
    _report(call, tally)


@pytest.mark.parametrize("calls", [SENDS, RECEIVES])
def test_a_daemon_killed_at_each_byte_it_sends_or_receives(tmp_path: Path, calls: str) -> None:
    """The n-th of the thread that talks to the network, from rest until all is told."""
    tally: Counter[str] = Counter()
    is_hit = True
    for nth in count(1):
        folder = _fresh(tmp_path, nth)
        url = f"sqlite:///{folder / 'notifier.sqlite3'}"
        with installed(folder, url, lawyers=LAWYERS) as (program, receiver):
            program.start()
            wait_until_at_rest(program)
            with kill_attached(program.process.pid, calls, nth=nth):
                _list(program)
                is_hit = _is_killed(program, receiver, told=NOTICES)
            _recover(program, receiver, tally)
        if not is_hit:
            break
    _report(calls, tally)


@pytest.mark.parametrize("nth", WORDS_TO_POSTGRESQL)
def test_a_daemon_killed_at_its_words_to_postgresql(
    tmp_path: Path, postgresql_url: str, nth: int
) -> None:
    """The n-th of any thread, from the program's start until all is told."""
    with installed(tmp_path, postgresql_url, lawyers=LAWYERS) as (program, receiver):
        _list(program)
        program.launch(under=killing("sendto", nth))
        _is_killed(program, receiver, told=NOTICES)
        _recover(program, receiver, Counter())


@pytest.mark.parametrize("call", ["fdatasync", "pwrite64"])
def test_an_import_killed_at_its_writes_is_finished_by_the_next(
    tmp_path: Path, sqlite_url: str, call: str
) -> None:
    """Every sync, and some of the writes: alternately run again or left to the daemon."""
    as_of = datetime.now(UTC) - timedelta(hours=1)
    from_date = as_of.date() + timedelta(days=3)
    first = listing.first_list(900, from_date=from_date)
    second = listing.second_list(2_000, of_first=900, from_date=from_date)
    original = Original(tmp_path, sqlite_url, mapping=listing.mapping())
    log, tally = tmp_path / "calls", Counter[str]()
    with original.opened() as program:
        assert start_import(program, first, as_of=as_of).wait(within_seconds=60) == 0
        before = calendar_state(program)
    with original.copied() as program:
        under = recording(call, log)
        assert start_import(program, second, as_of=as_of, under=under).wait(within_seconds=60) == 0
        after = calendar_state(program)

    every = range(1, sum(one.name == call for one in calls_in(log)) + 1)
    some = sorted(random.Random(call).sample(every, min(IMPORT_WRITES, len(every))))
    for at, nth in enumerate(some):
        with original.copied() as program:
            killed = start_import(program, second, as_of=as_of, under=killing(call, nth))
            assert killed.wait(within_seconds=60) == DEATH
            now, state = calendar_state(program), progress(program).state
            tally += Counter({"points": 1, state: 1})
            assert now == before or state != "staging"
            assert set(now.hearings) <= set(before.hearings) | set(after.hearings)
            if at % 2 or state == "staging":
                again = start_import(program, second, as_of=as_of)
                assert again.wait(within_seconds=60) == 0
            else:
                program.start()
                program.kill()
            assert calendar_state(program) == after
    _report(f"import, {call} of {len(every)}", tally)


def _fresh(tmp_path: Path, nth: int) -> Path:
    shutil.rmtree(tmp_path / str(nth - 1), ignore_errors=True)
    folder = tmp_path / str(nth)
    folder.mkdir()
    return folder


def _list(program: Program) -> None:
    days = timedelta(days=3)
    program.list_hearings(NOTICES, lawyers=LAWYERS, starts_in=days)
    program.desk.database.dispose()


def _is_killed(program: Program, receiver: Receiver, *, told: int) -> bool:
    """Whether the tracer killed it before it had nothing left to do; else it is killed at rest."""
    process = program.process
    assert until(lambda: not process.is_alive or len(receiver.taken) >= told, within_seconds=60)
    until(lambda: not process.is_alive, within_seconds=QUIET_SECONDS)
    is_hit = not process.is_alive
    program.kill()
    return is_hit


def _recover(program: Program, receiver: Receiver, tally: Counter[str]) -> None:
    orphans, posts = left_in_flight(program), receiver.total
    recover(program, receiver, orphaned=[orphans], notices=NOTICES)
    tally += Counter(points=1, orphans=len(orphans), posts=posts)
    tally["repeats"] += receiver.total - NOTICES


def _report(what: str, tally: Counter[str]) -> None:
    print(f"\n{what}: {dict(tally)}")  # noqa: T201 - what a soak counted is what it is run for
