"""``notifier recipients``: who is told, and whom they represent."""

from __future__ import annotations

from typing import Annotated

import typer

from notifier.cli import output
from notifier.cli.opening import open_desk
from notifier.cli.options import Detainee, Json, Recipient
from notifier.core.people import Role, Side

app = typer.Typer(no_args_is_help=True, help="Lawyers, monitors, coordinators: who is told.")

COLUMNS = {"ref": "Recipient", "role": "Role", "side": "Side", "language": "Language", "id": "Id"}


@app.command("add")
def add(
    context: typer.Context,
    ref: Annotated[str, typer.Argument(metavar="REF", help="What you call them; no full name.")],
    role: Annotated[Role, typer.Option(help="What they do at a hearing.")],
    side: Annotated[Side | None, typer.Option(help="A subscriber's; the others have one.")] = None,
    name: Annotated[str | None, typer.Option(metavar="NAME", help="Kept sealed.")] = None,
    language: Annotated[str, typer.Option(metavar="TAG", help="Of messages to them: en.")] = "en",
    as_json: Json = False,
) -> None:
    """Register a recipient. They are told nothing until they have an endpoint."""
    from notifier.flow import register

    with open_desk(context) as desk:
        recipient_id = register.add_recipient(
            desk,
            ref=ref,
            role=role,
            side=side,
            name=name,
            language=language,
            now=desk.database.now(),
        )
    if as_json:
        output.emit({"id": recipient_id, "ref": ref.strip(), "role": role})
    else:
        output.say(f"{ref.strip()} is registered: {recipient_id}")


@app.command("list")
def list_(context: typer.Context, as_json: Json = False) -> None:
    """Show everybody who is told."""
    from notifier.storage import people, views

    with open_desk(context) as desk, desk.database.read() as connection:
        found = people.recipients(connection)
        ways = [one["recipient"] for one in views.endpoint_states(connection) if is_used(one)]
    rows = [
        {key: row[key] for key in COLUMNS} | {"endpoints": ways.count(row["ref"])} for row in found
    ]
    if as_json:
        output.emit({"recipients": rows})
    else:
        output.table(
            rows,
            COLUMNS | {"endpoints": "Endpoints"},
            empty="There is no recipient yet: 'notifier recipients add'.",
        )


def is_used(endpoint: output.Row) -> bool:
    """Whether messages go to this endpoint."""
    return bool(endpoint["state"] != "removed")


@app.command("show")
def show(context: typer.Context, recipient: Recipient, as_json: Json = False) -> None:
    """Show one recipient: name, endpoints, whom they represent, their hearings."""
    from notifier.cli.assignments import COLUMNS as ASSIGNMENT
    from notifier.cli.endpoints import COLUMNS as ENDPOINT
    from notifier.storage import people, register, views

    with open_desk(context) as desk:
        with desk.database.read() as connection:
            row = people.recipient_with_ref(connection, recipient)
            bound = register.representations(connection, recipient_id=row["id"])
            ways = [
                one for one in views.endpoint_states(connection) if one["recipient"] == row["ref"]
            ]
            assigned = [
                one for one in views.assignments(connection) if one["recipient"] == row["ref"]
            ]
        name = desk.sealer.open("recipient.name", row["id"], row["name_sealed"])
    represents = [one["detainee"] for one in bound]
    if as_json:
        output.emit(
            {
                **{key: row[key] for key in COLUMNS},
                "name": name,
                "represents": represents,
                "endpoints": ways,
                "assignments": assigned,
            }
        )
        return
    output.facts(
        {
            **{COLUMNS[key]: row[key] for key in COLUMNS},
            "Name": name,
            "Represents": ", ".join(represents) or None,
        }
    )
    output.table(ways, ENDPOINT, empty="No endpoint: they cannot be told anything.")
    output.table(assigned, ASSIGNMENT, empty="No hearing assigned.")


@app.command("represent")
def represent(
    context: typer.Context, recipient: Recipient, detainee: Detainee, as_json: Json = False
) -> None:
    """Note who represents whom: 'recipients represent law-3 ALM-0017'.

    Every hearing of that detainee, those to come included, is proposed to the recipient.
    """
    from notifier.flow import register

    with open_desk(context) as desk:
        proposed = register.represent(
            desk, recipient=recipient, detainee=detainee, now=desk.database.now()
        )
    if as_json:
        output.emit({"recipient": recipient, "detainee": detainee, "proposed": proposed})
    else:
        hearings = output.counted(proposed, "hearing")
        output.say(f"{recipient} represents {detainee}; {hearings} ahead proposed to them.")
