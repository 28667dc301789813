"""The calendar edited by hand: what a court says by phone counts at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, time
from typing import Any

import pytest

from notifier.errors import Conflict, NotFound, NotifierError
from notifier.flow import edit, register
from notifier.storage.tables import audit_entry
from tests.support.lists import ALMATY, TOMORROW, listed
from tests.support.office import COORDINATOR, LAWYER, Office, told

NINE, TEN = time(9), time(10)


def enter(office: Office, **said: Any) -> str:
    """Enter a hearing of a known detainee tomorrow at ten."""
    usual: dict[str, Any] = {
        "detainee": "PV-9",
        "court": ALMATY,
        "kind": "Remand",
        "local_date": TOMORROW,
        "local_time": TEN,
        "room": "4",
    }
    return edit.add_hearing(office.desk, now=office.now, **(usual | said))


@pytest.fixture
def known(office: Office) -> Office:
    """A detainee, and the lawyer who represents them."""
    office.people(LAWYER)
    register.add_detainee(office.desk, ref="PV-9", name=None, case=None, now=office.now)
    register.represent(office.desk, recipient=LAWYER, detainee="PV-9", now=office.now)
    return office


def test_a_hearing_entered_is_told_to_whoever_represents_its_detainee(known: Office) -> None:
    enter(known)

    assert told(known.sends()) == [(LAWYER, "hearing.new")]


def test_a_hearing_of_unknown_time_is_reminded_of_on_its_date(known: Office) -> None:
    enter(known, local_time=None, room=None)

    assert {row["rung"] for row in known.notices()} == {"now", "1d@18:00", "0d@07:00"}


def test_the_same_hearing_is_not_entered_twice(known: Office) -> None:
    hearing_id = enter(known)

    with pytest.raises(Conflict, match=f"PV-9 has this hearing already: {hearing_id}"):
        enter(known, room="another")

    enter(known, kind="Appeal")
    assert len(known.hearings()) == 2, "another kind is another hearing"


@pytest.mark.parametrize(
    ("said", "error", "words"),
    [
        pytest.param({"detainee": "PV-0"}, NotFound, "no detainee 'PV-0'", id="nobody"),
        pytest.param({"court": "Nowhere"}, NotFound, "no court 'Nowhere'", id="nowhere"),
        pytest.param(
            {"court": "Amtsgericht", "local_date": date(2027, 3, 28), "local_time": time(2, 30)},
            NotifierError,
            "2027-03-28 02:30 in Europe/Berlin: this wall time does not exist",
            id="at a time that does not exist",
        ),
        pytest.param({"local_date": date.max}, NotifierError, "no date a court", id="the last day"),
        pytest.param({"local_date": date.min}, NotifierError, "no date a court", id="the first"),
    ],
)
def test_a_hearing_is_refused(
    known: Office, said: dict[str, Any], error: type[Exception], words: str
) -> None:
    register.add_court(
        known.desk, name="Amtsgericht", zone="Europe/Berlin", city=None, now=known.now
    )

    with pytest.raises(error, match=words):
        enter(known, **said)

    assert known.hearings() == []


def test_what_is_entered_by_hand_is_no_lists_to_change(known: Office) -> None:
    enter(known)

    report = known.takes_in(listed(detainee_ref="PV-9", kind="Remand", local_time=NINE))

    assert (report.new, report.changed) == (1, 0)


def test_a_move_keeps_what_is_not_said(known: Office) -> None:
    hearing_id = enter(known)

    revision = edit.move_hearing(known.desk, hearing_id=hearing_id, local_time=NINE, now=known.now)

    (row,) = known.hearings()
    assert revision == row["revision"] == 2
    assert (row["local_time"], row["local_date"], row["room"]) == (NINE, TOMORROW, "4")


def test_a_move_may_say_that_something_is_not_known(known: Office) -> None:
    hearing_id = enter(known)

    edit.move_hearing(known.desk, hearing_id=hearing_id, local_time=None, room=None, now=known.now)

    (row,) = known.hearings()
    assert (row["local_time"], row["room"], row["starts_at"]) == (None, None, None)


def test_a_move_to_another_court_takes_that_courts_zone(known: Office) -> None:
    register.add_court(known.desk, name="Aktau Court", zone="Asia/Aqtau", city=None, now=known.now)
    hearing_id = enter(known)
    known.sends()

    edit.move_hearing(
        known.desk, hearing_id=hearing_id, court="Aktau Court", now=known.wait(minutes=1)
    )

    (post,) = known.sends()
    assert (post.type, post.item["court"], post.item["zone"]) == (
        "hearing.moved",
        "Aktau Court",
        "Asia/Aqtau",
    )
    assert post.item["change"]["from"]["court"] == ALMATY


def test_a_move_to_where_it_is_changes_nothing(known: Office) -> None:
    hearing_id = enter(known)

    assert edit.move_hearing(known.desk, hearing_id=hearing_id, room="4", now=known.now) == 1


Act = Callable[[Office, str], int]


def move(office: Office, hearing_id: str) -> int:
    return edit.move_hearing(office.desk, hearing_id=hearing_id, room="9", now=office.now)


def cancel(office: Office, hearing_id: str) -> int:
    return edit.cancel_hearing(office.desk, hearing_id=hearing_id, now=office.now)


def reinstate(office: Office, hearing_id: str) -> int:
    return edit.reinstate_hearing(office.desk, hearing_id=hearing_id, now=office.now)


@pytest.mark.parametrize("act", [move, cancel, reinstate])
def test_a_hearing_that_nobody_knows_is_not_found(office: Office, act: Act) -> None:
    with pytest.raises(NotFound, match="no hearing 'hrg_none'"):
        act(office, "hrg_none")


def test_a_cancelled_hearing_is_not_moved(known: Office) -> None:
    hearing_id = enter(known)
    cancel(known, hearing_id)

    with pytest.raises(Conflict, match="reinstate it first"):
        move(known, hearing_id)


@pytest.mark.parametrize(
    ("acts", "revision"),
    [
        pytest.param([cancel, cancel], 2, id="cancelled twice is cancelled"),
        pytest.param([reinstate], 1, id="what was not cancelled is not reinstated"),
        pytest.param([cancel, reinstate], 3, id="cancelled and reinstated are two revisions"),
    ],
)
def test_a_revision_is_a_change(known: Office, acts: list[Act], revision: int) -> None:
    hearing_id = enter(known)

    assert [act(known, hearing_id) for act in acts][-1] == revision


def test_every_act_is_on_the_trail_without_a_name(office: Office) -> None:
    office.people(LAWYER, COORDINATOR)
    register.add_detainee(
        office.desk, ref="PV-9", name="Invented Person", case="7511-26", now=office.now
    )
    hearing_id = enter(office)
    for act in (move, cancel, reinstate):
        act(office, hearing_id)

    with office.read() as connection:
        rows = connection.execute(audit_entry.select().order_by(audit_entry.c.number)).all()

    assert [row.action for row in rows if row.subject_id == hearing_id] == [
        "hearing.entered",
        "hearing.revised",
        "hearing.revised",
        "hearing.revised",
    ]
    assert [row.detail for row in rows if row.action == "hearing.revised"] == [
        "2: room",
        "3: cancelled",
        "4: reinstated",
    ]
    assert not [row for row in rows if "Invented" in repr(row) or "7511" in repr(row)]
