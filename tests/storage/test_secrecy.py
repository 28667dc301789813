"""What must not be read from a stolen database is nowhere in its bytes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from notifier.core.delivery import Outcome, OutcomeClass
from notifier.core.people import Profile
from notifier.delivery.guard import GuardRules
from notifier.errors import KeyMissing
from notifier.flow import register
from notifier.storage import schema
from notifier.storage.engine import Database
from notifier.storage.sealed import KEY_BYTES, Sealer
from notifier.storage.tables import detainee, endpoint, metadata
from tests.support.lists import listed
from tests.support.office import KEY, LAWYER, SECRET, Office

NAME, CASE, JUDGE = "Qanary Tülegen", "QC-7511-26", "Judge Qanaryev"
ANSWER, RAW, TOKEN = "thanks from Qanarystan", "raw cell Qanaryxyz", "qanary-path-token"
CANARIES = {
    "a name": NAME,
    "a case number": CASE,
    "a judge": JUDGE,
    "a recipient's name": f"Invented {LAWYER}",
    "a URL": TOKEN,
    "a secret": SECRET,
    "the key": KEY,
    "a receiver's answer": ANSWER,
    "a raw row": RAW,
    "the sentence of a message": "New hearing:",
}


@pytest.fixture
def busy(database_url: str) -> Iterator[Office]:
    """An office through which everything secret has passed."""
    database = Database(database_url)
    schema.upgrade(database)
    database.dispose()
    office = Office(database_url)
    office.person(LAWYER, positions=(), profile=Profile.FULL)
    office.endpoint(LAWYER, profile=Profile.FULL)
    register.add_endpoint(
        office.desk,
        recipient=LAWYER,
        url=f"https://hooks.org/{TOKEN}",
        secret=SECRET,
        profile=Profile.FULL,
        position=0,
        rules=GuardRules(),
        now=office.now,
    )
    register.add_detainee(office.desk, ref="PV-9", name=NAME, case=CASE, now=office.now)
    office.takes_in(
        listed(
            detainee_name=NAME,
            case_number=CASE,
            judge=JUDGE,
            assignees=(LAWYER,),
            raw={"cell": RAW},
        ),
        listed(3, court="Nowhere", raw={"cell": RAW}),
    )
    taken = Outcome(outcome=OutcomeClass.DELIVERED, status=200, response=ANSWER.encode())
    posted = office.sends(taken)
    assert any(NAME in post.ticket.delivery.body.decode() for post in posted), "it was told"
    yield office
    office.database.dispose()


def everything(office: Office) -> bytes:
    """All bytes of the SQLite file with its log, or all values of PostgreSQL's rows."""
    path = office.database.path
    if path is not None:
        files = sorted(Path(path.parent).glob(f"{path.name}*"))
        assert any(file.name.endswith("-wal") for file in files)
        return b"\n".join(file.read_bytes() for file in files)
    with office.read() as connection:
        return b"\n".join(
            value if isinstance(value, bytes) else str(value).encode()
            for table in metadata.sorted_tables
            for row in connection.execute(select(table))
            for value in row
        )


def test_nothing_secret_can_be_read(busy: Office) -> None:
    found = everything(busy)

    assert LAWYER.encode() in found, "what is not secret is there, so this looks in the right place"
    assert [what for what, canary in CANARIES.items() if canary.encode() in found] == []


def test_two_rows_cannot_be_swapped(busy: Office) -> None:
    """A name moved to another person's row does not open there."""
    register.add_detainee(busy.desk, ref="PV-10", name="Another", case=None, now=busy.now)
    with busy.write() as connection:
        sealed = {row.ref: row for row in connection.execute(select(detainee))}
        connection.execute(
            detainee.update()
            .where(detainee.c.ref == "PV-10")
            .values(name_sealed=sealed["PV-9"].name_sealed)
        )
        swapped = connection.execute(
            select(detainee.c.name_sealed).where(detainee.c.ref == "PV-10")
        ).scalar_one()

    with pytest.raises(KeyMissing, match="does not open"):
        busy.desk.sealer.open("detainee.name", sealed["PV-10"].id, swapped)


def test_a_url_does_not_open_as_a_secret(busy: Office) -> None:
    with busy.read() as connection:
        row = connection.execute(select(endpoint)).first()

    assert row is not None
    with pytest.raises(KeyMissing, match="does not open"):
        busy.desk.sealer.open("endpoint.secret", row.id, row.url_sealed)


def test_a_name_that_was_altered_silences_nobody(busy: Office) -> None:
    """The lawyer is told all the same, by the ref, and the fault is logged."""
    with busy.write() as connection:
        connection.execute(detainee.update().values(name_sealed=b"\x01altered"))
    busy.takes_in(
        listed(9, kind="Appeal", detainee_name=NAME, case_number=CASE, assignees=(LAWYER,))
    )

    posted = busy.sends()

    assert {post.type for post in posted} == {"hearing.new"}
    assert {post.item["detainee"] for post in posted} == {None}


def test_with_another_key_nothing_is_sent(busy: Office) -> None:
    busy.takes_in(listed(9, assignees=(LAWYER,)))
    busy.desk = replace(busy.desk, sealer=Sealer({1: b"x" * KEY_BYTES}))

    assert busy.sends() == []
