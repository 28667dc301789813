"""``endpoints``: what changes about an endpoint once it is registered."""

from __future__ import annotations

import base64
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.cli.terminal import Terminal

URL = "https://hooks.example.org/services/INVENTED-TOKEN"
SECRET = "whsec_" + base64.b64encode(b"an invented secret for the tests").decode()


@pytest.fixture
def office(terminal: Terminal) -> Terminal:
    """A lawyer with an endpoint whose secret they brought themselves."""
    Path("secret").write_text(SECRET)
    terminal.ok("recipients", "add", "law-1", "--role", "lawyer")
    terminal.ok("endpoints", "add", "law-1", "--url", URL, "--secret-file", "secret")
    return terminal


def endpoint(office: Terminal) -> str:
    (row,) = office.json("endpoints", "list")["endpoints"]
    found: str = row["id"]
    return found


def test_a_new_secret_is_shown_once_and_the_old_one_signs_for_a_day(office: Terminal) -> None:
    made = office.json("endpoints", "rotate", endpoint(office))

    assert sorted(made) == ["id", "old_signs_until", "public_key", "secret"]
    assert made["secret"].startswith("whsec_")
    left = datetime.fromisoformat(made["old_signs_until"]) - datetime.now().astimezone()
    assert timedelta(hours=23) < left <= timedelta(hours=24)
    again = office.run("endpoints", "rotate", endpoint(office))
    assert (again.code, again.out) == (5, "")
    assert "--overlap 0m" in again.err


def test_a_leaked_secret_ends_at_once(office: Terminal) -> None:
    said = office.ok("endpoints", "rotate", endpoint(office), "--overlap", "0m").out

    assert said.count("whsec_") == 1
    assert "The old one signs nothing any more." in said


def test_of_a_signing_secret_only_the_public_half_is_shown(office: Terminal) -> None:
    said = office.ok("endpoints", "rotate", endpoint(office), "--ed25519").out
    made = office.json("endpoints", "add", "law-1", "--url", URL + "/2", "--ed25519")

    assert "whpk_" in said
    assert "whsk_" not in said
    assert (made["secret"], made["public_key"][:5]) == (None, "whpk_")


def test_an_own_secret_is_taken_from_its_file_and_not_shown(office: Terminal) -> None:
    Path("new").write_text(SECRET[:-8] + "AAAAAAA=")

    made = office.json("endpoints", "rotate", endpoint(office), "--secret-file", "new")

    assert (made["secret"], made["public_key"]) == (None, None)
    same = office.run("endpoints", "rotate", endpoint(office), "--secret-file", "new")
    assert same.code == 5


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        pytest.param(["--overlap", "soon"], 2, "no span of time", id="no span"),
        pytest.param(["--secret-file", "secret", "--ed25519"], 2, "makes a new", id="two secrets"),
        pytest.param(["--secret-file", "bad"], 1, "this secret is refused", id="a bad secret"),
    ],
)
def test_a_rotation_that_cannot_be_is_refused(
    words: list[str], code: int, said: str, office: Terminal
) -> None:
    Path("bad").write_text("hunter2-INVENTED")

    ended = office.run("endpoints", "rotate", endpoint(office), *words)

    assert ended.code == code
    assert said in " ".join(ended.err.split())
    assert "INVENTED" not in ended.err
    assert office.run("endpoints", "rotate", "end_0").code == 4


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        pytest.param("inside.example.org", "this URL is refused", id="one private address of two"),
        pytest.param("nowhere.example.org", "does not resolve", id="a name that does not resolve"),
    ],
)
def test_a_name_that_would_never_be_reached_is_not_saved(
    name: str, reason: str, office: Terminal
) -> None:
    where = f"https://{name}/INVENTED-TOKEN"

    added = office.run("endpoints", "add", "law-1", "--url", where)
    changed = office.run("endpoints", "update", endpoint(office), "--url", where)

    assert (added.code, changed.code) == (1, 1)
    for ended in (added, changed):
        assert reason in " ".join(ended.err.split())
        assert "INVENTED" not in ended.err
    assert len(office.json("endpoints", "list")["endpoints"]) == 1
    office.ok("endpoints", "add", "law-1", "--url", where, "--no-lookup")


def test_what_is_said_is_changed_and_the_rest_stays(office: Terminal) -> None:
    name = endpoint(office)

    assert office.json("endpoints", "update", name, "--position", "2") == {"id": name}
    office.ok("endpoints", "update", name, "--profile", "full")
    said = office.ok("endpoints", "update", name, "--url", URL + "/moved")

    shown = office.json("endpoints", "show", name)
    assert (shown["position"], shown["profile"], shown["state"]) == (2, "full", "active")
    assert f"notifier endpoints test {name}" in said.err


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        pytest.param([], 2, "say what to change", id="nothing"),
        pytest.param(["--url", URL, "--url-file", "u"], 2, "one of them", id="two addresses"),
        pytest.param(["--url", URL], 5, "already", id="the address it has"),
        pytest.param(["--position", "-1"], 2, "--position", id="a place below 0"),
    ],
)
def test_a_change_that_cannot_be_is_refused(
    words: list[str], code: int, said: str, office: Terminal
) -> None:
    ended = office.run("endpoints", "update", endpoint(office), *words)

    assert ended.code == code
    assert said in " ".join(ended.err.split())
    assert office.run("endpoints", "update", "end_0", "--position", "1").code == 4


def test_a_removed_endpoint_is_gone_from_every_list(office: Terminal) -> None:
    name = endpoint(office)
    other = office.json("endpoints", "add", "law-1", "--url", URL + "/2")["id"]

    assert office.json("endpoints", "remove", name) == {"id": name, "left": 1}
    assert "no endpoint left" in office.ok("endpoints", "remove", other).err
    assert office.json("endpoints", "list") == {"endpoints": []}
    for command in ("remove", "show", "test", "rotate"):
        assert office.run("endpoints", command, name).code == 4
    office.ok("endpoints", "add", "law-1", "--url", URL)
