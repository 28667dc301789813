"""``init`` and ``run``: keys are never replaced, and nobody runs unwatched or twice."""

from __future__ import annotations

import signal
import stat
from pathlib import Path
from queue import Queue

import pytest

from notifier.cli.receiver import Received, Receiver
from notifier.storage.sealed import new_key
from tests.cli.terminal import PATIENCE_SECONDS, Terminal

CONFIG, KEY, DATABASE = Path("notifier.toml"), Path("sealing.key"), Path("var/notifier.sqlite3")


def test_init_makes_settings_key_and_database_for_its_owner_alone(empty: Terminal) -> None:
    said = empty.ok("init").out

    assert {path: stat.S_IMODE(path.stat().st_mode) for path in (CONFIG, KEY, Path("var"))} == {
        CONFIG: 0o600,
        KEY: 0o600,
        Path("var"): 0o700,
    }
    assert empty.json("courts", "list") == {"courts": []}
    assert said.splitlines()[:3] == [
        "Written: notifier.toml",
        "Written: sealing.key",
        "The database is ready: var/notifier.sqlite3",
    ]
    assert [line.split()[1] for line in said.splitlines() if line.startswith("  notifier ")] == [
        "recipients",
        "endpoints",
        "import",
    ]


def test_init_says_what_it_made_and_makes_it_once(empty: Terminal) -> None:
    here = empty.folder
    first, second = empty.json("init"), empty.json("init")

    assert first == {
        "config": str(here / CONFIG),
        "database": str(here / DATABASE),
        "made": [str(here / CONFIG), str(here / KEY)],
    }
    assert second == first | {"made": []}


def test_init_works_in_another_folder(empty: Terminal) -> None:
    said = empty.ok("init", "deep/inside").out

    assert Path("deep/inside/var/notifier.sqlite3").exists()
    assert not CONFIG.exists()
    assert f"notifier --config {empty.folder / 'deep/inside/notifier.toml'} import" in said


def test_init_makes_the_key_that_existing_settings_name(empty: Terminal) -> None:
    CONFIG.write_text('data_dir = "data"\n[sealing]\nkey_file = "keys/one"\n')

    assert empty.json("init")["made"] == [str(empty.folder / "keys/one")]
    assert Path("data/notifier.sqlite3").exists()


def test_init_takes_a_key_from_the_environment(
    empty: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOTIFIER_SEALING__KEY", new_key())

    empty.ok("init")

    assert not KEY.exists()
    assert empty.run("courts", "list").code == 0


def test_init_works_on_either_database(
    empty: Terminal, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOTIFIER_DATABASE__URL", database_url)
    empty.ok("init")
    empty.ok("courts", "add", "Invented Court", "--zone", "Asia/Almaty")

    assert [one["name"] for one in empty.json("courts", "list")["courts"]] == ["Invented Court"]
    KEY.unlink()
    assert empty.run("init").code == 1
    assert not KEY.exists()


def remove_key() -> None:
    KEY.unlink()


def remove_key_and_settings() -> None:
    KEY.unlink()
    CONFIG.unlink()


def replace_key() -> None:
    KEY.write_text(new_key())


def garble_key() -> None:
    KEY.write_text("not a key")


def name_no_key() -> None:
    CONFIG.write_text("[log]\nlevel = 'INFO'\n")


def spoil_database() -> None:
    DATABASE.write_bytes(b"something else altogether " * 40)


@pytest.mark.parametrize(
    ("mishap", "said"),
    [
        pytest.param(remove_key, "put that key at", id="the key is gone"),
        pytest.param(remove_key_and_settings, "put that key at", id="key and settings are gone"),
        pytest.param(replace_key, "not the one this database was sealed", id="another key"),
        pytest.param(garble_key, "32 bytes in base64", id="a key that is none"),
        pytest.param(name_no_key, "names no sealing key", id="settings without a key"),
        pytest.param(spoil_database, "file is not a database", id="another file in its place"),
    ],
)
def test_init_and_every_other_command_refuse_and_change_nothing(
    mishap: object, said: str, terminal: Terminal
) -> None:
    assert callable(mishap)
    mishap()
    before = {path: path.read_bytes() for path in Path().rglob("*") if path.is_file()}

    ended = terminal.run("init")

    assert (ended.code, ended.out) == (1, "")
    assert said in ended.err
    assert {path: path.read_bytes() for path in Path().rglob("*") if path.is_file()} == before
    assert terminal.run("courts", "list").code == 1
    assert terminal.run("run", "--unattended").code == 1


def test_a_database_of_another_release_is_brought_up_to_date_by_init_alone(
    empty: Terminal,
) -> None:
    empty.ok("init")
    DATABASE.write_bytes(b"")

    ended = empty.run("courts", "list")

    assert ended.code == 5
    assert "notifier init" in ended.err
    empty.ok("init")
    assert empty.run("courts", "list").code == 0


def test_run_refuses_while_no_coordinator_can_be_told(terminal: Terminal) -> None:
    terminal.ok("recipients", "add", "duty", "--role", "coordinator")

    ended = terminal.run("run")

    assert ended.code == 5
    assert "no coordinator can be told" in ended.err
    assert "--unattended" in ended.err


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda it: it.name)
def test_run_goes_on_until_it_is_told_to_stop(number: signal.Signals, terminal: Terminal) -> None:
    with terminal.start("run", "--unattended") as daemon:
        daemon.wait_for("The daemon starts")
        second = terminal.run("run", "--unattended")

        assert daemon.stop(number) == 0
    assert "Traceback" not in daemon.said
    assert second.code == 5
    assert "another daemon runs on this database file" in second.err


def test_a_message_goes_out_and_can_be_looked_at_and_sent_again(terminal: Terminal) -> None:
    came: Queue[Received] = Queue()
    receiver = Receiver(port=0, secrets=[], on_message=came.put)
    receiver.start()
    with CONFIG.open("a") as config:
        allow = f'allow = ["127.0.0.1:{receiver.port}"]'
        config.write(f"[delivery]\nhttp_allowed = true\n{allow}\n")
    terminal.ok("recipients", "add", "duty", "--role", "coordinator")
    url = f"{receiver.url}/duty"
    endpoint = terminal.json("endpoints", "add", "duty", "--url-file", "-", typed=url)["id"]
    assert terminal.json("endpoints", "test", endpoint)["status"] == 204
    assert came.get(timeout=PATIENCE_SECONDS).kind == "endpoint.test"
    terminal.ok("detainees", "add", "ALM-1")
    hearing = terminal.json(
        *("hearings", "add", "ALM-1", "--court", "Invented Court", "--kind", "Remand"),
        *("--date", "2036-12-01", "--time", "10:00"),
    )["id"]

    with terminal.start("run") as daemon:
        told = came.get(timeout=PATIENCE_SECONDS)
        assert daemon.stop() == 0
    receiver.close()

    assert (told.kind, told.path, told.number, came.qsize()) == ("coverage.gap", "/duty", 1, 0)
    (message,) = terminal.json("messages", "list", "--state", "delivered")["messages"]
    assert message["id"] == told.message_id
    shown = terminal.json("messages", "show", message["id"])
    assert [one["hearing"] for one in shown["notices"]] == [hearing]
    assert [(one["number"], one["status"]) for one in shown["attempts"]] == [(1, 204)]
    assert message["id"] in terminal.ok("messages", "show", message["id"]).out
    again = terminal.json("messages", "resend", message["id"])
    assert again["resent"] == message["id"] != again["id"]
    assert terminal.ok("messages", "list", "--recipient", "duty").out.count("coverage.gap") == 2
