"""The outbox: notices, messages, attempts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step."""
    _create_notice()
    _create_message()
    _create_attempt()
    _create_message_notice()


def downgrade() -> None:
    """Take this step back."""
    op.drop_index("ix_message_notice_notice_id", table_name="message_notice")
    op.drop_table("message_notice")
    op.drop_table("attempt")
    op.drop_index(
        "message_lease",
        table_name="message",
        sqlite_where=sa.text("state = 'in_flight'"),
        postgresql_where=sa.text("state = 'in_flight'"),
    )
    for name in ("message_useful", "message_queue"):
        op.drop_index(
            name,
            table_name="message",
            sqlite_where=sa.text("state = 'pending'"),
            postgresql_where=sa.text("state = 'pending'"),
        )
    op.drop_index(
        "message_due",
        table_name="message",
        sqlite_where=sa.text("state = 'pending'"),
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.drop_index("ix_message_endpoint_id", table_name="message")
    op.drop_table("message")
    op.drop_index(
        "notice_useful",
        table_name="notice",
        sqlite_where=sa.text("state = 'pending'"),
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.drop_index(
        "notice_due",
        table_name="notice",
        sqlite_where=sa.text("state = 'pending' AND dispatched_at IS NULL"),
        postgresql_where=sa.text("state = 'pending' AND dispatched_at IS NULL"),
    )
    op.drop_table("notice")


def _create_notice() -> None:
    op.create_table(
        "notice",
        sa.Column("id", AutoString(), nullable=False),
        sa.Column("subject_id", AutoString(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("recipient_id", AutoString(), nullable=False),
        sa.Column("kind", AutoString(), nullable=False),
        sa.Column("rung", AutoString(), nullable=False),
        sa.Column("due_at", UTCDateTime(), nullable=False),
        sa.Column("useful_until", UTCDateTime(), nullable=False),
        sa.Column("state", AutoString(), nullable=False),
        sa.Column("reason", AutoString(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("dispatched_at", UTCDateTime(), nullable=True),
        sa.Column("told_at", UTCDateTime(), nullable=True),
        sa.Column("sequence", sa.Integer(), nullable=True),
        sa.Column("ended_at", UTCDateTime(), nullable=True),
        sa.CheckConstraint(
            "(state = 'pending') = (ended_at IS NULL)", name="notice_ends_with_an_instant"
        ),
        sa.CheckConstraint(
            "state IN ('pending', 'delivered', 'superseded', 'cancelled', 'not_needed', "
            "'expired', 'dead')",
            name="notice_state",
        ),
        sa.ForeignKeyConstraint(
            ["recipient_id"],
            ["recipient.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint(
            "subject_id", "revision", "recipient_id", "kind", "rung", name="notice_key"
        ),
    )
    op.create_index(
        "notice_due",
        "notice",
        ["due_at"],
        unique=False,
        sqlite_where=sa.text("state = 'pending' AND dispatched_at IS NULL"),
        postgresql_where=sa.text("state = 'pending' AND dispatched_at IS NULL"),
    )
    op.create_index(
        "notice_useful",
        "notice",
        ["useful_until"],
        unique=False,
        sqlite_where=sa.text("state = 'pending'"),
        postgresql_where=sa.text("state = 'pending'"),
    )


def _create_message() -> None:
    op.create_table(
        "message",
        sa.Column("id", AutoString(), nullable=False),
        sa.Column("recipient_id", AutoString(), nullable=False),
        sa.Column("endpoint_id", AutoString(), nullable=False),
        sa.Column("kind", AutoString(), nullable=False),
        sa.Column("body_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("state", AutoString(), nullable=False),
        sa.Column("reason", AutoString(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("next_try_at", UTCDateTime(), nullable=False),
        sa.Column("useful_until", UTCDateTime(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("owner", AutoString(), nullable=True),
        sa.Column("lease_until", UTCDateTime(), nullable=True),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("ended_at", UTCDateTime(), nullable=True),
        sa.CheckConstraint(
            "state IN ('pending', 'in_flight', 'delivered', 'withdrawn', 'expired', 'dead')",
            name="message_state",
        ),
        sa.ForeignKeyConstraint(
            ["endpoint_id"],
            ["endpoint.id"],
        ),
        sa.ForeignKeyConstraint(
            ["recipient_id"],
            ["recipient.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    _index_message()


def _index_message() -> None:
    op.create_index("ix_message_endpoint_id", "message", ["endpoint_id"], unique=False)
    op.create_index(
        "message_due",
        "message",
        ["next_try_at"],
        unique=False,
        sqlite_where=sa.text("state = 'pending'"),
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.create_index(
        "message_queue",
        "message",
        ["endpoint_id", "useful_until", "next_try_at", "tries", "id"],
        unique=False,
        sqlite_where=sa.text("state = 'pending'"),
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.create_index(
        "message_useful",
        "message",
        ["useful_until"],
        unique=False,
        sqlite_where=sa.text("state = 'pending'"),
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.create_index(
        "message_lease",
        "message",
        ["lease_until"],
        unique=False,
        sqlite_where=sa.text("state = 'in_flight'"),
        postgresql_where=sa.text("state = 'in_flight'"),
    )


def _create_attempt() -> None:
    op.create_table(
        "attempt",
        sa.Column("message_id", AutoString(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("owner", AutoString(), nullable=False),
        sa.Column("began_at", UTCDateTime(), nullable=False),
        sa.Column("ended_at", UTCDateTime(), nullable=True),
        sa.Column("outcome", AutoString(), nullable=True),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("detail", AutoString(), nullable=False),
        sa.Column("response_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("duration_seconds", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(
            ["message_id"],
            ["message.id"],
        ),
        sa.PrimaryKeyConstraint("message_id", "epoch"),
    )


def _create_message_notice() -> None:
    op.create_table(
        "message_notice",
        sa.Column("message_id", AutoString(), nullable=False),
        sa.Column("notice_id", AutoString(), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"],
            ["message.id"],
        ),
        sa.ForeignKeyConstraint(
            ["notice_id"],
            ["notice.id"],
        ),
        sa.PrimaryKeyConstraint("message_id", "notice_id"),
    )
    op.create_index("ix_message_notice_notice_id", "message_notice", ["notice_id"], unique=False)
