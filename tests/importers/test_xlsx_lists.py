"""Workbooks: what their author saw, and no way to make the library eat the machine."""

from __future__ import annotations

import zipfile
from datetime import date, datetime, time, timedelta
from io import BytesIO
from typing import Any

import pytest
from openpyxl import Workbook  # type: ignore[import-untyped]
from openpyxl.styles import PatternFill  # type: ignore[import-untyped]

from notifier.core.listed import CalendarList
from notifier.errors import CalendarRejected
from notifier.importers import load_mapping, read_list
from notifier.importers.formats import xlsx_guard

MAPPING = """
format = "xlsx"
mode = "delta"
ref_prefix = "TST"
optional = ["room", "date"]
{top}
[columns]
case_number = "Case"
court = "Court"
date = "Date"
time = "Time"
room = "Room"
[date]
formats = ["day-first"]
"""
HEAD = ["Case", "Court", "Date", "Time", "Room"]
ROW = ["77-1", "Court", date(2019, 6, 11), time(10, 30), 201]


def workbook(*rows: list[Any], **others: list[list[Any]]) -> bytes:
    book = Workbook()
    sheets = {"Sheet": list(rows), **others}
    for name, content in sheets.items():
        sheet = book[name] if name in book.sheetnames else book.create_sheet(name)
        for row in content:
            sheet.append(row)
    return saved(book)


def saved(book: Workbook) -> bytes:
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def read(data: bytes, top: str = "") -> CalendarList:
    return read_list(data, load_mapping(MAPPING.format(top=top), name="t"), file_name="list.xlsx")


def with_part(data: bytes, name: str, content: bytes | None) -> bytes:
    """The workbook with one part of its archive added, replaced or left out."""
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as old, zipfile.ZipFile(out, "w", 8) as new:
        for info in old.infolist():
            if info.filename != name:
                new.writestr(info.filename, old.read(info))
        if content is not None:
            new.writestr(name, content)
    return out.getvalue()


def sheet_of(rows: str) -> bytes:
    data = workbook(HEAD)
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    xml = f'<worksheet xmlns="{space}"><sheetData>{rows}</sheetData></worksheet>'
    return with_part(data, "xl/worksheets/sheet1.xml", xml.encode())


def test_cells_are_read_as_their_author_saw_them() -> None:
    (hearing,) = read(workbook(HEAD, ROW)).hearings

    assert hearing.row == 2
    assert (hearing.local_date, hearing.local_time) == (date(2019, 6, 11), time(10, 30))
    assert (hearing.case_number, hearing.room) == ("77-1", "201")
    assert hearing.raw["Date"] == "2019-06-11"


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (12345, "12345"),
        (12345.5, "12345.5"),
        (123456789012, "123456789012"),
        (True, "true"),
        ("007", "007"),
        (datetime.combine(date(2019, 6, 11), time(10, 30)), "2019-06-11 10:30:00"),
        (timedelta(hours=9, minutes=5), "9:05:00"),
    ],
)
def test_a_cell_of_any_type_has_one_text(cell: object, text: str) -> None:
    assert read(workbook(HEAD, [cell, *ROW[1:]])).hearings[0].case_number == text


@pytest.mark.parametrize(
    ("cell", "at"),
    [
        (timedelta(hours=10, minutes=30), time(10, 30)),
        (10.5 / 24, None),
        ("10.30am", time(10, 30)),
        (time(10, 30), time(10, 30)),
    ],
)
def test_times_are_cells_or_text_but_no_bare_fractions(cell: object, at: time | None) -> None:
    found = read(workbook(HEAD, [*ROW[:3], cell]))

    assert [hearing.local_time for hearing in found.hearings] == ([at] if at else [])
    assert [bad.field for bad in found.bad] == ([] if at else ["local_time"])


def test_24_00_in_a_cell_waits() -> None:
    (bad,) = read(workbook(HEAD, [*ROW[:3], timedelta(days=1)])).bad

    assert bad.field == "local_time"
    assert "start or the end of the day" in bad.reason


def test_a_date_left_as_a_bare_number_waits() -> None:
    (bad,) = read(workbook(HEAD, ["77-1", "Court", 43627, "10:00"])).bad

    assert bad.field == "local_date"


def test_a_formula_saved_without_a_value_is_its_own_text() -> None:
    found = read(workbook(HEAD, ['=HYPERLINK("http://example.org","77-1")', *ROW[1:]]))

    assert found.hearings[0].case_number == '=HYPERLINK("http://example.org","77-1")'


def test_a_formula_saved_with_its_value_is_that_value() -> None:
    cells = ['<c r="A2" t="str"><f>UPPER("a-1")</f><v>A-1</v></c>']
    cells += ['<c r="B2" t="inlineStr"><is><t>Court</t></is></c>']
    cells += ['<c r="C2" t="inlineStr"><is><t>11.06.2019</t></is></c>']
    head = "".join(
        f'<c r="{letter}1" t="inlineStr"><is><t>{text}</t></is></c>'
        for letter, text in zip("ABCDE", HEAD, strict=True)
    )
    found = read(sheet_of(f'<row r="1">{head}</row><row r="2">{"".join(cells)}</row>'))

    assert found.hearings[0].case_number == "A-1"


def test_an_error_in_a_cell_is_not_mistaken_for_a_blank() -> None:
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.append(HEAD)
    sheet.append(ROW)
    sheet["D2"] = "#N/A"
    (bad,) = read(saved(book)).bad

    assert (bad.field, bad.raw["Time"]) == ("local_time", "#N/A")


def test_blank_rows_and_blank_coloured_cells_count_but_are_not_rows() -> None:
    book = Workbook()
    sheet = book.worksheets[0]
    for row in ([], HEAD, [], ROW, ["  ", "\u00a0"], ROW):
        sheet.append(row)
    sheet["J9"].fill = PatternFill("solid", fgColor="00FF00")
    found = read(saved(book))

    assert [hearing.row for hearing in found.hearings] == [4, 6]
    assert found.bad == ()


def test_headings_may_stand_further_down() -> None:
    data = workbook(["List of 11 June"], ["2 records"], HEAD, ROW)

    assert [hearing.row for hearing in read(data, "header = 3").hearings] == [4]


def test_of_several_filled_sheets_one_must_be_named() -> None:
    data = workbook(HEAD, ROW, Other=[HEAD, ROW])

    with pytest.raises(CalendarRejected, match='several filled sheets: "Sheet", "Other"'):
        read(data)
    assert read(data, 'sheets = ["Other"]').rows == 1
    assert read(workbook(HEAD, ROW, Empty=[])).rows == 1


def test_rows_of_a_second_sheet_are_numbered_on_and_say_where_they_are() -> None:
    data = workbook(HEAD, ROW, ROW, Later=[HEAD, ROW, ["77-2", "Court"]])
    found = read(data, 'sheets = ["Sheet", "Later"]')

    assert [hearing.row for hearing in found.hearings] == [2, 3, 5]
    assert [(bad.row, bad.reason.partition(":")[0]) for bad in found.bad] == [
        (6, 'Sheet "Later", row 3')
    ]


def test_a_sheet_that_is_not_there_is_named() -> None:
    with pytest.raises(CalendarRejected, match='no sheet "Today"'):
        read(workbook(HEAD, ROW), 'sheets = ["Today"]')


FAR = '<c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c>'


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param(f'<row r="1">{FAR}</row>', id="two cells in opposite corners"),
        pytest.param(
            '<row r="1048576"><c r="A1048576"><v>1</v></c>' + "<c><v>1</v></c>" * 9 + "</row>",
            id="cells that do not say where they are",
        ),
        pytest.param('<row r="99999999"><c><v>1</v></c></row>', id="a row beyond all rows"),
        pytest.param('<row r="1"><c r="A0"><v>1</v></c></row>', id="a row before the first"),
        pytest.param(
            '<row r="1048576"><c r="A1"><v>1</v></c>' + "<c><v>1</v></c>" * 9 + "</row>",
            id="cells beside one that belongs to another row",
        ),
        pytest.param('<c t="e"><v>#N/A</v></c>', id="a cell outside any row"),
        pytest.param('<row r="0"><c><v>1</v></c></row>', id="row nought"),
        pytest.param('<row r="1"><c r="AAAA1"><v>1</v></c></row>', id="a column beyond all"),
        pytest.param('<row r="1"><c r="A1"><v>1</v></row>', id="broken XML"),
    ],
)
def test_a_table_without_bound_never_reaches_the_library(rows: str) -> None:
    with pytest.raises(CalendarRejected, match=r"more than a court's list|damaged"):
        read(sheet_of(rows))


def test_an_archive_that_unpacks_without_bound_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx_guard, "UNPACKED_MAX", 1_000_000)
    data = with_part(workbook(HEAD, ROW), "xl/styles.xml", b" " * 1_000_001)

    assert len(data) < 10_000
    with pytest.raises(CalendarRejected, match="unpacks to more"):
        read(data)


def test_an_entry_that_lies_about_its_size_is_refused() -> None:
    data = with_part(workbook(HEAD, ROW), "xl/styles.xml", b" " * 5_000_000)
    real, false = (5_000_000).to_bytes(4, "little"), (100).to_bytes(4, "little")

    with pytest.raises(CalendarRejected, match="damaged"):
        read(data.replace(real, false))


def shared(texts: list[str], cells: str) -> bytes:
    items = "".join(f"<si><t>{text}</t></si>" for text in texts)
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return with_part(
        sheet_of(cells), "xl/sharedStrings.xml", f'<sst xmlns="{space}">{items}</sst>'.encode()
    )


def test_a_long_text_shared_by_very_many_cells_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [*HEAD, "x" * 1_000, "2019-06-11"]

    def table(rows: int) -> bytes:
        numbers = [range(5), *[(5, 5, 6)] * rows]
        cells = ["".join(f'<c t="s"><v>{number}</v></c>' for number in row) for row in numbers]
        return shared(texts, "".join(f"<row>{row}</row>" for row in cells))

    monkeypatch.setattr(xlsx_guard, "TEXT_MAX", 100_000)

    assert len(read(table(rows=3)).hearings) == 3
    with pytest.raises(CalendarRejected, match="unpacks to more"):
        read(table(rows=60))


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(workbook(HEAD, ROW)[:-200], id="cut off"),
        pytest.param(b"PK\x03\x04" + b"x" * 100, id="no archive"),
        pytest.param(with_part(workbook(HEAD), "xl/workbook.xml", None), id="no workbook part"),
        pytest.param(with_part(workbook(HEAD), "xl/worksheets/sheet1.xml", None), id="no sheet"),
        pytest.param(
            with_part(workbook(HEAD), "xl/workbook.xml", b"<!DOCTYPE x [<!ENTITY a 'b'>]><x/>"),
            id="a document type",
        ),
    ],
)
def test_a_damaged_workbook_is_refused(data: bytes) -> None:
    with pytest.raises(CalendarRejected, match="damaged or not an"):
        read(data)
