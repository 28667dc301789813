"""Recipients, their endpoints, and who goes where, from the command line."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from tests.cli.terminal import Terminal

URL = "https://hooks.example.org/services/INVENTED-TOKEN"
SECRET = "whsec_" + base64.b64encode(b"an invented secret for the tests").decode()


@pytest.fixture
def office(terminal: Terminal) -> Terminal:
    """A lawyer, a detainee, and two hearings of theirs on one day."""
    terminal.ok("recipients", "add", "law-1", "--role", "lawyer", "--name", "Invented Lawyer")
    terminal.ok("detainees", "add", "ALM-1")
    for time in ("10:00", "14:00"):
        terminal.ok(
            *("hearings", "add", "ALM-1", "--court", "Invented Court", "--kind", "Remand"),
            *("--date", "2036-12-01", "--time", time),
        )
    return terminal


def hearings(office: Terminal) -> list[str]:
    return [one["id"] for one in office.json("hearings", "list")["hearings"]]


def test_a_recipient_is_listed_by_ref_and_shown_by_name(office: Terminal) -> None:
    (listed,) = office.json("recipients", "list")["recipients"]
    shown = office.json("recipients", "show", "law-1")

    assert {key: listed[key] for key in ("ref", "role", "side", "language", "endpoints")} == {
        "ref": "law-1",
        "role": "lawyer",
        "side": "defence",
        "language": "en",
        "endpoints": 0,
    }
    assert "Invented Lawyer" not in office.ok("recipients", "list").out
    assert shown["name"] == "Invented Lawyer"
    assert "cannot be told anything" in office.ok("recipients", "show", "law-1").err


def test_whoever_represents_a_detainee_is_proposed_their_hearings(office: Terminal) -> None:
    made = office.json("recipients", "represent", "law-1", "ALM-1")

    assert made == {"recipient": "law-1", "detainee": "ALM-1", "proposed": 2}
    assert office.json("recipients", "show", "law-1")["represents"] == ["ALM-1"]
    assert office.json("detainees", "show", "ALM-1")["represented_by"] == ["law-1"]
    listed = office.json("assignments", "list", "--recipient", "law-1")["assignments"]
    assert [(one["hearing_id"], one["state"]) for one in listed] == [
        (hearing, "proposed") for hearing in hearings(office)
    ]
    assert office.run("recipients", "represent", "law-1", "ALM-1").code == 5


def test_hearings_are_assigned_by_id_or_by_court_and_date(office: Terminal) -> None:
    first, second = hearings(office)

    assert office.json("assignments", "add", "law-1", first) == {
        "recipient": "law-1",
        "proposed": [first],
    }
    by_day = ("assignments", "add", "law-1", "--court", "Invented Court", "--date", "2036-12-01")
    assert office.json(*by_day)["proposed"] == [second]
    assert office.json(*by_day)["proposed"] == []
    assert "0 hearings newly proposed" in office.ok(*by_day).out
    assert len(office.json("assignments", "list", "--date", "2036-12-01")["assignments"]) == 2
    assert office.json("assignments", "list", "--date", "2036-12-02")["assignments"] == []
    assert "law-1" in office.ok("assignments", "show", first).out


def test_an_assignment_ends_once(office: Terminal) -> None:
    first, _ = hearings(office)
    office.ok("assignments", "add", "law-1", first)

    ended = office.json("assignments", "relieve", "law-1", first)

    assert ended["state"] == "relieved"
    (left,) = office.json("assignments", "show", first)["assignments"]
    assert left["state"] == "relieved"
    assert office.run("assignments", "relieve", "law-1", first).code == 4


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        pytest.param(["add", "law-1"], 2, "ids of hearings, or", id="nothing to assign"),
        pytest.param(["add", "law-1", "hrg_1", "--court", "C"], 2, "or --court", id="both ways"),
        pytest.param(["add", "law-1", "--court", "C"], 2, "belong together", id="a court, no date"),
        pytest.param(["add", "law-1", "hrg_1"], 4, "no hearing 'hrg_1'", id="no such hearing"),
        pytest.param(["add", "X", "hrg_1"], 4, "no recipient 'X'", id="no such recipient"),
        pytest.param(["show", "hrg_1"], 4, "no hearing", id="showing none"),
        pytest.param(["list", "--recipient", "X"], 4, "no recipient", id="listing of nobody"),
    ],
)
def test_an_assignment_that_cannot_be_is_refused(
    words: list[str], code: int, said: str, office: Terminal
) -> None:
    ended = office.run("assignments", *words)

    assert ended.code == code
    assert said in ended.err


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        pytest.param(["law-1", "--role", "lawyer"], 5, "already", id="a ref that is taken"),
        pytest.param(["x", "--role", "judge"], 2, "not one of 'lawyer'", id="a role that is none"),
        pytest.param(["x", "--role", "subscriber"], 1, "--side", id="a subscriber without a side"),
        pytest.param(
            ["x", "--role", "monitor", "--side", "defence"], 1, "side of monitoring", id="the wall"
        ),
    ],
)
def test_a_recipient_that_cannot_be_is_refused(
    words: list[str], code: int, said: str, office: Terminal
) -> None:
    ended = office.run("recipients", "add", *words)

    assert ended.code == code
    assert said in ended.err


def test_a_new_secret_is_shown_once_and_a_url_never(office: Terminal) -> None:
    Path("url").write_text(URL + "\n")

    made = office.ok("endpoints", "add", "law-1", "--url-file", "url")
    endpoint = office.json("endpoints", "list")["endpoints"][0]["id"]
    later = [
        office.ok("endpoints", "list").out,
        office.ok("endpoints", "show", endpoint).out,
        office.ok("endpoints", "show", endpoint, "--json").out,
        office.ok("recipients", "show", "law-1").out,
    ]

    assert made.out.count("whsec_") == 1
    assert "whsec_" not in "".join(later)
    assert "INVENTED-TOKEN" not in made.out + made.err + "".join(later)
    assert "https://hooks.example.org" in later[1]


def test_an_own_secret_is_read_from_its_file_and_not_shown(office: Terminal) -> None:
    Path("secret").write_text(SECRET + "\n")

    made = office.json(
        "endpoints", "add", "law-1", "--url-file", "-", "--secret-file", "secret", typed=URL
    )

    assert (made["recipient"], made["secret"]) == ("law-1", None)


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        pytest.param([], 2, "--url-file or --url", id="no URL"),
        pytest.param(["--url", URL, "--url-file", "url"], 2, "one of them", id="two URLs"),
        pytest.param(["--url-file", "absent"], 1, "absent: No such file", id="no such file"),
        pytest.param(["--url-file", "empty"], 1, "empty is empty", id="an empty file"),
        pytest.param(["--url-file", "noise"], 1, "not UTF-8", id="a file that is no text"),
        pytest.param(["--url", "http://127.0.0.1/x"], 1, "this URL is refused", id="plain http"),
        pytest.param(
            ["--url", URL, "--secret-file", "bad"], 1, "this secret is refused", id="a bad secret"
        ),
        pytest.param(["--url", URL, "--secret-file", "two"], 1, "has one secret", id="two secrets"),
        pytest.param(["--url", URL, "--profile", "all"], 2, "'ping'", id="no such profile"),
        pytest.param(["--url", URL, "--position", "-1"], 2, "--position", id="a place below 0"),
    ],
)
def test_an_endpoint_that_cannot_be_is_refused_without_its_secrets(
    words: list[str], code: int, said: str, office: Terminal
) -> None:
    Path("url").write_text(URL)
    Path("empty").write_text("\n")
    Path("noise").write_bytes(b"\xff\xfe\x00")
    Path("bad").write_text("hunter2-INVENTED")
    Path("two").write_text(f"{SECRET}\n{SECRET}\n")

    ended = office.run("endpoints", "add", "law-1", *words)

    assert (ended.code, ended.out) == (code, "")
    assert said in " ".join(ended.err.split())
    assert "INVENTED" not in ended.err
    assert office.json("endpoints", "list") == {"endpoints": []}


def test_the_same_url_is_registered_once_for_one_recipient(office: Terminal) -> None:
    office.ok("endpoints", "add", "law-1", "--url", URL)

    assert office.run("endpoints", "add", "law-1", "--url", URL).code == 5
    assert office.run("endpoints", "add", "nobody", "--url", URL).code == 4


def test_an_endpoint_that_cannot_be_reached_fails_its_test(office: Terminal) -> None:
    with Path("notifier.toml").open("a") as config:
        config.write('[delivery]\nhttp_allowed = true\nallow = ["127.0.0.1:1"]\n')
    made = office.json("endpoints", "add", "law-1", "--url", "http://127.0.0.1:1/x")

    human = office.run("endpoints", "test", made["id"])
    ended = office.run("endpoints", "test", made["id"], "--json")

    assert (human.code, ended.code) == (1, 1)
    assert human.out.startswith("Not delivered, unreachable: ")
    assert ended.document["delivered"] is False
    assert sorted(ended.document) == [
        "delivered",
        "detail",
        "duration_seconds",
        "endpoint",
        "outcome",
        "status",
    ]
    assert office.run("endpoints", "test", "end_0").code == 4
    assert office.run("endpoints", "show", "end_0").code == 4
