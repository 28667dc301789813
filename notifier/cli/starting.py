"""``notifier init`` and ``notifier run``: from an empty folder to a daemon at work."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from notifier.cli import output
from notifier.cli.opening import (
    CONFIG_HERE,
    config_file,
    require_database,
    settings_of,
    sqlite_file,
)
from notifier.cli.options import Json
from notifier.errors import KeyMissing

if TYPE_CHECKING:
    from notifier.settings import Settings

KEY_FILE = "sealing.key"
KEY_VARIABLE = "NOTIFIER_SEALING__KEY"
SETTINGS = f"""\
# Settings of this notifier. What is not here has its default; every setting is described in
# config/notifier.example.toml. A relative path counts from this file's folder.

data_dir = "var"

[sealing]
key_file = "{KEY_FILE}"  # without it nothing opens: keep a copy, never beside a copy of the data
"""
NEXT = (
    "notifier recipients add duty --role coordinator    # somebody who learns when all else fails",
    "notifier endpoints add duty --url-file FILE        # where; then 'notifier endpoints test ID'",
    "notifier import FILE --source simple --dry-run     # your list; then 'notifier run'",
)


def init(
    context: typer.Context,
    directory: Annotated[
        Path, typer.Argument(metavar="DIRECTORY", help="Where; default: here.", file_okay=False)
    ] = Path(),
    as_json: Json = False,
) -> None:
    """Make settings, a sealing key and the database.

    What exists is kept; a database of an older release is brought up to date. A key is never
    overwritten, and none is made for a database that was sealed with another one.
    """
    from notifier import wiring

    config = config_file(context) if directory == Path() else None
    config = (config or directory / CONFIG_HERE).absolute()
    is_new_config = not config.exists()
    if is_new_config:
        _refuse_orphan(config.parent / "var" / "notifier.sqlite3", config.parent / KEY_FILE)
        config.parent.mkdir(parents=True, exist_ok=True)
        write_private(config, SETTINGS)
    key = _missing_key(config)
    if key is not None:
        make_key(key, config)
    settings = _loaded(config)
    try:
        wiring.found_database(settings, purpose=wiring.REAL)
    except KeyMissing:
        if key is not None:
            key.unlink()  # made a moment ago, and it opens nothing
        raise
    made = [config] if is_new_config else []
    _report_init(settings, config, made=made + ([key] if key else []), as_json=as_json)


def write_private(path: Path, text: str) -> None:
    """Write a new file that only its owner may read. Raises FileExistsError."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)


def _missing_key(config: Path) -> Path | None:
    """The key file that is configured and not there; None when nothing is to be made."""
    from notifier.settings.reading import read_toml

    if os.environ.get(KEY_VARIABLE):
        return None
    sealing = read_toml(config).get("sealing", {})
    named = os.environ.get(f"{KEY_VARIABLE}_FILE") or (
        sealing.get("key_file") if isinstance(sealing, dict) else None
    )
    if not isinstance(named, str) or not named:
        return None
    path = config.absolute().parent / Path(named).expanduser()
    return None if path.exists() else path


def make_key(path: Path, config: Path) -> None:
    """Make a sealing key, unless a database exists that this key could not open."""
    from notifier.settings import load
    from notifier.storage.sealed import new_key

    text = new_key()
    settings = load(config, {**os.environ, KEY_VARIABLE: text})
    existing = sqlite_file(settings)
    if existing is not None:
        _refuse_orphan(existing, path)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_private(path, text + "\n")


def _refuse_orphan(database: Path, key: Path) -> None:
    if database.exists() and database.stat().st_size and not key.exists():
        raise KeyMissing(
            f"there is a database, {database}, but not the key it was sealed with: put that key "
            f"at {key}; a new one could not open it. If the data may be lost, move it away"
        )


def _loaded(config: Path) -> Settings:
    from notifier.settings import load

    settings = load(config, os.environ)
    if not settings.sealing.keys:
        raise KeyMissing(
            f'{config} names no sealing key: add key_file = "{KEY_FILE}" under [sealing] and run '
            "'notifier init' again"
        )
    return settings


def _report_init(settings: Settings, config: Path, *, made: list[Path], as_json: bool) -> None:
    database = sqlite_file(settings)
    if as_json:
        output.emit(
            {
                "config": config,
                "database": database or "postgresql",
                "made": made,
            }
        )
        return
    for path in made:
        output.say(f"Written: {_from_here(path)}")
    output.say(f"The database is ready: {_from_here(database) if database else 'PostgreSQL'}")
    option = "" if config == CONFIG_HERE.absolute() else f" --config {config}"
    output.say("Next:")
    for line in NEXT:
        output.say("  " + line.replace("notifier", f"notifier{option}", 1))


def _from_here(path: Path) -> Path:
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def run(
    context: typer.Context,
    unattended: Annotated[
        bool,
        typer.Option(
            "--unattended", help="Run although no coordinator can be told when something fails."
        ),
    ] = False,
) -> None:
    """Run the daemon until it is stopped with Ctrl-C or SIGTERM.

    It refuses to run without a coordinator who has a tested endpoint, and beside another daemon
    on the same SQLite file.
    """
    import asyncio

    from notifier import telemetry, wiring
    from notifier.daemon import check_attended, loop_factory, serve

    settings = settings_of(context)
    telemetry.configure(settings.log.format, settings.log.level)
    telemetry.watch_uncaught()
    require_database(settings)
    desk = wiring.open_desk(settings, adopts_policy=True)
    try:
        if not unattended:
            check_attended(desk)

        async def serving() -> None:
            await serve(desk, settings, wiring.make_sender(settings))

        with asyncio.Runner(loop_factory=loop_factory()) as runner:
            runner.run(serving())
    finally:
        desk.database.dispose()
