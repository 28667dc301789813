"""News that is overtaken on its way: nobody is left believing what is not true any more."""

from __future__ import annotations

from datetime import time
from typing import Any

import pytest

from notifier.core.delivery import Outcome
from notifier.flow import edit, register
from tests.support.lists import listed
from tests.support.office import COORDINATOR, LAWYER, Office, told
from tests.support.wire import DOWN, SLOW, TAKEN, Post

NINE, TEN, ELEVEN = time(9), time(10), time(11)


@pytest.fixture
def told_of(office: Office) -> Office:
    """A lawyer is about to be told of a hearing tomorrow at ten."""
    office.people(LAWYER)
    office.takes_in(listed(assignees=(LAWYER,)))
    return office


def moves(office: Office, local_time: time | None = NINE, **also: Any) -> None:
    """A minute later the court says another time."""
    edit.move_hearing(
        office.desk,
        hearing_id=office.hearing_id(),
        local_time=local_time,
        now=office.wait(minutes=1),
        **also,
    )


def under_way(office: Office) -> Post:
    """The one attempt that was begun and did not come home."""
    (post,) = office.posts(office.turn())
    return post


def test_a_move_before_anybody_was_told_is_just_the_hearing(told_of: Office) -> None:
    moves(told_of)

    (post,) = told_of.sends()

    assert (post.type, post.item["local_time"], post.item["change"]) == (
        "hearing.new",
        "09:00",
        None,
    )


def test_a_try_that_failed_still_may_have_told_them(told_of: Office) -> None:
    """A receiver that answered nothing may have understood everything."""
    told_of.sends(SLOW)

    moves(told_of)

    assert told(told_of.sends()) == [(LAWYER, "hearing.moved")]
    assert "withdrawn" in {row["state"] for row in told_of.messages()}


def test_what_waits_for_another_try_is_not_sent_after_a_move(told_of: Office) -> None:
    told_of.sends(DOWN)
    moves(told_of)
    told_of.sends()

    told_of.wait(hours=1)

    assert told_of.sends() == []


@pytest.mark.parametrize("outcome", [TAKEN, SLOW], ids=["it arrived", "it may have arrived"])
def test_old_news_that_arrives_late_is_corrected_again(told_of: Office, outcome: Outcome) -> None:
    old = under_way(told_of)
    moves(told_of)
    (correction,) = told_of.sends()

    told_of.turn(old.comes_home(outcome), is_draining=True)

    (again,) = told_of.sends()
    assert (again.type, again.item["local_time"]) == ("hearing.moved", "09:00")
    assert again.id != correction.id
    assert again.item["sequence"] > correction.item["sequence"]
    assert told_of.missing() == 0


def test_old_news_that_did_not_arrive_needs_no_correction(told_of: Office) -> None:
    old = under_way(told_of)
    moves(told_of)
    told_of.sends()

    told_of.turn(old.comes_home(DOWN), is_draining=True)

    assert told_of.sends() == []


def test_old_news_that_arrives_before_the_correction_went_out_is_corrected_once(
    told_of: Office,
) -> None:
    old = under_way(told_of)
    moves(told_of)
    told_of.turn(old.comes_home(TAKEN), is_draining=True)

    assert told(told_of.sends()) == [(LAWYER, "hearing.moved")]
    assert told_of.sends() == []


def test_only_the_correction_that_is_still_true_goes_again(told_of: Office) -> None:
    """Two moves later, the first correction is old news itself."""
    old = under_way(told_of)
    moves(told_of, NINE)
    told_of.sends()
    moves(told_of, ELEVEN)

    told_of.turn(old.comes_home(TAKEN), is_draining=True)

    (post,) = told_of.sends()
    assert (post.type, post.item["local_time"]) == ("hearing.moved", "11:00")


def test_a_cancellation_goes_again_like_any_correction(told_of: Office) -> None:
    old = under_way(told_of)
    edit.cancel_hearing(told_of.desk, hearing_id=told_of.hearing_id(), now=told_of.wait(minutes=1))
    assert told(told_of.sends()) == [(LAWYER, "hearing.cancelled")]

    told_of.turn(old.comes_home(TAKEN), is_draining=True)

    assert told(told_of.sends()) == [(LAWYER, "hearing.cancelled")]


def test_whoever_was_relieved_meanwhile_is_told_so_again(told_of: Office) -> None:
    """Relieving is no new revision, and still the reminder that comes after it is wrong."""
    old = under_way(told_of)
    register.relieve(
        told_of.desk,
        recipient=LAWYER,
        hearing_id=told_of.hearing_id(),
        now=told_of.wait(minutes=1),
    )
    assert told(told_of.sends()) == [(LAWYER, "hearing.relieved")]

    told_of.turn(old.comes_home(TAKEN), is_draining=True)

    assert told(told_of.sends()) == [(LAWYER, "hearing.relieved")]


def test_whoever_was_called_back_meanwhile_is_not_told_that_they_are_free(
    told_of: Office,
) -> None:
    old = under_way(told_of)
    hearing_id = told_of.hearing_id()
    register.relieve(
        told_of.desk, recipient=LAWYER, hearing_id=hearing_id, now=told_of.wait(minutes=1)
    )
    told_of.sends()
    register.assign(
        told_of.desk, recipient=LAWYER, hearing_ids=[hearing_id], now=told_of.wait(minutes=1)
    )
    assert told(told_of.sends()) == [(LAWYER, "hearing.new")]

    told_of.turn(old.comes_home(TAKEN), is_draining=True)

    assert told_of.sends() == []


@pytest.mark.parametrize(
    ("change", "kind", "kinds"),
    [
        pytest.param(lambda o: moves(o, NINE), "moved", ["moved_earlier"], id="earlier"),
        pytest.param(lambda o: moves(o, ELEVEN), "moved", ["moved_later"], id="later"),
        pytest.param(lambda o: moves(o, TEN, room="9"), "changed", ["room"], id="another room"),
        pytest.param(lambda o: moves(o, None), "changed", ["time_unknown"], id="no time any more"),
        pytest.param(
            lambda o: moves(o, NINE, room="9"), "moved", ["moved_earlier", "room"], id="both"
        ),
    ],
)
def test_a_correction_says_what_was_and_what_is(
    told_of: Office, change: object, kind: str, kinds: list[str]
) -> None:
    told_of.sends()

    assert callable(change)
    change(told_of)

    (post,) = told_of.sends()
    assert post.type == f"hearing.{kind}"
    assert post.item["change"]["kinds"] == kinds
    assert post.item["change"]["from"]["local_time"] == "10:00"


def test_moved_and_moved_back_is_told_to_whoever_heard_of_the_move(told_of: Office) -> None:
    told_of.sends()
    moves(told_of, NINE)
    told_of.sends()
    moves(told_of, TEN)

    (post,) = told_of.sends()

    assert (post.type, post.item["local_time"]) == ("hearing.moved", "10:00")


def test_moved_and_moved_back_before_anybody_heard_is_silence(told_of: Office) -> None:
    told_of.sends()
    moves(told_of, NINE)
    moves(told_of, TEN)

    assert told_of.sends() == []
    assert told_of.missing() == 0


def test_cancelled_and_reinstated_says_so_both_times(told_of: Office) -> None:
    hearing_id = told_of.hearing_id()
    told_of.sends()
    edit.cancel_hearing(told_of.desk, hearing_id=hearing_id, now=told_of.wait(minutes=1))
    (cancelled,) = told_of.sends()
    assert cancelled.type == "hearing.cancelled"
    assert told_of.notices(state="pending") == []

    edit.reinstate_hearing(told_of.desk, hearing_id=hearing_id, now=told_of.wait(minutes=1))

    (back,) = told_of.sends()
    assert (back.type, back.item["revision"]) == ("hearing.reinstated", 3)
    assert {row["rung"] for row in told_of.notices(state="pending")} == {"3h", "45m"}


def test_a_gap_is_not_told_of_a_hearing_that_was_called_off(office: Office) -> None:
    office.people(COORDINATOR)
    office.takes_in(listed())
    edit.cancel_hearing(office.desk, hearing_id=office.hearing_id(), now=office.now)

    assert office.sends() == []


@pytest.mark.parametrize("happens", ["moved", "cancelled", "relieved"])
def test_a_second_endpoint_is_not_told_what_only_the_first_one_heard_in_time(
    office: Office, happens: str
) -> None:
    """Its notice ended when the first endpoint took it; the second one is still being tried."""
    office.person(LAWYER, positions=(0, 0))
    office.takes_in(listed(assignees=(LAWYER,)))
    first, second = office.posts(office.turn())
    office.turn(first.comes_home(TAKEN), second.comes_home(DOWN), is_draining=True)
    now, hearing_id = office.wait(minutes=1), office.hearing_id()

    if happens == "moved":
        edit.move_hearing(office.desk, hearing_id=hearing_id, local_time=NINE, now=now)
    elif happens == "cancelled":
        edit.cancel_hearing(office.desk, hearing_id=hearing_id, now=now)
    else:
        register.relieve(office.desk, recipient=LAWYER, hearing_id=hearing_id, now=now)

    assert told(office.sends()) == 2 * [(LAWYER, f"hearing.{happens}")]
    office.wait(hours=1)
    assert office.sends() == []
