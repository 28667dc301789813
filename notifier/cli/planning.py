"""``notifier plan``: who would be told what and when, before anything is sent."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from notifier.cli import output
from notifier.cli.opening import open_desk
from notifier.cli.options import Json, Limit, read_instant

if TYPE_CHECKING:
    from notifier.flow.desk import Desk

COLUMNS = {
    "due_at": "Due",
    "recipient": "Recipient",
    "kind": "What",
    "rung": "Rung",
    "ref": "Detainee",
    "court": "Court",
    "local_date": "Date",
    "local_time": "Time",
    "endpoints": "Endpoints",
}


def plan(
    context: typer.Context,
    until: Annotated[
        datetime | None,
        typer.Option(
            parser=read_instant, metavar="INSTANT", help="Only what is due until then: 2026-11-23."
        ),
    ] = None,
    hearing: Annotated[
        str | None, typer.Option(metavar="HEARING", help="Only about this hearing.")
    ] = None,
    limit: Limit = 1000,
    as_json: Json = False,
) -> None:
    """Show who will be told what and when. Looking sends nothing.

    Due times are on the court's wall. Whoever has 0 endpoints cannot be told. After an edit of
    the policy it also says what the next 'notifier run' will change by it.
    """
    from notifier.cli.recipients import is_used
    from notifier.core.notice import NoticeState
    from notifier.storage import views

    with open_desk(context) as desk, desk.database.read() as connection:
        if hearing is not None:
            views.hearing_with_id(connection, hearing)
        found = views.notices(
            connection, subject_id=hearing, until=until, state=NoticeState.PENDING, limit=limit
        )
        ways = [one["recipient"] for one in views.endpoint_states(connection) if is_used(one)]
        edit = None if desk.is_policy_adopted else _effect(desk)
    rows = [{**row, "endpoints": ways.count(row["recipient"])} for row in found]
    if as_json:
        output.emit({"notices": rows, "policy_edit": edit})
        return
    if edit is not None:
        output.note(
            "The policy was edited and 'notifier run' has not adopted it yet: it will add "
            f"{edit['added']} notices, shift {edit['shifted']} and end {edit['ended']}."
        )
    shown = [{**row, "due_at": output.instant(row["due_at"], row["zone"])} for row in rows]
    output.table(shown, COLUMNS, empty="Nobody is to be told anything.")
    if len(rows) == limit:
        output.note(f"Only the first {limit} are shown: --limit shows more.")
    mute = sorted({row["recipient"] for row in rows if not row["endpoints"]})
    if mute:
        output.note(f"Cannot be told, for they have no endpoint: {', '.join(mute)}")


def _effect(desk: Desk) -> dict[str, int]:
    """What adopting the edited policy would write."""
    from notifier.core.notice import NoticeState
    from notifier.flow.plan import outlook

    found = outlook(desk, since=desk.database.now())
    added = [one for one in found.add if one.state is NoticeState.PENDING]
    return {
        "added": len(added) + len(found.reopen),
        "shifted": len(found.shift),
        "ended": len(found.end),
    }
