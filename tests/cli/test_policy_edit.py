"""An edited policy: looked at first, adopted by the daemon, never the cause of a late notice."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.terminal import Terminal

POLICY = Path(__file__).parents[2] / "config" / "policy.toml"


@pytest.fixture
def planned(terminal: Terminal) -> Terminal:
    """One hearing far ahead with a lawyer, planned by the shipped policy in a file of its own."""
    shipped = POLICY.read_text(encoding="utf-8")
    (terminal.folder / "policy.toml").write_text(shipped, encoding="utf-8")
    config = terminal.folder / "notifier.toml"
    config.write_text('policy_file = "policy.toml"\n' + config.read_text())
    terminal.ok("recipients", "add", "law-1", "--role", "lawyer")
    terminal.ok("detainees", "add", "INV-1")
    terminal.ok(
        *("hearings", "add", "INV-1", "--court", "Invented Court"),
        *("--date", "2036-12-01", "--time", "10:00", "--kind", "hearing"),
    )
    (hearing,) = terminal.json("hearings", "list")["hearings"]
    terminal.ok("assignments", "add", "law-1", hearing["id"])
    return terminal


def edit(terminal: Terminal) -> None:
    """A rung more for lawyers."""
    file = terminal.folder / "policy.toml"
    text = file.read_text(encoding="utf-8")
    assert '["24h", "3h", "45m"]' in text
    file.write_text(
        text.replace('["24h", "3h", "45m"]', '["24h", "12h", "3h", "45m"]'), encoding="utf-8"
    )


def test_the_plan_says_what_an_edit_will_change(planned: Terminal) -> None:
    assert planned.json("plan")["policy_edit"] is None
    edit(planned)

    assert planned.json("plan")["policy_edit"] == {"added": 1, "shifted": 0, "ended": 0}
    assert "it will add 1 notices, shift 0 and end 0" in planned.ok("plan").err
    assert [one["rung"] for one in planned.json("plan")["notices"]] == ["now", "24h", "3h", "45m"]


def test_the_daemon_adopts_it(planned: Terminal) -> None:
    edit(planned)
    with planned.start("run", "--unattended") as running:
        running.wait_for("The daemon starts")
        running.stop()

    assert planned.json("plan")["policy_edit"] is None
    assert "12h" in [one["rung"] for one in planned.json("plan")["notices"]]
