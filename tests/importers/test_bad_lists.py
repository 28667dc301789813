"""Bad input is normal input: a clear refusal of the file, or the row with its number and field."""

from __future__ import annotations

from datetime import date

import pytest

from notifier.core.listed import CalendarList
from notifier.errors import CalendarRejected
from notifier.importers import BYTES_MAX, find_mapping, load_mapping, read_list, reading

HEAD = "ref,name,case,court,room,date,time,kind,assignees"
GOOD = "ALM-0001,Dana Serik,77-1,Medeu Court,3,2019-06-11,10:00,custody,adv-01"


def read(text: str | bytes, mapping: str = "simple", file_name: str = "list.csv") -> CalendarList:
    data = text if isinstance(text, bytes) else text.encode("utf-8")
    return read_list(data, find_mapping(mapping), file_name=file_name)


@pytest.mark.parametrize(
    ("data", "mapping", "reason"),
    [
        pytest.param(
            f"{HEAD}\n{GOOD.replace('Dana', 'Дана')}".encode("cp1251"),
            "simple",
            r"is not UTF-8 \(byte \d+, line 2\): declare .*windows-1251",
            id="unknown encoding",
        ),
        pytest.param(
            b"Date;Defendant;Location;Room;Time;CitationId;Violation\n",
            "atlanta",
            r'declares "\|" as the delimiter.*With ";" they are',
            id="wrong delimiter",
        ),
        pytest.param(
            b"CaseNumber,CaseStyle,HearingType,Hearing Date,HearingTime,Court\na,b,c,d,e,f\n",
            "idaho",
            '"HearingDate" for date, the nearest is "Hearing Date". The file has "CaseNumber"',
            id="missing column",
        ),
        pytest.param(b"", "simple", "file is empty", id="empty file"),
        pytest.param(b"\r\n \r\n", "simple", "file is empty", id="blank lines only"),
        pytest.param(b"\xef\xbb\xbf", "simple", "file has no", id="a byte order mark only"),
        pytest.param(HEAD.encode(), "simple", "has no rows", id="headings only"),
        pytest.param(f"{HEAD}\n,,,,,,,,\n".encode(), "simple", "has no rows", id="blank rows only"),
        pytest.param(
            bytes(100 * 1024 * 1024), "simple", "104,857,600 bytes, more than the", id="100 MB"
        ),
        pytest.param(f"{HEAD}\n\x00{GOOD}".encode(), "simple", "NUL bytes.*line 2", id="NUL bytes"),
        pytest.param(
            b'{"courtLists": [], "courtLists": []}', "uk-daily", "same key twice", id="twin keys"
        ),
        pytest.param(b"[" * 1_000_000, "uk-weekly", "levels deep", id="deep nesting"),
        pytest.param(b"PK\x03\x04", "idaho", "looks like an Excel workbook", id="XLSX for CSV"),
        pytest.param(b"\xd0\xcf\x11\xe0..", "simple", "old .xls or a protected", id="old .xls"),
        pytest.param(b"BEGIN:VCALENDAR", "simple", "looks like an iCalendar", id="ICS for CSV"),
        pytest.param(b"a,b\n1,2", "uk-weekly", "not JSON", id="CSV for JSON"),
        pytest.param(b"," * 600 + b"\n", "simple", "cells in its first line", id="commas only"),
        pytest.param(
            HEAD.encode() + b",x" * 600 + b"\n1", "simple", "609 columns", id="600 columns"
        ),
    ],
)
def test_a_file_that_cannot_be_used_is_rejected(data: bytes, mapping: str, reason: str) -> None:
    with pytest.raises(CalendarRejected, match=reason):
        read(data, mapping)


def test_the_limit_of_size_is_50_mib_unless_another_is_given() -> None:
    assert BYTES_MAX == 50 * 1024 * 1024
    with pytest.raises(CalendarRejected, match="more than the 10 allowed"):
        read_list(GOOD.encode(), find_mapping("simple"), file_name="list.csv", max_bytes=10)


def test_more_rows_than_any_list_has_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "ROWS_MAX", 2)

    assert read(f"{HEAD}\n{GOOD}\n\n{GOOD}").rows == 2
    with pytest.raises(CalendarRejected, match="more than 2 rows"):
        read(f"{HEAD}\n{GOOD}\nx\n{GOOD}")


def test_a_first_line_that_may_be_a_row_of_people_is_not_quoted() -> None:
    with pytest.raises(CalendarRejected, match="None of the 9 cells in its first line") as rejected:
        read(f"{GOOD}\n{GOOD}")

    assert "Serik" not in str(rejected.value)


@pytest.mark.parametrize(
    ("change", "field", "reason"),
    [
        pytest.param(("Medeu Court", ""), "court", "no court", id="no court"),
        pytest.param(("2019-06-11", ""), "local_date", "no date", id="no date"),
        pytest.param(("ALM-0001,Dana Serik,77-1", ",,"), "case_number", "neither", id="nobody"),
        pytest.param(("2019-06-11", "31.06.2019"), "local_date", "31.06.2019", id="31 June"),
        pytest.param(("2019-06-11", "6/31/2019"), "local_date", "day-first", id="month first"),
        pytest.param(("10:00", "24:00"), "local_time", "end of the day", id="24:00"),
        pytest.param(("10:00", "soon"), "local_time", "write it as 14:30", id="no time"),
        pytest.param(("Medeu", "Me\x1bdeu"), "court", "control character", id="escape"),
        pytest.param(("Dana", "Da\u202ena"), "detainee_name", "direction", id="bidi override"),
        pytest.param(("Dana", "Da\x85na"), "detainee_name", "control character", id="C1 control"),
        pytest.param(("77-1", "7" * 4097), "case_number", "longer than 4096", id="4097 digits"),
        pytest.param(("Dana", "Д" * 2049), "detainee_name", "longer than 4096", id="4 KiB UTF-8"),
        pytest.param(("Dana Serik", "Serik, Dana"), "row", "10 cells", id="an unquoted comma"),
        pytest.param(("Dana", '"Da"na'), "row", "quotation mark", id="a stray quotation mark"),
    ],
)
def test_a_bad_row_is_told_with_its_number_field_and_reason(
    change: tuple[str, str], field: str, reason: str
) -> None:
    found = read("\n".join([HEAD, GOOD, GOOD.replace(*change), GOOD]))

    assert [hearing.row for hearing in found.hearings] == [2, 4]
    assert [(bad.row, bad.field) for bad in found.bad] == [(3, field)]
    assert reason in found.bad[0].reason
    assert "Serik" not in found.bad[0].reason


def test_a_list_in_which_no_row_is_usable_gives_all_of_them_back() -> None:
    found = read(f"{HEAD}\n{GOOD.replace('2019', '19')}\n{GOOD.replace('10:00', '24:00')}")

    assert found.hearings == ()
    assert [bad.row for bad in found.bad] == [2, 3]


def test_half_a_character_and_nul_in_json_spoil_their_row_and_nothing_else() -> None:
    record = '{"date": "16/12/2024", "caseName": "%s", "hearingType": "x", "venue": "y"}'
    texts = [r"\ud800", r"\u0000", r"\u202e", "Dana"]
    found = read("[" + ",".join(record % text for text in texts) + "]", "uk-weekly")

    assert [(bad.row, bad.field) for bad in found.bad] == [
        (number, "detainee_name") for number in (1, 2, 3)
    ]
    assert found.bad[0].raw["caseName"] == r"\ud800", "written out, so that it can be kept"
    assert [hearing.detainee_name for hearing in found.hearings] == ["Dana"]


@pytest.mark.parametrize(
    ("day", "read_as"),
    [("01.02.9047", date(9047, 2, 1)), ("06.12.2050", date(2050, 12, 6)), ("0001-01-01", date.min)],
)
def test_a_date_far_away_is_a_date_here_and_judged_against_now_elsewhere(
    day: str, read_as: date
) -> None:
    assert read(f"{HEAD}\n{GOOD.replace('2019-06-11', day)}").hearings[0].local_date == read_as


@pytest.mark.parametrize("text", ["=1+1", '=HYPERLINK("x")', "@SUM(A1)", "+7 701", "-1"])
def test_a_formula_is_text(text: str) -> None:
    quoted = '"' + text.replace('"', '""') + '"'

    assert read(f"{HEAD}\n{GOOD.replace('Dana Serik', quoted)}").hearings[0].detainee_name == text


def test_a_naive_time_in_an_unknown_zone_waits() -> None:
    found = read(
        "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\nDTSTART;TZID=Nowhere/Foo:20190611T100000\n"
        "END:VEVENT\nEND:VCALENDAR",
        "ics",
    )

    assert [(bad.row, bad.field) for bad in found.bad] == [(1, "local_time")]


def test_unmapped_columns_spoil_nothing() -> None:
    found = read(f"{HEAD},note\n{GOOD},\x1b\u202e{'x' * 5000}")

    assert len(found.hearings) == 1


def test_a_mapping_may_not_have_been_checked_against_this_list() -> None:
    mapping = load_mapping(
        'format = "csv"\nmode = "delta"\nref_prefix = "T"\nheader = 5\n'
        '[columns]\ncourt = "a"\ndate = "b"\njudge = "c"\ncase_number = "d"',
        name="test",
    )

    with pytest.raises(CalendarRejected, match="no line of headings"):
        read_list(b"a,b,c,d\n1,2,3,4", mapping, file_name="x")
