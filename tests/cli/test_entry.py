"""The program as a whole: what its help says, how quickly, and how it ends."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest
from typer.main import get_command

from notifier import __version__
from notifier.cli import app
from notifier.cli.entry import SECTIONS
from tests.cli.terminal import Terminal, environment

COMMANDS: dict[str, Any] = get_command(app).commands  # type: ignore[attr-defined]


def every_command(
    commands: dict[str, Any] = COMMANDS, inside: str = ""
) -> Iterator[tuple[str, Any]]:
    for name, command in commands.items():
        if hasattr(command, "commands"):
            yield from every_command(command.commands, f"{inside}{name} ")
        else:
            yield f"{inside}{name}", command


def test_every_command_stands_in_one_section_of_the_help() -> None:
    assert sorted(name for names in SECTIONS.values() for name in names) == sorted(COMMANDS)


def test_the_help_lists_the_sections_and_the_exit_codes(empty: Terminal) -> None:
    said = empty.ok("--help").out

    assert [line for line in said.splitlines() if line.removesuffix(":") in SECTIONS] == [
        f"{title}:" for title in SECTIONS
    ]
    assert all(f"    {code}  " in said for code in range(6))


@pytest.mark.parametrize(("name", "command"), list(every_command()), ids=str)
def test_every_command_explains_itself_and_its_options(
    name: str, command: Any, empty: Terminal
) -> None:
    said = empty.ok(*name.split(), "--help").out
    unexplained = [one.name for one in command.params if not getattr(one, "help", None)]

    assert command.help.strip().splitlines()[0].endswith((".", ":"))
    assert unexplained == []
    assert "..." not in said.partition("Options:")[0].replace("[HEARING]...", "")


DATA_LESS = {"run", "demo"}


@pytest.mark.parametrize("name", [name for name, _ in every_command() if name not in DATA_LESS])
def test_whatever_prints_data_prints_it_as_json_too(name: str, empty: Terminal) -> None:
    assert "--json" in empty.ok(*name.split(), "--help").out


def test_the_help_imports_nothing_heavy(record_property: Any) -> None:
    code = (
        "import sys\n"
        "from notifier.__main__ import main\n"
        "sys.argv = ['notifier', '--help']\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "heavy = {'sqlalchemy', 'sqlmodel', 'pydantic', 'httpx', 'rich', 'cryptography', "
        "'apscheduler', 'alembic', 'asyncio', 'icalendar'}\n"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment(None),
        capture_output=True,
        text=True,
        check=True,
    )
    seconds = time.monotonic() - began
    record_property("help_seconds", round(seconds, 3))

    assert done.stderr.strip() == "[]"
    assert "Exit codes:" in done.stdout


def test_the_version_is_the_packages(empty: Terminal) -> None:
    assert empty.ok("--version").out == f"hearing-notifier {__version__}\n"


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        pytest.param(["courtz"], 2, "Did you mean 'courts'?", id="an unknown command"),
        pytest.param(["courts", "add"], 2, "Missing argument 'NAME'", id="an argument left out"),
        pytest.param(["plan", "--limit", "none"], 2, "--limit", id="a number that is none"),
        pytest.param(["plan", "--limit", "0"], 2, "greater than or equal to 1", id="too small"),
        pytest.param(["courts", "list"], 1, "run 'notifier init' first", id="no database"),
        pytest.param(
            ["--config", "x.toml", "plan"], 1, "x.toml: there is no such file", id="no file"
        ),
        pytest.param(["import", "x.csv", "--source", "simple"], 2, "does not exist", id="no list"),
        pytest.param(["sources", "list", "--json"], 0, "", id="what needs no database"),
    ],
)
def test_a_mistake_ends_with_its_exit_code_and_a_sentence(
    words: list[str], code: int, said: str, empty: Terminal
) -> None:
    ended = empty.run(*words)

    assert ended.code == code
    assert said in ended.err
    assert (ended.out == "") is (code != 0)


def test_a_real_process_ends_the_same_way_without_a_traceback(terminal: Terminal) -> None:
    expected = {
        ("courts", "show", "nowhere"): 4,
        ("courts", "add", "Invented Court", "--zone", "Asia/Almaty"): 5,
        ("status",): 3,
        ("courts", "add", "X", "--zone", "Mars/Base"): 1,
    }
    ended = {words: terminal.alone(*words) for words in expected}

    assert {words: one.code for words, one in ended.items()} == expected
    assert not any("Traceback" in one.err for one in ended.values())


def test_letters_that_a_terminal_lacks_are_no_fault(terminal: Terminal) -> None:
    terminal.ok("courts", "add", "Суд № 2", "--zone", "Asia/Bishkek")
    env = {"PYTHONIOENCODING": "ascii"}

    human = terminal.alone("courts", "list", env=env)
    program = terminal.alone("courts", "list", "--json", env=env)

    assert (human.code, program.code) == (0, 0)
    assert "\\u0421" in human.out
    assert [one["name"] for one in program.document["courts"]] == ["Invented Court", "Суд № 2"]


def test_settings_that_are_wrong_are_all_named_at_once(terminal: Terminal) -> None:
    (terminal.folder / "notifier.toml").write_text("[log]\nlevel = 'LOUD'\n[daemon]\nspeed = 1\n")

    ended = terminal.run("plan")

    assert ended.code == 1
    assert len(ended.err.splitlines()) == 2
    assert all(line.startswith("notifier: notifier.toml: ") for line in ended.err.splitlines())


def test_a_fault_of_the_program_is_a_sentence_and_a_traceback_only_on_demand(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("Invented Name must not be shown")

    monkeypatch.setattr("notifier.storage.calendar.courts", broken)

    ended = terminal.run("courts", "list")

    assert ended.code == 1
    assert "a fault of the program itself (RuntimeError)" in ended.err
    assert "Invented Name" not in ended.err
    with pytest.raises(RuntimeError):
        terminal.run("--debug", "courts", "list")


def test_a_settings_file_may_be_named_by_the_environment(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = terminal.folder / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    assert terminal.run("courts", "list").code == 1

    monkeypatch.setenv("NOTIFIER_CONFIG", "../notifier.toml")

    assert "Invented Court" in terminal.ok("courts", "list").out
