"""An outage longer than any patience of the daemon's: it waits, and needs nobody to restart it."""

from __future__ import annotations

import time
from datetime import timedelta
from pathlib import Path

from notifier.daemon import HUNG_AFTER_SECONDS
from tests.acceptance.ledger import until, wait_until_at_rest
from tests.acceptance.program import installed

RESUMES_SECONDS = 2.0


def test_a_database_that_is_out_for_minutes_ends_no_daemon(tmp_path: Path, sqlite_url: str) -> None:
    """It fails turn after turn; that is no reason to be taken for hung."""
    with installed(tmp_path, sqlite_url, lawyers=1) as (program, receiver):
        program.start()
        wait_until_at_rest(program)
        due_in = timedelta(seconds=8)
        program.list_hearings(1, lawyers=1, starts_in=timedelta(hours=3) + due_in)
        assert receiver.wait_for_total(1, within_seconds=10)
        with program.desk.database.write():
            back_at = time.monotonic() + HUNG_AFTER_SECONDS + 20
            until(lambda: not program.process.is_alive, within_seconds=back_at - time.monotonic())
            assert program.process.is_alive

        assert receiver.wait_for_total(2, within_seconds=RESUMES_SECONDS)
        assert program.terminate(within_seconds=10) == 0
