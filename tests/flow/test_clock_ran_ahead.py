"""A clock that ran ahead is set right: what it put off goes when it would have gone."""

from __future__ import annotations

from datetime import timedelta

import pytest

from notifier.core.delivery import Outcome, OutcomeClass
from notifier.flow import dispatch, upkeep
from tests.support.lists import listed
from tests.support.office import LAWYER, Office, told
from tests.support.wire import DOWN

AHEAD = timedelta(hours=5)  # as a clock of local time that is taken for UTC
FIRST_DELAY = timedelta(seconds=2)


@pytest.fixture
def ahead(office: Office) -> Office:
    """A lawyer is owed word of a hearing, and the machine's clock is hours ahead."""
    office.people(LAWYER)
    office.takes_in(listed(assignees=(LAWYER,)))
    office.clock.now += AHEAD
    return office


def set_right(office: Office) -> int:
    office.clock.now -= AHEAD
    return upkeep.follow_clock_back(office.desk, now=office.now)


def test_a_retry_keeps_its_delay_and_nothing_more(ahead: Office) -> None:
    ahead.sends(DOWN)

    assert set_right(ahead) == 1
    assert ahead.sends() == [], "no sooner than it was to wait"
    ahead.wait_until(ahead.now + FIRST_DELAY)
    assert told(ahead.sends()) == [(LAWYER, "hearing.new")]


def test_without_it_the_retry_would_wait_for_the_wrong_clock(ahead: Office) -> None:
    ahead.sends(DOWN)
    ahead.clock.now -= AHEAD

    ahead.wait(hours=1)
    assert ahead.sends() == []


def test_looking_again_changes_nothing(ahead: Office) -> None:
    """A receiver that asked for ten minutes gets them, however often the clock is looked at."""
    ahead.sends(Outcome(outcome=OutcomeClass.THROTTLED, status=503, retry_after_seconds=600))
    asked_until = ahead.now - AHEAD + timedelta(minutes=10)
    set_right(ahead)

    ahead.wait(minutes=1)
    assert upkeep.follow_clock_back(ahead.desk, now=ahead.now) == 0
    assert ahead.turn().next_due_at == asked_until


def test_a_message_made_too_soon_waits_for_its_notice(ahead: Office) -> None:
    """The three-hour reminder was due by the wrong clock; by the right one it is not yet."""
    ahead.sends()
    (rung,) = ahead.notices(rung="3h")
    ahead.clock.now = rung["due_at"] + timedelta(hours=1)
    with ahead.write() as connection:
        dispatch.enqueue(connection, ahead.desk, now=ahead.now)

    assert set_right(ahead) == 1
    assert ahead.now < rung["due_at"]
    assert ahead.sends() == []
    ahead.wait_until(rung["due_at"])
    assert told(ahead.sends()) == [(LAWYER, "hearing.reminder")]


def test_a_clock_that_is_right_puts_nothing_forward(ahead: Office) -> None:
    ahead.sends(DOWN)

    assert upkeep.follow_clock_back(ahead.desk, now=ahead.now) == 0


def test_a_clock_set_right_little_by_little_is_no_step(ahead: Office) -> None:
    ahead.sends(DOWN)
    ahead.clock.now -= timedelta(seconds=1)

    assert upkeep.follow_clock_back(ahead.desk, now=ahead.now) == 0
