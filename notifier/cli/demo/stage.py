"""The demo at work: what is there, the daemon over it, and a court that moves a hearing."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from notifier.cli import output
from notifier.cli.demo import docket
from notifier.errors import NotifierError

if TYPE_CHECKING:
    from notifier.cli.demo.place import Place
    from notifier.importers import SourceMapping
    from notifier.storage.engine import RowMapping

MOVED_AFTER_SECONDS = 5.0
HINTS_AFTER_SECONDS = 8.0  # after the move: by then everything has been shown
# A rung of the lawyer's ladder and some seconds: a reminder of the new time follows at once.
MOVED_TO = (timedelta(hours=3, seconds=15), timedelta(minutes=45, seconds=15))
MOVED_BY_AT_LEAST = timedelta(minutes=5)
FAILURES = 1

Script = Callable[["Place"], Awaitable[None]]


def play_docket(place: Place) -> None:
    """Run the invented docket until it is stopped."""
    entered = docket.fill(place, now=place.desk.database.now())
    asyncio.run(_test_endpoints(place))
    output.say(
        f"A demo with invented people, in {place.directory}: "
        + ("made just now." if entered else "it goes on with what is there; nothing was added.")
    )
    output.say(
        f"{len(docket.DOCKET)} hearings in {len(docket.COURTS)} courts and "
        f"{len(set(docket.COURTS.values()))} time zones; {len(docket.LAWYERS)} lawyers, "
        f"{len(docket.MONITORS)} monitors, 1 coordinator."
    )
    if not _introduce(place):
        output.say(f"All of them have passed: remove {place.directory} for a new docket.")
    place.shaky.fail_next(FAILURES)
    _perform(place, _move_one)


def play_list(place: Place, calendar: Path, *, source: str, mapping: SourceMapping) -> None:
    """Run a list of the user's own, with a coordinator who has two receivers."""
    from notifier.cli.importing import import_file, show_report
    from notifier.core.people import Role

    now = place.desk.database.now()
    docket.add_person(place, docket.COORDINATOR, Role.COORDINATOR, now=now)
    docket.add_endpoint(place, docket.COORDINATOR, is_shaky=True, position=1, now=now)
    asyncio.run(_test_endpoints(place))
    output.say(f"A trial of your list, in {place.directory}; nobody but this machine is told.")
    show_report(
        import_file(
            place.desk,
            place.settings,
            calendar,
            source=source,
            mapping=mapping,
            as_of=None,
            is_dry_run=False,
        )
    )
    if not _introduce(place):
        output.say("No hearing lies ahead, so nobody will be told anything.")
    place.steady.fail_next(FAILURES)
    _perform(place, _hint_at_list)


async def _test_endpoints(place: Place) -> None:
    """Test what was never tested: the daemon asks for a coordinator who can be told."""
    from notifier.flow import trial
    from notifier.storage import views
    from notifier.wiring import make_sender

    desk = place.desk
    with desk.database.read() as connection:
        untested = [one for one in views.endpoint_states(connection) if one["tested_at"] is None]
    sender = make_sender(place.settings)
    try:
        for one in untested:
            outcome = await trial.test_endpoint(
                desk,
                sender,
                endpoint_id=one["id"],
                now=desk.database.now(),
                timeout_seconds=place.settings.delivery.timeout_seconds,
            )
            if outcome.outcome != "delivered":
                raise NotifierError(f"the demo's own receiver does not answer: {outcome.detail}")
    finally:
        await sender.aclose()


def _introduce(place: Place) -> int:
    """Say what is there and what comes next; returns how many hearings lie ahead."""
    from notifier.core.notice import NoticeState
    from notifier.storage import views

    now = place.desk.database.now()
    with place.desk.database.read() as connection:
        pending = views.notices(connection, state=NoticeState.PENDING)
        ahead = views.counts(connection, today=now.date())["hearings_ahead"]
    due = sum(1 for one in pending if one["due_at"] <= now)
    later = [one for one in pending if one["due_at"] > now]
    output.say(
        f"{output.counted(ahead, 'hearing')} from today on; "
        f"{output.counted(due, 'notice')} due at once."
    )
    if later:
        first = later[0]
        output.say(
            f"The next one is due at {output.instant(first['due_at'], first['zone'])}: "
            f"{first['kind']} {first['rung']} to {first['recipient']}."
        )
    return ahead


def _perform(place: Place, script: Script) -> None:
    """The daemon and the script, to the end."""
    asyncio.run(_run(place, script))
    # Whoever presses Ctrl-C twice is stopping already.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    output.say(f"Stopped. Everything stays in {place.directory}; the next start goes on with it.")


async def _run(place: Place, script: Script) -> None:
    """The real daemon, until SIGTERM or Ctrl-C; the script plays beside it."""
    from notifier.daemon import Daemon, check_attended
    from notifier.wiring import make_sender

    check_attended(place.desk)
    daemon = Daemon(place.desk, place.settings, make_sender(place.settings), say=output.note)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, daemon.stop)
    output.say(
        f"Receivers: {place.steady.url} and {place.shaky.url}; one of them fails at first. "
        "Ctrl-C stops everything."
    )
    playing = asyncio.ensure_future(script(place))
    try:
        await daemon.run()
    finally:
        playing.cancel()
        with suppress(asyncio.CancelledError):
            await playing


async def _move_one(place: Place) -> None:
    """After a while the court moves a hearing, as courts do."""
    await asyncio.sleep(MOVED_AFTER_SECONDS)
    hearing = await asyncio.to_thread(_hearing_to_move, place)
    try:
        if hearing is not None:
            place.teller.tell(await asyncio.to_thread(_moved, place, hearing))
    except NotifierError as problem:
        output.note(str(problem))
    await asyncio.sleep(HINTS_AFTER_SECONDS)
    _hint(
        place,
        "plan                     # who will be told what and when",
        "messages list            # what went out, and each try",
        "hearings list            # then move or cancel one, and watch this window",
        *([f"hearings cancel {hearing['id']}"] if hearing is not None else []),
    )


def _hearing_to_move(place: Place) -> RowMapping | None:
    """The one meant for it; another one if somebody cancelled that."""
    from notifier.storage import views

    with place.desk.database.read() as connection:
        every = [row for row in views.hearings(connection) if row["state"] == "listed"]
    meant = [row for row in every if row["ref"] == docket.MOVED]
    return next(iter(meant + every), None)


def _moved(place: Place, hearing: RowMapping) -> str:
    from notifier.flow import edit

    now: datetime = place.desk.database.now()
    held = hearing["starts_at"]
    ahead = MOVED_TO[0]
    if held is not None and abs(held - now - ahead) < MOVED_BY_AT_LEAST:
        ahead = MOVED_TO[1]
    start = (now + ahead).astimezone(ZoneInfo(hearing["zone"]))
    edit.move_hearing(
        place.desk,
        hearing_id=hearing["id"],
        local_date=start.date(),
        local_time=start.time().replace(microsecond=0),
        now=now,
    )
    return f"The court moves {hearing['ref']} to {start:%Y-%m-%d %H:%M} ({hearing['zone']})."


async def _hint_at_list(place: Place) -> None:
    await asyncio.sleep(HINTS_AFTER_SECONDS)
    _hint(
        place,
        "hearings list --all                                  # what was taken from the list",
        "plan                                                 # who will be told what and when",
        "recipients add law-1 --role lawyer                   # then give them an endpoint",
        "assignments add law-1 --court COURT --date DATE      # then look at the plan again",
    )


def _hint(place: Place, *commands: str) -> None:
    output.say("It keeps running. In another terminal, try:")
    for command in commands:
        output.say(f"  {place.command} {command}")
