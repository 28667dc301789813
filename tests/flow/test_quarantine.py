"""Rows that cannot be hearings wait for a human, with their number, field and reason."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time
from typing import Any

import pytest

from notifier.errors import Conflict
from notifier.flow import applying, register
from tests.support.lists import a_list, listed
from tests.support.office import Office

BERLIN = "Amtsgericht"


@pytest.fixture
def office_abroad(office: Office) -> Office:
    """An office with a court where clocks are put forward and back."""
    register.add_court(
        office.desk, name=BERLIN, zone="Europe/Berlin", city="Berlin", now=office.now
    )
    return office


@pytest.mark.parametrize(
    ("said", "field", "reason"),
    [
        pytest.param(
            {"local_date": date(2047, 9, 1)},
            "local_date",
            "2047-09-01 is more than 3 years ahead",
            id="a date that is a typing error until somebody says otherwise",
        ),
        pytest.param(
            {"court": BERLIN, "local_date": date(2027, 3, 28), "local_time": time(2, 30)},
            "local_time",
            "2027-03-28 02:30 in Europe/Berlin: this wall time does not exist",
            id="a wall time over which clocks are put forward",
        ),
        pytest.param(
            {"court": BERLIN, "local_date": date(2027, 10, 31), "local_time": time(2, 30)},
            "local_time",
            "2027-10-31 02:30 in Europe/Berlin: this wall time happens twice",
            id="a wall time that happens twice",
        ),
        pytest.param(
            {"court": "Nowhere Court"},
            "court",
            "no court is named 'Nowhere Court': register it",
            id="a court that nobody registered",
        ),
        pytest.param(
            {"court": "Nowhere Court", "zone": "Mars/Olympus"},
            "court",
            "the court's zone 'Mars/Olympus' is not in the zone database",
            id="a zone that does not exist",
        ),
    ],
)
def test_a_row_is_quarantined_with_its_reason(
    office_abroad: Office, said: dict[str, Any], field: str, reason: str
) -> None:
    report = office_abroad.takes_in(listed(2), listed(7, **said))

    (bad,) = report.quarantined
    assert (bad.row, bad.field) == (7, field)
    assert bad.reason.startswith(reason)
    assert (report.rows, report.new) == (2, 1), "the good rows are taken all the same"
    assert len(office_abroad.hearings()) == 1


def test_how_far_ahead_is_plausible_is_a_setting(office: Office) -> None:
    far = listed(local_date=date(2031, 1, 1))
    assert office.takes_in(far).new == 0

    office.desk = replace(office.desk, implausible_after_years=10)

    assert office.takes_in(far).new == 1


def test_quarantined_rows_are_told_in_the_order_of_the_list(office: Office) -> None:
    report = office.takes_in(
        listed(9, court="Nowhere"), listed(2), listed(4, local_date=date(2047, 1, 1))
    )

    assert [bad.row for bad in report.quarantined] == [4, 9]


def test_a_row_that_was_mended_is_taken_the_next_time(office: Office) -> None:
    office.takes_in(listed(2), listed(3, court="Nowhere Court"))
    register.add_court(
        office.desk, name="Nowhere Court", zone="Asia/Qyzylorda", city=None, now=office.now
    )

    report = office.takes_in(listed(2), listed(3, court="Nowhere Court"))

    assert (report.new, report.unchanged, report.quarantined) == (1, 1, ())


def test_a_court_that_the_mapping_describes_is_registered_with_its_zone(office: Office) -> None:
    report = office.takes_in(
        listed(2, court="Kyzylorda Court", zone="Asia/Qyzylorda"),
        listed(3, court="KYZYLORDA court", zone="Asia/Qyzylorda"),
    )

    assert report.new == 2
    assert {(row["court"], row["zone"]) for row in office.hearings()} == {
        ("Kyzylorda Court", "Asia/Qyzylorda")
    }


def test_a_registered_courts_zone_outranks_the_mappings(office: Office) -> None:
    office.takes_in(listed(zone="Europe/London"))

    assert [row["zone"] for row in office.hearings()] == ["Asia/Almaty"]


def test_a_court_registered_while_the_list_was_compared_stops_the_import(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As by an import of another source: nothing is half done, and doing it again works."""
    row = listed(court="Kyzylorda Court", zone="Asia/Qyzylorda")

    def somebody_registers_it(done: int, total: int) -> None:
        register.add_court(
            office.desk, name="Kyzylorda Court", zone="Asia/Qyzylorda", city=None, now=office.now
        )

    with pytest.raises(Conflict, match="'Kyzylorda Court' was registered meanwhile"):
        office.takes_in(row, progress=somebody_registers_it)
    assert office.hearings() == []

    assert office.takes_in(row).new == 1


def test_an_empty_list_is_a_list(office: Office) -> None:
    """A day without hearings; a file that could not be read never comes this far."""
    report = office.takes_in(listing=a_list())

    assert report.as_json() | {"is_applied": True} == {
        "rows": 0,
        "duplicates": 0,
        "new": 0,
        "changed": 0,
        "unchanged": 0,
        "past": 0,
        "quarantined": [],
        "warnings": [],
        "questions": 0,
        "is_applied": True,
    }


def test_a_time_that_a_new_zone_database_abolished_is_not_known_any_more() -> None:
    """It was admitted when the list was read; an import resumed a release later finds none."""
    slot, starts_at = applying._slot(
        {
            "court_id": "crt_1",
            "zone": "Europe/Berlin",
            "local_date": "2027-03-28",
            "local_time": "02:30:00",
            "room": "4",
        }
    )

    assert (slot.local_date, slot.local_time, starts_at) == (date(2027, 3, 28), None, None)
