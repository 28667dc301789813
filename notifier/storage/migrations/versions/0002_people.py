"""People: recipients, endpoints, representations, assignments."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step."""
    _create_recipient()
    _create_endpoint()
    _create_representation()
    _create_assignment()


def downgrade() -> None:
    """Take this step back."""
    op.drop_index("ix_assignment_recipient_id", table_name="assignment")
    op.drop_table("assignment")
    op.drop_index("ix_representation_detainee_id", table_name="representation")
    op.drop_table("representation")
    op.drop_index("ix_endpoint_recipient_id", table_name="endpoint")
    op.drop_table("endpoint")
    op.drop_table("recipient")


def _create_recipient() -> None:
    op.create_table(
        "recipient",
        sa.Column("id", AutoString(), nullable=False),
        sa.Column("ref", AutoString(), nullable=False),
        sa.Column("role", AutoString(), nullable=False),
        sa.Column("side", AutoString(), nullable=False),
        sa.Column("language", AutoString(), nullable=False),
        sa.Column("name_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.CheckConstraint(
            "role IN ('lawyer', 'monitor', 'interpreter', 'coordinator', 'subscriber')",
            name="recipient_role",
        ),
        sa.CheckConstraint(
            "side IN ('defence', 'monitoring', 'coordination')", name="recipient_side"
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("ref"),
    )


def _create_endpoint() -> None:
    op.create_table(
        "endpoint",
        sa.Column("id", AutoString(), nullable=False),
        sa.Column("recipient_id", AutoString(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("profile", AutoString(), nullable=False),
        sa.Column("state", AutoString(), nullable=False),
        sa.Column("url_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("url_index", AutoString(), nullable=False),
        sa.Column("secret_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("tested_at", UTCDateTime(), nullable=True),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.CheckConstraint("profile IN ('ping', 'coded', 'full')", name="endpoint_profile"),
        sa.CheckConstraint("state IN ('active', 'gone', 'removed')", name="endpoint_state"),
        sa.ForeignKeyConstraint(
            ["recipient_id"],
            ["recipient.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_endpoint_recipient_id", "endpoint", ["recipient_id"], unique=False)


def _create_representation() -> None:
    op.create_table(
        "representation",
        sa.Column("recipient_id", AutoString(), nullable=False),
        sa.Column("detainee_id", AutoString(), nullable=False),
        sa.Column("since_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["detainee_id"],
            ["detainee.id"],
        ),
        sa.ForeignKeyConstraint(
            ["recipient_id"],
            ["recipient.id"],
        ),
        sa.PrimaryKeyConstraint("recipient_id", "detainee_id"),
    )
    op.create_index(
        "ix_representation_detainee_id", "representation", ["detainee_id"], unique=False
    )


def _create_assignment() -> None:
    op.create_table(
        "assignment",
        sa.Column("hearing_id", AutoString(), nullable=False),
        sa.Column("recipient_id", AutoString(), nullable=False),
        sa.Column("state", AutoString(), nullable=False),
        sa.Column("accepted_revision", sa.Integer(), nullable=True),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("assigned_at", UTCDateTime(), nullable=False),
        sa.Column("changed_at", UTCDateTime(), nullable=False),
        sa.CheckConstraint(
            "state IN ('proposed', 'accepted', 'declined', 'relieved')", name="assignment_state"
        ),
        sa.ForeignKeyConstraint(
            ["hearing_id"],
            ["hearing.id"],
        ),
        sa.ForeignKeyConstraint(
            ["recipient_id"],
            ["recipient.id"],
        ),
        sa.PrimaryKeyConstraint("hearing_id", "recipient_id"),
    )
    op.create_index("ix_assignment_recipient_id", "assignment", ["recipient_id"], unique=False)
