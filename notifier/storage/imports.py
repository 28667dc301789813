"""The journal of imports: staged rows, and how far they were applied."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, RowMapping, delete, func, insert, select, update

from notifier.core.ids import BATCH, new_id
from notifier.errors import Conflict
from notifier.storage.bulk import insert_many
from notifier.storage.sealed import Sealer
from notifier.storage.tables import court, hearing, import_batch, import_row, source

_PLACE = "import_row.row"


def begin(
    connection: Connection, *, source_id: str, file_sha256: str, as_of: datetime, now: datetime
) -> str:
    """Open a batch. A staged one that was never finished changed nothing and is dropped."""
    stale = select(import_batch.c.id).where(
        import_batch.c.source_id == source_id, import_batch.c.state == "staging"
    )
    connection.execute(delete(import_row).where(import_row.c.batch_id.in_(stale)))
    connection.execute(delete(import_batch).where(import_batch.c.id.in_(stale)))
    batch_id = new_id(BATCH, os.urandom)
    connection.execute(
        insert(import_batch).values(
            id=batch_id,
            source_id=source_id,
            state="staging",
            file_sha256=file_sha256,
            as_of=as_of,
            started_at=now,
        )
    )
    return batch_id


def stage(
    connection: Connection, sealer: Sealer, batch_id: str, rows: Sequence[Mapping[str, Any]]
) -> None:
    """Write staged rows; ``row_sealed`` comes as a plain value and is sealed here."""
    insert_many(
        connection,
        import_row,
        [
            {
                **row,
                "batch_id": batch_id,
                "row_sealed": sealer.seal(
                    _PLACE,
                    f"{batch_id}/{row['position']}",
                    json.dumps(row["row_sealed"], ensure_ascii=False, separators=(",", ":")),
                ),
            }
            for row in rows
        ],
    )


def decide(connection: Connection, *, batch_id: str, counts: Mapping[str, int]) -> None:
    """From here on the import is finished, whatever happens to this process."""
    connection.execute(
        update(import_batch)
        .where(import_batch.c.id == batch_id)
        .values(state="applying", counts=json.dumps(counts))
    )


def unfinished(connection: Connection) -> Sequence[RowMapping]:
    """Batches that were decided and not yet applied to the end, with their source's name."""
    statement = (
        select(import_batch, source.c.name.label("source"))
        .join(source, source.c.id == import_batch.c.source_id)
        .where(import_batch.c.state == "applying")
        .order_by(import_batch.c.started_at)
    )
    return connection.execute(statement).mappings().all()


def batch_with_id(connection: Connection, batch_id: str) -> RowMapping:
    """One batch with what applying needs: its source's ref prefix, its number of rows."""
    rows = select(func.count()).where(import_row.c.batch_id == batch_id).scalar_subquery()
    statement = (
        select(import_batch, source.c.ref_prefix, rows.label("rows"))
        .join(source, source.c.id == import_batch.c.source_id)
        .where(import_batch.c.id == batch_id)
    )
    return connection.execute(statement).mappings().one()


def to_apply(
    connection: Connection, sealer: Sealer, batch_id: str, *, after: int, limit: int
) -> list[tuple[Row[*tuple[Any, ...]], dict[str, Any]]]:
    """The next staged rows past a position, each with its opened values."""
    statement = (
        select(
            import_row.c.position,
            import_row.c.row,
            import_row.c.verdict,
            import_row.c.hearing_id,
            import_row.c.reason,
            import_row.c.row_sealed,
        )
        .where(
            import_row.c.batch_id == batch_id,
            import_row.c.position > after,
        )
        .order_by(import_row.c.position)
        .limit(limit)
    )
    return [
        (row, json.loads(sealer.open_bytes(_PLACE, f"{batch_id}/{row.position}", row.row_sealed)))
        for row in connection.execute(statement)
    ]


def mark_applied(connection: Connection, *, batch_id: str, through: int) -> None:
    """Note that every row up to a position is applied."""
    connection.execute(
        update(import_batch).where(import_batch.c.id == batch_id).values(applied_through=through)
    )


def finish(connection: Connection, *, batch_id: str, now: datetime) -> None:
    """Close a batch whose every row is applied."""
    connection.execute(
        update(import_batch)
        .where(import_batch.c.id == batch_id)
        .values(state="applied", finished_at=now)
    )


def held_of(connection: Connection, source_id: str) -> Sequence[Row[*tuple[Any, ...]]]:
    """The hearings of one source, as comparing needs them."""
    return connection.execute(
        select(
            hearing.c.id,
            hearing.c.identity,
            hearing.c.listed_as,
            hearing.c.court_id,
            hearing.c.local_date,
            hearing.c.local_time,
            hearing.c.room,
            hearing.c.zone,
            hearing.c.state,
            hearing.c.cancelled_by_source,
        ).where(hearing.c.source_id == source_id)
    ).all()


def set_listed_as(connection: Connection, *, hearing_id: str, listed_as: str) -> None:
    """Note how the source lists a hearing now."""
    connection.execute(
        update(hearing).where(hearing.c.id == hearing_id).values(listed_as=listed_as)
    )


def add_courts(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Register the courts that a list's mapping describes.

    Raises Conflict when somebody registered one of them since the list was compared.
    """
    names = [row["name"] for row in rows]
    taken = connection.execute(select(court.c.name).where(court.c.name.in_(names))).scalars()
    if (name := taken.first()) is not None:
        raise Conflict(f"the court {name!r} was registered meanwhile: import the list again")
    insert_many(connection, court, rows)
