"""Intake and people: whose hearing a row is, and who is bound to it."""

from __future__ import annotations

from datetime import time
from typing import Any

import pytest

from notifier.flow import register
from notifier.storage import views
from tests.support.lists import listed
from tests.support.office import (
    COORDINATOR,
    LAWYER,
    MONITOR,
    SECOND_LAWYER,
    Office,
    told,
)

ELEVEN = time(11)


def bound(office: Office) -> list[tuple[str, str, str]]:
    """Who is bound to whose hearing, in which state."""
    with office.read() as connection:
        rows = views.assignments(connection)
    return sorted((row["ref"], row["recipient"], row["state"]) for row in rows)


def refs(office: Office) -> list[str]:
    """Whose the hearings are, in order of time."""
    return [row["ref"] for row in office.hearings()]


@pytest.mark.parametrize(
    ("first", "second", "joined"),
    [
        pytest.param(
            {"detainee_ref": "PV-9"}, {"detainee_ref": "PV-9"}, True, id="the same ref joins"
        ),
        pytest.param(
            {"detainee_ref": "PV-9"}, {"detainee_ref": "pv-9"}, False, id="a ref is exact"
        ),
        pytest.param(
            {"case_number": "7511", "detainee_name": "Invented Person"},
            {"case_number": "7511", "detainee_name": "invented  PERSON"},
            True,
            id="a case with the same name joins, blanks and capitals aside",
        ),
        pytest.param(
            {"case_number": "7511", "detainee_name": "Invented Person"},
            {"case_number": "7511", "detainee_name": "Somebody Else"},
            False,
            id="two names on one case are two people",
        ),
        pytest.param(
            {"case_number": "7511", "detainee_name": "Invented Person"},
            {"case_number": "7511", "detainee_name": None},
            True,
            id="a case without a name means its only detainee",
        ),
        pytest.param(
            {"case_number": None, "detainee_name": "Invented Person"},
            {"case_number": None, "detainee_name": "Invented Person"},
            False,
            id="a name alone joins nobody: there are namesakes",
        ),
        pytest.param(
            {"case_number": "7511", "detainee_name": "Invented Person"},
            {"case_number": "7512", "detainee_name": "Invented Person"},
            False,
            id="a name on another case joins nobody",
        ),
    ],
)
@pytest.mark.parametrize("lists", ["in one list", "in two lists"])
def test_two_rows_are_one_persons_if(
    office: Office, first: dict[str, Any], second: dict[str, Any], joined: bool, lists: str
) -> None:
    # Kinds differ, so that they are two hearings whoever they are of.
    rows = listed(2, kind="Remand", **first), listed(3, kind="Appeal", **second)

    if lists == "in one list":
        office.takes_in(*rows)
    else:
        for row in rows:
            office.takes_in(row)

    assert (len(set(refs(office))) == 1) is joined


def test_a_case_with_two_detainees_does_not_say_who_is_meant(office: Office) -> None:
    office.takes_in(
        listed(2, case_number="7511", detainee_name="Invented Person"),
        listed(3, case_number="7511", detainee_name="Somebody Else"),
    )

    office.takes_in(listed(4, case_number="7511", detainee_name=None))

    assert sorted(refs(office)) == ["ALM-0001", "ALM-0002", "ALM-0003"]


def test_whoever_nobody_knows_gets_a_placeholder_ref(office: Office) -> None:
    office.takes_in(listed(2), listed(3, local_time=ELEVEN))
    office.takes_in(listed(2), listed(3, local_time=ELEVEN), listed(4, local_time=time(12)))

    assert refs(office) == ["ALM-0001", "ALM-0002", "ALM-0003"]


def test_a_ref_that_is_taken_is_passed_over(office: Office) -> None:
    """By a human, by the list itself, or by another source with the same prefix."""
    register.add_detainee(office.desk, ref="ALM-0001", name=None, case=None, now=office.now)
    office.takes_in(listed(2), listed(3, detainee_ref="ALM-0002", local_time=ELEVEN))

    office.takes_in(listed(4, local_time=time(12)), source="another with this prefix")

    assert refs(office) == ["ALM-0003", "ALM-0002", "ALM-0004"]


def test_a_listed_ref_finds_who_was_registered(office: Office) -> None:
    register.add_detainee(
        office.desk, ref="PV-9", name="Invented Person", case=None, now=office.now
    )

    office.takes_in(listed(detainee_ref="PV-9"))

    assert refs(office) == ["PV-9"]


def test_an_assignee_of_the_list_is_proposed_and_told(office: Office) -> None:
    office.people(LAWYER, MONITOR)

    report = office.takes_in(listed(assignees=(f" {LAWYER.lower()} ", MONITOR)))

    assert report.warnings == ()
    assert bound(office) == [
        ("ALM-0001", LAWYER, "proposed"),
        ("ALM-0001", MONITOR, "proposed"),
    ]
    assert told(office.sends()) == [(LAWYER, "hearing.new"), (MONITOR, "hearing.new")]


def test_an_unknown_assignee_is_warned_of_and_the_hearing_taken_without_them(
    office: Office,
) -> None:
    office.people(COORDINATOR)

    report = office.takes_in(listed(5, assignees=("L-NOBODY",)))

    (warning,) = report.warnings
    assert (warning.row, warning.field) == (5, "assignees")
    assert "'L-NOBODY'" in warning.reason
    assert report.new == 1
    assert told(office.sends()) == [(COORDINATOR, "coverage.gap")]


def test_importing_again_binds_whoever_was_registered_meanwhile(office: Office) -> None:
    row = listed(assignees=(LAWYER,))
    office.takes_in(row)
    office.wait(hours=2)
    office.people(LAWYER)

    office.takes_in(row)

    assert bound(office) == [("ALM-0001", LAWYER, "proposed")]
    assert told(office.sends()) == [(LAWYER, "hearing.new")]


def test_a_list_that_still_names_somebody_does_not_call_them_back(office: Office) -> None:
    """What the coordinator decided by hand stands, however often the list comes."""
    office.people(LAWYER, COORDINATOR)
    row = listed(assignees=(LAWYER,))
    office.takes_in(row)
    office.sends()
    register.relieve(
        office.desk, recipient=LAWYER, hearing_id=office.hearing_id(), now=office.wait(minutes=1)
    )
    office.sends()

    office.takes_in(row)
    office.takes_in(listed(local_time=ELEVEN, assignees=(LAWYER,)))

    assert bound(office) == [("ALM-0001", LAWYER, "relieved")]
    assert LAWYER not in [post.to for post in office.sends()]


def test_whoever_represents_a_detainee_is_proposed_for_each_new_hearing(office: Office) -> None:
    office.people(LAWYER, SECOND_LAWYER)
    person = {"case_number": "7511", "detainee_name": "Invented Person"}
    office.takes_in(listed(2, **person))
    register.represent(office.desk, recipient=LAWYER, detainee="ALM-0001", now=office.now)
    office.sends()

    office.takes_in(
        listed(2, **person), listed(3, kind="Appeal", local_time=ELEVEN, **person), listed(4)
    )

    assert told(office.sends()) == [(LAWYER, "hearing.new")]
    assert bound(office) == 2 * [("ALM-0001", LAWYER, "proposed")]


def test_named_and_representing_is_bound_once(office: Office) -> None:
    office.people(LAWYER)
    register.add_detainee(office.desk, ref="PV-9", name=None, case=None, now=office.now)
    register.represent(office.desk, recipient=LAWYER, detainee="PV-9", now=office.now)

    office.takes_in(listed(detainee_ref="PV-9", assignees=(LAWYER, LAWYER.lower())))

    assert bound(office) == [("PV-9", LAWYER, "proposed")]
