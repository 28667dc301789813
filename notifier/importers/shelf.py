"""Where mappings are kept: the directories of an installation, then those that ship with us."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from notifier.errors import NotFound, SettingsError
from notifier.importers.mapping import SourceMapping
from notifier.importers.mapping_file import load_mapping
from notifier.importers.toml_section import nearest

# A name is never a path: what reads it must not be led to other files.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


def find_mapping(name: str, directories: Sequence[Path] = ()) -> SourceMapping:
    """The mapping of that name: the first in the given directories, else the one we ship.

    Raises NotFound with the nearest name, and SettingsError when the file has mistakes.
    """
    for directory in (*directories, _shipped()):
        if _NAME.fullmatch(name) and (file := directory / f"{name}.toml").is_file():
            return load_mapping(_text(file, name), name=name)
    known = {item for directory in (*directories, _shipped()) for item in _names(directory)}
    raise NotFound(f'There is no mapping "{name[:64]}"{nearest(name, known)}.')


def shipped_mappings() -> list[str]:
    """The names of the mappings that come with the package, sorted."""
    return sorted(_names(_shipped()))


def _shipped() -> Traversable:
    inside = files("notifier.importers") / "mappings"
    # A checkout keeps them where people look for configuration; a wheel carries a copy.
    return inside if inside.is_dir() else Path(__file__).parents[2] / "config" / "sources"


def _names(directory: Traversable) -> Iterator[str]:
    if directory.is_dir():
        for file in directory.iterdir():
            if file.name.endswith(".toml"):
                yield file.name.removesuffix(".toml")


def _text(file: Traversable, name: str) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        raise SettingsError([f'Mapping "{name}" cannot be read: save it as UTF-8']) from None
