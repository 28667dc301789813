"""Locks that nobody has to clean up: they end with whoever holds them."""

from __future__ import annotations

import subprocess
import sys

import pytest

from notifier.errors import Conflict
from notifier.storage import locks
from notifier.storage.engine import Database

BUSY = "somebody else is at it"
HOLD = """
import sys
from notifier.storage import locks
from notifier.storage.engine import Database
with locks.held(Database(sys.argv[1]), sys.argv[2], otherwise=""):
    print("held", flush=True)
    sys.stdin.read()
"""


def holder(database: Database, name: str) -> subprocess.Popen[str]:
    """Another process that holds a lock until it is killed."""
    url = database.engine.url.render_as_string(hide_password=False)
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, url, name],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def kill(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.communicate()


def test_one_holder_at_a_time(database: Database) -> None:
    with (
        locks.held(database, "daemon", otherwise=BUSY),
        pytest.raises(Conflict, match=BUSY),
        locks.held(database, "daemon", otherwise=BUSY),
    ):
        pass


def test_a_lock_given_back_can_be_taken_again(database: Database) -> None:
    for _ in range(2):
        with locks.held(database, "daemon", otherwise=BUSY):
            pass


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("import-astana", id="another name"),
        pytest.param("import-a/b", id="a name with a slash: sources are named by people"),
        pytest.param("import-../../x", id="a name that would climb out of the folder"),
        pytest.param("import-" + "ж" * 200, id="a name longer than a file's may be"),
    ],
)
def test_locks_of_different_names_do_not_meet(database: Database, name: str) -> None:
    with (
        locks.held(database, "import-almaty", otherwise=BUSY),
        locks.held(database, name, otherwise=BUSY),
        pytest.raises(Conflict, match=BUSY),
        locks.held(database, name, otherwise=BUSY),
    ):
        pass


def test_a_lock_is_given_back_when_its_work_fails(database: Database) -> None:
    def fail() -> None:
        with locks.held(database, "daemon", otherwise=BUSY):
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()

    with locks.held(database, "daemon", otherwise=BUSY):
        pass


def test_a_killed_holder_leaves_no_lock(database: Database) -> None:
    process = holder(database, "daemon")
    with pytest.raises(Conflict), locks.held(database, "daemon", otherwise=BUSY):
        pass

    kill(process)

    _wait_until_free(database, "daemon")


def test_whoever_lost_their_lock_is_dead(postgresql_url: str) -> None:
    """On PostgreSQL every daemon holds a lock of its own name; the server sees it go."""
    database = Database(postgresql_url)
    alive, dying = holder(database, "own_alive"), holder(database, "own_dying")
    kill(dying)
    _wait_until_free(database, "own_dying")

    with database.write() as connection:
        found = locks.dead_owners(connection, ["own_alive", "own_dying", "own_unknown"])

    assert found == ["own_dying", "own_unknown"]
    kill(alive)
    database.dispose()


def _wait_until_free(database: Database, name: str) -> None:
    """A server notices a dead client when it next reads from it."""
    for _ in range(10_000):
        try:
            with locks.held(database, name, otherwise=BUSY):
                return
        except Conflict:
            continue
    pytest.fail("the lock outlived its holder")
