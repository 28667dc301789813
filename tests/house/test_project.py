"""What the project says of itself is true: README, lock, configuration, wheel."""

from __future__ import annotations

import re
import subprocess
import tomllib
import zipfile
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from hatchling.builders.wheel import WheelBuilder

ROOT = Path(__file__).parents[2]
PYPROJECT = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
PEERS = "bench"  # the group with an environment, and so a lock, of its own
README = (ROOT / "README.md").read_text(encoding="utf-8")
MODULES = sorted(
    path.name
    for path in (ROOT / "notifier").iterdir()
    if path.suffix == ".py" or (path.is_dir() and any(path.rglob("*.py")))
)


def tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    paths = [ROOT / name for name in listed.stdout.split("\0") if name]
    return [path for path in paths if path.is_file()]


@pytest.mark.parametrize("module", [name for name in MODULES if name != "__init__.py"])
def test_the_map_in_the_readme_names_every_module(module: str) -> None:
    assert re.search(rf"(?<![\w/]){re.escape(module)}\b", README), f"{module} is not on the map"


def test_every_path_that_a_page_names_exists() -> None:
    pages = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")]
    named = {
        path
        for page in pages
        for path in re.findall(
            r"`((?:notifier|tests|config)/[\w./-]+)`", page.read_text(encoding="utf-8")
        )
    }

    assert sorted(path for path in named if not (ROOT / path).exists()) == []


def test_nothing_names_a_registry_or_a_path_of_one_machine() -> None:
    slip = re.compile(
        r"pypi\.(?:org|python)|python" + r"hosted|npm" + r"js\.(?:org|com)|deb\.debian"
        r"|--(?:extra-)?index-url|--find-links|(?<![\w.*-])/(?:work|root|home|Users)/\w"
    )
    found = {
        path.relative_to(ROOT).as_posix(): match[0]
        for path in tracked()
        if path != Path(__file__) and (match := slip.search(path.read_bytes().decode("latin-1")))
    }

    assert found == {}


def test_every_ignored_rule_has_its_reason() -> None:
    tables = re.split(r"(?m)^(?=\[|ignore = )", PYPROJECT)
    heads = ("ignore = ", "[tool.ruff.lint.per-file-ignores]", "[tool.deptry.per_rule_ignores]")
    ignoring = [table for table in tables if table.startswith(heads)]
    rules = [
        line.strip()
        for table in ignoring
        for line in table.splitlines()[1:]
        if line.startswith(("  ", '"'))
    ]

    assert len(ignoring) == len(heads)
    assert [line for line in rules if not re.search(r"# \w+|\[$", line)] == []


def requirements(*, of_peers: bool) -> set[str]:
    project = tomllib.loads(PYPROJECT)
    groups: dict[str, list[Any]] = project["dependency-groups"]
    peers = groups.pop(PEERS)
    extras: dict[str, list[str]] = project["project"]["optional-dependencies"]
    ours = chain(project["project"]["dependencies"], *extras.values(), *groups.values())
    named = (one for one in (peers if of_peers else ours) if isinstance(one, str))
    return {re.split(r"[\[>=<; ]", one)[0].lower() for one in named}


@pytest.mark.parametrize(
    ("lock", "of_peers"),
    [
        pytest.param("requirements.lock", False, id="the project's"),
        pytest.param("tests/bench/peers/requirements.lock", True, id="the benchmark's peers'"),
    ],
)
def test_a_lock_holds_every_requirement_exactly_and_with_its_hash(
    lock: str, of_peers: bool
) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    pinned = r"(?m)^([a-z0-9-]+)==([\w.]+)(?: ; [^\\\n]+)? \\\n    --hash="
    locked = dict(re.findall(pinned, text))

    assert sorted(requirements(of_peers=of_peers) - set(locked)) == []
    assert len(locked) == len(re.findall(r"(?m)^\w", text))


def test_the_wheel_carries_what_the_program_reads(tmp_path: Path) -> None:
    (wheel,) = WheelBuilder(str(ROOT)).build(directory=str(tmp_path), versions=["standard"])
    with zipfile.ZipFile(wheel) as archive:
        carried = set(archive.namelist())

    beside = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "notifier").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    mappings = {
        f"notifier/importers/mappings/{path.relative_to(ROOT / 'config/sources').as_posix()}"
        for path in (ROOT / "config" / "sources").rglob("*")
        if path.is_file()
    }
    assert (
        sorted((beside | mappings | {"notifier/policy.toml", "notifier/py.typed"}) - carried) == []
    )
    assert any(name.endswith("licenses/LICENSE") for name in carried)


def test_the_readme_names_every_command() -> None:
    from typer.main import get_command

    from notifier.cli import app

    def commands(command: Any, inside: str = "") -> Iterator[str]:
        for name, child in getattr(command, "commands", {}).items():
            if not hasattr(child, "commands"):
                yield f"{inside}{name}"
            yield from commands(child, f"{inside}{name} ")

    named = [
        name for name in commands(get_command(app)) if re.search(rf"(`|notifier ){name}\b", README)
    ]
    assert sorted(set(commands(get_command(app))) - set(named)) == []
