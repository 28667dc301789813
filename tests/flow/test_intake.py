"""Intake: what a list changes, and that it changes nothing twice."""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import Any

import pytest

from notifier.core.listed import BadRow
from notifier.flow import edit
from tests.support.lists import TOMORROW, a_list, listed
from tests.support.office import COORDINATOR, LAWYER, SECOND_COORDINATOR, Office, told

NINE, TEN, ELEVEN = time(9), time(10), time(11)
YESTERDAY = TOMORROW - timedelta(days=2)


def same(row: int, local_time: time | None, **said: Any) -> Any:
    """A row about one and the same hearing: it differs in when and where at most."""
    usual = {"case_number": "7511-26", "detainee_name": "Invented Person"}
    return listed(row, local_time=local_time, **(usual | said))


@pytest.mark.parametrize(
    ("first", "second", "counts"),
    [
        pytest.param([], [same(2, TEN)], {"new": 1}, id="a row nobody knew is new"),
        pytest.param([same(2, TEN)], [same(9, TEN)], {"unchanged": 1}, id="the same again"),
        pytest.param([same(2, TEN)], [same(2, NINE)], {"changed": 1}, id="another time: moved"),
        pytest.param([same(2, TEN)], [same(2, TEN, room="5")], {"changed": 1}, id="another room"),
        pytest.param([same(2, None)], [same(2, TEN)], {"changed": 1}, id="the time is known now"),
        pytest.param(
            [same(2, TEN)],
            [same(2, TEN), same(3, TEN)],
            {"unchanged": 1, "duplicates": 1},
            id="a row listed twice is one hearing and one duplicate",
        ),
        pytest.param(
            [same(2, TEN)],
            [same(2, NINE), same(3, ELEVEN)],
            {"new": 2, "questions": 1},
            id="one became two: nobody guesses which, both are new and it is asked",
        ),
        pytest.param(
            [same(2, TEN), same(3, ELEVEN)],
            [same(2, TEN), same(3, NINE)],
            {"unchanged": 1, "changed": 1},
            id="equal rows match first, so the other one moved",
        ),
        pytest.param(
            [same(2, TEN)],
            [same(2, TEN, cancelled=True)],
            {"changed": 1},
            id="a cancelled row cancels",
        ),
        pytest.param(
            [same(2, TEN, cancelled=True)],
            [same(2, TEN)],
            {"changed": 1},
            id="a list may take its own cancellation back",
        ),
        pytest.param(
            [same(2, TEN, local_date=YESTERDAY)],
            [same(2, TEN)],
            {"new": 1},
            id="a hearing that is over does not move: the next one is new",
        ),
        pytest.param(
            [],
            [same(2, TEN, local_date=YESTERDAY)],
            {"new": 1, "past": 1},
            id="a past hearing is stored, and said to be past",
        ),
        pytest.param([same(2, TEN)], [], {}, id="a row that is missing changes nothing"),
    ],
)
def test_each_row_gets_its_verdict(
    office: Office, first: list[Any], second: list[Any], counts: dict[str, int]
) -> None:
    office.takes_in(*first)

    report = office.takes_in(*second).as_json()

    said = {name: number for name, number in report.items() if number and name in _NUMBERS}
    assert said == {"rows": len(second), **counts} if second else said == {}
    assert report["is_applied"]


_NUMBERS = {"rows", "new", "changed", "unchanged", "duplicates", "past", "questions"}


def test_importing_anything_again_changes_nothing(office: Office) -> None:
    office.people(COORDINATOR, LAWYER)
    rows = [listed(2, assignees=(LAWYER,)), listed(3), listed(3), listed(4, local_time=None)]
    office.takes_in(*rows)
    office.sends()
    before = office.hearings(), office.notices(), office.messages()

    office.wait(hours=1)
    report = office.takes_in(*rows)

    assert (report.unchanged, report.duplicates, report.new, report.changed) == (3, 1, 0, 0)
    assert (office.hearings(), office.notices(), office.messages()) == before
    assert office.sends() == []


def test_a_dry_run_says_the_same_and_writes_nothing(office: Office) -> None:
    office.takes_in(same(2, TEN))
    rows = [same(2, NINE), listed(3), listed(4, court="Nowhere")]
    before = office.hearings()

    tried = office.takes_in(*rows, is_dry_run=True)
    assert office.hearings() == before

    done = office.takes_in(*rows)
    assert tried.as_json() == done.as_json() | {"is_applied": False}


def test_a_dry_run_of_a_new_source_does_not_even_make_the_source(office: Office) -> None:
    row = listed(court="New Court", zone="Asia/Qyzylorda")

    assert office.takes_in(row, is_dry_run=True).new == 1

    assert office.hearings() == []
    assert office.takes_in(listed(court="New Court")).new == 0, "nor the court"


def test_a_move_by_list_is_a_revision_with_its_correction(office: Office) -> None:
    office.people(LAWYER)
    office.takes_in(same(2, TEN, assignees=(LAWYER,)))
    office.sends()

    office.wait(minutes=5)
    office.takes_in(same(2, NINE))

    (post,) = office.sends()
    assert (post.type, post.item["revision"], post.item["local_time"]) == (
        "hearing.moved",
        2,
        "09:00",
    )
    assert post.item["change"]["kinds"] == ["moved_earlier"]
    assert post.item["change"]["from"]["local_time"] == "10:00"


def test_what_was_corrected_by_hand_is_not_undone_by_a_list_that_says_nothing_new(
    office: Office,
) -> None:
    office.takes_in(same(2, TEN))
    edit.move_hearing(
        office.desk, hearing_id=office.hearing_id(), local_time=ELEVEN, now=office.now
    )

    assert office.takes_in(same(2, TEN)).unchanged == 1
    assert [row["local_time"] for row in office.hearings()] == [ELEVEN]

    assert office.takes_in(same(2, NINE)).changed == 1, "but what the list says anew counts"
    assert [row["local_time"] for row in office.hearings()] == [NINE]


def test_a_list_that_shows_what_was_cancelled_by_hand_is_asked_about_once(office: Office) -> None:
    """Lists come every hour: the same doubt about the same revision is one question."""
    office.people(COORDINATOR)
    office.takes_in(same(2, TEN))
    office.sends()
    edit.cancel_hearing(office.desk, hearing_id=office.hearing_id(), now=office.now)

    asked = []
    for hour in range(3):
        office.wait(hours=1)
        office.takes_in(same(2, TEN), listed(10 + hour))
        asked += [post for post in office.sends() if post.type == "source.question"]

    assert len(asked) == 1
    assert "cancelled by hand" in asked[0].item["question"]
    assert office.hearings()[0]["state"] == "cancelled"


def test_a_doubt_is_put_to_every_coordinator(office: Office) -> None:
    office.people(COORDINATOR, SECOND_COORDINATOR)
    office.takes_in(same(2, TEN))
    office.sends()

    office.takes_in(same(2, NINE), same(3, ELEVEN))

    assert told(office.sends()) == sorted(
        (who, what)
        for who in (COORDINATOR, SECOND_COORDINATOR)
        for what in ("coverage.gap", "source.question")
    )
    held = [row["local_time"] for row in office.hearings()]
    assert held == [NINE, TEN, ELEVEN], "the old hearing stays, and is still reminded"


def test_an_unusable_row_of_the_file_is_reported_with_its_number(office: Office) -> None:
    bad = BadRow(row=7, field="local_date", reason="'soon' is no date: write it like 23.11.2026")

    report = office.takes_in(listing=a_list(listed(), bad=(bad,)))

    assert report.rows == 2
    assert report.as_json()["quarantined"] == [
        {"row": 7, "field": "local_date", "reason": bad.reason}
    ]


def test_a_past_hearing_plans_nothing(office: Office) -> None:
    office.people(COORDINATOR, LAWYER)

    office.takes_in(listed(local_date=date(2026, 11, 20), assignees=(LAWYER,)))

    assert office.notices(state="pending") == []
    assert office.sends() == []


def test_a_list_says_when_it_was_true(office: Office) -> None:
    """``as_of`` decides what is past and from when a hearing was known, not the clock."""
    office.people(LAWYER)

    report = office.takes_in(
        listed(local_date=date(2026, 11, 20), assignees=(LAWYER,)),
        as_of=office.now - timedelta(days=4),
    )

    assert report.past == 0
    kinds = {row["kind"] for row in office.notices()}
    assert kinds == {"hearing.new", "hearing.reminder"}


def test_two_sources_never_touch_each_others_hearings(office: Office) -> None:
    office.takes_in(same(2, TEN))

    report = office.takes_in(same(2, NINE), source="another list")

    assert (report.new, report.changed) == (1, 0)
    assert [row["local_time"] for row in office.hearings()] == [NINE, TEN]
