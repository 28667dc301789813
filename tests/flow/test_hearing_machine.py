"""Whatever happens, in whatever order: no notice is lost, and nobody is left believing what is not.

Hypothesis plays coordinator, court, receivers, clock and accidents against a real SQLite file.
"""

from __future__ import annotations

import shutil
import tempfile
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from notifier.core.notice import NoticeState
from notifier.storage import schema
from notifier.storage.engine import Database
from tests.flow.witness import CAST, Witness
from tests.support.office import POLICY, Office
from tests.support.wire import BUSY, DOWN, FORBIDDEN, SLOW, TAKEN, Post

FINAL = {
    state.value
    for state in (
        NoticeState.DELIVERED,
        NoticeState.SUPERSEDED,
        NoticeState.EXPIRED,
        NoticeState.DEAD,
    )
}
people = st.sampled_from(CAST)
hearings = st.integers(0, 2)
hours_ahead = st.sampled_from([None, 0, 1, 2, 5, 20, 30])


class Machine(RuleBasedStateMachine):
    """One office through a few days."""

    def __init__(self, template: Path) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        path = Path(self.folder.name) / "notifier.sqlite3"
        shutil.copy(template, path)
        self.office = Office(f"sqlite:///{path}")
        self.witness = Witness(self.office)
        self.under_way: list[Post] = []
        self.lost: list[Post] = []  # by a worker that is gone; they may still come home
        self.states: dict[str, str] = {}

    def teardown(self) -> None:
        try:
            self.witness.calm_down(self.under_way)
        finally:
            self.office.database.dispose()
            self.folder.cleanup()

    @initialize(hours=st.tuples(hours_ahead, hours_ahead, hours_ahead))
    def a_first_list_comes(self, hours: tuple[int | None, ...]) -> None:
        for which, ahead in enumerate(hours):
            self.witness.lists(which, hours=ahead, room="4", who=CAST)

    # --- court and coordinator ------------------------------------------------------------------

    @rule(which=hearings, hours=hours_ahead, room=st.sampled_from(["4", "9"]), who=st.sets(people))
    def a_list_comes(self, which: int, hours: int | None, room: str, who: set[str]) -> None:
        self.witness.lists(which, hours=hours, room=room, who=who)

    @rule(which=hearings)
    def a_list_calls_it_off(self, which: int) -> None:
        self.witness.lists_cancelled(which)

    @rule(which=hearings, hours=hours_ahead)
    def it_is_moved_by_hand(self, which: int, hours: int | None) -> None:
        self.witness.moves(which, hours=hours)

    @rule(which=hearings)
    def it_is_cancelled_by_hand(self, which: int) -> None:
        self.witness.cancels(which)

    @rule(which=hearings)
    def it_is_reinstated_by_hand(self, which: int) -> None:
        self.witness.reinstates(which)

    @rule(which=hearings, who=people)
    def somebody_is_assigned(self, which: int, who: str) -> None:
        self.witness.assigns(which, who)

    @rule(which=hearings, who=people)
    def somebody_is_relieved(self, which: int, who: str) -> None:
        self.witness.relieves(which, who)

    @rule(rungs=st.sampled_from([("24h", "3h", "45m"), ("20h",), ("3h", "1h")]))
    def the_policy_is_edited(self, rungs: tuple[str, ...]) -> None:
        self.witness.edits_policy(rungs, POLICY)

    # --- time, receivers, accidents -------------------------------------------------------------

    @rule(minutes=st.sampled_from([0.05, 1, 15, 60, 300, 1440]))
    def time_passes(self, minutes: float) -> None:
        self.office.wait(minutes=minutes)

    @rule()
    def the_dispatcher_turns(self) -> None:
        turn = self.office.turn(in_flight=self._in_flight())
        self.under_way += self.witness.saw(self.office.posts(turn))

    @precondition(lambda self: self.under_way)
    @rule(
        outcome=st.sampled_from([TAKEN, TAKEN, SLOW, DOWN, BUSY, FORBIDDEN]),
        arrives=st.booleans(),
        data=st.data(),
    )
    def an_attempt_comes_home(self, outcome: Any, arrives: bool, data: st.DataObject) -> None:
        post = self.under_way.pop(data.draw(st.integers(0, len(self.under_way) - 1)))
        if outcome is TAKEN or (outcome is SLOW and arrives):
            self.witness.hears(post)
        self.office.turn(post.comes_home(outcome), is_draining=True)

    @rule(arrived=st.booleans())
    def the_process_is_killed_and_starts_again(self, arrived: bool) -> None:
        for post in self.under_way if arrived else ():
            self.witness.hears(post)
        self.lost, self.under_way = self.lost + self.under_way, []
        self.witness.restarts()

    @precondition(lambda self: self.lost)
    @rule()
    def a_worker_given_up_for_dead_comes_home(self) -> None:
        self.office.turn(self.lost.pop().comes_home(DOWN), is_draining=True)

    def _in_flight(self) -> dict[str, int]:
        counted: dict[str, int] = {}
        for post in self.under_way:
            endpoint_id = post.ticket.delivery.endpoint_id
            counted[endpoint_id] = counted.get(endpoint_id, 0) + 1
        return counted

    # --- always ---------------------------------------------------------------------------------

    @invariant()
    def no_notice_disappears_or_ends_twice(self) -> None:
        now = {row["id"]: row["state"] for row in self.office.notices()}
        assert now.keys() >= self.states.keys()
        for notice_id, was in self.states.items():
            assert was not in FINAL or now[notice_id] == was
        self.states = now

    @invariant()
    def every_pending_notice_is_planned_or_on_its_way(self) -> None:
        assert self.witness.stranded() == 0
        assert self.office.missing() == 0


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated file with the cast in it, to be copied for each play."""
    path = tmp_path_factory.mktemp("template") / "cast.sqlite3"
    database = Database(f"sqlite:///{path}")
    schema.upgrade(database)
    database.dispose()
    office = Office(f"sqlite:///{path}")
    Witness.registers_the_cast(office)
    office.database.dispose()
    return path


def test_whatever_happens_nobody_is_left_in_silence_or_error(template: Path) -> None:
    run_state_machine_as_test(
        partial(Machine, template),  # type: ignore[arg-type] # it calls whatever makes a machine
        settings=settings(
            max_examples=30,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
        ),
    )
