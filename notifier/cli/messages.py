"""``notifier messages``: what went out, how each try ended, and once more."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import typer

from notifier.cli import output
from notifier.cli.opening import open_desk
from notifier.cli.options import Json, Limit, read_instant

app = typer.Typer(no_args_is_help=True, help="What went out, and how it ended.")

Message = Annotated[str, typer.Argument(metavar="MESSAGE", help="The message's id.")]
STATES = ("pending", "in_flight", "delivered", "withdrawn", "expired", "dead")
COLUMNS = {
    "created_at": "Made",
    "recipient": "Recipient",
    "kind": "What",
    "state": "State",
    "tries": "Tries",
    "reason": "Why",
    "id": "Id",
}
ATTEMPT = {
    "number": "Try",
    "began_at": "Began",
    "outcome": "Outcome",
    "status": "Status",
    "duration_seconds": "Seconds",
    "detail": "Detail",
}
NOT_SENT = {
    "ended_at": "Ended",
    "recipient": "Recipient",
    "kind": "What",
    "rung": "Rung",
    "ref": "Detainee",
    "local_date": "Date",
    "local_time": "Time",
    "state": "State",
    "reason": "Why",
    "message": "Message",
}
RECOVERED = {"recipient": "Recipient", "kind": "What", "notices": "Notices"}
TITLES = COLUMNS | {
    "next_try_at": "Next try",
    "useful_until": "Useful until",
    "ended_at": "Ended",
    "endpoint": "Endpoint",
}


@app.command("list")
def list_(
    context: typer.Context,
    state: Annotated[
        str | None, typer.Option(metavar="STATE", help=f"Only in this state: {', '.join(STATES)}.")
    ] = None,
    recipient: Annotated[
        str | None, typer.Option(metavar="RECIPIENT", help="Only to this recipient.")
    ] = None,
    not_sent: Annotated[
        bool,
        typer.Option("--not-sent", help="Instead: what nobody took, and why; the newest first."),
    ] = False,
    limit: Limit = 100,
    as_json: Json = False,
) -> None:
    """Show messages, the newest first."""
    from notifier.storage import people, recovery, views

    if state is not None and state not in STATES:
        raise typer.BadParameter(f"{state!r} is no state; there are {', '.join(STATES)}")
    if state is not None and not_sent:
        raise typer.BadParameter("--not-sent and --state: give one of them")
    with open_desk(context) as desk, desk.database.read() as connection:
        who = people.recipient_with_ref(connection, recipient)["id"] if recipient else None
        if not_sent:
            missed = recovery.not_sent(connection, recipient_id=who, limit=limit)
        else:
            rows = views.messages(connection, state=state, recipient_id=who, limit=limit)
    if not_sent:
        _show_not_sent(missed, as_json)
        return
    if as_json:
        output.emit({"messages": list(rows)})
    else:
        output.table(rows, COLUMNS, empty="No message.")


def _show_not_sent(rows: Sequence[output.Row], as_json: bool) -> None:
    if as_json:
        output.emit({"not_sent": list(rows)})
        return
    output.table(rows, NOT_SENT, empty="Everything that was due was taken.")
    if rows:
        output.note("Of use still? 'notifier messages recover --since …' tells it again.")


@app.command("show")
def show(context: typer.Context, message: Message, as_json: Json = False) -> None:
    """Show one message: what it tells, and how each try ended. Its words stay sealed."""
    from notifier.storage import outbox, views

    with open_desk(context) as desk, desk.database.read() as connection:
        row = views.message_with_id(connection, message)
        tries = views.attempts(connection, message)
        carried = [
            {
                "hearing": one.subject_id,
                "revision": one.revision,
                "kind": one.kind,
                "rung": one.rung,
            }
            for one in outbox.notices_by_id(connection, views.notice_ids_of(connection, message))
        ]
    if as_json:
        output.emit({**row, "notices": carried, "attempts": list(tries)})
        return
    over = {"next_try_at"} if row["ended_at"] else set()
    output.facts({TITLES[key]: value for key, value in row.items() if key not in over})
    for one in carried:
        output.say(f"Tells of {one['hearing']}, revision {one['revision']}, rung {one['rung']}")
    output.table(tries, ATTEMPT, empty="No try yet.")


@app.command("resend")
def resend(context: typer.Context, message: Message, as_json: Json = False) -> None:
    """Tell the same once more, as it is true now, under a new id. The daemon sends it."""
    from notifier.flow import trial

    with open_desk(context) as desk:
        new_id = trial.resend(desk, message_id=message, now=desk.database.now())
    if as_json:
        output.emit({"id": new_id, "resent": message})
    else:
        output.say(f"It goes out again as {new_id}.")


@app.command("recover")
def recover(
    context: typer.Context,
    since: Annotated[
        datetime,
        typer.Option(
            parser=read_instant, metavar="INSTANT", help="2026-11-22T10:00+05:00, or a date."
        ),
    ],
    recipient: Annotated[
        str | None,
        typer.Option(
            metavar="RECIPIENT",
            help="Only to this recipient, and also what they took since: their receiver lost it.",
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only count what would go out again.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Tell again what was not delivered, as it is true now, in new messages. The daemon sends it.

    What was overtaken, or is of no use any more, stays as it ended: 'messages list --not-sent'.
    """
    from notifier.flow import recovery

    with open_desk(context) as desk:
        found = recovery.recover(
            desk, since=since, recipient=recipient, now=desk.database.now(), is_dry_run=dry_run
        )
    rows = [dict(zip(RECOVERED, one, strict=True)) for one in found.counts]
    if as_json:
        output.emit({"dry_run": dry_run, "notices": found.notices, "counts": rows})
        return
    output.table(rows, RECOVERED, empty="Nothing since then was missed that is still of use.")
    verb = "would go" if dry_run else "go"
    output.say(f"Notices that {verb} out again: {found.notices}.")
