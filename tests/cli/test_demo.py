"""The demo for real: reminders, a retry and a correction within seconds, on data of its own."""

from __future__ import annotations

import signal
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from notifier.cli.demo import docket
from notifier.core.court_time import is_zone
from tests.cli.terminal import Terminal

SAMPLES = Path(__file__).parents[1] / "samples"
IDAHO = str(SAMPLES / "us-csv" / "idaho.csv")
AHEAD = datetime.now(UTC).date() + timedelta(days=9)  # the daemon's clock is the real one
DEMO = ("--config", "var/demo/notifier.toml")


def test_the_docket_is_what_it_says() -> None:
    zones = set(docket.COURTS.values())

    assert (len(docket.DOCKET), len(docket.COURTS), len(zones)) == (12, 3, 2)
    assert all(is_zone(zone) for zone in zones)
    assert {entry.court for entry in docket.DOCKET} == set(docket.COURTS)
    assert {entry.lawyer for entry in docket.DOCKET} == {*docket.LAWYERS, None}
    assert {entry.monitor for entry in docket.DOCKET} == {*docket.MONITORS, None}
    assert len({entry.ref for entry in docket.DOCKET}) == 12
    assert docket.AT_SHAKY.issubset({*docket.LAWYERS, *docket.MONITORS})


def test_reminders_a_retry_and_a_correction_arrive_and_a_second_start_keeps_them(
    empty: Terminal,
) -> None:
    with empty.start("demo") as demo:
        demo.wait_for("made just now")
        demo.wait_for("hearing.new, try 1, signature right, failing on purpose with 503")
        demo.wait_for("hearing.new, try 2, signature right, answered 204")
        demo.wait_for(f"The court moves {docket.MOVED} to ")
        demo.wait_for("hearing.moved, try 1, signature right", f"Moved earlier: {docket.MOVED}")
        demo.wait_for("hearing.reminder, try 1, signature right, answered 204: Reminder (2h)")
        demo.wait_for("In another terminal, try:")
        hint = demo.wait_for(f"notifier {' '.join(DEMO)} hearings cancel hrg_")
        empty.ok(*DEMO, "hearings", "cancel", hint.rpartition(" ")[2])
        demo.wait_for("hearing.cancelled, try 1, signature right", f"Cancelled: {docket.MOVED}")
        second = empty.run("demo")

        assert demo.stop(signal.SIGINT) == 0
    assert "WRONG" not in demo.said
    assert "NOT READY" not in demo.said
    assert second.code == 5
    assert "is taken" in second.err
    before = empty.json(*DEMO, "hearings", "list", "--all")["hearings"]
    assert len(before) == 12

    with empty.start("demo") as demo:
        demo.wait_for("it goes on with what is there; nothing was added")
        demo.wait_for("The court moves ")
        demo.wait_for("hearing.moved, try 1, signature right, failing on purpose with 503")
        demo.wait_for("hearing.moved, try 2, signature right, answered 204")
        assert demo.stop(signal.SIGTERM) == 0

    after = empty.json(*DEMO, "hearings", "list", "--all")["hearings"]
    assert {one["id"] for one in after} == {one["id"] for one in before}
    assert len(empty.json(*DEMO, "recipients", "list")["recipients"]) == 7


def test_a_demos_files_are_its_owners_and_refuse_real_use(empty: Terminal) -> None:
    with empty.start("demo", "--dir", "here") as demo:
        demo.wait_for("Ctrl-C stops everything")
        assert demo.stop() == 0
    config = ("--config", "here/notifier.toml")

    assert stat.S_IMODE(Path("here").stat().st_mode) == 0o700
    private = ("notifier.toml", "sealing.key", "receiver.secret")
    assert {stat.S_IMODE((Path("here") / name).stat().st_mode) for name in private} == {0o600}
    for words in (["run"], ["import", IDAHO, "--source", "idaho"], ["init"]):
        refused = empty.run(*config, *words)
        assert (refused.code, words) == (5, words)
        assert "holds demo data and cannot be opened for real data" in refused.err
    assert empty.run(*config, "status", "--json").document["purpose"] == "demo"
    assert empty.run("demo", "--calendar", IDAHO, "--source", "idaho", "--dir", "here").code == 5


def test_the_demo_never_touches_a_real_installation(terminal: Terminal) -> None:
    refused = terminal.run("demo", "--dir", ".")

    assert refused.code == 5
    assert "holds something else" in refused.err
    assert len(terminal.json("courts", "list")["courts"]) == 1


def test_a_list_of_ones_own_is_tried_in_a_folder_of_its_own(empty: Terminal) -> None:
    words = ("demo", "--calendar", IDAHO, "--source", "idaho")

    with empty.start(*words) as demo:
        demo.wait_for("A trial of your list, in var/idaho")
        demo.wait_for("29 rows: 14 new", "1 quarantined")
        demo.wait_for("14 hearings lie in the past")
        demo.wait_for("No hearing lies ahead")
        demo.wait_for("Ctrl-C stops everything")
        assert demo.stop() == 0
    with empty.start(*words) as demo:
        demo.wait_for("29 rows: 0 new, 0 changed, 14 unchanged")
        demo.wait_for("Ctrl-C stops everything")
        assert demo.stop() == 0

    status = empty.run("--config", "var/idaho/notifier.toml", "status", "--json")
    assert status.document["purpose"] == "trial"
    assert not Path("var/demo").exists()


def test_a_list_with_hearings_ahead_tells_its_coordinator(empty: Terminal) -> None:
    mapping = Path("mine.toml")
    mapping.write_text(
        'format = "csv"\nmode = "delta"\nref_prefix = "ABC"\nzone = "Asia/Almaty"\n'
        'identity = ["detainee", "kind"]\n'
        '[columns]\ndetainee_ref = "ref"\ncourt = "court"\ndate = "date"\nkind = "kind"\n'
        '[date]\nformats = ["yyyy-mm-dd"]\n'
    )
    day = AHEAD.isoformat()
    Path("list.csv").write_text(f"ref,court,date,kind\nR-1,Invented Court,{day},Remand\n")

    with empty.start(
        *("demo", "--calendar", "list.csv", "--source", "mine", "--mapping", "mine.toml")
    ) as demo:
        demo.wait_for("1 row: 1 new")
        demo.wait_for("to coordinator: coverage.gap, try 1", "failing on purpose with 503")
        demo.wait_for("to coordinator: coverage.gap, try 2, signature right, answered 204", "R-1")
        assert demo.stop() == 0


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        pytest.param(["--calendar", IDAHO], 2, "belong together", id="a list without a source"),
        pytest.param(["--source", "idaho"], 2, "belong together", id="a source without a list"),
        pytest.param(["--calendar", "no", "--source", "x"], 2, "does not exist", id="no list"),
        pytest.param(["--calendar", IDAHO, "--source", "../x"], 1, "letters", id="a path as name"),
        pytest.param(["--calendar", IDAHO, "--source", "x"], 4, "no mapping", id="no mapping"),
    ],
)
def test_a_mistake_leaves_nothing_behind(
    words: list[str], code: int, said: str, empty: Terminal
) -> None:
    ended = empty.run("demo", *words)

    assert ended.code == code
    assert said in " ".join(ended.err.split())
    assert list(Path().iterdir()) == []


def test_the_demo_does_not_take_other_settings(empty: Terminal) -> None:
    ended = empty.run("--config", "notifier.toml", "demo")

    assert ended.code == 2
    assert "settings of its own" in ended.err
