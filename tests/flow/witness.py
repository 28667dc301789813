"""Who watches a play: what was posted is held to the contract, what was heard to the calendar."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from notifier.core.listed import ListedHearing
from notifier.core.notice import NoticeKind
from notifier.core.people import REMINDED_STATES, Role
from notifier.core.policy import ANY_KIND, Policy, rung
from notifier.core.reconcile import EVENTS
from notifier.errors import NotifierError
from notifier.flow import edit, register, upkeep
from notifier.storage import health, views
from notifier.storage.tables import assignment, hearing, message_notice, notice
from tests.support.lists import listed
from tests.support.office import COORDINATOR, LAWYER, MONITOR, SECOND_LAWYER, Office
from tests.support.wire import TAKEN, Post

CAST = (LAWYER, SECOND_LAWYER, MONITOR)
ALMATY = ZoneInfo("Asia/Almaty")
RELIEVED, CANCELLED = "relieved", "cancelled"
Belief = str | tuple[str, str | None, str | None]


class Witness:
    """Acts for the coordinator and remembers what each person heard last of each hearing."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.rows: dict[int, ListedHearing] = {}
        self.beliefs: dict[tuple[str, str], Belief] = {}

    @staticmethod
    def registers_the_cast(office: Office) -> None:
        """One endpoint, one with a fallback, two in parallel."""
        office.person(LAWYER)
        office.person(SECOND_LAWYER, positions=(0, 1))
        office.person(MONITOR, positions=(0, 0))
        office.person(COORDINATOR)

    # --- acts -----------------------------------------------------------------------------------

    def lists(self, which: int, *, hours: int | None, room: str, who: Iterable[str]) -> None:
        """The court's list shows a hearing some hours from now; None: today, time not known."""
        day, at = self._slot(hours)
        self.rows[which] = listed(
            which, local_date=day, local_time=at, room=room, assignees=tuple(sorted(who))
        )
        self.office.takes_in(*self.rows.values())

    def lists_cancelled(self, which: int) -> None:
        """The list calls it off."""
        if which in self.rows:
            self.rows[which] = replace(self.rows[which], cancelled=True)
            self.office.takes_in(*self.rows.values())

    def moves(self, which: int, *, hours: int | None) -> None:
        """The court says another time on the phone."""
        day, at = self._slot(hours)
        for hearing_id in self._ids(which):
            with suppress(NotifierError):  # a cancelled one is not moved
                edit.move_hearing(
                    self.office.desk,
                    hearing_id=hearing_id,
                    local_date=day,
                    local_time=at,
                    now=self.office.now,
                )

    def cancels(self, which: int) -> None:
        """It is called off on the phone."""
        for hearing_id in self._ids(which):
            edit.cancel_hearing(self.office.desk, hearing_id=hearing_id, now=self.office.now)

    def reinstates(self, which: int) -> None:
        """It takes place after all."""
        for hearing_id in self._ids(which):
            edit.reinstate_hearing(self.office.desk, hearing_id=hearing_id, now=self.office.now)

    def assigns(self, which: int, who: str) -> None:
        """Somebody is proposed by hand."""
        register.assign(
            self.office.desk, recipient=who, hearing_ids=self._ids(which), now=self.office.now
        )

    def relieves(self, which: int, who: str) -> None:
        """Somebody is free again."""
        for hearing_id in self._ids(which):
            with suppress(NotifierError):  # whoever is not assigned cannot be relieved
                register.relieve(
                    self.office.desk,
                    recipient=who,
                    hearing_id=hearing_id,
                    now=self.office.now,
                )

    def edits_policy(self, rungs: Sequence[str], usual: Policy) -> None:
        """Another ladder for lawyers."""
        lawyers = {(Role.LAWYER, ANY_KIND): tuple(map(rung, rungs))}
        self.office.adopt(replace(usual, ladders={**usual.ladders, **lawyers}))

    def restarts(self) -> None:
        """A new process finds what the dead one left."""
        upkeep.reclaim_orphans(
            self.office.desk, owner="own_new", now=self.office.now, is_alone=True
        )

    def _slot(self, hours: int | None) -> tuple[Any, time | None]:
        local = (self.office.now + timedelta(hours=hours or 0)).astimezone(ALMATY)
        at = None if hours is None else local.time().replace(second=0, microsecond=0)
        return local.date(), at

    def _ids(self, which: int) -> list[str]:
        return [row["id"] for row in self.office.hearings() if row["ref"] == self._ref(which)]

    def _ref(self, which: int) -> str:
        known = sorted({row["ref"] for row in self.office.hearings()})
        return known[which] if which < len(known) else ""

    # --- what is posted -------------------------------------------------------------------------

    def saw(self, posted: Sequence[Post]) -> Sequence[Post]:
        """Hold attempts that begin now to the contract."""
        for post in posted:
            for row in self._carried(post):
                assert row["due_at"] <= self.office.now, "early"
                assert post.ticket.timeout_seconds > 0, "after its use"
                if row["kind"] in EVENTS:
                    continue
                assert row["useful_until"] > self.office.now, "after its use"
                if row["kind"] == NoticeKind.RELIEVED:  # no later revision makes it untrue
                    continue
                assert row["revision"] == row["current"], f"stale: {row['kind']}"
                assert (row["state"] == CANCELLED) == (row["kind"] == NoticeKind.CANCELLED)
                if row["kind"] != NoticeKind.COVERAGE_GAP:
                    assert row["bound"] in REMINDED_STATES, "to somebody who is not bound"
        return posted

    def _carried(self, post: Post) -> Sequence[Any]:
        statement = (
            select(
                notice.c.kind,
                notice.c.due_at,
                notice.c.useful_until,
                notice.c.revision,
                hearing.c.revision.label("current"),
                hearing.c.state,
                assignment.c.state.label("bound"),
            )
            .join(message_notice, message_notice.c.notice_id == notice.c.id)
            .join(hearing, hearing.c.id == notice.c.subject_id)
            .outerjoin(
                assignment,
                (assignment.c.hearing_id == hearing.c.id)
                & (assignment.c.recipient_id == notice.c.recipient_id),
            )
            .where(message_notice.c.message_id == post.id)
        )
        with self.office.read() as connection:
            found: Sequence[Any] = connection.execute(statement).mappings().all()
        return found

    def stranded(self) -> int:
        """Pending notices that were dispatched and that nothing carries."""
        with self.office.read() as connection:
            return health.count(connection, now=self.office.now).stranded

    # --- what is heard --------------------------------------------------------------------------

    def hears(self, post: Post) -> None:
        """A person believes what came last; they do not look at sequences."""
        kind = post.type.removeprefix("hearing.")
        if post.type == kind:  # a coordinator's lists are no news of a hearing to its parties
            return
        for item in post.items:
            slot = (item["local_date"], item["local_time"], item["room"])
            told: Belief = kind if kind in {CANCELLED, RELIEVED} else slot
            self.beliefs[post.to, item["hearing"]] = told

    def calm_down(self, under_way: Sequence[Post]) -> None:
        """Every receiver works again: at each moment of rest everybody knows what is true."""
        for post in under_way:
            self.hears(post)
            self.office.turn(post.comes_home(TAKEN), is_draining=True)
        for _ in range(300):
            turn = self.office.turn()
            posted = self.saw(self.office.posts(turn))
            for post in posted:
                self.hears(post)
            self.office.turn(*(post.comes_home(TAKEN) for post in posted), is_draining=True)
            if not posted and not turn.composed and not self._live():
                self._everybody_knows()
                if turn.next_due_at is None:
                    return
            if turn.next_due_at is not None:
                self.office.wait_until(max(self.office.now, turn.next_due_at))
        raise AssertionError("it never comes to rest")

    def _live(self) -> bool:
        return any(row["state"] in ("pending", "in_flight") for row in self.office.messages())

    def _everybody_knows(self) -> None:
        with self.office.read() as connection:
            bound = views.assignments(connection)
        ahead = {row["id"]: row for row in self.office.hearings() if self._is_ahead(row)}
        for row in bound:
            one = ahead.get(row["hearing_id"])
            if one is None or self._was_given_up(row["recipient"], one):
                continue
            belief = self.beliefs.get((row["recipient"], one["id"]))
            if row["state"] not in REMINDED_STATES:
                assert belief in (None, RELIEVED, CANCELLED), "believes it is still theirs"
            elif one["state"] == CANCELLED:
                assert belief in (None, CANCELLED), "believes it takes place"
            else:
                at = one["local_time"]
                wall = None if at is None else at.isoformat("minutes")
                assert belief == (one["local_date"].isoformat(), wall, one["room"])

    def _is_ahead(self, row: Any) -> bool:
        starts_at: datetime | None = row["starts_at"]
        return starts_at is not None and starts_at > self.office.now

    def _was_given_up(self, recipient: str, one: Any) -> bool:
        """Then a coordinator was told whom to phone."""
        held = self.office.notices(recipient=recipient, hearing=one["id"])
        return any(row["state"] in ("dead", "expired") for row in held)
