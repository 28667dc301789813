"""An installation of which copies are made, so that what imports leave can be compared."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import psycopg
from sqlalchemy import func, select
from sqlalchemy.engine import make_url

from notifier.storage.tables import import_batch, import_row
from tests.acceptance.process import Running
from tests.acceptance.program import CONFIG, Program

NOWHERE = 9  # a port that nobody listens on: nothing is delivered while calendars are compared
SOURCE, MAPPING = "invented", "invented.toml"


@dataclass(frozen=True, kw_only=True, slots=True)
class Progress:
    """How far the newest import is; ``rows`` counts those staged, and again those applied."""

    state: str
    rows: int


class Original:
    """An installation with its people, in a folder of its own."""

    def __init__(self, folder: Path, database_url: str, *, mapping: str) -> None:
        self._folder, self._copies = folder / "original", 0
        self._folder.mkdir()
        # A SQLite file named relative to the folder is copied with it.
        is_file = database_url.startswith("sqlite")
        self._url = "sqlite:///notifier.sqlite3" if is_file else database_url
        program = Program(self._folder, database_url=self._url, port=NOWHERE)
        with closing(program):
            program.register(NOWHERE, lawyers=3)
        (self._folder / MAPPING).write_text(mapping)

    @contextmanager
    def opened(self) -> Iterator[Program]:
        """The original itself."""
        with closing(Program.opened(self._folder)) as program:
            yield program

    @contextmanager
    def copied(self) -> Iterator[Program]:
        """A copy with a database of its own, gone afterwards."""
        self._copies += 1
        folder = self._folder.with_name(f"copy-{self._copies}")
        shutil.copytree(self._folder, folder)
        with self._database_of(folder), closing(Program.opened(folder)) as program:
            yield program
        shutil.rmtree(folder)

    @contextmanager
    def _database_of(self, folder: Path) -> Iterator[None]:
        url = make_url(self._url)
        if url.get_backend_name() == "sqlite":
            yield
            return
        original, copy = url.database, f"{url.database}_{self._copies}"
        config = folder / CONFIG
        config.write_text(config.read_text().replace(f"/{original}?", f"/{copy}?"))
        server = url.set(drivername="postgresql", database="postgres")
        with psycopg.connect(
            server.render_as_string(hide_password=False), autocommit=True
        ) as admin:
            admin.execute(f"CREATE DATABASE {copy} TEMPLATE {original}")
            try:
                yield
            finally:
                admin.execute(f"DROP DATABASE {copy} WITH (FORCE)")


def start_import(
    program: Program, listed: str, *, as_of: datetime, under: Sequence[str] = ()
) -> Running:
    """Start ``notifier import`` on a list, ``under`` a tracer if any."""
    folder = program.config.parent
    file = folder / "list.csv"
    file.write_text(listed)
    options = ["--source", SOURCE, "--mapping", str(folder / MAPPING), "--as-of", as_of.isoformat()]
    return Running([*under, *program.command("import", str(file), *options)])


def progress(program: Program) -> Progress:
    """How far the newest import of this installation is."""
    staged = select(func.count()).where(import_row.c.batch_id == import_batch.c.id)
    newest = (
        select(
            import_batch.c.state,
            import_batch.c.applied_through,
            staged.scalar_subquery().label("staged"),
        )
        .order_by(import_batch.c.started_at.desc())
        .limit(1)
    )
    with program.desk.database.read() as connection:
        found = connection.execute(newest).one()
    return Progress(state=found.state, rows=found.staged + found.applied_through + 1)
