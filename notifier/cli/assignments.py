"""``notifier assignments``: who goes to which hearing."""

from __future__ import annotations

from typing import Annotated

import typer

from notifier.cli import output
from notifier.cli.opening import open_desk
from notifier.cli.options import (
    Hearing,
    Json,
    OfCourt,
    OnDate,
    Recipient,
    earliest_today,
)

app = typer.Typer(no_args_is_help=True, help="Who goes to which hearing.")

COLUMNS = {
    "local_date": "Date",
    "local_time": "Time",
    "court": "Court",
    "ref": "Detainee",
    "recipient": "Recipient",
    "role": "Role",
    "state": "State",
    "hearing_id": "Hearing",
}


@app.command("add")
def add(
    context: typer.Context,
    recipient: Recipient,
    hearings: Annotated[
        list[str] | None, typer.Argument(metavar="HEARING", help="Ids of hearings.")
    ] = None,
    court: OfCourt = None,
    date: OnDate = None,
    as_json: Json = False,
) -> None:
    """Propose hearings to a recipient: some by id, or all of one court on one date."""
    from notifier.flow import register

    if (hearings is None or not hearings) is (court is None and date is None):
        raise typer.BadParameter("give ids of hearings, or --court and --date")
    if not hearings and (court is None or date is None):
        raise typer.BadParameter("--court and --date belong together")
    with open_desk(context) as desk:
        now = desk.database.now()
        if court is not None and date is not None:
            proposed = register.assign_day(
                desk, recipient=recipient, court=court, day=date, now=now
            )
        else:
            proposed = register.assign(
                desk, recipient=recipient, hearing_ids=hearings or [], now=now
            )
    if as_json:
        output.emit({"recipient": recipient, "proposed": proposed})
    else:
        output.say(f"{output.counted(len(proposed), 'hearing')} newly proposed to {recipient}.")


@app.command("list")
def list_(
    context: typer.Context,
    recipient: Annotated[
        str | None, typer.Option(metavar="RECIPIENT", help="Only of this recipient.")
    ] = None,
    date: OnDate = None,
    every: Annotated[bool, typer.Option("--all", help="Past hearings as well.")] = False,
    as_json: Json = False,
) -> None:
    """Show who goes to which hearing, from today on."""
    from notifier.storage import people, views

    with open_desk(context) as desk, desk.database.read() as connection:
        who = people.recipient_with_ref(connection, recipient)["ref"] if recipient else None
        today = earliest_today(desk.database.now())
        rows = [
            row
            for row in views.assignments(connection)
            if who in (None, row["recipient"])
            and (row["local_date"] == date if date else every or row["local_date"] >= today)
        ]
    if as_json:
        output.emit({"assignments": rows})
    else:
        output.table(rows, COLUMNS, empty="Nobody is assigned.")


@app.command("show")
def show(context: typer.Context, hearing: Hearing, as_json: Json = False) -> None:
    """Show who goes to one hearing."""
    from notifier.storage import views

    with open_desk(context) as desk, desk.database.read() as connection:
        views.hearing_with_id(connection, hearing)
        rows = views.assignments(connection, hearing_ids=[hearing])
    if as_json:
        output.emit({"assignments": list(rows)})
    else:
        output.table(rows, COLUMNS, empty="Nobody is assigned to this hearing.")


@app.command("relieve")
def relieve(
    context: typer.Context, recipient: Recipient, hearing: Hearing, as_json: Json = False
) -> None:
    """End an assignment. They are told once, and so is a coordinator if nobody is left."""
    from notifier.flow import register

    with open_desk(context) as desk:
        register.relieve(desk, recipient=recipient, hearing_id=hearing, now=desk.database.now())
    if as_json:
        output.emit({"recipient": recipient, "hearing": hearing, "state": "relieved"})
    else:
        output.say(f"{recipient} is relieved of {hearing}.")
