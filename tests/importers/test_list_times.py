"""A time is read however a clerk writes it, as long as it can only mean one thing."""

from __future__ import annotations

from contextlib import suppress
from datetime import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.importers.times import read_time, unknown_times
from notifier.importers.unusable import Unusable


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("1:30 PM", time(13, 30)),
        ("8:30 am", time(8, 30)),
        ("8:15:00", time(8, 15)),
        ("10am", time(10)),
        ("10.30am", time(10, 30)),
        ("10 a.m.", time(10)),
        ("1pm", time(13)),
        ("14:00", time(14)),
        ("10-30", time(10, 30)),
        ("10.15", time(10, 15)),
        ("9:05", time(9, 5)),
        ("12:00 am", time(0)),
        ("12pm", time(12)),
        ("00:00", time(0)),
        ("23:59:59", time(23, 59, 59)),
        ("16:00:00.000", time(16)),
    ],
)
def test_a_time_is_read(text: str, at: time) -> None:
    assert read_time(text) == at


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        pytest.param("24:00", "start or the end of the day", id="24:00 has two meanings"),
        pytest.param("24:30", "start or the end of the day", id="24:30"),
        pytest.param("25:00", "not a time of the day", id="no 25th hour"),
        pytest.param("10:60", "not a time of the day", id="no 60th minute"),
        pytest.param("23:59:60", "not a time of the day", id="a leap second"),
        pytest.param("13:30 PM", "24-hour time with am or pm", id="13 PM"),
        pytest.param("0:30 am", "24-hour time with am or pm", id="0 AM"),
        pytest.param("10", "14:30", id="an hour alone may be anything"),
        pytest.param("1030", "14:30", id="no separator"),
        pytest.param("10:00-11:00", "14:30", id="a span"),
        pytest.param("10:00Z", "14:30", id="a zone in a column of times"),
        pytest.param("-1:00", "14:30", id="negative"),
        pytest.param("noon", "a text of 4 characters", id="a word"),
        pytest.param("١٠:٣٠", "14:30", id="digits of another script"),
    ],
)
def test_what_has_no_single_meaning_is_refused(text: str, reason: str) -> None:
    with pytest.raises(Unusable, match=reason) as refused:
        read_time(text)

    assert refused.value.field == "local_time"


@pytest.mark.parametrize("text", ["", "NULL", "null"])
def test_nothing_and_null_mean_not_known_in_every_list(text: str) -> None:
    assert read_time(text) is None


@pytest.mark.parametrize("text", ["00:00", "0:00", "00:00:00", "12:00 AM", "tbc", "TBC"])
def test_a_mapping_names_what_else_means_not_known(text: str) -> None:
    assert read_time(text, unknown_times(["00:00", " TBC "])) is None


def test_a_second_past_an_unknown_midnight_is_a_time() -> None:
    assert read_time("00:00:01", unknown_times(["0:00"])) == time(0, 0, 1)


@given(st.times().map(lambda at: at.replace(microsecond=0)))
def test_every_time_in_iso_form_comes_back(at: time) -> None:
    assert read_time(at.isoformat()) == at


@given(st.times(), st.sampled_from(["%I:%M %p", "%I.%M%p", "%H:%M", "%H-%M"]))
def test_every_minute_comes_back_in_every_form(at: time, form: str) -> None:
    assert read_time(at.strftime(form)) == at.replace(second=0, microsecond=0)


@given(st.text(max_size=12))
def test_any_text_is_a_time_unknown_or_unusable(text: str) -> None:
    with suppress(Unusable):
        read_time(text)
