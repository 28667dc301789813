"""``notifier demo``: the whole way at work on this machine, with invented or with your own data."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

VAR = Path("var")


def demo(
    context: typer.Context,
    calendar: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", exists=True, dir_okay=False, help="A list of your own, for a trial."
        ),
    ] = None,
    source: Annotated[
        str, typer.Option(metavar="NAME", help="Where it comes from: 'notifier sources list'.")
    ] = "",
    mapping: Annotated[
        str | None,
        typer.Option(metavar="NAME_OR_FILE", help="How to read it. Default: the source's own."),
    ] = None,
    directory: Annotated[
        Path | None,
        typer.Option("--dir", metavar="DIRECTORY", help="Default: var/demo, var/NAME for a trial."),
    ] = None,
) -> None:
    """See it work on invented hearings around now.

    Two receivers run on this machine, one of which fails at first; reminders, a retry and a
    correction arrive within seconds and are printed as they come. With --calendar and --source the
    same runs on your list. Each has a folder, a key and a database of its own, so that invented,
    tried and real data never mix; the settings of a real installation are not read. A second start
    goes on with what is there. Ctrl-C stops it.
    """
    from notifier.cli.demo.place import check_name, open_place
    from notifier.cli.demo.stage import play_docket, play_list
    from notifier.cli.importing import find
    from notifier.wiring import DEMO, TRIAL

    if context.find_root().obj.config is not None:
        raise typer.BadParameter("the demo has settings of its own: leave --config out")
    if (calendar is None) is not (not source):
        raise typer.BadParameter("--calendar and --source belong together")
    if calendar is None:
        with open_place(directory or VAR / "demo", purpose=DEMO) as place:
            play_docket(place)
    else:
        check_name(source)
        how = find(mapping or source, None)
        with open_place(directory or VAR / source, purpose=TRIAL) as place:
            play_list(place, calendar, source=source, mapping=how)
