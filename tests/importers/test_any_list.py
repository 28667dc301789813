"""Whatever the bytes: a file is read or rejected, and no row of it is lost."""

from __future__ import annotations

import csv
import json
from contextlib import suppress
from io import BytesIO, StringIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook  # type: ignore[import-untyped]

from notifier.core.listed import CalendarList
from notifier.errors import CalendarRejected
from notifier.importers import find_mapping, load_mapping, read_list
from notifier.importers.mapping import FORMATS

COLUMNS = 'court = "court"\ndate = "date"\ntime = "time"\ncase_number = "case"'
NAMES = ["court", "date", "time", "case"]
MAPPINGS = {
    name: load_mapping(
        f'format = "{name}"\nmode = "delta"\nref_prefix = "TST"\n[columns]\n'
        + (COLUMNS if name != "ics" else 'court = "LOCATION"\ncase_number = "UID"'),
        name=name,
    )
    for name in FORMATS
}
BEGINNINGS = {
    "csv": b"court,date,time,case\n",
    "tsv": b"court\tdate\ttime\tcase\n",
    "pipe": b"court|date|time|case\n",
    "json": b'[{"court": "c", "date": "2019-06-11", "time": "10:00", "case": ',
    "ics": b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nLOCATION:c\r\nUID:",
    "xlsx": b"PK\x03\x04",
}
CELLS = st.one_of(
    st.text(max_size=20),
    st.sampled_from(["", " ", "Court", "11.06.2019", "2019-06-11", "10:00", '"', ",", "\n", "=1"]),
)
TABLES = st.lists(st.lists(CELLS, min_size=4, max_size=4), max_size=8)


def outcome(data: bytes, name: str) -> CalendarList | None:
    """What comes of a file. Anything but a list or a rejection fails the test that asks."""
    try:
        return read_list(data, MAPPINGS[name], file_name="list")
    except CalendarRejected:
        return None


def book(rows: list[list[str]]) -> bytes:
    out = BytesIO()
    workbook = Workbook()
    for row in [NAMES, *rows]:
        workbook.worksheets[0].append(row)
    workbook.save(out)
    return out.getvalue()


@pytest.mark.parametrize("name", FORMATS)
@given(data=st.binary(max_size=400))
def test_any_bytes_are_a_list_or_rejected(name: str, data: bytes) -> None:
    outcome(data, name)
    outcome(BEGINNINGS[name] + data, name)


@pytest.mark.parametrize("name", ["csv", "tsv", "pipe", "json", "ics"])
@given(text=st.text(max_size=200))
def test_any_text_is_a_list_or_rejected(name: str, text: str) -> None:
    outcome(BEGINNINGS[name] + text.encode("utf-8", "surrogatepass"), name)


@given(flips=st.lists(st.tuples(st.integers(0, 4000), st.integers(0, 255)), max_size=6))
@settings(max_examples=200)
def test_a_workbook_with_damaged_bytes_is_a_list_or_rejected(flips: list[tuple[int, int]]) -> None:
    data = bytearray(book([["Court", "2019-06-11", "10:00", "77-1"]]))
    for at, value in flips:
        data[at % len(data)] = value

    outcome(bytes(data), "xlsx")


@given(
    value=st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from([*NAMES, "x"]), inner),
    )
)
def test_any_json_is_a_list_or_rejected(value: object) -> None:
    outcome(json.dumps(value).encode(), "json")
    outcome(json.dumps([value, dict.fromkeys(NAMES, "2019-06-11")]).encode(), "json")


@given(rows=TABLES, delimiter=st.sampled_from([",", ";", "\t", "|"]))
def test_no_row_of_a_delimited_list_is_lost(rows: list[list[str]], delimiter: str) -> None:
    rows = [[cell.replace("\0", "").replace("\r", "\n") for cell in row] for row in rows]
    out = StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writerows([NAMES, *rows])

    found = outcome(out.getvalue().encode("utf-8", "ignore"), "csv")

    # A cell over several lines may be taken for a stray quotation mark: more bad rows, never less.
    filled = sum(any(cell.strip() for cell in row) for row in rows)
    assert (found.rows if found else 0) >= filled
    if found and not any("\n" in cell for row in rows for cell in row):
        assert found.rows == filled
        numbers = [hearing.row for hearing in found.hearings] + [bad.row for bad in found.bad]
        assert sorted(numbers) == sorted(set(numbers))


@given(rows=TABLES)
def test_no_record_of_a_json_list_is_lost(rows: list[list[str]]) -> None:
    whole = ["Court", "2019-06-11", "10:00", "77-1"]
    records = [dict(zip(NAMES, row, strict=True)) for row in [whole, *rows]]

    found = outcome(json.dumps(records).encode(), "json")

    filled = sum(any(cell.strip() for cell in record.values()) for record in records)
    assert found is not None
    assert found.rows == filled


@given(
    texts=st.lists(st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=20))
)
def test_no_event_of_a_calendar_is_lost(texts: list[str]) -> None:
    events = "".join(f"BEGIN:VEVENT\nUID:{text}\nDTSTART:{text}\nEND:VEVENT\n" for text in texts)
    found = outcome(f"BEGIN:VCALENDAR\n{events}END:VCALENDAR\n".encode(), "ics")

    assert (found.rows if found else 0) in (0, len(texts))


@pytest.mark.parametrize("name", ["idaho", "uk-weekly", "uk-daily", "ics", "kazakh-daily"])
@given(data=st.binary(max_size=200))
def test_the_shipped_mappings_hold_as_well(name: str, data: bytes) -> None:
    with suppress(CalendarRejected):
        read_list(data, find_mapping(name), file_name="list.csv")
