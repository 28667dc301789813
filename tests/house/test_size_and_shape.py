"""House rules that a machine can check: size, names, docstrings, reasons."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = sorted((ROOT / "notifier").rglob("*.py"))
SOURCES = PACKAGE + sorted((ROOT / "tests").rglob("*.py"))
FILE_LINES_MAX = 300
FUNCTION_LINES_MAX = 60
DRAWERS = {"utils", "util", "common", "helpers", "helper", "manager", "managers", "base", "misc"}
Function = ast.FunctionDef | ast.AsyncFunctionDef


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.fixture(params=SOURCES, ids=name_of)
def source(request: pytest.FixtureRequest) -> Path:
    path: Path = request.param
    return path


@pytest.fixture(params=PACKAGE, ids=name_of)
def module(request: pytest.FixtureRequest) -> Path:
    path: Path = request.param
    return path


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def test_a_file_has_at_most_300_lines(source: Path) -> None:
    assert len(source.read_text(encoding="utf-8").splitlines()) <= FILE_LINES_MAX


def test_a_function_has_at_most_60_lines(source: Path) -> None:
    too_long = {
        node.name: node.end_lineno - node.lineno + 1
        for node in ast.walk(tree_of(source))
        if isinstance(node, Function)
        and node.end_lineno is not None
        and node.end_lineno - node.lineno + 1 > FUNCTION_LINES_MAX
    }

    assert too_long == {}


def test_a_module_is_named_after_what_is_in_it(module: Path) -> None:
    assert not DRAWERS & {part.removesuffix(".py") for part in module.relative_to(ROOT).parts}


def test_whatever_is_public_says_what_it_is_for(module: Path) -> None:
    tree = tree_of(module)
    undocumented = [name for name, node in public(tree) if not ast.get_docstring(node)]

    assert undocumented == []
    assert ast.get_docstring(tree) or not tree.body, "the module itself"


def public(
    node: ast.Module | ast.ClassDef, inside: str = ""
) -> Iterator[tuple[str, ast.ClassDef | Function]]:
    """Classes and functions that others may use: no name on the way begins with _."""
    for child in node.body:
        if isinstance(child, ast.ClassDef | Function) and not child.name.startswith("_"):
            yield inside + child.name, child
            if isinstance(child, ast.ClassDef):
                yield from public(child, f"{inside}{child.name}.")


def test_a_note_to_do_something_says_why_it_is_not_done(source: Path) -> None:
    marks = re.compile(r"#\s*(TODO|FIXME|XXX|HACK)\b(?!\([^)]{10,}\): \S)")

    assert not marks.search(source.read_text(encoding="utf-8"))


def test_no_column_trusts_a_database_with_a_time_zone(module: Path) -> None:
    """SQLite drops the offset without a word; ``storage`` has a type of its own for instants."""
    calls = [
        node
        for node in ast.walk(tree_of(module))
        if isinstance(node, ast.Call)
        and any(word.arg == "timezone" for word in node.keywords)
        and ast.unparse(node.func).rpartition(".")[2] in {"DateTime", "TIMESTAMP"}
    ]

    assert calls == []


def test_a_suppressed_finding_names_its_rule(source: Path) -> None:
    bare = re.compile(r"#\s*(noqa(?!: ?[A-Z])|type: ignore(?!\[))")

    assert not bare.search(source.read_text(encoding="utf-8"))
