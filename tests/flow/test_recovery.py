"""After an outage: what was not delivered is told again, as it is true now, in new messages."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import pytest

from notifier.errors import NotFound
from notifier.flow import edit, register
from notifier.flow.recovery import Recovered, recover
from notifier.storage import recovery
from tests.support.lists import listed
from tests.support.office import COORDINATOR, LAWYER, MONITOR, START, Office, told
from tests.support.wire import FORBIDDEN, TAKEN, Post

NEW = "hearing.new"


def recovered(
    office: Office, *, since: datetime = START, to: str | None = None, is_dry_run: bool = False
) -> Recovered:
    return recover(office.desk, since=since, recipient=to, now=office.now, is_dry_run=is_dry_run)


def to_lawyer(posted: list[Post]) -> list[Post]:
    return [post for post in posted if post.to == LAWYER]


@pytest.fixture
def failed(office: Office) -> Office:
    """What a lawyer should have been told is dead: the address of their endpoint was refused."""
    office.people(LAWYER, MONITOR, COORDINATOR)
    office.takes_in(listed(assignees=(LAWYER, MONITOR)))
    office.sends(lambda post: FORBIDDEN if post.to == LAWYER else TAKEN)
    office.sends()
    office.wait(minutes=10)
    assert office.states(recipient=LAWYER, kind=NEW)[0][-1] == "dead"
    return office


def test_what_was_not_delivered_goes_out_as_a_new_message(failed: Office) -> None:
    old = {row["id"] for row in failed.messages()}

    assert recovered(failed) == Recovered(notices=1, counts=((LAWYER, NEW, 1),))

    (post,) = failed.sends()
    assert (post.to, post.type, post.item["sequence"]) == (LAWYER, NEW, 2)
    assert post.id not in old
    assert post.item["late_by_seconds"] == 600
    assert post.item["reason"] == "told again, for it was not delivered"
    assert failed.states(recipient=LAWYER, kind=NEW)[0][-1] == "delivered"


def test_a_dry_run_counts_and_changes_nothing(failed: Office) -> None:
    before = failed.states()

    assert recovered(failed, is_dry_run=True) == Recovered(notices=1, counts=((LAWYER, NEW, 1),))

    assert failed.states() == before
    assert failed.sends() == []


def test_what_was_recovered_is_not_recovered_twice(failed: Office) -> None:
    recovered(failed)

    assert recovered(failed).notices == 0
    failed.sends()
    assert recovered(failed).notices == 0


def test_only_what_ended_since_then_is_told_again(failed: Office) -> None:
    assert recovered(failed, since=failed.now - timedelta(minutes=5)).notices == 0


def test_it_is_told_as_it_is_true_now(failed: Office) -> None:
    """The hearing moved: the correction goes out by itself, the old news never again."""
    edit.move_hearing(
        failed.desk, hearing_id=failed.hearing_id(), local_time=time(9), now=failed.now
    )

    assert recovered(failed).notices == 0
    assert [post.item["local_time"] for post in to_lawyer(failed.sends())] == ["09:00"]


def test_what_is_of_no_use_any_more_stays_as_it_ended(failed: Office) -> None:
    failed.wait(days=2)
    failed.sends()

    assert recovered(failed, to=LAWYER).notices == 0


def test_whoever_was_relieved_is_not_told_again(failed: Office) -> None:
    register.relieve(failed.desk, recipient=LAWYER, hearing_id=failed.hearing_id(), now=failed.now)
    failed.sends()

    assert recovered(failed).notices == 0


def test_a_receiver_that_lost_its_data_is_told_the_best_of_what_it_took(office: Office) -> None:
    """Of two about one hearing one tells it all."""
    office.people(LAWYER, MONITOR)
    office.takes_in(listed(assignees=(LAWYER, MONITOR)), listed(3, assignees=(LAWYER,)))
    office.sends()
    (reminder,) = {row["due_at"] for row in office.notices(recipient=LAWYER, rung="3h")}
    office.wait_until(reminder)
    office.sends()

    assert recovered(office).notices == 0, "nothing was missed that we know of"
    assert recovered(office, to=LAWYER).notices == 4

    posted = office.sends()
    assert told(posted) == [(LAWYER, NEW), (LAWYER, NEW)]
    assert len({post.item["hearing"] for post in posted}) == 2


def test_many_are_reopened_in_several_transactions(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("notifier.flow.recovery.REOPENED_AT_ONCE", 2)
    office.people(LAWYER)
    office.takes_in(*(listed(row, assignees=(LAWYER,)) for row in range(2, 7)))
    office.sends(FORBIDDEN)

    assert recovered(office).notices == 5
    assert len(office.sends()) == 5


def test_what_nobody_took_is_visible_with_its_reason(failed: Office) -> None:
    failed.person("L-BOLAT", positions=())
    failed.takes_in(listed(7, assignees=("L-BOLAT",)), source="second")
    failed.sends()

    with failed.read() as connection:
        rows = recovery.not_sent(connection, recipient_id=None, limit=10)
        lawyer = failed.notices(recipient=LAWYER, kind=NEW)[0]["id"]
    found = [(row["recipient"], row["state"], row["reason"], bool(row["message"])) for row in rows]
    assert found == [
        ("L-BOLAT", "dead", "they have no endpoint", False),
        (LAWYER, "dead", "refused_address", True),
    ]
    assert rows[1]["id"] == lawyer


def test_nobody_unknown_is_recovered(office: Office) -> None:
    with pytest.raises(NotFound, match="no recipient 'X'"):
        recovered(office, to="X")
