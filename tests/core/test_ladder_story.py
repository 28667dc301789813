"""A hearing's life at random: it moves, is called off and restored, people come and go, receivers
fail. When they answer again, everybody knows the truth, and nobody is left with a stale one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from notifier.core.change import changes
from notifier.core.grouping import DueNotice, most_useful
from notifier.core.hearing import HearingState, Version
from notifier.core.ladder import notices_wanted
from notifier.core.notice import NoticeKey, NoticeKind, NoticeState, WantedNotice, rung_and_round
from notifier.core.people import REMINDED_STATES, AssignmentState, Party, Role, Told, remembered
from notifier.core.policy import ANY_KIND, Policy, Rung, rung
from notifier.core.reconcile import EVENTS, Difference, HeldNotice, difference
from tests.core.docket import coordinator, hearing_of, wall
from tests.core.situations import slots

PENDING = NoticeState.PENDING
LADDERS = [("24h", "3h", "45m"), ("3h",), ("18h", "2h"), ()]
ABOUT_IT = frozenset(NoticeKind) - EVENTS - {NoticeKind.COVERAGE_GAP}


@dataclass(kw_only=True)
class Row:
    """A notice as it is stored, and whether an attempt at it began."""

    held: HeldNotice
    is_told: bool = False


@dataclass(frozen=True, kw_only=True)
class Word:
    """What reached somebody, or may have: an attempt whose end nobody knows."""

    kind: NoticeKind
    version: Version
    is_certain: bool


@dataclass(kw_only=True)
class Assigned:
    """Where somebody stands towards the hearing, and what they heard of it, in order."""

    state: AssignmentState
    assigned_at: datetime
    changed_at: datetime
    round: int = 1


class Story(RuleBasedStateMachine):
    """One hearing, three people and a coordinator, on a clock that only moves on."""

    def __init__(self) -> None:
        super().__init__()
        self.now = wall("9 00:00")
        self.history: list[Version] = []
        self.people: dict[str, Assigned] = {}
        self.rows: dict[NoticeKey, Row] = {}
        self.heard: dict[str, list[Word]] = {}
        self.policy = Policy(ladders=ladders("24h", "3h", "45m"))

    @property
    def current(self) -> Version:
        return self.history[-1]

    # --- what happens ---------------------------------------------------------------------------

    @initialize(first=slots())
    def it_is_listed(self, first: Version) -> None:
        self.history.append(replace(first, revised_at=self.now))
        self.plan()

    @rule(quarters=st.integers(1, 100))
    def time_passes(self, quarters: int) -> None:
        self.now += timedelta(minutes=15 * quarters)

    @rule(to=slots())
    def it_changes(self, to: Version) -> None:
        self.revise(to)

    @precondition(lambda self: len(self.history) > 1)
    @rule()
    def it_changes_back(self) -> None:
        self.revise(self.history[-2])

    def revise(self, to: Version) -> None:
        """As ``flow/revise``: what says nothing new is no revision."""
        if changes(self.current, to):
            self.history.append(
                replace(to, revision=self.current.revision + 1, revised_at=self.now)
            )
            self.plan()

    @rule(who=st.sampled_from(["lawyer", "monitor"]))
    def somebody_is_proposed(self, who: str) -> None:
        held = self.people.get(who)
        if held is None or held.state not in REMINDED_STATES:
            number = 1 if held is None else held.round + 1
            self.people[who] = Assigned(
                state=AssignmentState.PROPOSED,
                assigned_at=self.now,
                changed_at=self.now,
                round=number,
            )
            self.plan()

    @precondition(lambda self: self.people)
    @rule(
        chosen=st.integers(0, 9),
        state=st.sampled_from([state for state in AssignmentState if state != "proposed"]),
    )
    def somebody_answers(self, chosen: int, state: AssignmentState) -> None:
        held = list(self.people.values())[chosen % len(self.people)]
        if held.state in REMINDED_STATES:
            held.state, held.changed_at = state, self.now
            self.plan()

    @rule(names=st.sampled_from(LADDERS))
    def the_policy_is_edited(self, names: tuple[str, ...]) -> None:
        self.policy = Policy(ladders=ladders(*names), adopted_at=self.now)
        self.plan()

    @rule(certain=st.lists(st.sampled_from([True, False, None]), min_size=1))
    def the_dispatcher_turns(self, certain: list[bool | None]) -> None:
        """Some are taken, some attempts end unknown, and some find no free slot."""
        self.turn(certain)

    # --- what the program does ------------------------------------------------------------------

    def plan(self) -> None:
        found = self.planned()
        for want in found.add:
            self.rows[want.key] = Row(held=held_of(want))
        for _, want in found.shift + found.reopen:
            self.rows[want.key].held = held_of(replace(want, state=PENDING))
        for ending in found.end:
            row = next(row for row in self.rows.values() if row.held.id == ending.notice_id)
            row.held = replace(row.held, state=ending.state)

    def planned(self) -> Difference:
        hearing = hearing_of(self.current)
        parties = [*(self.party(who) for who in self.people), coordinator(known="9 00:00")]
        wanted = notices_wanted(hearing, parties, self.policy)
        return difference([row.held for row in self.rows.values()], wanted, hearing, parties)

    def party(self, who: str) -> Party:
        """As ``storage/planning`` reads it."""
        stands, versions = self.people[who], self.history
        told = [
            Told(
                revision=row.held.key.revision,
                round=rung_and_round(row.held.key.rung)[1],
                is_delivered=row.held.state is NoticeState.DELIVERED,
                is_closing=row.held.key.kind is NoticeKind.RELIEVED,
            )
            for row in self.rows.values()
            if row.is_told and row.held.key.kind in ABOUT_IT and row.held.key.recipient_id == who
        ]
        known = remembered(told, revision=self.current.revision, in_round=stands.round)
        return Party(
            recipient_id=who,
            role=Role(who),
            known_at=max(stands.assigned_at, versions[0].revised_at),
            state=stands.state,
            changed_at=stands.changed_at,
            round=stands.round,
            delivered=None if known.delivered is None else versions[known.delivered - 1],
            attempted=tuple(versions[one - 1] for one in known.attempted),
            is_told=known.is_told,
        )

    def turn(self, certain: list[bool | None]) -> None:
        """One turn: what is of no use ends, of what is due the most useful is sent."""
        for row in self.rows.values():
            if row.held.state is PENDING and row.held.useful_until <= self.now:
                row.held = replace(row.held, state=NoticeState.EXPIRED)
        due = [
            row.held
            for row in self.rows.values()
            if row.held.state is PENDING and row.held.due_at <= self.now
        ]
        kept, dropped = most_useful([due_of(one) for one in due])
        for one, _ in dropped:
            self.end(one, NoticeState.SUPERSEDED)
        for number, one in enumerate(kept):
            is_certain = certain[number % len(certain)]
            if is_certain is None:
                continue
            self.row(one).is_told = True
            word = Word(
                kind=one.kind, version=self.history[one.revision - 1], is_certain=is_certain
            )
            self.heard.setdefault(one.recipient_id, []).append(word)
            if is_certain:
                self.end(one, NoticeState.DELIVERED)

    def row(self, one: DueNotice) -> Row:
        return next(row for row in self.rows.values() if row.held.id == one.id)

    def end(self, one: DueNotice, state: NoticeState) -> None:
        row = self.row(one)
        row.held = replace(row.held, state=state)

    # --- what must hold -------------------------------------------------------------------------

    @precondition(lambda self: self.history)
    @invariant()
    def planning_again_changes_nothing(self) -> None:
        assert len(self.planned()) == 0

    def teardown(self) -> None:
        """Now every receiver answers."""
        if not self.history:
            return
        self.turn([True])
        for who, stands in self.people.items():
            heard = self.heard.get(who, [])
            if stands.state in REMINDED_STATES:
                self.knows_the_truth(heard)
            else:
                self.knows_it_is_over(heard)

    def knows_the_truth(self, heard: list[Word]) -> None:
        is_off = self.current.state is HearingState.CANCELLED
        if self.now >= start_of(self.current) or (is_off and not heard):
            return
        assert heard, "somebody bound to a hearing ahead has heard nothing of it"
        last = heard[-1]
        assert last.is_certain
        if last.kind is NoticeKind.RELIEVED:
            assert is_off, (
                "somebody is bound to a hearing ahead that is not theirs for all they know"
            )
        else:
            assert changes(last.version, self.current) == ()

    def knows_it_is_over(self, heard: list[Word]) -> None:
        if heard and self.now < start_of(self.current):
            assert heard[-1].is_certain
            assert heard[-1].kind is NoticeKind.RELIEVED


def ladders(*names: str) -> dict[tuple[Role, str], tuple[Rung, ...]]:
    return {(role, ANY_KIND): tuple(map(rung, names)) for role in (Role.LAWYER, Role.MONITOR)}


def start_of(current: Version) -> datetime:
    if current.starts_at is not None:
        return current.starts_at
    return wall(f"{current.slot.local_date.day} 23:00")


def held_of(want: WantedNotice) -> HeldNotice:
    return HeldNotice(
        id="/".join(
            map(str, (want.key.revision, want.key.recipient_id, want.key.kind, want.key.rung))
        ),
        key=want.key,
        state=want.state,
        due_at=want.due_at,
        useful_until=want.useful_until,
    )


def due_of(one: HeldNotice) -> DueNotice:
    return DueNotice(
        id=one.id,
        subject_id=one.key.subject_id,
        revision=one.key.revision,
        recipient_id=one.key.recipient_id,
        kind=one.key.kind,
        rung=one.key.rung,
        due_at=one.due_at,
        useful_until=one.useful_until,
    )


TestStory = Story.TestCase
TestStory.settings = settings(max_examples=150, stateful_step_count=30)
