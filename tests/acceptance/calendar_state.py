"""A whole calendar as values that can be compared: without ids, which are random."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Table, select

from notifier.core.notice import NoticeKind
from notifier.storage.engine import Connection, RowMapping
from notifier.storage.sealed import Sealer
from notifier.storage.tables import (
    assignment,
    audit_entry,
    court,
    detainee,
    hearing,
    hearing_version,
    notice,
    recipient,
    source,
)
from tests.acceptance.program import Program

Facts = tuple[Any, ...]
_RANDOM = {"id", "hearing_id", "subject_id"}
_OF_DISPATCH = {"dispatched_at", "told_at", "sequence"}  # a daemon may have begun to send


@dataclass(frozen=True, kw_only=True, slots=True)
class CalendarState:
    """Hearings with their versions, notices and assignments; and what else an import touches."""

    hearings: Counter[Facts]
    questions: Counter[Facts]  # they follow the hearings that they are about, in later chunks
    detainees: Counter[Facts]
    courts: Counter[Facts]
    sources: Counter[Facts]
    changes: Counter[Facts]  # what the audit trail tells of revisions


def calendar_state(program: Program) -> CalendarState:
    """Read all of it in one transaction."""
    with program.desk.database.read() as connection:
        return _Reader(connection, program.desk.sealer).state()


class _Reader:
    def __init__(self, connection: Connection, sealer: Sealer) -> None:
        self._connection, self._sealer = connection, sealer
        self._names: dict[str, str] = {}
        for table, name in ((court, "name"), (detainee, "ref"), (recipient, "ref")):
            self._names |= {row["id"]: row[name] for row in self._rows(table)}
        self._names |= {row["id"]: row["name"] for row in self._rows(source)}

    def state(self) -> CalendarState:
        notices, questions = self._notices()
        versions = self._by_hearing(hearing_version)
        assignments = self._by_hearing(assignment)
        return CalendarState(
            hearings=Counter(
                (
                    *self._facts(row),
                    self._opened("hearing.case", row["id"], row["case_sealed"]),
                    frozenset(versions[row["id"]].items()),
                    frozenset(assignments[row["id"]].items()),
                    frozenset(notices[row["id"]].items()),
                )
                for row in self._rows(hearing)
            ),
            questions=questions,
            detainees=Counter(
                (*self._facts(row), self._opened("detainee.name", row["id"], row["name_sealed"]))
                for row in self._rows(detainee)
            ),
            courts=Counter(self._facts(row) for row in self._rows(court)),
            sources=Counter(self._facts(row) for row in self._rows(source)),
            changes=Counter((row["action"], row["detail"]) for row in self._rows(audit_entry)),
        )

    def _rows(self, table: Table) -> list[RowMapping]:
        return list(self._connection.execute(select(table)).mappings())

    def _facts(self, row: RowMapping, *, without: frozenset[str] = frozenset()) -> Facts:
        left_out = _RANDOM | without
        return tuple(
            self._named(value)
            for name, value in row.items()
            if name not in left_out and not name.endswith("_sealed")
        )

    def _named(self, value: Any) -> Any:
        """Names for ids, those within ``listed_as`` included."""
        if isinstance(value, str):
            return "|".join(self._names.get(part, part) for part in value.split("|"))
        return value

    def _opened(self, place: str, row_id: str, sealed: bytes | None) -> str | None:
        return self._sealer.open(place, row_id, sealed)

    def _by_hearing(self, table: Table) -> defaultdict[str, Counter[Facts]]:
        found: defaultdict[str, Counter[Facts]] = defaultdict(Counter)
        for row in self._rows(table):
            found[row["hearing_id"]][self._facts(row)] += 1
        return found

    def _notices(self) -> tuple[defaultdict[str, Counter[Facts]], Counter[Facts]]:
        found: defaultdict[str, Counter[Facts]] = defaultdict(Counter)
        questions: Counter[Facts] = Counter()
        for row in self._rows(notice):
            facts = self._facts(row, without=frozenset(_OF_DISPATCH))
            if row["kind"] == NoticeKind.SOURCE_QUESTION.value:
                questions[facts] += 1
            else:
                found[row["subject_id"]][facts] += 1
        return found, questions
