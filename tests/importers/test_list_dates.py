"""A date is read in the order the mapping declares; nothing is guessed from the numbers."""

from __future__ import annotations

from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.importers.dates import date_format, read_date, with_iso
from notifier.importers.unusable import Unusable


def read(text: str, *formats: str) -> date:
    return read_date(text, with_iso([date_format(item) for item in formats]))


@pytest.mark.parametrize(
    ("text", "formats", "day"),
    [
        pytest.param("4/19/2019", ["m/d/yyyy"], date(2019, 4, 19), id="American, no zeros"),
        pytest.param("04/19/2019", ["m/d/yyyy"], date(2019, 4, 19), id="American, with zeros"),
        pytest.param("11.06.2019", ["dd.mm.yyyy"], date(2019, 6, 11), id="with dots"),
        pytest.param("3/4/2019", ["day-first"], date(2019, 4, 3), id="day first"),
        pytest.param("3-4-2019", ["month-first"], date(2019, 3, 4), id="month first"),
        pytest.param("2019-06-11", [], date(2019, 6, 11), id="ISO needs no declaration"),
        pytest.param("2019-06-11", ["dd.mm.yyyy"], date(2019, 6, 11), id="ISO beside another"),
        pytest.param("2019.06.11", ["yyyy.mm.dd"], date(2019, 6, 11), id="year first"),
        pytest.param("11.06.19", ["dd.mm.yy"], date(2019, 6, 11), id="two digits if declared"),
        pytest.param("20190611", ["yyyymmdd"], date(2019, 6, 11), id="without separators"),
        pytest.param("11.06.2019 г.", ["dd.mm.yyyy г."], date(2019, 6, 11), id="with a word"),
        pytest.param("2019-06-11 00:00:00", [], date(2019, 6, 11), id="an export's midnight"),
        pytest.param("01.02.9047", ["dd.mm.yyyy"], date(9047, 2, 1), id="far, judged elsewhere"),
        pytest.param("12/6/2050", ["m/d/yyyy"], date(2050, 12, 6), id="2050, judged elsewhere"),
    ],
)
def test_a_date_is_read_as_declared(text: str, formats: list[str], day: date) -> None:
    assert read(text, *formats) == day


@pytest.mark.parametrize(
    ("text", "formats", "reason"),
    [
        pytest.param(
            "19/4/2019", ["m/d/yyyy"], "no date of the calendar", id="no nineteenth month"
        ),
        pytest.param("31.02.2019", ["dd.mm.yyyy"], "no date of the calendar", id="no 31 February"),
        pytest.param("29.02.2019", ["dd.mm.yyyy"], "no date of the calendar", id="no leap year"),
        pytest.param("11.06.19", ["dd.mm.yyyy"], "written as dd.mm.yyyy", id="two digits unasked"),
        pytest.param("11/06.2019", ["day-first"], "written as", id="mixed separators"),
        pytest.param("45637", ["dd.mm.yyyy"], "a text of 5 characters", id="a bare number"),
        pytest.param("00.00.0000", ["dd.mm.yyyy"], "no date of the calendar", id="zeros"),
        pytest.param("١١.٠٦.٢٠١٩", ["dd.mm.yyyy"], "written as", id="digits of another script"),
        pytest.param("2019-06-11 10:30", [], "written as iso", id="a time in the date's cell"),
        pytest.param("tomorrow", [], "a text of 8 characters", id="a word"),
    ],
)
def test_what_is_no_date_in_that_order_is_refused(
    text: str, formats: list[str], reason: str
) -> None:
    with pytest.raises(Unusable, match=reason) as refused:
        read(text, *formats)

    assert refused.value.field == "local_date"


def test_a_text_that_two_formats_read_differently_is_refused() -> None:
    with pytest.raises(Unusable, match="two dates"):
        read("01.02.03", "dd.mm.yy", "yy.mm.dd")


def test_a_text_that_two_formats_read_alike_is_a_date() -> None:
    assert read("11.06.2019", "dd.mm.yyyy", "d.m.yyyy") == date(2019, 6, 11)


@pytest.mark.parametrize(
    "text", ["", "dd.mm", "dd.mm.yyyy.yyyy", "ddd.mm.yyyy", "dd.mm.yyy", "european", "d.m"]
)
def test_a_format_needs_one_day_one_month_one_year(text: str) -> None:
    with pytest.raises(ValueError, match=r"needs one day|is not one of"):
        date_format(text)


def test_a_reason_never_quotes_what_may_be_a_name() -> None:
    with pytest.raises(Unusable) as refused:
        read("Nurlan", "dd.mm.yyyy")

    assert "Nurlan" not in refused.value.reason


@given(st.dates(), st.sampled_from(["dd.mm.yyyy", "mm/dd/yyyy", "yyyy-mm-dd", "yyyymmdd"]))
def test_every_date_written_as_declared_comes_back(day: date, order: str) -> None:
    text = order.replace("yyyy", f"{day.year:04}").replace("mm", f"{day.month:02}")

    assert read(text.replace("dd", f"{day.day:02}"), order) == day


@given(st.text(max_size=12))
def test_any_text_is_a_date_or_unusable(text: str) -> None:
    with suppress(Unusable):
        read(text, "day-first", "dd.mm.yy")
