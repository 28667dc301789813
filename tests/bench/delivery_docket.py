"""Prepares a database in which many notices are due: imported, planned, nothing sent yet.

``delivery_docket URL NOTICES ENDPOINTS TARGET`` makes the database at URL: as many hearings as
notices, each with a lawyer of its own list, as many lawyers with one endpoint each as there are
ENDPOINTS. TARGET is their URL, with ``{number}`` in it when each is an origin of its own.
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime, time, timedelta

from sqlalchemy import func, select

from notifier.core.people import Profile, Role
from notifier.core.policy import Policy
from notifier.core.wording import untranslated
from notifier.delivery.addresses import Allowance, GuardRules
from notifier.flow import intake, register
from notifier.flow.desk import Desk
from notifier.importers import find_mapping, read_list
from notifier.storage import calendar, meta, schema
from notifier.storage.engine import Database
from notifier.storage.sealed import Sealer, key_from_text
from notifier.storage.tables import notice

KEY = "YW4gaW52ZW50ZWQga2V5IGZvciBtZWFzdXJlbWVudHM="
SECRET = "whsec_" + KEY
# Long enough for a body of some 700 bytes.
COURT = (
    "Specialised Interdistrict Court No. 2 for Criminal Cases of the whole Region of Invented City"
)
RULES = GuardRules(allow=(Allowance.parse("127.0.0.0/8"),), http_allowed=True)
TERMS = intake.SourceTerms(name="simple", mode="snapshot", ref_prefix="BEN")


def open_desk(url: str) -> Desk:
    """The desk of a prepared database, or of one that is about to be."""
    return Desk(
        database=Database(url),
        sealer=Sealer({1: key_from_text(KEY)}),
        policy=Policy(ladders={}),  # one notice for each hearing: that it is new
        translator=lambda language: untranslated,
    )


def prepare(url: str, *, notices: int, endpoints: int, target: str) -> None:
    """Import a list whose every row owes one lawyer one notice now."""
    desk, now = open_desk(url), datetime.now(UTC)
    schema.upgrade(desk.database)
    with desk.database.write() as connection:
        meta.found(connection, sealer=desk.sealer, purpose="bench")
        calendar.add_court(connection, name=COURT, zone="Asia/Almaty", city=None, now=now)
    for number in range(endpoints):
        _register(desk, number, target, now)
    listing = read_list(
        _list_csv(notices, endpoints, now), find_mapping("simple", []), file_name="simple.csv"
    )
    intake.import_list(desk, listing, terms=TERMS, file_sha256="0", as_of=now, now=now)
    with desk.database.read() as connection:
        planned = connection.execute(select(func.count()).select_from(notice)).scalar_one()
    desk.database.dispose()
    assert planned == notices, f"{planned} notices planned instead of {notices}"


def _register(desk: Desk, number: int, target: str, now: datetime) -> None:
    register.add_recipient(
        desk,
        ref=f"L{number}",
        role=Role.LAWYER,
        side=None,
        name=f"Invented {number}",
        language="en",
        now=now,
    )
    register.add_endpoint(
        desk,
        recipient=f"L{number}",
        url=target.format(number=number),
        secret=SECRET,
        profile=Profile.CODED,
        position=0,
        rules=RULES,
        now=now,
    )


def _list_csv(rows: int, lawyers: int, now: datetime) -> bytes:
    """Hearings over two months, none within the next day."""
    lines = ["ref,name,case,court,room,date,time,kind,assignees"]
    for number in range(rows):
        day = now.date() + timedelta(days=2 + number % 60)
        at = time(9 + number % 9, 15 * (number % 4))
        lines.append(
            f"BEN-{number:06d},Invented {number},2026-{number},{COURT},Room {number % 20},"
            f"{day.isoformat()},{at:%H:%M},Measure of restraint,L{number % lawyers}"
        )
    return "\n".join(lines).encode()


if __name__ == "__main__":
    prepare(sys.argv[1], notices=int(sys.argv[2]), endpoints=int(sys.argv[3]), target=sys.argv[4])
    print(json.dumps({"notices": int(sys.argv[2])}))
