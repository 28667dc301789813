"""``import`` and ``sources``: every row is accounted for, and a bad file changes nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.cli.terminal import Terminal

SAMPLES = Path(__file__).parents[1] / "samples"
IDAHO = str(SAMPLES / "us-csv" / "idaho.csv")
IN_2019 = ("--source", "idaho", "--as-of", "2019-04-01")
HEAD = "ref,name,case,court,room,date,time,kind,assignees\n"
KEYS = {"rows", "duplicates", "new", "changed", "unchanged", "past", "quarantined"}
COUNTS = ("rows", "duplicates", "new", "changed", "unchanged", "past")


def simple(*rows: str) -> str:
    """A list typed by hand, in a file."""
    path = Path("list.csv")
    path.write_text(HEAD + "".join(f"{row}\n" for row in rows), encoding="utf-8")
    return str(path)


def counts(report: dict[str, Any]) -> list[int]:
    return [report[key] for key in COUNTS]


def test_a_real_list_is_taken_over_once(terminal: Terminal) -> None:
    first = terminal.json("import", IDAHO, *IN_2019)
    second = terminal.json("import", IDAHO, *IN_2019)

    assert KEYS.issubset(first)
    assert counts(first) == [29, 14, 14, 0, 0, 0]
    assert counts(second) == [29, 14, 0, 0, 14, 0]
    (bad,) = first["quarantined"]
    assert (sorted(bad), bad["row"], bad["field"]) == (["field", "reason", "row"], 29, "local_date")
    assert bad["reason"].startswith("2050-12-06 is more than 3 years ahead")
    assert len(terminal.json("hearings", "list", "--all")["hearings"]) == 14


def test_a_dry_run_says_the_same_and_changes_nothing(terminal: Terminal) -> None:
    dry = terminal.json("import", IDAHO, *IN_2019, "--dry-run")

    assert terminal.json("hearings", "list", "--all") == {"hearings": []}
    assert dry.pop("is_applied") is False
    real = terminal.json("import", IDAHO, *IN_2019)
    assert real.pop("is_applied") is True
    assert dry == real


def test_a_human_reads_counts_reasons_and_what_lies_in_the_past(terminal: Terminal) -> None:
    said = terminal.ok("import", IDAHO, "--source", "idaho").out

    assert "29 rows: 14 new" in said
    assert "14 hearings lie in the past: stored, but nobody is reminded of them." in said
    assert "29   local_date  2050-12-06 is more than" in said


def test_quarantined_rows_are_findings_only_when_asked_for(terminal: Terminal) -> None:
    good = simple("ALM-1,,,Invented Court,4,2026-12-01,10:00,Remand,")

    assert terminal.run("import", IDAHO, *IN_2019, "--strict").code == 3
    assert terminal.run("import", good, "--source", "simple", "--strict").code == 0


def test_a_row_without_a_registered_court_or_recipient_says_what_to_do(terminal: Terminal) -> None:
    report = terminal.json(
        "import",
        simple(
            "ALM-1,,,Invented Court,4,2026-12-01,10:00,Remand,law-9",
            "ALM-2,,,Unknown Court,4,2026-12-01,10:00,Remand,",
        ),
        *("--source", "simple"),
    )

    assert [(one["row"], one["field"]) for one in report["quarantined"]] == [(3, "court")]
    assert "notifier courts add" in report["quarantined"][0]["reason"]
    assert [(one["row"], one["field"]) for one in report["warnings"]] == [(2, "assignees")]


def test_of_many_bad_rows_a_human_reads_the_first(terminal: Terminal) -> None:
    bad = [f"ALM-{number},,,Unknown Court,4,2026-12-01,10:00,Remand," for number in range(60)]
    good = "ALM-99,,,Invented Court,4,2026-12-01,10:00,Remand,"
    words = ("import", simple(*bad, good), "--source", "simple", "--dry-run")

    ended = terminal.ok(*words)

    assert ended.out.count("notifier courts add") == 50
    assert "10 more rows: --json shows them all." in ended.err
    assert len(terminal.json(*words)["quarantined"]) == 60


def test_a_long_import_shows_its_progress_on_a_terminal_alone(terminal: Terminal) -> None:
    row = "ALM-{0},Invented Name {0} who takes some room,,Invented Court,4,2026-12-01,10:00,Remand,"
    long = simple(*(row.format(number) for number in range(2_500)))
    words = ("import", long, "--source", "a", "--mapping", "simple")

    shown = terminal.on_a_tty(*words, env={"TERM": "xterm"})
    piped = terminal.alone(*words)

    assert "Importing" in shown
    assert "2500 new" in shown
    assert ("2500 unchanged" in piped.out, piped.err) == (True, "")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param(b"", "file is empty", id="nothing"),
        pytest.param(b"\0" * 100, "empty", id="only NUL bytes"),
        pytest.param(b"a|b|c\n1|2|3\n", "finds no column", id="another delimiter and headings"),
        pytest.param(HEAD.encode(), "no rows", id="headings alone"),
        pytest.param(
            HEAD.encode() + b"ALM-1,,,Unknown Court,4,2026-12-01,10:00,Remand,\n",
            "no row could be used",
            id="no row that can be used",
        ),
        pytest.param(b"PK\x03\x04 broken", "", id="a workbook that is none"),
        pytest.param(b"x" * 2_000, "more than the 1,024 allowed", id="too many bytes"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_and_changes_nothing(
    text: bytes, said: str, terminal: Terminal
) -> None:
    with Path("notifier.toml").open("a") as config:
        config.write("[calendar]\nmax_file_bytes = 1024\n")
    Path("bad.csv").write_bytes(text)

    ended = terminal.run("import", "bad.csv", "--source", "simple")

    assert ended.code == 1
    assert said in ended.err
    assert terminal.json("hearings", "list", "--all") == {"hearings": []}


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        pytest.param(["--source", "idaoh"], 4, '"idaho"', id="an unknown source names its nearest"),
        pytest.param(["--source", "x", "--mapping", "no.toml"], 1, "no.toml", id="no such mapping"),
        pytest.param(["--source", "x", "--mapping", "bad.toml"], 1, "not TOML", id="a bad mapping"),
        pytest.param([*IN_2019[:3], "2019-04-01T10:00"], 2, "has no zone", id="no zone"),
        pytest.param([*IN_2019[:3], "1.4.2019"], 2, "or a date", id="another order"),
        pytest.param([*IN_2019[:3], "2099-01-01"], 2, "in the future", id="not true yet"),
        pytest.param([], 2, "--source", id="no source"),
    ],
)
def test_a_mistake_is_named_before_anything_is_read(
    words: list[str], code: int, said: str, terminal: Terminal
) -> None:
    Path("bad.toml").write_text("format = csv")

    ended = terminal.run("import", IDAHO, *words)

    assert (ended.code, ended.out) == (code, "")
    assert said in " ".join(ended.err.split())


def test_own_mappings_are_found_by_file_and_in_the_installations_folder(
    terminal: Terminal,
) -> None:
    text = (SAMPLES.parents[1] / "config" / "sources" / "idaho.toml").read_text(encoding="utf-8")
    own = Path("sources")
    own.mkdir()
    (own / "mine.toml").write_text(text, encoding="utf-8")
    (own / "broken.toml").write_text("format = csv", encoding="utf-8")
    with Path("notifier.toml").open("a") as config:
        config.write('[calendar]\nsources_dir = "sources"\n')

    by_file = terminal.json("import", IDAHO, "--source", "a", "--mapping", "sources/mine.toml")
    by_name = terminal.json("import", IDAHO, "--source", "mine", "--dry-run")
    listed = {one["name"]: one for one in terminal.json("sources", "list")["sources"]}

    assert (by_file["new"], by_file["source"]) == (14, "a")
    assert by_name["new"] == 14
    assert listed["mine"]["origin"] == "own"
    assert listed["idaho"]["origin"] == "shipped"
    assert listed["broken"]["problem"].startswith('Mapping "broken" is not TOML')
    assert "broken" in terminal.ok("sources", "list").err
