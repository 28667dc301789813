"""What a mapping can say about the fields of a row, and what comes of it."""

from __future__ import annotations

from datetime import date, time

import pytest

from notifier.core.listed import ListedHearing
from notifier.importers import find_mapping, load_mapping, read_list

MAPPING = """
format = "csv"
mode = "delta"
ref_prefix = "TST"
blank = ["NULL", "**********"]
zone = "Asia/Almaty"
[columns]
court = "court"
case_number = "case"
detainee_name = "name"
kind = "kind"
{when}
cancelled = "{cancelled}"
[constants]
kind = "hearing of the day"
{constants}
[cancelled]
pattern = 'cancel+ed|отмен'
[court]
pattern = '(?P<room>Room [0-9]+), (?P<court>.+)'
[courts]
"City Court" = {{ name = "City Court of Almaty" }}
"Far Court" = {{ zone = "Asia/Qyzylorda" }}
[date]
formats = ["day-first"]
{dates}
[time]
{times}
"""
APART = 'date = "date"\ntime = "time"'


def only(
    cells: dict[str, str],
    *,
    when: str = APART,
    cancelled: str = "kind",
    constants: str = "",
    dates: str = "",
    times: str = "",
) -> ListedHearing:
    row = {"court": "City Court", "case": "77-1", "name": "Dana", "kind": "custody"}
    row |= {"date": "11.06.2019", "time": "10:00"} | cells
    text = "\n".join(";".join(line) for line in (row.keys(), row.values()))
    mapping = load_mapping(
        MAPPING.format(
            when=when, cancelled=cancelled, constants=constants, dates=dates, times=times
        ),
        name="test",
    )
    found = read_list(text.encode(), mapping, file_name="list 11.06.2019.csv")
    assert found.bad == ()
    return found.hearings[0]


@pytest.mark.parametrize(
    ("cell", "court", "room", "zone"),
    [
        ("City Court", "City Court of Almaty", None, "Asia/Almaty"),
        ("CITY\u00a0 court ", "City Court of Almaty", None, "Asia/Almaty"),
        ("Room 2, City Court", "City Court of Almaty", "Room 2", "Asia/Almaty"),
        ("Far Court", "Far Court", None, "Asia/Qyzylorda"),
        ("Unknown Court", "Unknown Court", None, "Asia/Almaty"),
    ],
)
def test_courts_are_named_split_and_placed(
    cell: str, court: str, room: str | None, zone: str
) -> None:
    hearing = only({"court": cell})

    assert (hearing.court, hearing.room, hearing.zone) == (court, room, zone)


@pytest.mark.parametrize(
    ("kind", "is_cancelled", "left"),
    [
        ("custody", False, "custody"),
        ("CANCELED custody", True, "custody"),
        ("custody - Cancelled", True, "custody"),
        ("custody (отменено)", True, "custody"),
        ("CANCELED", True, "hearing of the day"),
    ],
)
def test_a_cancellation_inside_a_text_is_taken_out_of_it(
    kind: str, is_cancelled: bool, left: str
) -> None:
    """Else the row would no longer be known as the same hearing."""
    hearing = only({"kind": kind})

    assert (hearing.cancelled, hearing.kind) == (is_cancelled, left)


def test_a_cancellation_in_a_column_of_its_own_leaves_the_other_texts_alone() -> None:
    hearing = only({"kind": "canceled flight", "state": "Cancelled"}, cancelled="state")

    assert (hearing.cancelled, hearing.kind) == (True, "canceled flight")


def test_blank_words_are_blank() -> None:
    hearing = only({"name": "**********", "kind": "NULL", "case": "null"})

    assert hearing.detainee_name is None
    assert hearing.kind == "hearing of the day", "the constant stands in for a blank cell"
    assert hearing.case_number == "null", "as they stand, so that a person may be called Null"


@pytest.mark.parametrize(
    ("cell", "day", "at"),
    [
        ("11.06.2019 10:00", date(2019, 6, 11), time(10)),
        ("11.06.2019, 1:30 PM", date(2019, 6, 11), time(13, 30)),
        ("2019-06-11T10:00:00", date(2019, 6, 11), time(10)),
        ("2019-06-11T10:00:00Z", date(2019, 6, 11), time(16)),
        ("2019-06-11T23:00:00.000+02:00", date(2019, 6, 12), time(3)),
        ("2019-06-11T01:00:00-0500", date(2019, 6, 11), time(12)),
        ("11.06.2019", date(2019, 6, 11), None),
        ("11.06.2019 00:00", date(2019, 6, 11), None),
        ("", date(2019, 6, 11), None),
    ],
)
def test_date_and_time_may_stand_in_one_cell(cell: str, day: date, at: time | None) -> None:
    hearing = only(
        {"start": cell},
        when='date_time = "start"',
        dates="file_name = '([0-9.]+)[.]csv'",
        times='unknown = ["00:00"]',
    )

    assert (hearing.local_date, hearing.local_time) == (day, at)


@pytest.mark.parametrize("cell", ["2019-06-11T10:00:00Z", "2019-06-11T10:00:00+00:00"])
def test_a_mark_of_utc_may_be_declared_false(cell: str) -> None:
    hearing = only({"start": cell}, when='date_time = "start"', times="utc_is_local = true")

    assert hearing.local_time == time(10)


def test_rows_without_a_date_of_their_own_have_that_of_the_list() -> None:
    by_name = {"dates": "file_name = '([0-9]{2}[.][0-9]{2}[.][0-9]{4})'"}

    assert only({"date": ""}, **by_name).local_date == date(2019, 6, 11)
    assert only({"date": "12.06.2019"}, **by_name).local_date == date(2019, 6, 12)
    assert only({"date": ""}, constants="date = 2019-06-13").local_date == date(2019, 6, 13)


@pytest.mark.parametrize("blank", ["\u00a0", "\u202f", "\u2007", "\t", "\ufeff"])
def test_every_sort_of_blank_is_trimmed_and_letters_are_not_touched(blank: str) -> None:
    name = "И\u0306ван Ӱ"  # written with a combining mark, and kept so

    assert only({"name": f"{blank}{name}{blank}"}).detainee_name == name


def test_the_simple_list_is_what_a_coordinator_types() -> None:
    text = (
        "ref;name;case;court;room;date;time;kind;assignees\n"
        "ALM-0001;Dana Serik;;Medeu Court;3;11.06.2019;09:30;custody;adv-01, mon-02\n"
        ";;77-2;Medeu Court;;2019-06-12;;;\n"
    )
    found = read_list(text.encode(), find_mapping("simple"), file_name="my list.csv")

    assert found.bad == ()
    first, second = found.hearings
    assert (first.detainee_ref, first.detainee_name) == ("ALM-0001", "Dana Serik")
    assert (first.zone, first.room, first.kind) == (None, "3", "custody")
    assert first.assignees == ("adv-01", "mon-02")
    assert (second.case_number, second.kind, second.local_time) == ("77-2", "hearing", None)


def test_the_simple_list_needs_no_more_than_who_where_and_when() -> None:
    found = read_list(
        b"name,court,date\nDana,Court,2019-06-11", find_mapping("simple"), file_name="x"
    )

    assert len(found.hearings) == 1
