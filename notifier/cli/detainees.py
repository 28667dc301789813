"""``notifier detainees``: the persons held, by ref; names only where one is asked for."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from notifier.cli import output
from notifier.cli.opening import open_desk
from notifier.cli.options import Detainee, Json, Limit

app = typer.Typer(no_args_is_help=True, help="The persons held, known by their refs.")

COLUMNS = {"ref": "Ref", "is_placeholder": "From a list", "id": "Id"}
NAMED = COLUMNS | {"name": "Name"}


@app.command("add")
def add(
    context: typer.Context,
    ref: Annotated[
        str, typer.Argument(metavar="REF", help="What they are called outside: ALM-17.")
    ],
    name: Annotated[str | None, typer.Option(metavar="NAME", help="Kept sealed.")] = None,
    case: Annotated[str | None, typer.Option(metavar="NUMBER", help="Kept sealed.")] = None,
    as_json: Json = False,
) -> None:
    """Register a detainee."""
    from notifier.flow import register

    with open_desk(context) as desk:
        detainee_id = register.add_detainee(
            desk, ref=ref, name=name, case=case, now=desk.database.now()
        )
    if as_json:
        output.emit({"id": detainee_id, "ref": ref.strip()})
    else:
        output.say(f"{ref.strip()} is registered: {detainee_id}")


@app.command("list")
def list_(
    context: typer.Context,
    names: Annotated[bool, typer.Option("--names", help="Show the names as well.")] = False,
    limit: Limit = 1000,
    as_json: Json = False,
) -> None:
    """Show the detainees by ref."""
    from notifier.storage import register

    with open_desk(context) as desk:
        with desk.database.read() as connection:
            found = register.detainees(connection, limit=limit)
        rows: list[dict[str, Any]] = [{key: row[key] for key in COLUMNS} for row in found]
        if names:
            for row, sealed in zip(rows, found, strict=True):
                row["name"] = desk.sealer.open("detainee.name", sealed["id"], sealed["name_sealed"])
    if as_json:
        output.emit({"detainees": rows})
    else:
        output.table(rows, NAMED if names else COLUMNS, empty="There is no detainee yet.")


@app.command("show")
def show(context: typer.Context, detainee: Detainee, as_json: Json = False) -> None:
    """Show one detainee: name, case, who represents them, their hearings."""
    from notifier.cli.hearings import COLUMNS as HEARING
    from notifier.storage import calendar, register, views

    with open_desk(context) as desk:
        with desk.database.read() as connection:
            row = calendar.detainee_with_ref(connection, detainee)
            bound = register.representations(connection, detainee_id=row["id"])
            hearings = views.hearings(connection, detainee_id=row["id"])
        name = desk.sealer.open("detainee.name", row["id"], row["name_sealed"])
        case = desk.sealer.open("detainee.case", row["id"], row["case_sealed"])
    if as_json:
        output.emit(
            {
                **{key: row[key] for key in COLUMNS},
                "name": name,
                "case_number": case,
                "represented_by": [one["recipient"] for one in bound],
                "hearings": list(hearings),
            }
        )
        return
    output.facts(
        {
            "Ref": row["ref"],
            "Name": name,
            "Case": case,
            "From a list": row["is_placeholder"],
            "Represented by": ", ".join(one["recipient"] for one in bound) or None,
        }
    )
    output.table(hearings, HEARING, empty="No hearing.")
