"""The lists of real courts, each through the mapping that ships for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, time
from typing import Any

import pytest

from notifier.core.listed import BadRow, CalendarList, ListedHearing

Read = Callable[[str, str], CalendarList]

FIELDS = [name for name in ListedHearing.__slots__ if name not in ("row", "raw")]


def said(hearing: ListedHearing) -> dict[str, Any]:
    return {name: getattr(hearing, name) for name in FIELDS}


def differences(left: CalendarList, right: CalendarList) -> Iterator[tuple[int, str, Any, Any]]:
    """(place from 1, field, left, right) wherever the two lists do not say the same."""
    for place in range(max(left.rows, right.rows)):
        sides = [outcome(found, place) for found in (left, right)]
        for name in sorted(sides[0].keys() | sides[1].keys()):
            values = [side.get(name) for side in sides]
            if values[0] != values[1]:
                yield place + 1, name, values[0], values[1]


def outcome(found: CalendarList, place: int) -> dict[str, Any]:
    """What the list says at a place, bad rows by their raw text, headings compared loosely."""
    both: list[ListedHearing | BadRow] = [*found.hearings, *found.bad]
    both.sort(key=lambda item: item.row)
    if place >= len(both):
        return {"row": "absent"}
    item = both[place]
    raw = {
        "".join(filter(str.isalnum, key)).lower(): text.strip() for key, text in item.raw.items()
    }
    if isinstance(item, ListedHearing):
        # What a date looks like in the file is not what it says.
        texts = {key: text for key, text in raw.items() if key != "date"}
        return said(item) | texts
    return {"bad": item.field} | raw


def test_idaho_has_29_usable_rows_of_which_14_repeat_another(listed: Read) -> None:
    found = listed("us-csv/idaho.csv", "idaho")

    assert (found.rows, len(found.hearings), found.bad) == (29, 29, ())
    assert [hearing.row for hearing in found.hearings] == list(range(2, 31))
    assert found.identity == ("case_number", "detainee", "kind", "court")
    distinct = Counter(tuple(said(hearing).values()) for hearing in found.hearings)
    assert (len(distinct), distinct.total() - len(distinct)) == (15, 14)


def test_idaho_lies_in_two_zones(listed: Read) -> None:
    zones = {
        hearing.court: hearing.zone for hearing in listed("us-csv/idaho.csv", "idaho").hearings
    }

    assert [court for court, zone in zones.items() if zone == "America/Los_Angeles"] == [
        "Boundary County Magistrate Court",
        "Kootenai County Magistrate Court",
    ]
    assert set(zones.values()) == {"America/Los_Angeles", "America/Boise"}


def test_an_idaho_row_is_read_field_by_field(listed: Read) -> None:
    hearing = listed("us-csv/idaho.csv", "idaho").hearings[-2]

    assert hearing == ListedHearing(
        row=29,
        court="Ada County District Court",
        zone="America/Boise",
        kind="Pre-Trial Conference",
        local_date=date(2050, 12, 6),
        local_time=time(15),
        case_number="CRFE20150000014",
        detainee_name="State of Idaho vs. Amanda B Recandwithe",
        raw={
            "CaseNumber": "CRFE20150000014",
            "CaseStyle": "State of Idaho vs. Amanda B Recandwithe",
            "HearingType": "Pre-Trial Conference",
            "HearingDate": "12/6/2050",
            "HearingTime": "3:00 PM",
            "Court": "Ada County District Court",
            "County": "Ada",
        },
    )


def test_idaho_keeps_a_case_without_a_person(listed: Read) -> None:
    (hearing,) = [
        hearing
        for hearing in listed("us-csv/idaho.csv", "idaho").hearings
        if hearing.detainee_name is None
    ]

    assert hearing.case_number == "CR01-16-00002"


def test_anchorage_has_no_headings_and_puts_the_room_before_the_court(listed: Read) -> None:
    found = listed("us-csv/anchorage.csv", "anchorage")

    assert found.bad == ()
    assert [
        (item.row, item.detainee_name, item.local_time, item.room) for item in found.hearings
    ] == [
        (1, "Myers, John", time(8, 30), None),
        (2, "Hamill, Susie", time(10), "Courtroom 2"),
        (3, "Bailey, Parker", time(9), None),
        (4, "Kutch, Eldon", time(15), None),
        (5, "Stehr, Lon", time(9, 30), None),
    ]
    assert {(item.court, item.zone) for item in found.hearings} == {
        ("Anchorage Courthouse", "America/Anchorage")
    }
    assert found.hearings[0].local_date == date(2018, 9, 13)


def test_atlanta_is_separated_by_pipes(listed: Read) -> None:
    (hearing,) = listed("us-csv/atlanta.csv", "atlanta").hearings

    assert hearing.court == "Atlanta Municipal Court"
    assert hearing.room == "201"
    assert (hearing.local_date, hearing.local_time) == (date(2018, 6, 19), time(8, 15))
    assert hearing.case_number == "595096"


def test_the_nested_daily_list_gives_each_case_what_stands_above_it(listed: Read) -> None:
    found = listed("uk-lists/civilDailyCauseList.json", "uk-daily")

    assert found.bad == ()
    assert [(item.row, item.case_number, item.judge) for item in found.hearings] == [
        (1, "45684548", None),
        (2, "12345678", None),
        (3, "45684548", "Test Name"),
        (4, "This is a case number", "Test Name"),
    ]
    assert {(item.court, item.room, item.zone) for item in found.hearings} == {
        ("PRESTON", "1", "Europe/London")
    }


def test_a_time_marked_as_utc_but_printed_in_local_time_is_taken_as_printed(listed: Read) -> None:
    found = listed("uk-lists/civilDailyCauseList.json", "uk-daily")

    # In May London is an hour ahead of UTC: converted, the hearing would be announced for 17:00.
    assert {(item.local_date, item.local_time) for item in found.hearings} == {
        (date(2023, 5, 15), time(16))
    }


# (both files, mapping, all differences: place, field, workbook, JSON), checked by hand.
TWINS = [
    pytest.param(
        "cstWeeklyHearingList",
        "uk-weekly",
        [
            (
                1,
                "additionalinformation",
                "This is additional info",
                "This is additional information",
            ),
            (
                2,
                "additionalinformation",
                "This is another additional info",
                "This is another additional information",
            ),
        ],
        id="care standards: the same hearings, a remark worded differently",
    ),
    pytest.param("grcWeeklyHearingList", "uk-weekly", [], id="regulatory chamber: nothing differs"),
    pytest.param(
        "siacWeeklyHearingList",
        "uk-siac",
        [
            (2, "additionalinformation", None, "Additional Information 2"),
            (2, "appellant", None, "Appellant 2"),
            (2, "assignees", None, ()),
            (2, "cancelled", None, False),
            (2, "case_number", None, "123452"),
            (2, "casereferencenumber", None, "123452"),
            (2, "court", None, "Special Immigration Appeals Commission"),
            (2, "courtroom", None, "Courtroom 2"),
            (2, "detainee_name", None, "Appellant 2"),
            (2, "hearingtype", None, "Type of Hearing 2"),
            (2, "kind", None, "Type of Hearing 2"),
            (2, "local_date", None, date(2024, 12, 12)),
            (2, "local_time", None, time(11)),
            (2, "room", None, "Courtroom 2"),
            (2, "row", "absent", None),
            (2, "time", None, "11am"),
            (2, "zone", None, "Europe/London"),
        ],
        id="immigration appeals: the workbook lacks the second row",
    ),
    pytest.param(
        "courtOfAppealCivilDailyCauseList",
        "uk-appeal",
        [(2, "casenumber", "12346", "12356")],
        id="court of appeal: one case number differs",
    ),
]


@pytest.mark.parametrize(("name", "mapping", "expected"), TWINS)
def test_workbook_and_json_differ_exactly_in(
    name: str, mapping: str, expected: list[tuple[int, str, Any, Any]], listed: Read
) -> None:
    workbook = listed(f"uk-lists/{name}.xlsx", mapping)
    document = listed(f"uk-lists/{name}.json", mapping)

    assert list(differences(workbook, document)) == expected


@pytest.mark.parametrize("form", ["xlsx", "json"])
def test_the_hearings_of_the_appeal_court_have_no_date_and_its_judgments_do(
    form: str, listed: Read
) -> None:
    found = listed(f"uk-lists/courtOfAppealCivilDailyCauseList.{form}", "uk-appeal")

    assert [(item.case_number, item.local_date) for item in found.hearings] == [
        ("12347", date(2025, 6, 1)),
        ("12348", date(2025, 6, 10)),
    ]
    assert [item.field for item in found.bad] == ["local_date", "local_date"]
    assert all("no date in the row or in the file's name" in item.reason for item in found.bad)


def test_blank_rows_in_a_workbook_count_but_change_nothing(listed: Read) -> None:
    blanks = listed("uk-lists/cstWeeklyHearingListWithBlankRows.xlsx", "uk-weekly")
    plain = listed("uk-lists/cstWeeklyHearingList.xlsx", "uk-weekly")

    assert list(map(said, blanks.hearings)) == list(map(said, plain.hearings))
    assert [item.row for item in blanks.hearings] == [2, 4]
    assert blanks.bad == ()
