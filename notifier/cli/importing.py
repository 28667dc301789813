"""``notifier import``: a calendar file becomes hearings, and every row is accounted for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from notifier.cli import output
from notifier.cli.opening import desk_for, settings_of
from notifier.cli.options import Json, read_instant
from notifier.errors import CalendarRejected, SettingsError

if TYPE_CHECKING:
    from notifier.flow.desk import Desk
    from notifier.flow.intake import ImportReport, Progress
    from notifier.importers import SourceMapping
    from notifier.settings import Settings

PROGRESS_FROM_BYTES = 200_000  # a shorter list is in before a bar could be read
ROWS_SHOWN = 50  # to a human; a list read by the wrong mapping has nothing but bad rows


def import_(
    context: typer.Context,
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="The calendar file."),
    ],
    source: Annotated[
        str, typer.Option(metavar="NAME", help="Where it comes from: 'notifier sources list'.")
    ],
    mapping: Annotated[
        str | None,
        typer.Option(metavar="NAME_OR_FILE", help="How to read it. Default: the source's own."),
    ] = None,
    as_of: Annotated[
        datetime | None,
        typer.Option(
            parser=read_instant,
            metavar="INSTANT",
            help="When the list was true: 2019-04-01, its midnight in UTC, or with a time and an "
            "offset. Default: now.",
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would happen; change nothing.")
    ] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with 3 when a row was quarantined.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Take a calendar file over. Importing the same file again changes nothing.

    A row that cannot be used is quarantined and named, with its field and what to do; the others
    are taken, and the exit code is 0 unless you ask for --strict. A file that cannot be used at
    all changes nothing, exit code 1.
    """
    from notifier.wiring import REAL

    settings = settings_of(context)
    with desk_for(settings, purpose=REAL) as desk:
        report = import_file(
            desk,
            settings,
            file,
            source=source,
            mapping=find(mapping or source, settings.calendar.sources_dir),
            as_of=as_of,
            is_dry_run=dry_run,
        )
    if as_json:
        output.emit({**report.as_json(), "source": source})
    else:
        show_report(report)
    if report.rows == len(report.quarantined):
        raise CalendarRejected(
            "no row could be used: see the reasons, and check that the mapping fits the file"
        )
    if strict and report.quarantined:
        raise typer.Exit(3)


def find(name_or_file: str, own: Path | None) -> SourceMapping:
    """A mapping: a file's, one in the installation's own folder, or one that we ship.

    Raises NotFound and SettingsError.
    """
    from notifier.importers import find_mapping, load_mapping

    path = Path(name_or_file)
    if path.suffix != ".toml":
        return find_mapping(name_or_file, [own] if own is not None else [])
    try:
        return load_mapping(path.read_text(encoding="utf-8-sig"), name=path.stem)
    except UnicodeDecodeError:
        raise SettingsError([f"{path} cannot be read: save it as UTF-8"]) from None


def import_file(
    desk: Desk,
    settings: Settings,
    file: Path,
    *,
    source: str,
    mapping: SourceMapping,
    as_of: datetime | None,
    is_dry_run: bool,
) -> ImportReport:
    """Read one file and hand it to intake. Raises CalendarRejected, Conflict."""
    import hashlib

    from notifier.flow.intake import SourceTerms, import_list
    from notifier.importers import read_list

    now = desk.database.now()
    if as_of is not None and as_of > now:
        raise typer.BadParameter("--as-of lies in the future: a list cannot be true yet")
    most = settings.calendar.max_file_bytes
    if file.stat().st_size > most:
        raise CalendarRejected(
            f"the file has {file.stat().st_size:,} bytes, more than the {most:,} allowed: split "
            "it, or raise calendar.max_file_bytes"
        )
    data = file.read_bytes()
    listing = read_list(data, mapping, file_name=file.name, max_bytes=most)
    with _progress(len(data)) as progress:
        return import_list(
            desk,
            listing,
            terms=SourceTerms(name=source, mode=mapping.mode, ref_prefix=mapping.ref_prefix),
            file_sha256=hashlib.sha256(data).hexdigest(),
            as_of=as_of or now,
            now=now,
            is_dry_run=is_dry_run,
            progress=progress,
        )


@contextmanager
def _progress(size_bytes: int) -> Iterator[Progress]:
    """A bar on a terminal, for a list that takes a while; nothing anywhere else."""
    import sys

    if size_bytes < PROGRESS_FROM_BYTES or not output.is_terminal() or not sys.stderr.isatty():
        yield lambda done, total: None
        return
    from rich.console import Console
    from rich.progress import Progress as Bar

    with Bar(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("Importing", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def show_report(report: ImportReport) -> None:
    """What became of the rows, for a human."""
    head = "Imported" if report.is_applied else "Nothing was changed; importing would take"
    output.say(
        f"{head} {output.counted(report.rows, 'row')}: {report.new} new, {report.changed} changed, "
        f"{report.unchanged} unchanged, {output.counted(report.duplicates, 'duplicate')}, "
        f"{len(report.quarantined)} quarantined."
    )
    if report.past:
        output.say(
            f"{output.counted(report.past, 'hearing lies', 'hearings lie')} in the past: stored, "
            "but nobody is reminded of them."
        )
    if report.questions:
        output.say(
            f"{output.counted(report.questions, 'question')} to the coordinators: a listed hearing "
            "may be an old one that moved, or a new one."
        )
    for title, rows in (("Quarantined", report.quarantined), ("Taken with care", report.warnings)):
        if not rows:
            continue
        output.say(f"{title}:")
        output.table(
            [asdict(one) for one in rows[:ROWS_SHOWN]],
            {"row": "Row", "field": "Field", "reason": "Why, and what to do"},
            empty="",
        )
        if len(rows) > ROWS_SHOWN:
            output.note(f"{len(rows) - ROWS_SHOWN} more rows: --json shows them all.")
