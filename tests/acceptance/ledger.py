"""What the database says of notices and messages, and what a receiver took, held together."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from sqlalchemy import select, text

from notifier.flow import upkeep
from notifier.storage import health, views
from notifier.storage.engine import Database
from notifier.storage.tables import message, message_notice, notice
from tests.acceptance.program import Program
from tests.acceptance.receiver import Receiver

RE_ATTEMPT_SECONDS = 3.0  # the contract's: orphans go out again so soon after a restart


def until(happened: Callable[[], bool], *, within_seconds: float) -> bool:
    """Look again and again at what nobody tells of; False when it did not happen in time."""
    deadline = time.monotonic() + within_seconds
    while not happened():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.005)
    return True


def wait_until_at_rest(program: Program) -> None:
    """Wait until a daemon with nothing to do has done what it does when it starts.

    Afterwards it has a SQLite file alone again, as it mostly has: a log that somebody else still
    reads is not repaired after a crash.
    """
    assert until(lambda: last_pulse(program) is not None, within_seconds=10)
    program.desk.database.dispose()


def last_pulse(program: Program) -> datetime | None:
    """When a daemon last said that it lives, by its own clock; None: never."""
    with program.desk.database.read() as connection:
        found = health.last_pulse(connection)
    return found["beat_at"] if found is not None else None


def settle(database: Database) -> None:
    """Wait for the transaction that a dead client's server may still be finishing."""
    with database.write():
        pass


def in_flight(database: Database) -> set[str]:
    """Ids of the messages whose attempt began and did not end."""
    settle(database)
    with database.read() as connection:
        statement = select(message.c.id).where(message.c.state == "in_flight")
        return set(connection.execute(statement).scalars())


def message_of_each_notice(program: Program) -> dict[str, str]:
    """The message that carried each delivered notice."""
    statement = (
        select(notice.c.id, message_notice.c.message_id)
        .join(message_notice, message_notice.c.notice_id == notice.c.id)
        .where(notice.c.state == "delivered")
    )
    with program.desk.database.read() as connection:
        return {row.id: row.message_id for row in connection.execute(statement)}


def delivered(program: Program) -> int:
    """How many messages are recorded as delivered."""
    with program.desk.database.read() as connection:
        counts = views.counts(connection, today=program.desk.database.now().date())
    return counts.get("messages_delivered", 0)


def wait_until_told(program: Program, receiver: Receiver, *, of: int) -> None:
    """Wait until so many messages are recorded as delivered."""
    assert receiver.wait_for_total(of, within_seconds=60)
    assert until(lambda: delivered(program) >= of, within_seconds=60)


def damage(database: Database) -> str:
    """What SQLite finds wrong with a file: ``ok`` is nothing."""
    if not database.is_sqlite:
        return "ok"
    with database.read() as connection:
        found = connection.execute(text("PRAGMA integrity_check")).scalars().all()
    return "; ".join(found)


def left_in_flight(program: Program) -> set[str]:
    """What a crash left in flight; nothing may be damaged.

    A SQLite file is looked at in a copy: whoever opens it first after a crash repairs it, and that
    is to be the next daemon.
    """
    path = program.desk.database.path
    if path is None:
        return in_flight(program.desk.database)
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / path.name
        for suffix in ("", "-wal"):
            if (file := path.with_name(path.name + suffix)).exists():
                shutil.copy(file, copy.with_name(file.name))
        database = Database(f"sqlite:///{copy}")
        assert damage(database) == "ok"
        found = in_flight(database)
        database.dispose()
    return found


def recover(
    program: Program, receiver: Receiver, *, orphaned: Sequence[set[str]], notices: int
) -> None:
    """Start once more, and see that nothing is lost and little was repeated.

    ``orphaned`` holds what each crash left in flight, the last one last.
    """
    before = Counter(receiver.taken)
    program.start()
    for orphan in orphaned[-1]:
        again = receiver.wait_for_id(
            orphan, at_least=before[orphan] + 1, within_seconds=RE_ATTEMPT_SECONDS
        )
        assert again, "an orphan goes out again soon after the restart"
    wait_until_told(program, receiver, of=notices)
    assert program.terminate(within_seconds=10) == 0
    told = message_of_each_notice(program)
    assert len(told) == notices
    assert set(receiver.taken) == set(told.values()), "none is lost, and a repeat has the first id"
    for message_id, times in receiver.taken.items():
        crashes = sum(message_id in one for one in orphaned)
        assert times <= 1 + crashes, "at most one extra per crash, and only what was in flight"
    now = program.desk.database.now()
    assert upkeep.run_audit(program.desk, now=now).problems == ()
    assert damage(program.desk.database) == "ok"
