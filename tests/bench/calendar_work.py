"""One measured piece of calendar work in a process of its own; prints one JSON object.

import N: a CSV list of N rows into an empty SQLite calendar, a fifth of it with a lawyer.
plan N: plan and store the notices of N hearings that have none yet, four each.
due N: look up the due notices among N planned ones, a hundred of them due.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from statistics import median
from time import perf_counter

from notifier.core.ids import HEARING, new_ids
from notifier.core.ladder import AT_ONCE
from notifier.core.notice import NoticeKey, NoticeKind, WantedNotice
from notifier.core.people import Role, Side
from notifier.core.policy import Policy, rung
from notifier.core.wording import untranslated
from notifier.flow import intake, plan
from notifier.flow.desk import Desk
from notifier.importers import find_mapping, read_list
from notifier.storage import calendar, meta, outbox, people, planning, schema
from notifier.storage.engine import Database
from notifier.storage.sealed import Sealer, key_from_text, new_key
from tests.bench.measure import timed

NOW = datetime(2026, 11, 22, 6, tzinfo=UTC)
POLICY = Policy(ladders={(Role.LAWYER, "*"): (rung("24h"), rung("3h"), rung("45m"))})
TERMS = intake.SourceTerms(name="simple", mode="snapshot", ref_prefix="BEN")


def new_desk(folder: str) -> Desk:
    """An empty calendar with one court, one lawyer and one coordinator."""
    database = Database(f"sqlite:///{folder}/bench.sqlite3", clock=lambda: NOW)
    schema.upgrade(database)
    sealer = Sealer({1: key_from_text(new_key())})
    with database.write() as connection:
        meta.found(connection, sealer=sealer, purpose="bench")
        calendar.add_court(
            connection, name="Invented Court", zone="Asia/Almaty", city=None, now=NOW
        )
        for ref, role, side in (
            ("L1", Role.LAWYER, Side.DEFENCE),
            ("C1", Role.COORDINATOR, Side.COORDINATION),
        ):
            people.add_recipient(
                connection, sealer, ref=ref, role=role, side=side, name=None, language="en", now=NOW
            )
    return Desk(
        database=database, sealer=sealer, policy=POLICY, translator=lambda language: untranslated
    )


def calendar_csv(rows: int, assigned_every: int) -> bytes:
    """A list as a coordinator types it, over the next two months."""
    lines = ["ref,name,case,court,room,date,time,kind,assignees"]
    for number in range(rows):
        day = date(2026, 11, 25) + timedelta(days=number % 60)
        at = time(9 + number % 9, 15 * (number % 4))
        who = "L1" if number % assigned_every == 0 else ""
        lines.append(
            f"BEN-{number:06d},Invented {number},2026-{number},Invented Court,{number % 20},"
            f"{day.isoformat()},{at:%H:%M},Hearing,{who}"
        )
    return "\n".join(lines).encode()


def import_rows(rows: int, assigned_every: int = 5) -> dict[str, float]:
    """Read, stage and apply a list; the unit is a row of the file."""
    with tempfile.TemporaryDirectory() as folder:
        desk = new_desk(folder)
        data = calendar_csv(rows, assigned_every)
        mapping = find_mapping("simple", [])

        def work() -> int:
            listing = read_list(data, mapping, file_name="simple.csv")
            report = intake.import_list(
                desk, listing, terms=TERMS, file_sha256="0", as_of=NOW, now=NOW
            )
            return report.new

        return timed(work)


def plan_hearings(hearings: int) -> dict[str, float]:
    """Plan hearings that were imported under an empty policy; the unit is a notice."""
    with tempfile.TemporaryDirectory() as folder:
        desk = new_desk(folder)
        listing = read_list(
            calendar_csv(hearings, 1), find_mapping("simple", []), file_name="simple.csv"
        )
        blank = Desk(
            database=desk.database,
            sealer=desk.sealer,
            policy=Policy(ladders={}),
            translator=desk.translator,
        )
        intake.import_list(blank, listing, terms=TERMS, file_sha256="0", as_of=NOW, now=NOW)
        with desk.database.write() as connection:
            connection.exec_driver_sql("DELETE FROM notice")
        return timed(lambda: plan.plan_open(desk, now=NOW))


def due_lookup(planned: int) -> dict[str, float]:
    """Milliseconds to find the hundred due notices among many planned ones."""
    with tempfile.TemporaryDirectory() as folder:
        desk = new_desk(folder)
        with desk.database.read() as connection:
            who = people.recipient_with_ref(connection, "L1")["id"]
        for at in range(0, planned, 10_000):
            with desk.database.write() as connection:
                planning.insert_notices(connection, _notices(min(10_000, planned - at), who), NOW)
        with desk.database.write() as connection:
            planning.insert_notices(connection, _notices(100, who, due=NOW), NOW)
        times = []
        for _ in range(50):
            with desk.database.read() as connection:
                began = perf_counter()
                found = outbox.due_notices(connection, now=NOW, limit=200)
                times.append((perf_counter() - began) * 1e3)
            assert len(found) == 100
        return {"milliseconds": median(times), **timed(lambda: 1)}


def _notices(count: int, who: str, due: datetime | None = None) -> list[WantedNotice]:
    return [
        WantedNotice(
            key=NoticeKey(
                subject_id=subject,
                revision=1,
                recipient_id=who,
                kind=NoticeKind.REMINDER,
                rung=AT_ONCE,
            ),
            due_at=due or NOW + timedelta(seconds=60 + number % 5_000_000),
            useful_until=NOW + timedelta(days=90),
            reason="measured",
        )
        for number, subject in enumerate(new_ids(HEARING, count, os.urandom))
    ]


WORK: dict[str, Callable[[int], dict[str, float]]] = {
    "import": import_rows,
    "plan": plan_hearings,
    "due": due_lookup,
}

if __name__ == "__main__":
    print(json.dumps(WORK[sys.argv[1]](int(sys.argv[2]))))
