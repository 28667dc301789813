"""The journal: imports, audit trail, alarms, pulses, meta."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step."""
    _create_alarm()
    _create_audit_entry()
    _create_meta()
    _create_pulse()
    _create_import_batch()
    _create_import_row()


def downgrade() -> None:
    """Take this step back."""
    op.drop_table("import_row")
    op.drop_index(
        "import_batch_open",
        table_name="import_batch",
        sqlite_where=sa.text("state IN ('staging', 'applying')"),
        postgresql_where=sa.text("state IN ('staging', 'applying')"),
    )
    op.drop_table("import_batch")
    op.drop_table("pulse")
    op.drop_table("meta")
    op.drop_index("ix_audit_entry_subject_id", table_name="audit_entry")
    op.drop_table("audit_entry")
    op.drop_table("alarm")


def _create_alarm() -> None:
    op.create_table(
        "alarm",
        sa.Column("id", AutoString(), nullable=False),
        sa.Column("kind", AutoString(), nullable=False),
        sa.Column("subject_id", AutoString(), nullable=False),
        sa.Column("reason", AutoString(), nullable=False),
        sa.Column("raised_at", UTCDateTime(), nullable=False),
        sa.Column("acknowledged_at", UTCDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )


def _create_audit_entry() -> None:
    op.create_table(
        "audit_entry",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("actor", AutoString(), nullable=False),
        sa.Column("action", AutoString(), nullable=False),
        sa.Column("subject_id", AutoString(), nullable=False),
        sa.Column("detail", AutoString(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_index("ix_audit_entry_subject_id", "audit_entry", ["subject_id"], unique=False)


def _create_meta() -> None:
    op.create_table(
        "meta",
        sa.Column("key", AutoString(), nullable=False),
        sa.Column("value", AutoString(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )


def _create_pulse() -> None:
    op.create_table(
        "pulse",
        sa.Column("owner", AutoString(), nullable=False),
        sa.Column("started_at", UTCDateTime(), nullable=False),
        sa.Column("beat_at", UTCDateTime(), nullable=False),
        sa.Column("audited_at", UTCDateTime(), nullable=True),
        sa.Column("problems", AutoString(), nullable=False),
        sa.PrimaryKeyConstraint("owner"),
    )


def _create_import_batch() -> None:
    op.create_table(
        "import_batch",
        sa.Column("id", AutoString(), nullable=False),
        sa.Column("source_id", AutoString(), nullable=False),
        sa.Column("state", AutoString(), nullable=False),
        sa.Column("file_sha256", AutoString(), nullable=False),
        sa.Column("as_of", UTCDateTime(), nullable=False),
        sa.Column("started_at", UTCDateTime(), nullable=False),
        sa.Column("finished_at", UTCDateTime(), nullable=True),
        sa.Column("applied_through", sa.Integer(), nullable=False),
        sa.Column("counts", AutoString(), nullable=True),
        sa.CheckConstraint(
            "state IN ('staging', 'applying', 'applied')", name="import_batch_state"
        ),
        sa.ForeignKeyConstraint(
            ["source_id"],
            ["source.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "import_batch_open",
        "import_batch",
        ["source_id"],
        unique=True,
        sqlite_where=sa.text("state IN ('staging', 'applying')"),
        postgresql_where=sa.text("state IN ('staging', 'applying')"),
    )


def _create_import_row() -> None:
    op.create_table(
        "import_row",
        sa.Column("batch_id", AutoString(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("verdict", AutoString(), nullable=False),
        sa.Column("hearing_id", AutoString(), nullable=True),
        sa.Column("field", AutoString(), nullable=True),
        sa.Column("reason", AutoString(), nullable=True),
        sa.Column("row_sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"],
            ["import_batch.id"],
        ),
        sa.PrimaryKeyConstraint("batch_id", "position"),
    )
