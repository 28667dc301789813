"""The calendar: courts, detainees, sources, hearings and their versions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step."""
    _create_court()
    _create_detainee()
    _create_source()
    _create_hearing()
    _create_hearing_version()


def downgrade() -> None:
    """Take this step back."""
    op.drop_table("hearing_version")
    op.drop_index("ix_hearing_local_date", table_name="hearing")
    op.drop_index("ix_hearing_detainee_id", table_name="hearing")
    op.drop_index("hearing_source_identity", table_name="hearing")
    op.drop_index("hearing_court_date", table_name="hearing")
    op.drop_table("hearing")
    op.drop_table("source")
    op.drop_index("detainee_case_name", table_name="detainee")
    op.drop_table("detainee")
    op.drop_table("court")


def _create_court() -> None:
    op.create_table(
        "court",
        sa.Column("id", AutoString(), nullable=False),
        sa.Column("name", AutoString(), nullable=False),
        sa.Column("zone", AutoString(), nullable=False),
        sa.Column("city", AutoString(), nullable=True),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
    )


def _create_detainee() -> None:
    op.create_table(
        "detainee",
        sa.Column("id", AutoString(), nullable=False),
        sa.Column("ref", AutoString(), nullable=False),
        sa.Column("is_placeholder", sa.Boolean(), nullable=False),
        sa.Column("name_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("name_index", AutoString(), nullable=True),
        sa.Column("case_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("case_index", AutoString(), nullable=True),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("ref"),
    )
    op.create_index("detainee_case_name", "detainee", ["case_index", "name_index"], unique=False)


def _create_source() -> None:
    op.create_table(
        "source",
        sa.Column("id", AutoString(), nullable=False),
        sa.Column("name", AutoString(), nullable=False),
        sa.Column("mode", AutoString(), nullable=False),
        sa.Column("ref_prefix", AutoString(), nullable=False),
        sa.Column("next_number", sa.Integer(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
    )


def _create_hearing() -> None:
    op.create_table(
        "hearing",
        sa.Column("id", AutoString(), nullable=False),
        sa.Column("source_id", AutoString(), nullable=False),
        sa.Column("detainee_id", AutoString(), nullable=False),
        sa.Column("court_id", AutoString(), nullable=False),
        sa.Column("kind", AutoString(), nullable=False),
        sa.Column("room", AutoString(), nullable=True),
        sa.Column("local_date", sa.Date(), nullable=False),
        sa.Column("local_time", sa.Time(), nullable=True),
        sa.Column("zone", AutoString(), nullable=False),
        sa.Column("starts_at", UTCDateTime(), nullable=True),
        sa.Column("zone_database", AutoString(), nullable=False),
        sa.Column("state", AutoString(), nullable=False),
        sa.Column("cancelled_by_source", sa.Boolean(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("revised_at", UTCDateTime(), nullable=False),
        sa.Column("first_known_at", UTCDateTime(), nullable=False),
        sa.Column("identity", AutoString(), nullable=False),
        sa.Column("listed_as", AutoString(), nullable=False),
        sa.Column("case_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("judge_sealed", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("state IN ('listed', 'cancelled')", name="hearing_state"),
        sa.CheckConstraint("revision >= 1", name="hearing_revision"),
        sa.ForeignKeyConstraint(
            ["court_id"],
            ["court.id"],
        ),
        sa.ForeignKeyConstraint(
            ["detainee_id"],
            ["detainee.id"],
        ),
        sa.ForeignKeyConstraint(
            ["source_id"],
            ["source.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("hearing_court_date", "hearing", ["court_id", "local_date"], unique=False)
    op.create_index("hearing_source_identity", "hearing", ["source_id", "identity"], unique=False)
    op.create_index("ix_hearing_detainee_id", "hearing", ["detainee_id"], unique=False)
    op.create_index("ix_hearing_local_date", "hearing", ["local_date"], unique=False)


def _create_hearing_version() -> None:
    op.create_table(
        "hearing_version",
        sa.Column("hearing_id", AutoString(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("court_id", AutoString(), nullable=False),
        sa.Column("room", AutoString(), nullable=True),
        sa.Column("local_date", sa.Date(), nullable=False),
        sa.Column("local_time", sa.Time(), nullable=True),
        sa.Column("zone", AutoString(), nullable=False),
        sa.Column("starts_at", UTCDateTime(), nullable=True),
        sa.Column("state", AutoString(), nullable=False),
        sa.Column("revised_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["court_id"],
            ["court.id"],
        ),
        sa.ForeignKeyConstraint(
            ["hearing_id"],
            ["hearing.id"],
        ),
        sa.PrimaryKeyConstraint("hearing_id", "revision"),
    )
