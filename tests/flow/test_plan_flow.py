"""Plan: what is held is what the rules ask for, however often and whenever one plans."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from notifier.core.people import Role
from notifier.core.policy import ANY_KIND, Policy, rung
from notifier.flow import edit, plan, register
from tests.support.lists import TOMORROW, listed
from tests.support.office import COORDINATOR, LAWYER, MONITOR, POLICY, Office, told
from tests.support.wire import DOWN


def with_ladder(*names: str) -> Policy:
    """The policy with other rungs for lawyers."""
    return replace(
        POLICY, ladders={**POLICY.ladders, (Role.LAWYER, ANY_KIND): tuple(map(rung, names))}
    )


NEXT_WEEK = TOMORROW + timedelta(days=7)


@pytest.fixture
def planned(office: Office) -> Office:
    """A lawyer, a monitor and a coordinator; one hearing tomorrow, one next week, one uncovered."""
    office.people(LAWYER, MONITOR, COORDINATOR)
    office.takes_in(
        listed(2, assignees=(LAWYER, MONITOR)),
        listed(3, local_date=NEXT_WEEK, assignees=(LAWYER,)),
        listed(4, local_time=None),
    )
    return office


def test_each_rung_of_each_party_is_held(planned: Office) -> None:
    assert planned.states(hearing=planned.hearing_id()) == [
        (LAWYER, "hearing.reminder", "24h", 1, "not_needed"),
        (LAWYER, "hearing.new", "now", 1, "pending"),
        (MONITOR, "hearing.new", "now", 1, "pending"),
        (MONITOR, "hearing.reminder", "18h", 1, "pending"),
        (LAWYER, "hearing.reminder", "3h", 1, "pending"),
        (MONITOR, "hearing.reminder", "2h", 1, "pending"),
        (LAWYER, "hearing.reminder", "45m", 1, "pending"),
    ]


def test_a_skipped_rung_says_why(planned: Office) -> None:
    (skipped,) = planned.notices(state="not_needed")

    assert skipped["reason"] == "24h had passed when they came to know"
    assert planned.notices(hearing=skipped["hearing"], kind="hearing.new")[0]["reason"] == (
        "short notice: 24h had already passed"
    )


@pytest.mark.parametrize("days", [0, 1, 3, 6, 30])
def test_planning_again_at_any_time_changes_nothing(planned: Office, days: int) -> None:
    planned.sends()
    before = planned.notices()

    planned.wait(days=days)

    assert plan.plan_open(planned.desk, now=planned.now) == 0
    assert planned.notices() == before
    assert planned.missing() == 0


def test_a_policy_edit_adds_and_takes_away_what_is_not_due_yet(planned: Office) -> None:
    planned.sends()
    planned.wait(hours=1)

    changed = planned.adopt(with_ladder("48h", "1h"))

    lawyers = planned.notices(recipient=LAWYER, kind="hearing.reminder")
    assert {(row["rung"], row["state"]) for row in lawyers} == {
        ("24h", "not_needed"),
        ("24h", "cancelled"),
        ("3h", "cancelled"),
        ("45m", "cancelled"),
        ("48h", "not_needed"),
        ("48h", "pending"),
        ("1h", "pending"),
    }
    assert changed > 0
    assert planned.missing() == 0
    assert plan.plan_open(planned.desk, now=planned.now) == 0


def test_a_policy_edit_never_makes_a_notice_that_is_due_already(planned: Office) -> None:
    """Nobody is woken by a rung that was invented after its time."""
    planned.sends()
    planned.wait(hours=12)

    planned.adopt(with_ladder("20h", "3h", "45m"))

    assert LAWYER not in {post.to for post in planned.sends()}
    (invented,) = planned.notices(rung="20h", hearing=planned.hearing_id())
    assert (invented["state"], invented["reason"]) == (
        "not_needed",
        "20h was due before this policy came into force",
    )


def test_a_rung_that_comes_back_with_the_policy_is_owed_again_and_says_why(
    planned: Office,
) -> None:
    planned.sends()
    planned.adopt(with_ladder("3h"))
    planned.wait(minutes=5)

    planned.adopt(POLICY)

    back = planned.notices(rung="45m", hearing=planned.hearing_id())
    assert [(row["state"], row["reason"]) for row in back] == [("pending", "45m before the start")]


def test_a_policy_edit_may_lengthen_how_long_a_notice_under_way_helps(planned: Office) -> None:
    """Its message ends at the old deadline, and the notice goes on in a new one."""
    planned.sends()
    (last,) = planned.notices(rung="45m", hearing=planned.hearing_id())
    planned.wait_until(last["due_at"])
    (first,) = [post for post in planned.posts(planned.turn()) if post.to == LAWYER]
    longer = replace(
        POLICY, usefulness=replace(POLICY.usefulness, reminder_after_start=timedelta(hours=2))
    )
    planned.adopt(longer)
    planned.wait_until(last["useful_until"])
    planned.turn(first.comes_home(DOWN), is_draining=True)

    (second,) = [post for post in planned.sends() if post.to == LAWYER]

    assert (second.type, second.item["rung"]) == ("hearing.reminder", "45m")
    assert second.id != first.id


def test_a_lawyer_assigned_later_gets_the_hearings_already_on_the_calendar(
    planned: Office,
) -> None:
    planned.sends()
    planned.wait(hours=1)
    register.add_recipient(
        planned.desk,
        ref="L-LATE",
        role=Role.LAWYER,
        side=None,
        name=None,
        language="en",
        now=planned.now,
    )
    planned.endpoint("L-LATE")

    register.assign(
        planned.desk,
        recipient="L-LATE",
        hearing_ids=[planned.hearing_id("ALM-0003")],
        now=planned.now,
    )

    assert told(planned.sends()) == [("L-LATE", "hearing.new")]
    rungs = {row["rung"] for row in planned.notices(recipient="L-LATE")}
    assert rungs == {"now", "1d@18:00", "0d@07:00"}, "its time is not known: reminded on its date"


def test_somebody_assigned_in_time_closes_the_gap_before_it_is_told(office: Office) -> None:
    office.people(LAWYER, COORDINATOR)
    office.takes_in(listed())
    register.assign(
        office.desk, recipient=LAWYER, hearing_ids=[office.hearing_id()], now=office.now
    )

    assert told(office.sends()) == [(LAWYER, "hearing.new")]
    (gap,) = office.notices(kind="coverage.gap")
    assert (gap["state"], gap["reason"]) == ("not_needed", "somebody was assigned")


def test_whoever_is_relieved_hears_it_once_and_the_gap_opens(office: Office) -> None:
    office.people(LAWYER, COORDINATOR)
    office.takes_in(listed(assignees=(LAWYER,)))
    office.sends()

    register.relieve(
        office.desk, recipient=LAWYER, hearing_id=office.hearing_id(), now=office.wait(hours=1)
    )

    assert told(office.sends()) == [(COORDINATOR, "coverage.gap"), (LAWYER, "hearing.relieved")]
    edit.move_hearing(
        office.desk, hearing_id=office.hearing_id(), room="9", now=office.wait(hours=1)
    )
    assert LAWYER not in {post.to for post in office.sends()}
    assert office.notices(recipient=LAWYER, state="pending") == []


def test_whoever_never_heard_of_it_is_not_told_that_it_is_not_theirs(office: Office) -> None:
    office.people(LAWYER)
    office.takes_in(listed(assignees=(LAWYER,)))

    register.relieve(office.desk, recipient=LAWYER, hearing_id=office.hearing_id(), now=office.now)

    assert office.sends() == []


def test_whoever_is_called_back_is_told_from_the_start(office: Office) -> None:
    office.people(LAWYER)
    office.takes_in(listed(assignees=(LAWYER,)))
    office.sends()
    hearing_id = office.hearing_id()
    register.relieve(office.desk, recipient=LAWYER, hearing_id=hearing_id, now=office.wait(hours=1))
    office.sends()

    register.assign(
        office.desk, recipient=LAWYER, hearing_ids=[hearing_id], now=office.wait(hours=1)
    )

    (post,) = office.sends()
    assert (post.type, post.item["rung"]) == ("hearing.new", "now")
    assert {row["rung"] for row in office.notices(recipient=LAWYER, state="pending")} == {
        "3h#2",
        "45m#2",
    }
    office.wait_until(office.notices(rung="3h#2")[0]["due_at"])
    assert office.sends()[0].item["rung"] == "3h", "the round is ours alone to know"


def test_a_second_gap_is_told_like_the_first(office: Office) -> None:
    office.people(LAWYER, COORDINATOR)
    office.takes_in(listed())
    assert told(office.sends()) == [(COORDINATOR, "coverage.gap")]
    hearing_id = office.hearing_id()
    register.assign(office.desk, recipient=LAWYER, hearing_ids=[hearing_id], now=office.now)
    office.sends()

    register.relieve(office.desk, recipient=LAWYER, hearing_id=hearing_id, now=office.wait(hours=1))

    assert (COORDINATOR, "coverage.gap") in told(office.sends())


def test_a_new_coordinator_learns_of_the_gaps_there_are(office: Office) -> None:
    office.takes_in(listed(2), listed(3, local_time=None))

    office.people(COORDINATOR)

    assert [len(post.items) for post in office.sends()] == [2]


def test_what_an_edited_policy_would_change_is_seen_before_it_is_adopted(planned: Office) -> None:
    planned.sends()
    before = planned.notices()
    edited = replace(planned.desk, policy=with_ladder("1h"))

    found = plan.outlook(edited, since=planned.now)

    assert {want.key.rung for want in found.add} == {"1h"}
    assert found.end
    assert planned.notices() == before
    assert len(plan.outlook(planned.desk, since=planned.now)) == 0
