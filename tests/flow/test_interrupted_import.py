"""An import that dies half way is finished as if nothing had been, and is never seen half done."""

from __future__ import annotations

from collections.abc import Callable
from datetime import time
from typing import Any

import pytest

from notifier.errors import Conflict
from notifier.flow import edit, intake
from notifier.storage import audit, calendar, imports, locks, views
from tests.support.lists import listed
from tests.support.office import COORDINATOR, LAWYER, MONITOR, Office

HELD = [
    listed(row, local_time=time(9 + row % 8), assignees=(LAWYER,) if row % 2 else ())
    for row in range(2, 8)
]
LIST = [
    listed(2, local_time=time(9 + 2)),  # as it was
    listed(3, local_time=time(8), assignees=(LAWYER, MONITOR)),  # moved
    listed(4, local_time=time(9 + 4), cancelled=True),  # called off
    listed(4, local_time=time(9 + 4), cancelled=True),  # the same again
    *(listed(row, assignees=(MONITOR,)) for row in range(20, 25)),  # new
    listed(5, local_time=time(7)),  # one became two
    listed(5, local_time=time(8)),
    listed(40, court="Nowhere Court"),  # quarantined
]


class Killed(Exception):
    """The process is gone."""


@pytest.fixture
def prepared(office: Office, monkeypatch: pytest.MonkeyPatch) -> Office:
    """A calendar with people who were told of it, and chunks so small that there are many."""
    monkeypatch.setattr(intake, "STAGED_AT_ONCE", 3)
    monkeypatch.setattr(intake, "APPLIED_AT_ONCE", 2)
    office.people(LAWYER, MONITOR, COORDINATOR)
    office.takes_in(*HELD)
    office.sends()
    office.wait(hours=1)
    return office


def whole_state(office: Office) -> Any:
    """Everything an import decides, without the ids that chance makes."""
    with office.read() as connection:
        bound = views.assignments(connection)
    hearings = [{**row, "id": None} for row in office.hearings()]
    notices = [{**row, "id": None, "hearing": None} for row in office.notices()]
    assigned = [{**row, "hearing_id": None} for row in bound]
    return [sorted(rows, key=repr) for rows in (hearings, notices, assigned)]


def killed_after(chunks: int) -> Callable[[int, int], None]:
    """A process that dies after its so manieth chunk."""
    left = [chunks]

    def progress(done: int, total: int) -> None:
        left[0] -= 1
        if left[0] == 0:
            raise Killed

    return progress


def again(office: Office) -> None:
    """The same list is imported once more."""
    office.takes_in(*LIST)


def restart(office: Office) -> None:
    """The daemon starts, and finishes what was decided; what was not is imported again."""
    intake.resume(office.desk)
    again(office)


STAGED, APPLIED = 5, 7  # chunks of LIST, of HELD's questions and of its bad row
CHUNKS = range(1, STAGED + APPLIED + 1)


@pytest.mark.parametrize("recover", [again, restart])
@pytest.mark.parametrize("chunks", CHUNKS)
def test_killed_after_any_chunk_it_ends_as_if_it_had_not_been(
    prepared: Office, chunks: int, recover: Callable[[Office], None], whole: Any
) -> None:
    with pytest.raises(Killed):
        prepared.takes_in(*LIST, progress=killed_after(chunks))

    recover(prepared)

    assert whole_state(prepared) == whole


@pytest.fixture(scope="session")
def wholes() -> dict[str, Any]:
    """What an import that nobody killed ends in, once per kind of database."""
    return {}


@pytest.fixture
def whole(
    wholes: dict[str, Any], migrated_file: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> Any:
    """The state after an import that nobody killed: the same on any database."""
    if not wholes:
        import shutil

        shutil.copy(migrated_file, tmp_path / "whole.sqlite3")
        calm = Office(f"sqlite:///{tmp_path / 'whole.sqlite3'}")
        calm.people(LAWYER, MONITOR, COORDINATOR)
        calm.takes_in(*HELD)
        calm.sends()
        calm.wait(hours=1)
        again(calm)
        again(calm)
        wholes["state"] = whole_state(calm)
        calm.database.dispose()
    return wholes["state"]


def test_there_are_as_many_chunks_as_are_killed_here(prepared: Office) -> None:
    seen: list[int] = []

    prepared.takes_in(*LIST, progress=lambda done, total: seen.append(total))

    assert len(seen) == len(CHUNKS)


@pytest.mark.parametrize("chunks", range(1, STAGED + 1))
def test_until_it_is_decided_nothing_is_changed(prepared: Office, chunks: int) -> None:
    before = whole_state(prepared)

    with pytest.raises(Killed):
        prepared.takes_in(*LIST, progress=killed_after(chunks))

    assert intake.resume(prepared.desk) == 0
    assert whole_state(prepared) == before


def test_what_was_decided_is_finished_at_the_next_start(prepared: Office) -> None:
    with pytest.raises(Killed):
        prepared.takes_in(*LIST, progress=killed_after(STAGED + 1))

    assert intake.resume(prepared.desk) == 1
    assert intake.resume(prepared.desk) == 0


def test_an_import_that_a_living_process_applies_is_left_to_it(prepared: Office) -> None:
    """A daemon that starts beside a running import must neither fail nor meddle."""
    with pytest.raises(Killed):
        prepared.takes_in(*LIST, progress=killed_after(STAGED + 1))

    with locks.held(prepared.database, "import-almaty", otherwise=""):
        assert intake.resume(prepared.desk) == 0
    assert intake.resume(prepared.desk) == 1


def test_a_second_import_of_the_same_source_is_refused_while_one_runs(prepared: Office) -> None:
    refused: list[str] = []

    def meanwhile(done: int, total: int) -> None:
        with pytest.raises(Conflict, match="another import of 'almaty' is running") as raised:
            again(prepared)
        refused.append(str(raised.value))

    prepared.takes_in(*LIST, progress=meanwhile)

    assert len(refused) == len(CHUNKS)


def test_an_import_of_another_source_goes_on_beside_it(prepared: Office) -> None:
    done: list[int] = []

    def meanwhile(_done: int, _total: int) -> None:
        if not done:
            done.append(prepared.takes_in(listed(90), source="astana").new)

    prepared.takes_in(*LIST, progress=meanwhile)

    assert done == [1]


def test_the_dispatcher_works_between_two_chunks(prepared: Office) -> None:
    """And nobody is told of the old time of what was moved already."""
    posted: list[str] = []

    def meanwhile(_done: int, _total: int) -> None:
        posted.extend(post.type for post in prepared.sends())

    prepared.takes_in(*LIST, progress=meanwhile)
    posted.extend(post.type for post in prepared.sends())

    assert posted.count("hearing.moved") == 1
    assert prepared.missing() == 0


def test_a_hearing_changes_with_its_notices_or_not_at_all(
    prepared: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Revision, supersession, correction and new notices share one transaction."""
    before = whole_state(prepared)

    def fail(*_: Any, **__: Any) -> None:
        raise Killed

    hearing_id = prepared.hearing_id()
    with monkeypatch.context() as broken:
        broken.setattr(audit, "enter", fail)
        with pytest.raises(Killed):
            edit.move_hearing(
                prepared.desk, hearing_id=hearing_id, local_time=time(6), now=prepared.now
            )
        assert whole_state(prepared) == before
        broken.setattr(imports, "mark_applied", fail)
        with pytest.raises(Killed):
            prepared.takes_in(listed(70))
    with prepared.read() as connection:
        assert len(imports.unfinished(connection)) == 1
        assert len(calendar.load_hearings(connection, [hearing_id])) == 1
    assert whole_state(prepared) == before
