"""What is printed is safe on any terminal, plain where asked, and exact for a program."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time, timedelta, timezone
from enum import StrEnum

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st

from notifier.cli import options, output
from tests.cli.terminal import Terminal

HOSTILE = "\x1b[2J\u202eӘйгерім\x9b Қ."
AT = datetime(2026, 11, 22, 5, 30, tzinfo=UTC)


class Colour(StrEnum):
    RED = "red"


@given(st.text())
def test_whatever_is_shown_is_one_line_and_printable(text: str) -> None:
    shown = output.clean(text)

    assert len(shown.splitlines()) <= 1
    assert len(shown) == len(text)
    assert not any(ord(char) < 32 or 0x7F <= ord(char) < 0xA0 for char in shown)


@given(st.text())
def test_a_document_comes_back_as_it_was_and_without_control_characters(text: str) -> None:
    printed: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("builtins.print", lambda line, **_: printed.append(line))
        output.emit({"text": text})

    assert json.loads(printed[0]) == {"text": text}
    assert not any(0x7F <= ord(char) < 0xA0 or char == "\x1b" for char in printed[0])


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        pytest.param(None, "-", id="nothing"),
        pytest.param("", "-", id="an empty text"),
        pytest.param(True, "yes", id="yes"),
        pytest.param(False, "no", id="no"),
        pytest.param(0, "0", id="zero"),
        pytest.param(0.0082346, "0.008", id="seconds to the millisecond"),
        pytest.param(AT, "2026-11-22 05:30:00 UTC", id="an instant"),
        pytest.param(date(2026, 11, 22), "2026-11-22", id="a date"),
        pytest.param(time(9, 30), "09:30", id="a wall time"),
        pytest.param(time(9, 30, 7), "09:30:07", id="a wall time with seconds"),
        pytest.param(Colour.RED, "red", id="a word of the design"),
    ],
)
def test_a_cell_shows_a_value(value: object, shown: str) -> None:
    assert output.cell(value) == shown


def test_an_instant_is_shown_on_the_courts_wall() -> None:
    assert output.instant(AT, "Asia/Bishkek") == "2026-11-22 11:30:00 +0600"


def test_a_document_has_instants_with_their_offset(capsys: pytest.CaptureFixture[str]) -> None:
    output.emit({"at": AT, "on": date(2026, 11, 22), "time": time(9, 30), "colour": Colour.RED})

    assert json.loads(capsys.readouterr().out) == {
        "at": "2026-11-22T05:30:00+00:00",
        "on": "2026-11-22",
        "time": "09:30",
        "colour": "red",
    }


def test_a_document_holds_nothing_that_nobody_thought_of() -> None:
    with pytest.raises(TypeError):
        output.emit({"secret": b"bytes"})


def test_a_table_in_a_pipe_is_plain_and_whole(capsys: pytest.CaptureFixture[str]) -> None:
    rows: list[dict[str, object]] = [{"a": "x" * 120, "b": None}, {"a": "y", "b": 1}]

    output.table(rows, {"a": "First", "b": "Second"}, empty="")

    assert [line.split() for line in capsys.readouterr().out.splitlines()] == [
        ["First", "Second"],
        ["x" * 120, "-"],
        ["y", "1"],
    ]


@pytest.mark.parametrize(
    ("number", "said"),
    [
        pytest.param(0, "0 hearings", id="none"),
        pytest.param(1, "1 hearing", id="one"),
        pytest.param(2, "2 hearings", id="several"),
    ],
)
def test_things_are_counted_in_words(number: int, said: str) -> None:
    assert output.counted(number, "hearing") == said


@pytest.mark.parametrize(
    ("env", "has_escapes"),
    [
        pytest.param({"TERM": "xterm", "NO_COLOR": ""}, True, id="a terminal that understands"),
        pytest.param({"TERM": "dumb"}, False, id="a dumb one"),
        pytest.param({"TERM": ""}, False, id="one that says nothing of itself"),
    ],
)
def test_a_terminal_gets_what_it_understands(
    env: dict[str, str], has_escapes: bool, terminal: Terminal
) -> None:
    terminal.ok("detainees", "add", "ALM-1", "--name", HOSTILE)
    detainee = terminal.json("detainees", "list")["detainees"][0]["id"]

    shown = terminal.on_a_tty("detainees", "list", "--names", env=env)

    assert ("\x1b" in shown) is has_escapes
    assert "\x1b[2J" not in shown
    assert "Әйгерім" in shown
    assert detainee in shown


def test_without_colours_there_is_no_colour(terminal: Terminal) -> None:
    shown = terminal.on_a_tty("courts", "list", env={"TERM": "xterm", "NO_COLOR": "1"})

    assert "\x1b[3" not in shown
    assert "Invented Court" in shown


@given(minutes=st.integers(0, 3 * 24 * 60), hours_ahead=st.integers(-12, 14))
def test_today_is_past_nowhere(minutes: int, hours_ahead: int) -> None:
    now = AT + timedelta(minutes=minutes)
    there = now.astimezone(timezone(timedelta(hours=hours_ahead))).date()

    assert there >= options.earliest_today(now)
    assert (there - options.earliest_today(now)).days <= 2


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        pytest.param("2019-04-01", datetime(2019, 4, 1, tzinfo=UTC), id="a date: its UTC midnight"),
        pytest.param("2026-11-22T10:30+05:00", AT, id="with an offset"),
        pytest.param("2026-11-22 05:30:00Z", AT, id="in UTC"),
    ],
)
def test_an_instant_is_read(text: str, instant: datetime) -> None:
    assert options.read_instant(text) == instant


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("2026-11-22T10:30", id="without a zone"),
        pytest.param("22.11.2026", id="in another order"),
        pytest.param("yesterday", id="a word"),
        pytest.param("0001-01-01T00:00+05:00", id="before the calendar begins"),
        pytest.param("", id="nothing"),
    ],
)
def test_an_instant_is_never_guessed(text: str) -> None:
    with pytest.raises(typer.BadParameter):
        options.read_instant(text)
