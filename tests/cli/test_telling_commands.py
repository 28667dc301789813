"""``plan``, ``messages``, ``alarms``, ``status``: what is told, and what could not be."""

from __future__ import annotations

import time
from datetime import datetime

import pytest

from notifier.storage import audit
from notifier.storage.engine import Database
from tests.cli.terminal import PATIENCE_SECONDS, Terminal

KEYS = (
    "id due_at recipient role kind rung hearing ref court local_date local_time zone revision "
    "state reason useful_until endpoints"
)


@pytest.fixture
def planned(terminal: Terminal) -> Terminal:
    """A lawyer who represents a detainee with one hearing ahead; they have no endpoint."""
    terminal.ok("recipients", "add", "law-1", "--role", "lawyer")
    terminal.ok("detainees", "add", "ALM-1")
    terminal.ok("recipients", "represent", "law-1", "ALM-1")
    terminal.ok(
        *("hearings", "add", "ALM-1", "--court", "Invented Court", "--kind", "Remand"),
        *("--date", "2036-12-01", "--time", "10:00"),
    )
    return terminal


def test_the_plan_says_who_is_told_what_and_when(planned: Terminal) -> None:
    notices = planned.json("plan")["notices"]

    assert [(one["recipient"], one["kind"], one["rung"]) for one in notices] == [
        ("law-1", "hearing.new", "now"),
        ("law-1", "hearing.reminder", "24h"),
        ("law-1", "hearing.reminder", "3h"),
        ("law-1", "hearing.reminder", "45m"),
    ]
    assert [one["due_at"] for one in notices][1:] == [
        "2036-11-30T05:00:00+00:00",
        "2036-12-01T02:00:00+00:00",
        "2036-12-01T04:15:00+00:00",
    ]
    assert sorted(notices[0]) == sorted(KEYS.split())


def test_the_plan_is_on_the_courts_wall_and_names_who_cannot_be_told(planned: Terminal) -> None:
    said = planned.ok("plan")

    assert "2036-12-01 07:00:00 +0500" in said.out
    assert "Cannot be told, for they have no endpoint: law-1" in said.err
    planned.ok("endpoints", "add", "law-1", "--url", "https://hooks.example.org/x")
    assert "Cannot be told" not in planned.ok("plan").err
    assert planned.json("plan")["notices"][0]["endpoints"] == 1


def test_the_plan_is_narrowed_by_instant_hearing_and_number(planned: Terminal) -> None:
    hearing = planned.json("hearings", "list")["hearings"][0]["id"]

    def rungs(*words: str) -> list[str]:
        return [one["rung"] for one in planned.json("plan", *words)["notices"]]

    assert rungs("--until", "2036-11-30") == ["now"]
    assert rungs("--until", "2036-11-30T10:00+05:00") == ["now", "24h"]
    assert rungs("--until", "2036-12-01T02:00Z") == ["now", "24h", "3h"]
    assert rungs("--hearing", hearing, "--limit", "2") == ["now", "24h"]
    assert "Only the first 2" in planned.ok("plan", "--limit", "2").err
    assert planned.run("plan", "--hearing", "hrg_0").code == 4
    assert planned.run("plan", "--until", "2036-11-30T10:00").code == 2


def test_looking_at_the_plan_changes_nothing(planned: Terminal) -> None:
    assert planned.json("plan") == planned.json("plan")
    assert planned.json("messages", "list") == {"messages": []}


def test_without_a_plan_it_says_so(terminal: Terminal) -> None:
    ended = terminal.ok("plan")

    assert (ended.out, ended.err) == ("", "Nobody is to be told anything.\n")


def test_an_alarm_stays_until_a_human_has_seen_it(terminal: Terminal) -> None:
    database = Database(f"sqlite:///{terminal.folder / 'var/notifier.sqlite3'}")
    with database.write() as connection:
        audit.raise_alarm(
            connection,
            kind="hearing.reminder",
            subject_id="hrg_1",
            reason="nobody could be told",
            now=database.now(),
        )
    database.dispose()

    (alarm,) = terminal.json("alarms", "list")["alarms"]
    assert sorted(alarm) == ["id", "kind", "raised_at", "reason", "subject_id"]
    assert "nobody could be told" in terminal.ok("alarms", "list").out
    assert alarm["id"] in terminal.run("status").out
    acknowledged = terminal.json("alarms", "acknowledge", alarm["id"])
    assert datetime.fromisoformat(acknowledged["acknowledged_at"]).tzinfo is not None
    assert terminal.json("alarms", "list") == {"alarms": []}
    assert terminal.run("alarms", "acknowledge", alarm["id"]).code == 4


def test_without_a_daemon_the_status_is_not_ready(terminal: Terminal) -> None:
    ended = terminal.run("status", "--json")

    assert ended.code == 3
    assert sorted(ended.document) == [
        "audited_at",
        "beat_at",
        "counts",
        "problems",
        "purpose",
        "ready",
    ]
    assert (ended.document["ready"], ended.document["purpose"]) == (False, "real")
    assert "start 'notifier run'" in terminal.run("status").out


def test_while_a_daemon_works_the_status_is_ready(terminal: Terminal) -> None:
    with terminal.start("run", "--unattended") as daemon:
        daemon.wait_for("The daemon starts")
        deadline = time.monotonic() + PATIENCE_SECONDS
        while (ended := terminal.run("status")).code and time.monotonic() < deadline:
            pass  # the first pulse comes at once, in the daemon's own time

        assert (ended.code, ended.out.splitlines()[0]) == (0, "Ready.")
        assert daemon.stop() == 0


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        pytest.param(["show", "msg_0"], 4, "no message 'msg_0'", id="showing none"),
        pytest.param(["resend", "msg_0"], 4, "no message 'msg_0'", id="sending none again"),
        pytest.param(
            ["list", "--state", "lost"], 2, "there are pending,", id="a state that is none"
        ),
        pytest.param(["list", "--recipient", "X"], 4, "no recipient 'X'", id="to nobody"),
        pytest.param(
            ["list", "--not-sent", "--state", "dead"], 2, "one of them", id="two lists at once"
        ),
        pytest.param(["recover"], 2, "--since", id="recovering since never"),
        pytest.param(
            ["recover", "--since", "2026-01-01", "--recipient", "X"],
            4,
            "no recipient 'X'",
            id="recovering for nobody",
        ),
    ],
)
def test_a_message_nobody_knows_is_said(
    words: list[str], code: int, said: str, terminal: Terminal
) -> None:
    ended = terminal.run("messages", *words)

    assert (ended.code, ended.out) == (code, "")
    assert said in " ".join(ended.err.split())


def test_what_nobody_took_is_listed_and_told_again(planned: Terminal) -> None:
    """They had no endpoint when the daemon ran; now they have one."""
    with planned.start("run", "--unattended") as daemon:
        daemon.wait_for("The daemon starts")
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not (missed := planned.json("messages", "list", "--not-sent")["not_sent"]):
            assert time.monotonic() < deadline
        assert daemon.stop() == 0
    (one,) = missed

    assert (one["recipient"], one["state"]) == ("law-1", "dead")
    assert (one["reason"], one["message"]) == ("they have no endpoint", None)
    assert "they have no endpoint" in planned.ok("messages", "list", "--not-sent").out
    since = ("messages", "recover", "--since", "2026-01-01", "--recipient", "law-1")
    counted = planned.json(*since, "--dry-run")
    assert counted == {
        "dry_run": True,
        "notices": 1,
        "counts": [{"recipient": "law-1", "kind": "hearing.new", "notices": 1}],
    }
    assert "would go out again: 1." in planned.ok(*since, "--dry-run").out
    assert "go out again: 1." in planned.ok(*since).out
    assert planned.json("messages", "list", "--not-sent") == {"not_sent": []}
    assert planned.json(*since)["notices"] == 0
