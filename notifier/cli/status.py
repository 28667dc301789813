"""``notifier status``: is a daemon at work, and is anything wrong?"""

from __future__ import annotations

import typer

from notifier.cli import output
from notifier.cli.opening import open_desk
from notifier.cli.options import Json, earliest_today


def status(context: typer.Context, as_json: Json = False) -> None:
    """Show whether the daemon works and what is wrong.

    The exit code is 3 when something is.
    """
    from notifier.flow import upkeep
    from notifier.storage import meta, views

    with open_desk(context) as desk:
        now = desk.database.now()
        found = upkeep.readiness(desk, now=now)
        with desk.database.read() as connection:
            counts = views.counts(connection, today=earliest_today(now))
            purpose = meta.purpose_of(connection)
    if as_json:
        output.emit(
            {
                "ready": found.is_ready,
                "problems": found.problems,
                "beat_at": found.beat_at,
                "audited_at": found.audited_at,
                "purpose": purpose,
                "counts": counts,
            }
        )
    else:
        output.say("Ready." if found.is_ready else "NOT READY:")
        for problem in found.problems:
            output.say(f"- {problem}")
        output.facts(
            {
                "Data": purpose,
                "Daemon heard of": found.beat_at,
                "Audit passed": found.audited_at,
                **{key.replace("_", " ").capitalize(): number for key, number in counts.items()},
            }
        )
    if not found.is_ready:
        raise typer.Exit(3)
