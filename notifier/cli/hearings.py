"""``notifier hearings``: the calendar, and what a court says by phone or SMS."""

from __future__ import annotations

from datetime import date, time
from typing import Annotated, Any

import typer

from notifier.cli import output
from notifier.cli.opening import open_desk
from notifier.cli.options import (
    Detainee,
    Hearing,
    Json,
    Limit,
    OfCourt,
    OnDate,
    earliest_today,
    read_date,
    read_time,
)

app = typer.Typer(no_args_is_help=True, help="The hearing calendar.")

AtTime = Annotated[
    time | None,
    typer.Option("--time", parser=read_time, metavar="HH:MM", help="On the court's wall: 09:30."),
]
InRoom = Annotated[str | None, typer.Option("--room", metavar="ROOM", help="The courtroom.")]

COLUMNS = {
    "local_date": "Date",
    "local_time": "Time",
    "court": "Court",
    "room": "Room",
    "ref": "Detainee",
    "kind": "Kind",
    "state": "State",
    "revision": "Rev",
    "id": "Id",
}
TITLES = COLUMNS | {"zone": "Zone", "starts_at": "Starts"}


@app.command("list")
def list_(
    context: typer.Context,
    court: OfCourt = None,
    date: OnDate = None,
    detainee: Annotated[
        str | None, typer.Option(metavar="DETAINEE", help="Only of this detainee.")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Past hearings as well.")] = False,
    limit: Limit = 1000,
    as_json: Json = False,
) -> None:
    """Show hearings by date and time, from the court's today on."""
    from notifier.core.court_time import local_date_at
    from notifier.storage import calendar, views

    with open_desk(context) as desk, desk.database.read() as connection:
        now = desk.database.now()
        found = views.hearings(
            connection,
            court_id=calendar.court_named(connection, court)["id"] if court else None,
            day=date,
            since=None if every or date else earliest_today(now),
            detainee_id=calendar.detainee_with_ref(connection, detainee)["id"]
            if detainee
            else None,
            limit=limit,
        )
    rows = [
        row
        for row in found
        if every or date or row["local_date"] >= local_date_at(now, row["zone"])
    ]
    if as_json:
        output.emit({"hearings": rows})
    else:
        output.table(rows, COLUMNS, empty="No hearing; past ones are shown with --all.")
    if len(found) == limit:
        output.note(f"Only the first {limit} are shown: --limit shows more.")


@app.command("show")
def show(context: typer.Context, hearing: Hearing, as_json: Json = False) -> None:
    """Show one hearing: what it was before, who goes, who is told what and when."""
    from notifier.cli.assignments import COLUMNS as ASSIGNMENT
    from notifier.storage import calendar, views

    with open_desk(context) as desk, desk.database.read() as connection:
        row = views.hearing_with_id(connection, hearing)
        assigned = views.assignments(connection, hearing_ids=[hearing])
        notices = views.notices(connection, subject_id=hearing)
        versions = calendar.load_versions(connection, [hearing]).get(hearing, {})
    before = [
        {
            "revision": number,
            "local_date": one.slot.local_date,
            "local_time": one.slot.local_time,
            "zone": one.slot.zone,
            "room": one.slot.room,
            "state": one.state,
            "revised_at": one.revised_at,
        }
        for number, one in sorted(versions.items())
    ]
    if as_json:
        output.emit(
            {**row, "before": before, "assignments": list(assigned), "notices": list(notices)}
        )
        return
    output.facts({TITLES[key]: value for key, value in row.items()})
    if before:
        output.say("Before:")
        output.table(before, BEFORE, empty="")
    output.table(assigned, ASSIGNMENT, empty="Nobody is assigned.")
    output.table(notices, NOTICE, empty="Nobody is told of it.")


BEFORE = {
    "revision": "Rev",
    "local_date": "Date",
    "local_time": "Time",
    "room": "Room",
    "state": "State",
    "revised_at": "Since",
}
NOTICE = {
    "due_at": "Due",
    "recipient": "Recipient",
    "kind": "What",
    "rung": "Rung",
    "state": "State",
    "reason": "Why",
}


@app.command("add")
def add(
    context: typer.Context,
    detainee: Detainee,
    court: Annotated[str, typer.Option(metavar="COURT", help="The court's name or id.")],
    date: Annotated[
        date, typer.Option(parser=read_date, metavar="DATE", help="On the court's wall.")
    ],
    kind: Annotated[str, typer.Option(metavar="KIND", help="In the court's words.")],
    time: AtTime = None,
    room: InRoom = None,
    as_json: Json = False,
) -> None:
    """Enter a hearing. Without a time it is reminded of on its date."""
    from notifier.flow import edit

    with open_desk(context) as desk:
        hearing_id = edit.add_hearing(
            desk,
            detainee=detainee,
            court=court,
            kind=kind,
            local_date=date,
            local_time=time,
            room=room,
            now=desk.database.now(),
        )
        _report(desk, hearing_id, 1, as_json)


@app.command("move")
def move(
    context: typer.Context,
    hearing: Hearing,
    date: OnDate = None,
    time: AtTime = None,
    time_unknown: Annotated[
        bool, typer.Option("--time-unknown", help="The time is not known any more.")
    ] = False,
    court: OfCourt = None,
    room: InRoom = None,
    room_unknown: Annotated[
        bool, typer.Option("--room-unknown", help="The room is not known any more.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Move a hearing to another date, time, court or room; what is not named stays.

    Everybody who was told of it is told at once.
    """
    from notifier.flow import edit

    if (time_unknown and time) or (room_unknown and room):
        raise typer.BadParameter("known and unknown at once: give one of them")
    if not (date or time or time_unknown or court or room or room_unknown):
        raise typer.BadParameter("say what is new: --date, --time, --court or --room")
    with open_desk(context) as desk:
        revision = edit.move_hearing(
            desk,
            hearing_id=hearing,
            court=court,
            local_date=date,
            local_time=time if time is not None or time_unknown else edit.KEEP,
            room=room if room is not None or room_unknown else edit.KEEP,
            now=desk.database.now(),
        )
        _report(desk, hearing, revision, as_json)


@app.command("cancel")
def cancel(context: typer.Context, hearing: Hearing, as_json: Json = False) -> None:
    """Cancel a hearing. Everybody who was told of it is told at once."""
    from notifier.flow import edit

    with open_desk(context) as desk:
        revision = edit.cancel_hearing(desk, hearing_id=hearing, now=desk.database.now())
        _report(desk, hearing, revision, as_json)


@app.command("reinstate")
def reinstate(context: typer.Context, hearing: Hearing, as_json: Json = False) -> None:
    """Take a cancellation back. Everybody who was told of it is told at once."""
    from notifier.flow import edit

    with open_desk(context) as desk:
        revision = edit.reinstate_hearing(desk, hearing_id=hearing, now=desk.database.now())
        _report(desk, hearing, revision, as_json)


def _report(desk: Any, hearing_id: str, revision: int, as_json: bool) -> None:
    """Which revision the hearing has now, and how many will be told something because of it."""
    from notifier.core.notice import NoticeState
    from notifier.storage import views

    with desk.database.read() as connection:
        pending = views.notices(connection, subject_id=hearing_id, state=NoticeState.PENDING)
    now = desk.database.now()
    at_once = sorted({row["recipient"] for row in pending if row["due_at"] <= now})
    if as_json:
        output.emit(
            {
                "id": hearing_id,
                "revision": revision,
                "told_at_once": at_once,
                "notices_pending": len(pending),
            }
        )
        return
    told = f"told at once: {', '.join(at_once)}" if at_once else "nobody is told at once"
    output.say(
        f"{hearing_id} is at revision {revision}; {told}; "
        f"{output.counted(len(pending), 'notice')} planned in all."
    )
