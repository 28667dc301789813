"""From the global options to an open desk."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from notifier.errors import NotifierError

if TYPE_CHECKING:
    from notifier.flow.desk import Desk
    from notifier.settings import Settings

CONFIG_HERE = Path("notifier.toml")


@dataclass(frozen=True, kw_only=True, slots=True)
class Invocation:
    """What was said before the command's name."""

    config: Path | None
    is_debugging: bool = False


def config_file(context: typer.Context) -> Path | None:
    """The settings file that is meant; None when there is none and the defaults rule."""
    from notifier.settings import CONFIG_VARIABLE

    invocation: Invocation = context.find_root().obj
    if invocation.config is not None:
        return invocation.config
    if named := os.environ.get(CONFIG_VARIABLE):
        return Path(named)
    return CONFIG_HERE if CONFIG_HERE.exists() else None


def settings_of(context: typer.Context) -> Settings:
    """The settings of this installation. Raises SettingsError."""
    from notifier.settings import load

    return load(config_file(context), os.environ)


@contextmanager
def open_desk(context: typer.Context, *, purpose: str | None = None) -> Iterator[Desk]:
    """The desk, closed afterwards. Without a purpose it opens a demo's database as well.

    Raises what ``wiring.open_desk`` raises.
    """
    with desk_for(settings_of(context), purpose=purpose) as desk:
        yield desk


@contextmanager
def desk_for(settings: Settings, *, purpose: str | None) -> Iterator[Desk]:
    """The desk of these settings, closed afterwards."""
    from notifier import telemetry, wiring

    telemetry.configure(settings.log.format, "WARNING")
    require_database(settings)
    desk = wiring.open_desk(settings, purpose=purpose)
    try:
        yield desk
    finally:
        desk.database.dispose()


def require_database(settings: Settings) -> None:
    """Opening a SQLite file that does not exist would make an empty one: refuse instead."""
    path = sqlite_file(settings)
    if path is not None and not path.exists():
        raise NotifierError("there is no database yet: run 'notifier init' first")


def sqlite_file(settings: Settings) -> Path | None:
    """The SQLite file of these settings; None on PostgreSQL."""
    url = settings.database_url
    return Path(url.removeprefix("sqlite:///")) if url.startswith("sqlite:///") else None
