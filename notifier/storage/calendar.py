"""Courts, detainees, sources and hearings: reading and writing the calendar."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, RowMapping, insert, select, update

from notifier.core.hearing import Hearing, HearingState, Slot, Version
from notifier.core.ids import COURT, DETAINEE, SOURCE, new_id
from notifier.errors import Conflict, NotFound
from notifier.storage.bulk import insert_many
from notifier.storage.sealed import Sealer
from notifier.storage.tables import court, detainee, hearing, hearing_version, source

Values = Mapping[str, Any]


def add_court(
    connection: Connection, *, name: str, zone: str, city: str | None, now: datetime
) -> str:
    """Register a court. Raises Conflict when its name is taken."""
    if connection.execute(select(court.c.id).where(court.c.name == name)).first():
        raise Conflict(f"there is a court named {name!r} already")
    court_id = new_id(COURT, os.urandom)
    connection.execute(
        insert(court).values(id=court_id, name=name, zone=zone, city=city, created_at=now)
    )
    return court_id


def courts(connection: Connection) -> Sequence[RowMapping]:
    """Every court by name."""
    return connection.execute(select(court).order_by(court.c.name)).mappings().all()


def court_named(connection: Connection, name_or_id: str) -> RowMapping:
    """One court by its name or id. Raises NotFound."""
    wanted = (court.c.name == name_or_id) | (court.c.id == name_or_id)
    row = connection.execute(select(court).where(wanted)).mappings().first()
    if row is None:
        raise NotFound(f"there is no court {name_or_id!r}; see 'notifier courts list'")
    return row


def person_indexes(sealer: Sealer, *, name: str | None, case: str | None) -> dict[str, str | None]:
    """The blind indexes by which a listed person is recognised: case and name, as written."""
    return {
        "name_index": None if name is None else sealer.index("detainee.name", _folded(name)),
        "case_index": None if case is None else sealer.index("detainee.case", _folded(case)),
    }


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()


def detainee_values(
    sealer: Sealer,
    *,
    detainee_id: str,
    ref: str,
    name: str | None,
    case: str | None,
    indexes: Mapping[str, str | None],
    is_placeholder: bool,
    now: datetime,
) -> dict[str, Any]:
    """A detainee's row, its name and case sealed for that row; ``indexes`` are theirs."""
    return {
        "id": detainee_id,
        "ref": ref,
        "is_placeholder": is_placeholder,
        "name_sealed": sealer.seal("detainee.name", detainee_id, name),
        "case_sealed": sealer.seal("detainee.case", detainee_id, case),
        **indexes,
        "created_at": now,
    }


def add_detainee(
    connection: Connection,
    sealer: Sealer,
    *,
    ref: str,
    name: str | None,
    case: str | None,
    now: datetime,
) -> str:
    """Register a detainee by hand. Raises Conflict when the ref is taken."""
    if connection.execute(select(detainee.c.id).where(detainee.c.ref == ref)).first():
        raise Conflict(f"there is a detainee {ref!r} already")
    detainee_id = new_id(DETAINEE, os.urandom)
    connection.execute(
        insert(detainee).values(
            detainee_values(
                sealer,
                detainee_id=detainee_id,
                ref=ref,
                name=name,
                case=case,
                indexes=person_indexes(sealer, name=name, case=case),
                is_placeholder=False,
                now=now,
            )
        )
    )
    return detainee_id


def detainee_with_ref(connection: Connection, ref: str) -> RowMapping:
    """One detainee by ref or id. Raises NotFound."""
    wanted = (detainee.c.ref == ref) | (detainee.c.id == ref)
    row = connection.execute(select(detainee).where(wanted)).mappings().first()
    if row is None:
        raise NotFound(f"there is no detainee {ref!r}; see 'notifier detainees list'")
    return row


def detainees_known(
    connection: Connection, *, refs: Sequence[str], case_indexes: Sequence[str]
) -> Sequence[Row[*tuple[Any, ...]]]:
    """Detainees known by these refs or on these cases."""
    wanted = detainee.c.ref.in_(refs) | detainee.c.case_index.in_(case_indexes)
    columns = (detainee.c.id, detainee.c.ref, detainee.c.case_index, detainee.c.name_index)
    return connection.execute(select(*columns).where(wanted).order_by(detainee.c.id)).all()


def insert_detainees(connection: Connection, rows: Sequence[Values]) -> None:
    """Write new detainees."""
    insert_many(connection, detainee, rows)


def source_id_of(connection: Connection, name: str) -> str | None:
    """The id of the source of that name, if it is known."""
    return connection.execute(select(source.c.id).where(source.c.name == name)).scalar()


def ensure_source(
    connection: Connection, *, name: str, mode: str, ref_prefix: str, now: datetime
) -> RowMapping:
    """The source of that name, made when it is new."""
    row = connection.execute(select(source).where(source.c.name == name)).mappings().first()
    if row is not None:
        return row
    connection.execute(
        insert(source).values(
            id=new_id(SOURCE, os.urandom),
            name=name,
            mode=mode,
            ref_prefix=ref_prefix,
            next_number=1,
            created_at=now,
        )
    )
    return connection.execute(select(source).where(source.c.name == name)).mappings().one()


def take_refs(
    connection: Connection, *, source_id: str, prefix: str, count: int, beside: Collection[str]
) -> list[str]:
    """Refs for placeholders, numbered on from the source's last.

    One that a human, a list (``beside``) or another source of that prefix gave is passed over.
    """
    refs: list[str] = []
    while len(refs) < count:
        wanted = count - len(refs)
        after = connection.execute(
            update(source)
            .where(source.c.id == source_id)
            .values(next_number=source.c.next_number + wanted)
            .returning(source.c.next_number)
        ).scalar_one()
        offered = [f"{prefix}-{number:04d}" for number in range(after - wanted, after)]
        given = select(detainee.c.ref).where(detainee.c.ref.in_(offered))
        taken = {*beside, *connection.execute(given).scalars()}
        refs.extend(ref for ref in offered if ref not in taken)
    return refs


def version_of(row: Row[Any] | RowMapping) -> Version:
    """The version that a row of ``hearing`` or ``hearing_version`` describes."""
    values = row if isinstance(row, RowMapping) else row._mapping
    return Version(
        revision=values["revision"],
        slot=Slot(
            court_id=values["court_id"],
            zone=values["zone"],
            local_date=values["local_date"],
            local_time=values["local_time"],
            room=values["room"],
        ),
        starts_at=values["starts_at"],
        state=HearingState(values["state"]),
        revised_at=values["revised_at"],
    )


def slot_values(slot: Slot, starts_at: datetime | None) -> dict[str, Any]:
    """A slot and its derived instant as columns."""
    return {
        "court_id": slot.court_id,
        "zone": slot.zone,
        "local_date": slot.local_date,
        "local_time": slot.local_time,
        "room": slot.room,
        "starts_at": starts_at,
    }


def load_hearings(connection: Connection, hearing_ids: Sequence[str]) -> dict[str, Hearing]:
    """Hearings by id, each with its court's name and its detainee's ref."""
    statement = (
        select(hearing, court.c.name.label("court"), detainee.c.ref)
        .join(court, court.c.id == hearing.c.court_id)
        .join(detainee, detainee.c.id == hearing.c.detainee_id)
        .where(hearing.c.id.in_(hearing_ids))
    )
    return {
        row.id: Hearing(
            id=row.id,
            detainee_id=row.detainee_id,
            ref=row.ref,
            court=row.court,
            kind=row.kind,
            current=version_of(row),
            first_known_at=row.first_known_at,
        )
        for row in connection.execute(statement)
    }


def load_versions(
    connection: Connection, hearing_ids: Sequence[str]
) -> dict[str, dict[int, Version]]:
    """Earlier versions of hearings, by hearing and revision."""
    found: dict[str, dict[int, Version]] = {}
    statement = select(hearing_version).where(hearing_version.c.hearing_id.in_(hearing_ids))
    for row in connection.execute(statement):
        found.setdefault(row.hearing_id, {})[row.revision] = version_of(row)
    return found


def insert_hearings(connection: Connection, rows: Iterable[Values]) -> None:
    """Write new hearings."""
    insert_many(connection, hearing, list(rows))


def touch(connection: Connection, *, hearing_id: str, values: Values) -> None:
    """Write columns that are not part of what anybody is told."""
    if values:
        connection.execute(update(hearing).where(hearing.c.id == hearing_id).values(**values))


def revise(connection: Connection, *, hearing_id: str, changed: Values, now: datetime) -> int:
    """Keep the hearing's version as it was and write the next one; returns its revision."""
    row = connection.execute(select(hearing).where(hearing.c.id == hearing_id)).mappings().one()
    kept = {column.name: row[column.name] for column in hearing_version.c if column.name in row}
    connection.execute(insert(hearing_version).values(kept | {"hearing_id": hearing_id}))
    revision: int = row["revision"] + 1
    connection.execute(
        update(hearing)
        .where(hearing.c.id == hearing_id)
        .values({**changed, "revision": revision, "revised_at": now})
    )
    return revision
