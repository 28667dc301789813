"""``notifier sources``: which lists can be read, and by which mapping."""

from __future__ import annotations

from typing import Any

import typer

from notifier.cli import output
from notifier.cli.opening import settings_of
from notifier.cli.options import Json
from notifier.errors import NotifierError

app = typer.Typer(no_args_is_help=True, help="The lists that can be read, each by its mapping.")

COLUMNS = {"name": "Source", "origin": "From", "formats": "Formats", "about": "About"}


@app.command("list")
def list_(context: typer.Context, as_json: Json = False) -> None:
    """Show the mappings that ship with the program and those of this installation."""
    from notifier.importers import find_mapping, shipped_mappings

    own = settings_of(context).calendar.sources_dir
    named = {path.stem for path in own.glob("*.toml")} if own is not None else set()
    rows: list[dict[str, Any]] = []
    for name in sorted({*shipped_mappings(), *named}):
        row = {"name": name, "origin": "own" if name in named else "shipped", "problem": None}
        try:
            mapping = find_mapping(name, [own] if own is not None else [])
        except NotifierError as problem:
            rows.append({**row, "formats": [], "mode": None, "about": "", "problem": str(problem)})
            continue
        rows.append(
            {
                **row,
                "formats": list(mapping.formats),
                "mode": mapping.mode,
                "about": mapping.about,
            }
        )
    if as_json:
        output.emit({"sources": rows})
        return
    output.table(
        [{**row, "formats": ", ".join(row["formats"])} for row in rows], COLUMNS, empty="No source."
    )
    for row in rows:
        if row["problem"]:
            output.note(row["problem"])
