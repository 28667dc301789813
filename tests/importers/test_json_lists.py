"""JSON lists: flat or nested, with what stands above a record, and nothing lost on the way."""

from __future__ import annotations

import json
from datetime import date, time
from typing import Any

import pytest

from notifier.core.listed import CalendarList
from notifier.errors import CalendarRejected
from notifier.importers import load_mapping, read_list

FLAT = """
format = "json"
mode = "delta"
ref_prefix = "TST"
optional = ["judge", "room"]
{records}
[columns]
case_number = "caseNumber"
court = "court"
date = "date"
time = "time"
judge = "panel.name"
room = "room"
"""
RECORD = {"caseNumber": "77-1", "court": "Court", "date": "2019-06-11", "time": "10:00"}


def read(document: Any, records: str = "[]") -> CalendarList:
    text = document if isinstance(document, str) else json.dumps(document)
    mapping = load_mapping(FLAT.format(records=f"records = {json.dumps(records)}"), name="test")
    return read_list(text.encode(), mapping, file_name="list.json")


def test_a_list_of_records_is_read_and_numbered_from_one() -> None:
    found = read([RECORD, RECORD | {"caseNumber": "77-2"}])

    assert [(item.row, item.case_number) for item in found.hearings] == [(1, "77-1"), (2, "77-2")]
    assert found.hearings[0].local_date == date(2019, 6, 11)
    assert found.hearings[0].local_time == time(10)
    assert found.hearings[0].raw == RECORD


@pytest.mark.parametrize(
    ("number", "kept"),
    [("7", "7"), ("007.50", None), ("1234567890123456789012", "1234567890123456789012")],
)
def test_a_number_is_kept_digit_by_digit(number: str, kept: str | None) -> None:
    text = json.dumps([RECORD | {"caseNumber": "#"}]).replace('"#"', number)

    if kept is None:
        with pytest.raises(CalendarRejected, match="not JSON: line 1, column"):
            read(text)
    else:
        assert read(text).hearings[0].case_number == kept


def test_null_is_blank_and_true_is_a_word() -> None:
    (hearing,) = read([RECORD | {"time": None, "room": True}]).hearings

    assert (hearing.local_time, hearing.room) == (None, "true")


def test_objects_and_lists_inside_a_record_are_found_under_dotted_names() -> None:
    (hearing,) = read(
        [RECORD | {"panel": [{"name": "A"}, {"name": "B", "seat": {"no": 2}}]}]
    ).hearings

    assert hearing.judge == "A, B"
    assert hearing.raw["panel.seat.no"] == "2"


def test_the_nearest_value_wins_over_the_one_above() -> None:
    document = {"court": "Above", "days": [{"date": "2019-06-11", "cases": [RECORD, RECORD]}]}
    document["days"][0]["cases"][1] = {"caseNumber": "77-2", "time": "11:00"}  # type: ignore[index]
    found = read(document, "days[].cases[]")

    assert [(item.court, item.local_time) for item in found.hearings] == [
        ("Court", time(10)),
        ("Above", time(11)),
    ]


def test_an_entry_without_its_cases_is_bad_not_lost() -> None:
    day = {"court": "Court", "date": "2019-06-11"}
    found = read(
        {"days": [{**day, "cases": [RECORD]}, day, {**day, "cases": []}]}, "days[].cases[]"
    )

    assert [item.row for item in found.hearings] == [1]
    assert [(bad.row, bad.field) for bad in found.bad] == [(2, "row"), (3, "row")]
    assert found.bad[0].raw == day


def test_what_is_no_record_is_bad_with_its_number() -> None:
    found = read([RECORD, "a word", None, [RECORD]])

    assert [(bad.row, bad.field) for bad in found.bad] == [(2, "row"), (3, "row"), (4, "row")]


def test_a_value_where_a_list_should_be_is_bad() -> None:
    document = {"days": [{"cases": [RECORD]}, {"cases": RECORD}]}

    assert [bad.reason for bad in read(document, "days[].cases[]").bad] == [
        '"cases" is not a list: have it exported again'
    ]


@pytest.mark.parametrize(
    ("text", "records", "reason"),
    [
        pytest.param('[{"a": 1, "a": 2}]', "[]", "same key twice", id="duplicate keys"),
        pytest.param('[{"x": {"a": 1, "a": 2}}]', "[]", "same key twice", id="deep duplicates"),
        pytest.param('[{"a": 1]', "[]", "line 1, column 9", id="cut off"),
        pytest.param('[{"a": NaN}]', "[]", "holds NaN", id="NaN"),
        pytest.param("[" * 100_000, "[]", "levels deep", id="a hundred thousand brackets"),
        pytest.param('{"a":' * 100_000, "[]", "levels deep", id="a hundred thousand braces"),
        pytest.param(
            "[" + '{"a":' * 40 + "1" + "}" * 40 + "]", "[]", "levels deep", id="forty levels"
        ),
        pytest.param('[{"a":' + "[" * 50 + "]" * 50 + "}]", "[]", "levels deep", id="fifty lists"),
        pytest.param("{}", "[]", "holds one object", id="an object for a list"),
        pytest.param("[]", "list[]", "has a list", id="a list for an object"),
        pytest.param('{"hearing": []}', "list[]", 'has "hearing"', id="another name"),
        pytest.param("[]", "[]", "no rows", id="no records"),
        pytest.param("[1, 2]", "[]", "None of the 2 records", id="numbers for records"),
        pytest.param('[{"court": "C"}]', "[]", "no column", id="a key in no record"),
        pytest.param("null", "[]", "holds one object", id="null"),
    ],
)
def test_a_document_of_another_shape_is_rejected(text: str, records: str, reason: str) -> None:
    with pytest.raises(CalendarRejected, match=reason):
        read(text, records)


def test_of_several_lists_each_must_be_there() -> None:
    mapping = load_mapping(FLAT.format(records='records = ["today[]", "later[]"]'), name="test")

    def listed(document: dict[str, Any]) -> CalendarList:
        return read_list(json.dumps(document).encode(), mapping, file_name="list.json")

    found = listed({"today": [RECORD], "later": [RECORD, {"court": "Court"}]})
    assert [item.row for item in found.hearings] == [1, 2]
    assert [bad.row for bad in found.bad] == [3]
    assert found.bad[0].reason.startswith('Records in "later[]", row 2: ')
    assert "panel" not in "".join(found.hearings[0].raw), "one list is no part of the other"
    assert listed({"today": [RECORD], "later": []}).rows == 1
    with pytest.raises(CalendarRejected, match=r'records in "later\[\]"'):
        listed({"today": [RECORD], "latre": [RECORD]})
