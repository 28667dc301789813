"""Comma, semicolon, tab and pipe: whatever the ends of lines, the quotes and the blanks."""

from __future__ import annotations

import pytest

from notifier.core.listed import CalendarList
from notifier.errors import CalendarRejected
from notifier.importers import SourceMapping, load_mapping, read_list

COLUMNS = """
mode = "delta"
ref_prefix = "TST"
optional = ["room", "judge"]
[columns]
case_number = "Case Number"
court = "Court"
date = "Date"
time = "Time"
room = "Room"
judge = "Judge"
detainee_name = { join = ["Last", "First"], with = ", " }
[date]
formats = ["day-first"]
"""
HEAD = "Case Number,Court,Date,Time,Last,First"
ROW = "77-1,Almaty Court,11.06.2019,10:00,Serik,Dana"


def mapping_of(top: str = 'format = "csv"', columns: str = COLUMNS) -> SourceMapping:
    return load_mapping(top + columns, name="test")


def read(text: str, mapping: SourceMapping | None = None) -> CalendarList:
    return read_list(text.encode(), mapping or mapping_of(), file_name="list.csv")


def rows(found: CalendarList) -> list[tuple[int, str | None, str | None]]:
    return [(item.row, item.case_number, item.detainee_name) for item in found.hearings]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\r\r\n"])
def test_every_sort_of_line_end_counts_as_one(end: str) -> None:
    found = read(end.join([HEAD, ROW, "", ROW.replace("77-1", "77-2"), ""]))

    assert rows(found) == [(2, "77-1", "Serik, Dana"), (4, "77-2", "Serik, Dana")]
    assert found.bad == ()


def test_line_ends_of_several_sorts_stand_in_one_file() -> None:
    assert rows(read(f"{HEAD}\r\r\n{ROW}\r\n{ROW}\n{ROW}"))[-1] == (4, "77-1", "Serik, Dana")


@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
def test_the_delimiter_is_found_where_none_is_declared(delimiter: str) -> None:
    text = f"{HEAD}\n{ROW}\n".replace(",", delimiter)

    assert rows(read(text)) == [(2, "77-1", "Serik, Dana")]


def test_the_delimiter_under_which_the_columns_are_found_wins_over_a_more_frequent_one() -> None:
    text = "Case Number;Court;Date;Time;Last;First,a,b,c,d,e,f,g\n"
    mapping = mapping_of(columns=COLUMNS.replace('"First"', '"First,a,b,c,d,e,f,g"'))

    assert read(text + ROW.replace(",", ";"), mapping).rows == 1


@pytest.mark.parametrize(("name", "delimiter"), [("tsv", "\t"), ("pipe", "|")], ids=["tab", "pipe"])
def test_a_format_may_settle_the_delimiter(name: str, delimiter: str) -> None:
    found = read(f"{HEAD}\n{ROW}".replace(",", delimiter), mapping_of(f'format = "{name}"'))

    assert found.rows == 1


def test_a_wrong_delimiter_is_refused_and_the_right_one_named() -> None:
    mapping = mapping_of('format = "csv"\ndelimiter = ","')

    with pytest.raises(CalendarRejected, match=r'declares ",".*With ";" they are'):
        read(f"{HEAD}\n{ROW}".replace(",", ";"), mapping)


def test_headings_match_whatever_their_case_and_blanks() -> None:
    head = "\ufeffcase\u00a0number ,\u00a0COURT, Date  ,time,LAST,first"

    assert read(f"{head}\n{ROW}").rows == 1


def test_a_heading_in_quotes_may_break_its_line() -> None:
    found = read(f'"Case\nNumber",Court,Date,Time,Last,First\n{ROW}')

    assert rows(found) == [(2, "77-1", "Serik, Dana")]


def test_lines_above_the_headings_are_passed_over_where_the_mapping_says_so() -> None:
    found = read(f"List of 11 June\n3 records\n{HEAD}\n{ROW}", mapping_of('format="csv"\nheader=3'))

    assert rows(found) == [(4, "77-1", "Serik, Dana")]


def test_blank_lines_above_the_headings_count_but_do_not_matter() -> None:
    assert rows(read(f"\n , \n{HEAD}\n{ROW}")) == [(4, "77-1", "Serik, Dana")]


def test_quotes_hold_delimiters_line_breaks_and_quotes() -> None:
    found = read(f'{HEAD}\n77-1, "Court, of\nAlmaty",11.06.2019,10:00,"Serik ""Aka""",Dana\n{ROW}')

    assert [item.court for item in found.hearings] == ["Court, of Almaty", "Almaty Court"]
    assert found.hearings[0].detainee_name == 'Serik "Aka", Dana'
    assert found.hearings[0].raw["Court"] == "Court, of\nAlmaty"
    assert found.hearings[1].row == 3


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param('77-9,"Court,11.06.2019,10:00,A,B', id="never closed"),
        pytest.param('77-9,"Co"urt,11.06.2019,10:00,A,B', id="closed inside the cell"),
    ],
)
def test_a_stray_quotation_mark_spoils_its_own_row_only(broken: str) -> None:
    found = read(f"{HEAD}\n{ROW}\n{broken}\n{ROW}\n{ROW}")

    assert [item.row for item in found.hearings] == [2, 4, 5]
    assert [(item.row, item.field) for item in found.bad] == [(3, "row")]
    assert found.bad[0].raw == {"line": broken}


def test_two_stray_marks_do_not_swallow_the_rows_between_them() -> None:
    stray = '77-9,Court,11.06.2019,10:00,"A,B'
    closing = '77-9,Court,11.06.2019,10:00,A",B'
    found = read(f"{HEAD}\n{stray}\n{ROW}\n{ROW}\n{closing}\n{ROW}")

    assert [item.row for item in found.bad] == [2]
    assert [item.row for item in found.hearings] == [3, 4, 5, 6]


def test_quotation_marks_that_never_pair_do_not_read_the_file_again_and_again() -> None:
    found = read(HEAD + "\n" + 'a","\n' * 50_000)

    assert len(found.bad) == 50_000


def test_a_row_with_too_many_cells_is_bad_as_its_cells_may_have_moved() -> None:
    found = read(f"{HEAD}\n77-1,Court,of Almaty,11.06.2019,10:00,Serik,Dana\n{ROW},,")

    assert [(item.row, item.field) for item in found.bad] == [(2, "row")]
    assert "quotation marks" in found.bad[0].reason
    assert rows(found) == [(3, "77-1", "Serik, Dana")], "blank cells behind a row are nothing"


def test_a_row_with_too_few_cells_lacks_what_stood_there() -> None:
    found = read(f"{HEAD}\n77-1,Court,11.06.2019")

    assert found.hearings[0].local_time is None


def test_formulas_are_text() -> None:
    formula = '=HYPERLINK("http://example.org";"x")'
    found = read(f'{HEAD}\n"{formula.replace(chr(34), chr(34) * 2)}",C,11.06.2019,10:00,=1+1,@x')

    assert rows(found) == [(2, formula, "=1+1, @x")]


def test_the_raw_row_is_kept_by_heading() -> None:
    found = read("Case Number,Court,Date,Time,Last,First,,Note,Note\n" + ROW + ", ,a,b")

    assert found.hearings[0].raw == {
        "Case Number": "77-1",
        "Court": "Almaty Court",
        "Date": "11.06.2019",
        "Time": "10:00",
        "Last": "Serik",
        "First": "Dana",
        "column 7": "",
        "Note": "a",
        "Note [9]": "b",
    }


def test_a_heading_that_is_needed_may_not_stand_twice() -> None:
    with pytest.raises(CalendarRejected, match='"Date" stands in columns 3 and 7'):
        read(f"{HEAD},date\n{ROW},12.06.2019")


def test_an_optional_column_that_seems_misspelt_is_not_passed_over() -> None:
    with pytest.raises(CalendarRejected, match='"Judge" for judge, the nearest is "Jugde"'):
        read(f"{HEAD},Jugde\n{ROW},X")


def test_without_headings_columns_go_by_position() -> None:
    mapping = mapping_of(
        'format = "csv"\nheader = false',
        '\nmode = "delta"\nref_prefix = "T"\n[columns]\ncase_number = 1\ncourt = 2\ndate = 3',
    )

    assert read("77-1,Court,2019-06-11\n77-2,Court,2019-06-12", mapping).rows == 2
    with pytest.raises(CalendarRejected, match=r"number 3 for date.*rows have 2 columns"):
        read("77-1,Court\n", mapping)
