"""``notifier alarms``: what no message could tell, until a human has seen it."""

from __future__ import annotations

from typing import Annotated

import typer

from notifier.cli import output
from notifier.cli.opening import open_desk
from notifier.cli.options import Json

app = typer.Typer(no_args_is_help=True, help="What nobody could be told.")

COLUMNS = {
    "raised_at": "Since",
    "kind": "What",
    "reason": "Why",
    "subject_id": "About",
    "id": "Id",
}


@app.command("list")
def list_(context: typer.Context, as_json: Json = False) -> None:
    """Show the alarms that nobody has acknowledged."""
    from notifier.storage import audit

    with open_desk(context) as desk, desk.database.read() as connection:
        rows = audit.open_alarms(connection)
    if as_json:
        output.emit({"alarms": [{key: row[key] for key in COLUMNS} for row in rows]})
    else:
        output.table(rows, COLUMNS, empty="No alarm.")


@app.command("acknowledge")
def acknowledge(
    context: typer.Context,
    alarm: Annotated[str, typer.Argument(metavar="ALARM", help="The alarm's id.")],
    as_json: Json = False,
) -> None:
    """Say that a human knows and acts; readiness turns green again."""
    from notifier.storage import audit

    with open_desk(context) as desk, desk.database.write() as connection:
        now = desk.database.now()
        audit.acknowledge(connection, alarm_id=alarm, now=now)
        entry = ("alarm.acknowledged", alarm, "")
        audit.enter(connection, [entry], actor="operator", now=now)
    if as_json:
        output.emit({"id": alarm, "acknowledged_at": now})
    else:
        output.say(f"{alarm} is acknowledged.")
