"""What shares a message: one list to the coordinator, whose items end each for itself."""

from __future__ import annotations

from datetime import time

import pytest

from notifier.flow import edit, failures
from tests.support.lists import listed
from tests.support.office import COORDINATOR, Office, told
from tests.support.wire import DOWN, FORBIDDEN, TAKEN, Post


def number(post: Post) -> str:
    """Which of somebody's endpoints it went to: the last part of its path."""
    return post.ticket.delivery.url.rpartition("/")[2]


@pytest.fixture
def grouped(office: Office) -> Office:
    """A coordinator about to be told, in one message, of two hearings that nobody attends."""
    office.person(COORDINATOR, positions=(0, 1))
    office.takes_in(listed(2), listed(3, local_time=time(15)))
    return office


def test_gaps_share_a_message(grouped: Office) -> None:
    (post,) = grouped.sends()

    assert [item["local_time"] for item in post.items] == ["10:00", "15:00"]


def test_when_one_of_a_group_is_settled_the_others_go_on_under_a_new_id(grouped: Office) -> None:
    (first,) = grouped.sends(DOWN)

    edit.cancel_hearing(grouped.desk, hearing_id=grouped.hearing_id(), now=grouped.wait(seconds=1))

    (second,) = grouped.sends()
    assert [item["local_time"] for item in second.items] == ["15:00"]
    assert second.id != first.id


def test_when_one_of_a_group_outlives_its_use_the_others_go_on(
    grouped: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also when a turn has too much to expire to end that very one: nothing may be stranded."""
    grouped.sends(DOWN)
    grouped.wait_until(min(row["useful_until"] for row in grouped.notices(kind="coverage.gap")))
    with monkeypatch.context() as busy:
        busy.setattr(failures, "EXPIRED_PER_TURN", 0)
        (post,) = grouped.sends(DOWN)
    assert [item["local_time"] for item in post.items] == ["15:00"]

    grouped.wait(seconds=2)
    assert told(grouped.sends()) == [(COORDINATOR, "coverage.gap")]
    assert sorted(row["state"] for row in grouped.notices(kind="coverage.gap")) == [
        "delivered",
        "expired",
    ]


def test_a_regrouped_notice_fails_over_like_any_other(grouped: Office) -> None:
    """Its first fallback was withdrawn with the group, and has stepped in for nobody."""
    grouped.sends(FORBIDDEN)
    edit.cancel_hearing(grouped.desk, hearing_id=grouped.hearing_id(), now=grouped.wait(seconds=1))
    (first,) = grouped.sends(FORBIDDEN)
    assert number(first) == "0"

    assert [number(post) for post in grouped.sends()] == ["1"]


def test_a_group_under_way_that_arrives_still_counts_for_those_it_carried(grouped: Office) -> None:
    """And the message that was made for them anew does not repeat it."""
    (under_way,) = grouped.posts(grouped.turn())
    edit.cancel_hearing(grouped.desk, hearing_id=grouped.hearing_id(), now=grouped.wait(seconds=1))
    assert grouped.turn(in_flight={under_way.ticket.delivery.endpoint_id: 8}).composed == 1

    grouped.turn(under_way.comes_home(TAKEN), is_draining=True)

    assert sorted(row["state"] for row in grouped.notices(kind="coverage.gap")) == [
        "cancelled",
        "delivered",
    ]
    assert grouped.sends() == []


def test_many_gaps_are_several_messages_of_a_length_that_receivers_take(office: Office) -> None:
    office.people(COORDINATOR)

    office.takes_in(*(listed(row) for row in range(25)))

    posted = office.sends()
    assert sum(len(post.items) for post in posted) == 25
    assert len(posted) == 3
    assert max(len(post.ticket.delivery.body) for post in posted) < 20_000
