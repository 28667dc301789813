"""The schema only through Alembic: brought up to date, or refused when it is another release's."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from notifier.errors import Conflict
from notifier.storage.engine import Database

_MIGRATIONS = Path(__file__).parent / "migrations"


def alembic_config(connection: Connection | None = None) -> Config:
    """Alembic's configuration without a file of its own."""
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def upgrade(database: Database) -> None:
    """Bring the schema to this release's, in one transaction."""
    with database.write() as connection:
        command.upgrade(alembic_config(connection), "head")


def check(connection: Connection) -> None:
    """Refuse a schema that is not this release's: no statement may misread it.

    Raises Conflict with what to do.
    """
    found = MigrationContext.configure(connection).get_current_revision()
    head = ScriptDirectory.from_config(alembic_config()).get_current_head()
    if found is None:
        raise Conflict("this database is empty: run 'notifier init' first")
    if found != head:
        raise Conflict(
            f"this database has schema {found}, this release needs {head}: "
            "run 'notifier init' to bring it up to date, or use the release it was written by"
        )
