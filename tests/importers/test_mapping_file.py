"""A mapping file is checked whole: every mistake is told at once, with the nearest right word."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.errors import SettingsError
from notifier.importers import SourceMapping, load_mapping
from notifier.importers.mapping import Column, CourtEntry

SMALLEST = """
format = "csv"
mode = "delta"
ref_prefix = "TST"
[columns]
court = "Court"
date = "Date"
case_number = "Case"
"""


def load(text: str = "", *, top: str = "") -> SourceMapping:
    return load_mapping(top + SMALLEST + text, name="test")


def problems_of(text: str) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as refused:
        load_mapping(text, name="test")
    return refused.value.problems


def test_the_smallest_mapping_says_format_mode_prefix_and_three_columns() -> None:
    mapping = load()

    assert mapping.name == "test"
    assert mapping.formats == ("csv",)
    assert mapping.columns["court"] == Column(parts=(("Court",),))
    assert mapping.identity == ("case_number", "detainee", "kind")
    assert mapping.mode == "delta"
    assert mapping.encodings == ()


def test_a_column_is_a_heading_a_position_a_choice_or_a_joint() -> None:
    mapping = load(
        'judge = 3\nroom = ["Room", "Зал"]\n'
        'detainee_name = { join = ["Last", ["First", "Given"]], with = ", " }'
    )

    assert mapping.columns["judge"] == Column(parts=((3,),))
    assert mapping.columns["room"] == Column(parts=(("Room", "Зал"),))
    assert mapping.columns["detainee_name"] == Column(
        parts=(("Last",), ("First", "Given")), joiner=", "
    )


def test_courts_are_found_whatever_their_case_and_blanks() -> None:
    mapping = load('[courts."Ada  County\u00a0COURT"]\nzone = "America/Boise"')

    assert mapping.courts == {
        "ada county court": CourtEntry(name="Ada  County\u00a0COURT", zone="America/Boise")
    }


def test_a_calendar_knows_its_start_and_its_cancellations_by_itself() -> None:
    text = SMALLEST.replace('"csv"', '"ics"').replace('date = "Date"', 'judge = "X-JUDGE"')
    mapping = load_mapping(text, name="test")

    assert mapping.columns["date_time"] == Column(parts=(("DTSTART",),))
    assert mapping.columns["cancelled"] == Column(parts=(("STATUS",),))
    assert mapping.cancelled_pattern
    assert mapping.cancelled_pattern.search("cancelled")
    assert not mapping.cancelled_pattern.search("CONFIRMED")


def test_another_encoding_can_be_set_on_a_mapping() -> None:
    assert load().with_encoding("windows-1251").encodings == ("cp1251",)

    with pytest.raises(SettingsError, match="windows-1251"):
        load().with_encoding("window-1251")


def test_all_mistakes_are_told_at_once() -> None:
    problems = problems_of(
        """
        format = "cvs"
        encoding = "windows-1215"
        mode = "whole"
        ref_prefix = "tst"
        zone = "Asia/Alma-Ata2"
        delimeter = ";"
        [columns]
        court = 0
        case_numbr = "Case"
        [date]
        formats = ["dd.mm"]
        [courts.X]
        zon = "Asia/Almaty"
        """
    )

    assert all(problem.startswith('Mapping "test": ') for problem in problems)
    told = {problem.removeprefix('Mapping "test": ').partition(":")[0] for problem in problems}
    assert told == {
        "format",
        "encoding",
        "mode",
        "ref_prefix",
        "zone",
        "delimeter",
        "columns.court",
        "columns.case_numbr",
        "date.formats",
        "courts.X.zon",
    }


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ('delimeter = ";"', "delimiter"),
        ('identities = ["kind"]', "identity"),
        ('encodings = "utf-8"', "encoding"),
    ],
)
def test_an_unknown_key_is_refused_with_the_nearest_known_one(wrong: str, right: str) -> None:
    (problem,) = problems_of(wrong + SMALLEST)

    assert f'is not a known key, did you mean "{right}"?' in problem


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        pytest.param(
            SMALLEST.replace('court = "Court"', ""), "say where the court stands", id="no court"
        ),
        pytest.param(
            SMALLEST.replace('date = "Date"', ""), "say where the date stands", id="no date"
        ),
        pytest.param(
            SMALLEST.replace('case_number = "Case"', ""), "needs case_number", id="nobody's hearing"
        ),
        pytest.param(
            SMALLEST + 'date_time = "Start"', "cannot stand beside date", id="two sources of date"
        ),
        pytest.param(
            SMALLEST + 'cancelled = "Result"', "needs both", id="cancelled by which words?"
        ),
        pytest.param(
            "header = false" + SMALLEST, "needs positions, not names", id="names without headings"
        ),
        pytest.param("header = 31" + SMALLEST, "a line from 1 to 30", id="headings far below"),
        pytest.param('header = "1"' + SMALLEST, "must be true, false", id="header as a text"),
        pytest.param('delimiter = ";;"' + SMALLEST, "one character", id="two delimiters"),
        pytest.param('records = "a[].b"' + SMALLEST, "is not a path", id="a path to one object"),
        pytest.param('optional = ["jugde"]' + SMALLEST, "is not known", id="optional what?"),
        pytest.param('identity = ["name"]' + SMALLEST, "is not known", id="identity of what?"),
        pytest.param(
            'encoding = ["windows-1251", "utf-8"]' + SMALLEST,
            "nothing after it is ever tried",
            id="an encoding that takes all first",
        ),
        pytest.param("zone = 5" + SMALLEST, "must be a text in quotes", id="a number for a zone"),
        pytest.param('courts = "all"' + SMALLEST, "must be a table", id="a text for a table"),
        pytest.param("blank = [1]" + SMALLEST, "a list of texts", id="numbers for texts"),
        pytest.param(
            SMALLEST + "[time]\nutc_is_local = 1", "must be true or false", id="1 for true"
        ),
        pytest.param(
            SMALLEST + '[date]\nformats = ["day-first", "month-first"]',
            "as different dates",
            id="two orders at once",
        ),
        pytest.param(
            SMALLEST + "[date]\nfile_name = '\\d+'", r"needs (…) around the date", id="no group"
        ),
        pytest.param(
            SMALLEST + "[court]\npattern = '(.+)'",
            "needs a group (?P<court>…)",
            id="no court group",
        ),
        pytest.param(
            SMALLEST + "[court]\npattern = '(?P<court>'", "is not a regular expression", id="regex"
        ),
        pytest.param(
            SMALLEST + '[constants]\ndate = "31.02.2019"', "constants.date", id="no such date"
        ),
        pytest.param(SMALLEST + "room = []", "columns.room", id="a choice of nothing"),
        pytest.param(SMALLEST + "room = true", "columns.room", id="a flag for a column"),
        pytest.param(SMALLEST + '[tzids]\n"UTC+11" = "UTC+11"', "is not an IANA", id="no zone"),
        pytest.param(
            SMALLEST.replace('"csv"', '["csv", "tsv"]'), 'one of "csv", "tsv"', id="two delimited"
        ),
        pytest.param(
            SMALLEST.replace('"csv"', '["csv", "ics"]'), "cannot stand beside", id="ics and csv"
        ),
        pytest.param(SMALLEST.replace('"csv"', "[]"), "say one or several", id="no format"),
        pytest.param("format = ", "is not TOML", id="not TOML"),
    ],
)
def test_what_cannot_work_is_refused(text: str, problem: str) -> None:
    assert any(problem in line for line in problems_of(text)), problems_of(text)


def test_a_date_may_be_written_as_toml_writes_dates() -> None:
    mapping = load("[constants]\ndate = 2019-06-11", top="")

    assert mapping.constants == {"date": "2019-06-11"}


@given(st.text(max_size=200))
def test_any_text_is_a_mapping_or_refused(text: str) -> None:
    with suppress(SettingsError):
        load_mapping(text, name="test")
