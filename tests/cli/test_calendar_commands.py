"""Courts, detainees and hearings from the command line."""

from __future__ import annotations

import pytest

from tests.cli.terminal import Terminal

NAME = "Әйгерім Ойдан Шығарылған"
WHERE = ("--court", "Invented Court", "--kind", "Remand hearing")
AHEAD = ("--date", "2036-12-01", "--time", "10:00")


@pytest.fixture
def detained(terminal: Terminal) -> Terminal:
    terminal.ok("detainees", "add", "ALM-1", "--name", NAME, "--case", "7511/26")
    return terminal


@pytest.fixture
def hearing(detained: Terminal) -> str:
    made: str = detained.json("hearings", "add", "ALM-1", *WHERE, *AHEAD, "--room", "4")["id"]
    return made


def test_a_court_is_listed_and_shown_as_it_was_entered(terminal: Terminal) -> None:
    made = terminal.json("courts", "add", " Суд № 2 ", "--zone", "Asia/Bishkek", "--city", "Бишкек")
    (second,) = [
        one for one in terminal.json("courts", "list")["courts"] if one["id"] == made["id"]
    ]

    assert second == made
    assert made["name"] == "Суд № 2"
    assert terminal.json("courts", "show", "Суд № 2") == made | {"hearings_ahead": 0}
    assert "Asia/Bishkek" in terminal.ok("courts", "show", made["id"]).out
    assert "Суд № 2" in terminal.ok("courts", "list").out


def test_a_detainees_name_is_shown_only_where_it_is_asked_for(
    detained: Terminal, hearing: str
) -> None:
    listed = detained.json("detainees", "list")["detainees"]

    assert [set(one) for one in listed] == [{"ref", "is_placeholder", "id"}]
    assert NAME not in detained.ok("detainees", "list").out
    assert NAME in detained.ok("detainees", "list", "--names").out
    assert detained.json("detainees", "list", "--names")["detainees"][0]["name"] == NAME
    shown = detained.json("detainees", "show", "ALM-1")
    assert (shown["name"], shown["case_number"], shown["represented_by"]) == (NAME, "7511/26", [])
    assert [one["id"] for one in shown["hearings"]] == [hearing]
    assert NAME in detained.ok("detainees", "show", "ALM-1").out


def test_a_hearing_is_listed_by_court_date_and_detainee(detained: Terminal, hearing: str) -> None:
    def ids(*words: str) -> list[str]:
        return [one["id"] for one in detained.json("hearings", "list", *words)["hearings"]]

    detained.ok("courts", "add", "Other Court", "--zone", "Asia/Almaty")
    detained.ok("detainees", "add", "ALM-2")
    past = detained.json("hearings", "add", "ALM-2", *WHERE, "--date", "2020-02-29")["id"]

    assert ids() == [hearing]
    assert ids("--all") == [past, hearing]
    assert ids("--all", "--limit", "1") == [past]
    assert ids("--date", "2020-02-29") == [past]
    assert ids("--court", "Invented Court") == [hearing]
    assert ids("--court", "Other Court") == []
    assert ids("--all", "--detainee", "ALM-2") == [past]
    assert "Only the first 1" in detained.ok("hearings", "list", "--all", "--limit", "1").err
    assert "past ones" in detained.ok("hearings", "list", "--court", "Other Court").err


def test_a_listed_hearing_has_stable_keys(detained: Terminal, hearing: str) -> None:
    (listed,) = detained.json("hearings", "list")["hearings"]

    assert listed == {
        "id": hearing,
        "ref": "ALM-1",
        "court": "Invented Court",
        "room": "4",
        "local_date": "2036-12-01",
        "local_time": "10:00",
        "zone": "Asia/Almaty",
        "starts_at": "2036-12-01T05:00:00+00:00",
        "kind": "Remand hearing",
        "state": "listed",
        "revision": 1,
    }


@pytest.mark.parametrize(
    ("words", "changed"),
    [
        pytest.param(
            ["--time", "14:30"], {"local_time": "14:30", "local_date": "2036-12-01"}, id="time"
        ),
        pytest.param(
            ["--date", "2036-12-02"], {"local_date": "2036-12-02", "local_time": "10:00"}, id="date"
        ),
        pytest.param(["--time-unknown"], {"local_time": None, "starts_at": None}, id="no time"),
        pytest.param(["--room", "9"], {"room": "9", "local_time": "10:00"}, id="room"),
        pytest.param(["--room-unknown"], {"room": None}, id="no room"),
        pytest.param(["--court", "Other Court"], {"court": "Other Court", "room": "4"}, id="court"),
    ],
)
def test_a_move_changes_what_is_named_and_nothing_else(
    words: list[str], changed: dict[str, object], detained: Terminal, hearing: str
) -> None:
    detained.ok("courts", "add", "Other Court", "--zone", "Asia/Bishkek")

    assert detained.json("hearings", "move", hearing, *words)["revision"] == 2

    shown = detained.json("hearings", "show", hearing)
    assert {key: shown[key] for key in changed} == changed
    assert [(one["revision"], one["local_time"]) for one in shown["before"]] == [(1, "10:00")]
    assert "Before:" in detained.ok("hearings", "show", hearing).out


def test_a_cancellation_is_told_at_once_and_can_be_taken_back(
    detained: Terminal, hearing: str
) -> None:
    detained.ok("recipients", "add", "law-1", "--role", "lawyer")
    detained.ok("assignments", "add", "law-1", hearing)

    cancelled = detained.json("hearings", "cancel", hearing)
    again = detained.json("hearings", "cancel", hearing)
    refused = detained.run("hearings", "move", hearing, "--time", "11:00")
    reinstated = detained.json("hearings", "reinstate", hearing)

    assert (cancelled["revision"], again["revision"], reinstated["revision"]) == (2, 2, 3)
    assert refused.code == 5
    assert "reinstate it first" in refused.err
    assert reinstated["told_at_once"] == ["law-1"]
    assert "told at once: law-1" in detained.ok("hearings", "reinstate", hearing).out


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        pytest.param(["courts", "show", "X"], 4, "no court 'X'", id="a court nobody knows"),
        pytest.param(["detainees", "show", "X"], 4, "no detainee 'X'", id="a detainee"),
        pytest.param(["hearings", "show", "X"], 4, "no hearing 'X'", id="a hearing"),
        pytest.param(["hearings", "cancel", "X"], 4, "no hearing 'X'", id="cancelling none"),
        pytest.param(["hearings", "list", "--court", "X"], 4, "no court 'X'", id="a filter"),
        pytest.param(["hearings", "add", "X", *WHERE, *AHEAD], 4, "no detainee 'X'", id="for none"),
        pytest.param(
            ["hearings", "add", "ALM-1", *WHERE, *AHEAD], 5, "has this hearing", id="entered twice"
        ),
        pytest.param(["detainees", "add", "ALM-1"], 5, "already", id="a ref that is taken"),
        pytest.param(
            ["hearings", "add", "ALM-1", *WHERE, "--date", "1.12.2036"],
            2,
            "'1.12.2036' is no date: write it like 2026-11-22",
            id="a date in another order",
        ),
        pytest.param(
            ["hearings", "add", "ALM-1", *WHERE, "--date", "2036-12-02", "--time", "24:00"],
            2,
            "'24:00' is no time of day",
            id="24:00",
        ),
    ],
)
def test_what_cannot_be_is_refused(
    words: list[str], code: int, said: str, detained: Terminal, hearing: str
) -> None:
    ended = detained.run(*words)

    assert (ended.code, ended.out) == (code, "")
    assert said in " ".join(ended.err.split())
    assert len(detained.json("hearings", "list", "--all")["hearings"]) == 1


@pytest.mark.parametrize(
    "words",
    [
        pytest.param([], id="nothing new"),
        pytest.param(["--time", "10:00", "--time-unknown"], id="a time, known and unknown"),
        pytest.param(["--room", "1", "--room-unknown"], id="a room, known and unknown"),
        pytest.param(["--time", "10:00+05:00"], id="a time with a zone"),
    ],
)
def test_a_move_that_says_too_little_or_too_much_is_a_mistake(
    words: list[str], detained: Terminal, hearing: str
) -> None:
    assert detained.run("hearings", "move", hearing, *words).code == 2
    assert detained.json("hearings", "show", hearing)["revision"] == 1


def test_a_wall_time_that_does_not_exist_is_not_guessed(terminal: Terminal) -> None:
    terminal.ok("courts", "add", "Spring Court", "--zone", "Europe/Berlin")
    terminal.ok("detainees", "add", "BER-1")

    ended = terminal.run(
        *("hearings", "add", "BER-1", "--court", "Spring Court", "--kind", "Trial"),
        *("--date", "2026-03-29", "--time", "02:30"),
    )

    assert ended.code == 1
    assert "does not exist" in ended.err
