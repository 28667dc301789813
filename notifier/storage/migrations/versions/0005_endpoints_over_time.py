"""Endpoints over time: their health, a secret's overlap; when a human has to phone instead."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

# Columns are added one by one: to recreate a table that others refer to is no step for SQLite.
_ENDPOINT = (
    ("failures", sa.Integer(), "0"),
    ("failing_since", UTCDateTime(), None),
    ("refused_since", UTCDateTime(), None),
    ("suspect_since", UTCDateTime(), None),
    ("spell", sa.Integer(), "0"),
    ("old_secret_sealed", sa.LargeBinary(), None),
    ("old_secret_until", UTCDateTime(), None),
)
_UNPHONED = sa.text("state = 'pending' AND phone_at IS NOT NULL")


def upgrade() -> None:
    """Apply this step."""
    for name, kind, default in _ENDPOINT:
        column = sa.Column(name, kind, nullable=default is None, server_default=default)
        op.add_column("endpoint", column)
    op.add_column("notice", sa.Column("phone_at", UTCDateTime(), nullable=True))
    op.create_index(
        "notice_phone",
        "notice",
        ["phone_at"],
        unique=False,
        sqlite_where=_UNPHONED,
        postgresql_where=_UNPHONED,
    )


def downgrade() -> None:
    """Take this step back."""
    op.drop_index(
        "notice_phone",
        table_name="notice",
        sqlite_where=_UNPHONED,
        postgresql_where=_UNPHONED,
    )
    op.drop_column("notice", "phone_at")
    for name, _, _ in reversed(_ENDPOINT):
        op.drop_column("endpoint", name)
