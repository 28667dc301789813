"""``notifier courts``: places with a time zone of their own."""

from __future__ import annotations

from typing import Annotated

import typer

from notifier.cli import output
from notifier.cli.opening import open_desk
from notifier.cli.options import Court, Json

app = typer.Typer(no_args_is_help=True, help="The courts and their time zones.")

COLUMNS = {"name": "Court", "zone": "Zone", "city": "City", "id": "Id"}


@app.command("add")
def add(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="As lists and people write it.")],
    zone: Annotated[str, typer.Option(metavar="ZONE", help="Its time zone: Asia/Almaty.")],
    city: Annotated[str | None, typer.Option(metavar="CITY", help="Where it is.")] = None,
    as_json: Json = False,
) -> None:
    """Register a court. Its zone is the court's own, never this machine's."""
    from notifier.flow import register

    with open_desk(context) as desk:
        court_id = register.add_court(
            desk, name=name, zone=zone, city=city, now=desk.database.now()
        )
    if as_json:
        output.emit({"id": court_id, "name": name.strip(), "zone": zone, "city": city})
    else:
        output.say(f"{name.strip()} is registered: {court_id}")


@app.command("list")
def list_(context: typer.Context, as_json: Json = False) -> None:
    """Show every court."""
    from notifier.storage import calendar

    with open_desk(context) as desk, desk.database.read() as connection:
        rows = calendar.courts(connection)
    if as_json:
        output.emit({"courts": [{key: row[key] for key in COLUMNS} for row in rows]})
    else:
        output.table(rows, COLUMNS, empty="There is no court yet: 'notifier courts add'.")


@app.command("show")
def show(context: typer.Context, court: Court, as_json: Json = False) -> None:
    """Show one court and how many hearings lie ahead there."""
    from notifier.core.court_time import local_date_at
    from notifier.storage import calendar, views

    with open_desk(context) as desk, desk.database.read() as connection:
        row = calendar.court_named(connection, court)
        today = local_date_at(desk.database.now(), row["zone"])
        ahead = views.hearings(connection, court_id=row["id"], since=today)
    found = {key: row[key] for key in COLUMNS} | {"hearings_ahead": len(ahead)}
    if as_json:
        output.emit(found)
    else:
        output.facts({**{COLUMNS[key]: row[key] for key in COLUMNS}, "Hearings ahead": len(ahead)})
