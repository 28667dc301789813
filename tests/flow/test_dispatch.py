"""Dispatch: due notices become messages, one worker has each, and each end is written down."""

from __future__ import annotations

from datetime import timedelta

import pytest

from notifier.core.delivery import Outcome, OutcomeClass
from notifier.flow import edit, upkeep
from notifier.flow.attempts import Limits
from notifier.storage.tables import endpoint
from tests.support.lists import listed
from tests.support.office import COORDINATOR, LAWYER, MONITOR, SECOND_LAWYER, Office, told
from tests.support.wire import BUSY, DOWN, GONE, SLOW, TAKEN


@pytest.fixture
def told_of(office: Office) -> Office:
    """A lawyer is about to be told of a hearing tomorrow at ten."""
    office.people(LAWYER)
    office.takes_in(listed(assignees=(LAWYER,)))
    return office


def state_of(office: Office, message_id: str) -> str:
    """Where a message stands."""
    (state,) = [row["state"] for row in office.messages() if row["id"] == message_id]
    found: str = state
    return found


def test_a_notice_due_now_is_sent_taken_and_delivered(told_of: Office) -> None:
    (post,) = told_of.sends()

    assert (post.to, post.type) == (LAWYER, "hearing.new")
    assert state_of(told_of, post.id) == "delivered"
    assert told_of.states(kind="hearing.new") == [(LAWYER, "hearing.new", "now", 1, "delivered")]
    (attempt,) = told_of.attempts(post.id)
    assert (attempt["outcome"], attempt["status"], attempt["began_at"], attempt["ended_at"]) == (
        "delivered",
        204,
        told_of.now,
        told_of.now,
    )
    assert told_of.sends() == []


def test_nothing_is_sent_early(told_of: Office) -> None:
    told_of.sends()
    (rung,) = told_of.notices(rung="3h")

    told_of.wait_until(rung["due_at"] - timedelta(microseconds=1))
    assert told_of.sends() == []
    told_of.wait_until(rung["due_at"])
    assert told(told_of.sends()) == [(LAWYER, "hearing.reminder")]


def test_a_turn_says_when_the_next_one_has_something_to_do(told_of: Office) -> None:
    told_of.sends()

    turn = told_of.turn()

    assert turn.next_due_at == told_of.notices(rung="3h")[0]["due_at"]


def test_the_attempt_is_written_before_its_post(told_of: Office) -> None:
    """Whatever happens from the claim on, we know that somebody may have been told."""
    (post,) = told_of.posts(told_of.turn())

    (attempt,) = told_of.attempts(post.id)
    assert (attempt["began_at"], attempt["ended_at"], attempt["outcome"]) == (
        told_of.now,
        None,
        None,
    )
    assert state_of(told_of, post.id) == "in_flight"


def test_what_is_claimed_is_nobody_elses(told_of: Office) -> None:
    assert len(told_of.turn(owner="own_1").tickets) == 1
    assert told_of.turn(owner="own_2").tickets == ()


def test_a_try_that_failed_is_made_again_under_the_same_id_and_body(told_of: Office) -> None:
    (first,) = told_of.sends(DOWN)
    assert told_of.sends() == [], "not at once"
    assert told_of.turn().next_due_at == told_of.now + timedelta(seconds=2)

    told_of.wait(seconds=2)
    (second,) = told_of.sends()

    assert (second.id, second.ticket.delivery.body) == (first.id, first.ticket.delivery.body)
    outcomes = [row["outcome"] for row in told_of.attempts(first.id)]
    assert outcomes == ["unreachable", "delivered"]


def test_a_receiver_that_asks_for_time_gets_it(told_of: Office) -> None:
    asked = Outcome(outcome=OutcomeClass.THROTTLED, status=503, retry_after_seconds=90)
    told_of.sends(asked)

    assert told_of.turn().next_due_at == told_of.now + timedelta(seconds=90)


def test_an_attempt_is_cut_by_the_deadline(told_of: Office) -> None:
    (notice,) = told_of.notices(kind="hearing.new")
    told_of.wait_until(notice["useful_until"] - timedelta(seconds=4))

    (post,) = told_of.posts(told_of.turn())

    assert post.ticket.timeout_seconds == 4.0


def test_a_lease_outlasts_the_whole_attempt(told_of: Office) -> None:
    assert told_of.limits.lease == told_of.limits.timeout + timedelta(seconds=10)


# --- fencing ------------------------------------------------------------------------------------


def test_a_completion_of_a_lost_claim_changes_nothing_and_is_counted(told_of: Office) -> None:
    (lost,) = told_of.posts(told_of.turn(owner="own_1"))
    told_of.wait(seconds=21)
    upkeep.reclaim_orphans(told_of.desk, owner="own_2", now=told_of.now, is_alone=False)
    (ours,) = told_of.posts(told_of.turn(owner="own_2"))
    assert ours.id == lost.id
    before = told_of.messages(), told_of.attempts(lost.id), told_of.notices()

    turn = told_of.turn(lost.comes_home(DOWN), owner="own_1", is_draining=True)

    assert (turn.fenced, turn.recorded) == (1, 0)
    assert (told_of.messages(), told_of.attempts(lost.id), told_of.notices()) == before


def test_a_completion_after_its_lease_counts_as_long_as_nobody_claimed_again(
    told_of: Office,
) -> None:
    """The receiver took it: sending it once more would only repeat it."""
    (late,) = told_of.posts(told_of.turn())
    told_of.wait(seconds=21)
    upkeep.reclaim_orphans(told_of.desk, owner="own_2", now=told_of.now, is_alone=False)

    told_of.turn(late.comes_home(TAKEN), is_draining=True)

    assert state_of(told_of, late.id) == "delivered"
    assert told_of.attempts(late.id)[0]["outcome"] == "delivered"
    assert told_of.sends() == []


# --- orphans ------------------------------------------------------------------------------------


def test_after_our_own_restart_orphans_go_out_at_once(told_of: Office) -> None:
    (orphan,) = told_of.posts(told_of.turn(owner="own_1"))

    assert upkeep.reclaim_orphans(told_of.desk, owner="own_2", now=told_of.now, is_alone=True) == 1

    (again,) = told_of.sends(owner="own_2")
    assert again.id == orphan.id
    outcomes = [row["outcome"] for row in told_of.attempts(orphan.id)]
    assert outcomes == ["unknown", "delivered"]


def test_beside_other_daemons_an_orphan_waits_for_its_lease(office: Office) -> None:
    office.people(LAWYER)
    office.takes_in(listed(assignees=(LAWYER,)))
    office.turn(owner="own_1")

    office.wait(seconds=19)
    alone = upkeep.reclaim_orphans(office.desk, owner="own_1", now=office.now, is_alone=False)
    assert (alone, office.sends()) == (0, [])

    office.wait(seconds=1)
    upkeep.reclaim_orphans(office.desk, owner="own_1", now=office.now, is_alone=False)
    assert told(office.sends()) == [(LAWYER, "hearing.new")]


def test_the_server_tells_which_other_daemon_is_gone(postgresql_office_url: str) -> None:
    """On PostgreSQL a dead daemon's messages do not wait for their leases."""
    office = Office(postgresql_office_url)
    office.people(LAWYER)
    office.takes_in(listed(assignees=(LAWYER,)))
    office.turn(owner="own_gone")

    found = upkeep.reclaim_orphans(office.desk, owner="own_2", now=office.now, is_alone=False)

    assert found == 1
    office.database.dispose()


# --- slots and order ----------------------------------------------------------------------------


def test_a_claim_takes_no_more_than_there_are_slots(office: Office) -> None:
    office.people(LAWYER, SECOND_LAWYER, MONITOR)
    office.takes_in(listed(assignees=(LAWYER, SECOND_LAWYER, MONITOR)))
    office.limits = Limits(in_flight=2)

    assert len(office.turn().tickets) == 2
    assert office.turn(in_flight={"end_other": 2}).tickets == ()
    assert len(office.turn(in_flight={"end_other": 1}).tickets) == 1


def test_a_slow_endpoint_has_its_own_bound_and_hides_nobody(office: Office) -> None:
    """Ten messages for one lawyer, and one for another behind them."""
    office.people(LAWYER, SECOND_LAWYER)
    office.takes_in(
        *(listed(row, assignees=(LAWYER,)) for row in range(10)),
        listed(99, assignees=(SECOND_LAWYER,)),
    )
    office.limits = Limits(in_flight=5, in_flight_per_endpoint=3)

    first = office.posts(office.turn())

    assert [post.to for post in first].count(LAWYER) == 3
    assert [post.to for post in first].count(SECOND_LAWYER) == 1
    busy = {post.ticket.delivery.endpoint_id: 3 for post in first if post.to == LAWYER}
    assert office.turn(in_flight=busy).tickets == ()


def test_the_nearest_deadline_goes_first(office: Office) -> None:
    office.people(LAWYER)
    later = office.now.date() + timedelta(days=3)
    office.takes_in(
        listed(2, local_date=later, assignees=(LAWYER,)),
        listed(3, assignees=(LAWYER,)),
        listed(4, local_date=later - timedelta(days=1), assignees=(LAWYER,)),
    )
    office.limits = Limits(in_flight=1)

    dates = [office.sends()[0].item["local_date"] for _ in range(3)]

    assert dates == sorted(dates)


def test_a_draining_turn_records_and_claims_nothing(told_of: Office) -> None:
    turn = told_of.turn(is_draining=True)

    assert (turn.tickets, turn.composed) == ((), 0)
    assert told(told_of.sends()) == [(LAWYER, "hearing.new")]


def test_a_backlog_is_said(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("notifier.flow.dispatch.NOTICES_PER_TURN", 2)
    office.people(LAWYER)
    office.takes_in(*(listed(row, assignees=(LAWYER,)) for row in range(3)))

    assert [office.turn().is_backlogged for _ in range(3)] == [True, False, False]


def test_one_row_that_does_not_open_stops_nobody_else(office: Office) -> None:
    """It is retried, as it may be mended, and at its deadline a coordinator learns of it."""
    office.people(LAWYER, SECOND_LAWYER, COORDINATOR)
    office.takes_in(listed(assignees=(LAWYER, SECOND_LAWYER)))
    with office.write() as connection:
        lawyers = endpoint.c.id == office.endpoint_ids()[LAWYER]
        connection.execute(endpoint.update().where(lawyers).values(url_sealed=b"\x01altered"))

    assert told(office.sends()) == [(SECOND_LAWYER, "hearing.new")]
    (broken,) = [row for row in office.messages() if row["recipient"] == LAWYER]
    assert (broken["state"], broken["reason"], broken["tries"]) == ("pending", "internal", 1)

    office.wait(days=2)
    assert (COORDINATOR, "delivery.failed") in told(office.sends())


@pytest.mark.parametrize("outcome", [DOWN, BUSY, SLOW, GONE])
def test_every_notice_of_a_failing_receiver_still_ends_delivered(
    told_of: Office, outcome: Outcome
) -> None:
    """As long as it comes back before the deadline."""
    told_of.sends(outcome)
    told_of.wait(minutes=20)

    assert told(told_of.sends()) == [(LAWYER, "hearing.new")]
    assert told_of.notices(kind="hearing.new")[0]["state"] == "delivered"


def test_hearings_of_one_person_are_numbered_each_for_itself(office: Office) -> None:
    """``sequence`` grows per recipient and hearing: a receiver drops what is older."""
    office.people(LAWYER)
    office.takes_in(listed(2, assignees=(LAWYER,)), listed(3, assignees=(LAWYER,)))
    assert [post.item["sequence"] for post in office.sends()] == [1, 1]

    edit.move_hearing(
        office.desk, hearing_id=office.hearing_id(), room="9", now=office.wait(minutes=1)
    )

    assert [post.item["sequence"] for post in office.sends()] == [2]
