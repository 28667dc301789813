"""What counts as done is on disk first: the order of system calls, watched from outside."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.acceptance import listing
from tests.acceptance.ledger import wait_until_told
from tests.acceptance.original import Original, start_import
from tests.acceptance.program import installed
from tests.acceptance.tracing import SENDS, Call, calls_in, recording

DISK = "pwrite64,fdatasync,fsync"
NOTICES = 10


def test_an_import_is_on_disk_before_it_says_so(tmp_path: Path, sqlite_url: str) -> None:
    """Exit code 0 is a promise: nothing of it may be in the page cache alone."""
    log = tmp_path / "calls"
    from_date = datetime.now(UTC).date() + timedelta(days=3)
    original = Original(tmp_path, sqlite_url, mapping=listing.mapping())
    with original.opened() as program:
        running = start_import(
            program,
            listing.first_list(300, from_date=from_date),
            as_of=datetime.now(UTC),
            under=recording(f"{DISK},write,exit_group", log),
        )
        assert running.wait(within_seconds=60) == 0
    calls = calls_in(log)
    report = [one for one in calls if one.name == "write" and one.said.startswith("1<")]
    exits = [one for one in calls if one.name == "exit_group"]

    assert sum(one.syncs_log for one in calls) >= 4, "courts and rows, two chunks, the end"
    assert report
    assert exits
    assert unsynced_when(calls, [*report, *exits]) == []


def test_what_a_turn_did_is_on_disk_before_the_daemon_goes_on(
    tmp_path: Path, sqlite_url: str
) -> None:
    """The dispatcher's thread wakes the one that sends only after its commit was synced."""
    log = tmp_path / "calls"
    with installed(tmp_path, sqlite_url, lawyers=NOTICES) as (program, receiver):
        program.list_hearings(NOTICES, lawyers=NOTICES, starts_in=timedelta(days=3))
        program.start(under=recording(f"{DISK},{SENDS}", log))
        main_thread = program.process.pid
        wait_until_told(program, receiver, of=NOTICES)
        assert program.terminate(within_seconds=10) == 0
    calls = calls_in(log)
    posts = [one for one in calls if one.sends and '"POST ' in one.said]
    wakes = [one for one in calls if one.sends and one.thread != main_thread]
    dispatcher = Counter(one.thread for one in calls if one.writes_log).most_common(1)[0][0]

    assert len(posts) == NOTICES
    assert {one.thread for one in posts} == {main_thread}
    assert dispatcher in {one.thread for one in wakes}
    assert unsynced_when(calls, wakes) == []
    claim = [one for one in calls[: calls.index(posts[0])] if one.thread == dispatcher]
    assert claim[-1] in wakes, "what it claimed it handed over"
    assert any(one.writes_log for one in claim), "and had written before a byte was sent"


def unsynced_when(calls: Sequence[Call], moments: Sequence[Call]) -> list[Call]:
    """Those moments at which their own thread had written to the log and not synced it."""
    dirty: defaultdict[int, bool] = defaultdict(bool)
    found = []
    for call in calls:
        if call.writes_log:
            dirty[call.thread] = True
        elif call.syncs_log:
            dirty[call.thread] = False
        elif call in moments and dirty[call.thread]:
            found.append(call)
    return found
