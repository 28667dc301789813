"""Who is registered and who represents whom: read only, names still sealed."""

from __future__ import annotations

from sqlalchemy import Connection, select

from notifier.storage.tables import detainee, recipient, representation
from notifier.storage.views import Rows


def detainees(connection: Connection, *, limit: int = 1000) -> Rows:
    """Detainees by ref, placeholders among them."""
    statement = select(detainee).order_by(detainee.c.ref).limit(limit)
    return connection.execute(statement).mappings().all()


def representations(
    connection: Connection, *, recipient_id: str | None = None, detainee_id: str | None = None
) -> Rows:
    """Who represents whom, since when; of one recipient or one detainee if asked."""
    statement = (
        select(
            recipient.c.ref.label("recipient"),
            recipient.c.role,
            detainee.c.ref.label("detainee"),
            representation.c.since_at,
        )
        .join(recipient, recipient.c.id == representation.c.recipient_id)
        .join(detainee, detainee.c.id == representation.c.detainee_id)
        .order_by(recipient.c.ref, detainee.c.ref)
    )
    if recipient_id is not None:
        statement = statement.where(recipient.c.id == recipient_id)
    if detainee_id is not None:
        statement = statement.where(detainee.c.id == detainee_id)
    return connection.execute(statement).mappings().all()
