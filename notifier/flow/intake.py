"""Intake: a list is staged, decided, then applied in journalled chunks.

Until it is decided nothing is changed; from then on it is finished, by this process or by the
next one that starts. Each hearing's revision, superseded notices, corrections and new notices
share one transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, ExitStack
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from notifier.core.calendar import Verdict
from notifier.core.listed import BadRow, CalendarList
from notifier.errors import Conflict
from notifier.flow.applying import apply_rows
from notifier.flow.desk import Desk
from notifier.flow.staging import Staged, stage_list
from notifier.storage import calendar, imports, locks

STAGED_AT_ONCE = 2_000
APPLIED_AT_ONCE = 250  # hearings in one transaction: the write lock is held well under 100 ms

Progress = Callable[[int, int], None]


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceTerms:
    """What a mapping says of its source beyond its columns."""

    name: str
    mode: str
    ref_prefix: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ImportReport:
    """What became of every row. ``past`` counts new or changed rows whose date has passed."""

    rows: int
    duplicates: int
    new: int
    changed: int
    unchanged: int
    past: int
    quarantined: tuple[BadRow, ...]
    warnings: tuple[BadRow, ...]
    questions: int
    is_applied: bool

    def as_json(self) -> dict[str, Any]:
        """Stable keys for programs; raw rows stay sealed."""
        found = asdict(self)
        for name in ("quarantined", "warnings"):
            found[name] = [
                {"row": bad.row, "field": bad.field, "reason": bad.reason}
                for bad in getattr(self, name)
            ]
        return found


def import_list(
    desk: Desk,
    listing: CalendarList,
    *,
    terms: SourceTerms,
    file_sha256: str,
    as_of: datetime,
    now: datetime,
    is_dry_run: bool = False,
    progress: Progress = lambda done, total: None,
) -> ImportReport:
    """Import one list; ``as_of`` is when it was true. Raises Conflict while another one runs.

    1. Finish what an earlier import of this source left half applied.
    2. Stage: every row gets its verdict; a dry run ends here and has written nothing.
    3. Decide, then apply chunk by chunk.
    """
    if is_dry_run:
        return _report(_stage(desk, listing, terms, as_of), is_applied=False)
    with _only_import(desk, terms.name):
        _finish_unfinished(desk, terms.name)
        with desk.database.write() as connection:
            source = calendar.ensure_source(connection, **asdict(terms), now=now)
        staged = _stage(desk, listing, terms, as_of)
        with desk.database.write() as connection:
            batch_id = imports.begin(
                connection,
                source_id=source["id"],
                file_sha256=file_sha256,
                as_of=as_of,
                now=now,
            )
        _write_staged(desk, batch_id, staged, as_of, progress)
        _apply(desk, batch_id, progress=progress)
    return _report(staged, is_applied=True)


def resume(desk: Desk) -> int:
    """Finish imports whose process died while applying; returns how many there were.

    One that a living process is applying is left to it.
    """
    with desk.database.read() as connection:
        sources = sorted({one["source"] for one in imports.unfinished(connection)})
    finished = 0
    for source in sources:
        with ExitStack() as stack:
            try:
                stack.enter_context(_only_import(desk, source))
            except Conflict:
                continue
            finished += _finish_unfinished(desk, source)
    return finished


def _only_import(desk: Desk, source: str) -> AbstractContextManager[object]:
    return locks.held(
        desk.database, f"import-{source}", otherwise=f"another import of {source!r} is running"
    )


def _finish_unfinished(desk: Desk, source: str) -> int:
    with desk.database.read() as connection:
        left = [one["id"] for one in imports.unfinished(connection) if one["source"] == source]
    for batch_id in left:
        _apply(desk, batch_id)
    return len(left)


def _stage(desk: Desk, listing: CalendarList, terms: SourceTerms, as_of: datetime) -> Staged:
    with desk.database.read() as connection:
        source_id = calendar.source_id_of(connection, terms.name)
        return stage_list(connection, desk, listing, source_id=source_id or "", as_of=as_of)


def _write_staged(
    desk: Desk, batch_id: str, staged: Staged, as_of: datetime, progress: Progress
) -> None:
    rows, total = staged.rows(), len(staged)
    for at in range(0, total, STAGED_AT_ONCE):
        with desk.database.write() as connection:
            portion = list(islice(rows, STAGED_AT_ONCE))
            imports.stage(connection, desk.sealer, batch_id, portion)
        progress(min(at + STAGED_AT_ONCE, total), 2 * total)
    counts: Mapping[str, int] = {verdict.value: n for verdict, n in staged.verdicts.items()}
    with desk.database.write() as connection:
        courts = [{**row, "created_at": as_of} for row in staged.placement.courts]
        if courts:
            imports.add_courts(connection, courts)
        imports.decide(connection, batch_id=batch_id, counts=counts)


def _apply(desk: Desk, batch_id: str, *, progress: Progress = lambda done, total: None) -> None:
    with desk.database.read() as connection:
        batch = imports.batch_with_id(connection, batch_id)
    after, total = batch["applied_through"], batch["rows"]
    while True:
        with desk.database.write() as connection:
            rows = imports.to_apply(
                connection, desk.sealer, batch_id, after=after, limit=APPLIED_AT_ONCE
            )
            if not rows:
                imports.finish(connection, batch_id=batch_id, now=desk.database.now())
                return
            through = rows[-1][0].position
            apply_rows(connection, desk, rows, batch=batch)
            imports.mark_applied(connection, batch_id=batch_id, through=through)
        after = through
        progress(total + after + 1, 2 * total)


def _report(staged: Staged, *, is_applied: bool) -> ImportReport:
    counted = staged.verdicts
    return ImportReport(
        rows=sum(counted.values()),
        duplicates=counted[Verdict.DUPLICATE],
        new=counted[Verdict.NEW],
        changed=counted[Verdict.CHANGED],
        unchanged=counted[Verdict.UNCHANGED],
        past=staged.past,
        quarantined=tuple(sorted(staged.placement.bad, key=lambda bad: bad.row)),
        warnings=tuple(staged.warnings()),
        questions=len(staged.questions),
        is_applied=is_applied,
    )
