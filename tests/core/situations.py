"""Any hearing with any past, anybody bound to it, any policy: for rules that hold for all."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta

from hypothesis import strategies as st

from notifier.core.change import changes
from notifier.core.hearing import Hearing, HearingState, Version
from notifier.core.people import AssignmentState, Party, Role
from notifier.core.policy import ANY_KIND, DateRung, Policy, Usefulness, rung
from tests.core.docket import (
    ALMATY,
    ANOTHER_COURT,
    COURT,
    QYZYLORDA,
    hearing_of,
    version,
    wall,
)

RUNGS = [rung(name) for name in ("48h", "24h", "18h", "3h", "2h", "45m", "0m")]
DATE_RUNGS = [DateRung(days_before=days, at=time(hour)) for days, hour in ((3, 9), (1, 18), (0, 7))]


def quarter_hours(number: int) -> datetime:
    """An instant in the first two weeks of June, to the quarter of an hour."""
    return wall("1 00:00") + timedelta(minutes=15 * number)


instants = st.integers(0, 14 * 24 * 4).map(quarter_hours)


@dataclass(frozen=True, kw_only=True)
class Situation:
    """All that the planner is given."""

    hearing: Hearing
    parties: tuple[Party, ...]
    policy: Policy


@st.composite
def slots(draw: st.DrawFn, revision: int = 1) -> Version:
    """A version some days into June, revised at an instant of its own."""
    clock = draw(st.sampled_from(["?", "09:00", "10:00", "15:30", "23:45"]))
    when = f"{draw(st.integers(10, 13))} {clock}"
    made = version(
        when,
        revision=revision,
        state=draw(st.sampled_from(HearingState)),
        zone=draw(st.sampled_from([ALMATY, QYZYLORDA])),
        court=draw(st.sampled_from([COURT, ANOTHER_COURT])),
        room=draw(st.sampled_from([None, "4"])),
    )
    return replace(made, revised_at=draw(instants))


@st.composite
def histories(draw: st.DrawFn) -> list[Version]:
    """Every version of a hearing, the last one current; each differs from the one before."""
    history = [draw(slots())]
    for _ in range(draw(st.integers(0, 3))):
        following = draw(slots(revision=len(history) + 1))
        if changes(history[-1], following):
            later = max(following.revised_at, history[-1].revised_at)
            history.append(replace(following, revised_at=later))
    return history


@st.composite
def parties(draw: st.DrawFn, history: list[Version], number: int) -> Party:
    """Somebody who was told any of the earlier versions, or none."""
    role = draw(st.sampled_from(Role))
    states = (
        [*AssignmentState, None]
        if role in {Role.COORDINATOR, Role.SUBSCRIBER}
        else [*AssignmentState]
    )
    state = draw(st.sampled_from(states))
    known_at = max(draw(instants), history[0].revised_at)
    told = {one.revision: draw(st.booleans()) for one in history[:-1] if draw(st.booleans())}
    taken = max((revision for revision, is_taken in told.items() if is_taken), default=0)
    return Party(
        recipient_id=f"rcp_{number}",
        role=role,
        known_at=known_at,
        state=state,
        changed_at=None if state is None else max(known_at, draw(instants)),
        round=draw(st.integers(1, 2)),
        delivered=history[taken - 1] if taken else None,
        attempted=tuple(one for one in history if one.revision in told and one.revision > taken),
        is_told=bool(told) or draw(st.booleans()),
    )


policies = st.builds(
    Policy,
    ladders=st.dictionaries(
        st.tuples(st.sampled_from(Role), st.sampled_from([ANY_KIND, "remand"])),
        st.lists(st.sampled_from(RUNGS), unique=True).map(tuple),
    ),
    unknown_time=st.lists(st.sampled_from(DATE_RUNGS)).map(tuple),
    usefulness=st.sampled_from([Usefulness(), Usefulness(change_after_start=timedelta(hours=2))]),
    adopted_at=st.just(Policy().adopted_at) | instants,
)


@st.composite
def situations(draw: st.DrawFn) -> Situation:
    """A hearing, its parties and a policy."""
    history = draw(histories())
    count = draw(st.integers(0, 4))
    return Situation(
        hearing=hearing_of(history[-1]),
        parties=tuple(draw(parties(history, number)) for number in range(count)),
        policy=draw(policies),
    )
