"""Time runs short: a coordinator is told whom to phone, once, while tries go on."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta

import pytest

from notifier.core.policy import Phoning
from notifier.storage import audit
from tests.support.lists import listed
from tests.support.office import COORDINATOR, LAWYER, POLICY, SECOND_COORDINATOR, Office
from tests.support.wire import DOWN, TAKEN

FAILED, NEW = "delivery.failed", "hearing.new"


def starts_at(office: Office) -> datetime:
    (row,) = office.hearings()
    found: datetime = row["starts_at"]
    return found


def calls(office: Office) -> list[tuple[str, str]]:
    """Whom to phone, as coordinators are told now; the lawyer's endpoint takes nothing."""
    posted = office.sends(lambda post: DOWN if post.to == LAWYER else TAKEN)
    return [(post.to, post.item["whom"]) for post in posted if post.type == FAILED]


@pytest.fixture
def deaf(office: Office) -> Office:
    """A lawyer who takes nothing, a coordinator, and a hearing in 23 hours, told as new."""
    office.people(LAWYER, COORDINATOR)
    office.takes_in(listed(assignees=(LAWYER,)))
    office.adopt(replace(POLICY, ladders={}))
    assert calls(office) == []
    return office


def test_whom_to_phone_is_told_once_when_a_tenth_of_the_lead_is_left(deaf: Office) -> None:
    (new,) = deaf.notices(kind=NEW)
    lead = starts_at(deaf) - new["due_at"]

    deaf.wait_until(starts_at(deaf) - lead / 10 - timedelta(seconds=1))
    assert calls(deaf) == []
    deaf.wait(seconds=1)
    assert calls(deaf) == [(COORDINATOR, LAWYER)]
    deaf.wait(minutes=10)
    assert calls(deaf) == []


def test_the_tries_go_on_and_what_is_delivered_later_needs_no_more(deaf: Office) -> None:
    deaf.wait_until(starts_at(deaf) - timedelta(minutes=30))
    calls(deaf)
    deaf.wait(minutes=10)

    assert [(post.to, post.type) for post in deaf.sends()] == [(LAWYER, NEW)]
    deaf.wait(hours=2)
    assert deaf.sends() == []
    assert len(deaf.notices(kind=FAILED)) == 1


def test_the_word_when_it_expires_is_the_same_word(deaf: Office) -> None:
    """A second one about the same person and revision would only interrupt the call."""
    deaf.wait_until(starts_at(deaf) - timedelta(minutes=30))
    assert calls(deaf) == [(COORDINATOR, LAWYER)]

    deaf.wait(hours=2)

    assert calls(deaf) == []
    assert deaf.notices(kind=NEW)[0]["state"] == "expired"


def test_a_quarter_of_an_hour_is_left_however_short_the_notice(office: Office) -> None:
    office.people(LAWYER, COORDINATOR)
    office.takes_in(listed(local_date=office.now.date(), local_time=time(12), assignees=(LAWYER,)))
    assert calls(office) == []

    office.wait_until(starts_at(office) - timedelta(minutes=15, seconds=1))
    calls(office)
    office.wait(seconds=1)

    assert calls(office) == [(COORDINATOR, LAWYER)]


def test_a_hearing_in_ten_minutes_is_phoned_about_after_the_first_tries(office: Office) -> None:
    office.people(LAWYER, COORDINATOR)
    office.wait(minutes=50)
    office.takes_in(listed(local_date=office.now.date(), local_time=time(12), assignees=(LAWYER,)))

    assert calls(office) == []
    office.wait(seconds=59)
    assert calls(office) == []
    office.wait(seconds=1)
    assert calls(office) == [(COORDINATOR, LAWYER)]


def test_a_hearing_without_a_time_may_start_with_its_date(office: Office) -> None:
    office.people(LAWYER, COORDINATOR)
    office.takes_in(listed(local_time=None, assignees=(LAWYER,)))
    assert calls(office) == []
    midnight = office.now + timedelta(hours=13)

    office.wait_until(midnight - timedelta(minutes=80))

    # The evening's reminder took the place of the news at 18:00: a tenth of its six hours is near.
    assert calls(office) == []
    office.wait_until(midnight - timedelta(minutes=36))
    assert calls(office) == [(COORDINATOR, LAWYER)]


def test_what_was_taken_is_not_phoned_about(office: Office) -> None:
    office.people(LAWYER, COORDINATOR)
    office.takes_in(listed(assignees=(LAWYER,)))
    office.sends()

    office.wait_until(starts_at(office) - timedelta(minutes=5))
    office.sends()

    assert office.notices(kind=FAILED) == []


def test_a_gap_that_one_coordinator_did_not_take_the_other_hears_of(office: Office) -> None:
    office.people(COORDINATOR, SECOND_COORDINATOR)
    office.takes_in(listed(local_date=office.now.date(), local_time=time(12)))

    for _ in range(4):
        office.sends(lambda post: DOWN if post.to == COORDINATOR else TAKEN)
        office.wait(minutes=15)

    (failure,) = office.notices(kind=FAILED)
    assert (failure["recipient"], failure["reason"]) == (
        SECOND_COORDINATOR,
        "coverage.gap not taken yet, and time runs short",
    )


def test_without_a_coordinator_an_alarm_says_it(office: Office) -> None:
    office.people(LAWYER)
    office.takes_in(listed(local_date=office.now.date(), local_time=time(12), assignees=(LAWYER,)))
    office.sends(DOWN)

    office.wait_until(starts_at(office) - timedelta(minutes=15))
    office.sends(DOWN)

    with office.read() as connection:
        (alarm,) = audit.open_alarms(connection)
    assert "time runs short" in alarm["reason"]


def test_when_to_phone_is_the_policys_word(deaf: Office) -> None:
    early = Phoning(before_start=timedelta(hours=12), share_of_lead=0.0)
    deaf.adopt(replace(POLICY, ladders={}, phoning=early))
    deaf.takes_in(listed(7, assignees=(LAWYER,)), source="second")
    calls(deaf)
    first = max(row["starts_at"] for row in deaf.hearings())

    deaf.wait_until(first - timedelta(hours=12))

    assert len(calls(deaf)) == 1, "only what was made under this policy"
