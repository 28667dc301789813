"""The difference between the notices held for a hearing and those wanted now."""

from __future__ import annotations

from dataclasses import replace

import pytest

from notifier.core.hearing import Hearing, HearingState
from notifier.core.notice import NoticeKey, NoticeKind, NoticeState, WantedNotice
from notifier.core.people import AssignmentState, Party, Role
from notifier.core.reconcile import EVENTS, Difference, Ending, HeldNotice, difference
from tests.core.docket import coordinator, hearing, party, wall

PENDING, NOT_NEEDED = NoticeState.PENDING, NoticeState.NOT_NEEDED
CANCELLED, SUPERSEDED = NoticeState.CANCELLED, NoticeState.SUPERSEDED
ENDED = [state for state in NoticeState if state is not PENDING]
LAWYER = party()
GONE = party(state=AssignmentState.RELIEVED)
OFF = hearing(revision=2, state=HearingState.CANCELLED)


def key(
    kind: NoticeKind = NoticeKind.REMINDER,
    rung: str = "24h",
    *,
    revision: int = 1,
    to: str = Role.LAWYER,
) -> NoticeKey:
    """A notice to the lawyer."""
    return NoticeKey(subject_id="hrg_1", revision=revision, recipient_id=to, kind=kind, rung=rung)


def want(
    what: NoticeKey | None = None,
    *,
    due: str = "11 10:00",
    until: str = "12 10:30",
    state: NoticeState = PENDING,
) -> WantedNotice:
    """A notice that the rules ask for."""
    return WantedNotice(
        key=what or key(), due_at=wall(due), useful_until=wall(until), reason="why", state=state
    )


def have(
    what: NoticeKey | None = None,
    state: NoticeState = PENDING,
    *,
    due: str = "11 10:00",
    until: str = "12 10:30",
) -> HeldNotice:
    """A notice that is stored."""
    return HeldNotice(
        id="ntc_1",
        key=what or key(),
        state=state,
        due_at=wall(due),
        useful_until=wall(until),
    )


def found(
    held: list[HeldNotice],
    wanted: list[WantedNotice],
    *parties: Party,
) -> Difference:
    """The difference, for a hearing with a lawyer unless told otherwise."""
    return difference(held, wanted, hearing(), parties or (LAWYER,))


@pytest.mark.parametrize("state", [PENDING, NOT_NEEDED])
def test_what_is_wanted_and_not_held_is_added(state: NoticeState) -> None:
    wanted = want(state=state)
    assert found([], [wanted]) == Difference(add=[wanted])


@pytest.mark.parametrize("state", NoticeState)
def test_what_is_held_as_it_is_wanted_is_left_alone(state: NoticeState) -> None:
    wanted = want(state=PENDING if state is PENDING else NOT_NEEDED)
    assert len(found([have(state=state)], [wanted])) == 0


@pytest.mark.parametrize(
    ("due", "until"),
    [
        pytest.param("11 09:00", "12 10:30", id="due at another instant"),
        pytest.param("11 10:00", "12 09:30", id="of use for another while"),
    ],
)
def test_a_pending_notice_follows_the_instants_that_were_derived_anew(due: str, until: str) -> None:
    wanted = want(due=due, until=until)
    assert found([have()], [wanted]) == Difference(shift=[("ntc_1", wanted)])


def test_a_pending_notice_stays_owed_though_nobody_would_plan_it_now() -> None:
    """Its instant had passed, or a policy came into force: what was promised is sent all the same,
    at once if need be."""
    assert len(found([have()], [want(state=NOT_NEEDED)])) == 0
    passed = want(due="10 10:00", state=NOT_NEEDED)
    assert found([have()], [passed]) == Difference(shift=[("ntc_1", passed)])


@pytest.mark.parametrize("state", ENDED)
def test_only_what_ended_unsent_by_a_rule_is_opened_again(state: NoticeState) -> None:
    wanted = want(due="11 11:00")
    reopens = state in {CANCELLED, NOT_NEEDED}
    expected = Difference(reopen=[("ntc_1", wanted)]) if reopens else Difference()
    assert found([have(state=state)], [wanted]) == expected


@pytest.mark.parametrize("state", ENDED)
def test_what_has_ended_does_not_end_again(state: NoticeState) -> None:
    assert len(found([have(state=state)], [])) == 0


OLD, NEW = key(revision=1), key(revision=2)
GAP = key(NoticeKind.COVERAGE_GAP, "nobody", revision=2, to=Role.COORDINATOR)
CLOSING = key(NoticeKind.RELIEVED, "now", revision=1)


@pytest.mark.parametrize(
    ("what", "about", "parties", "state", "reason"),
    [
        pytest.param(
            OLD,
            hearing(revision=2),
            [LAWYER],
            SUPERSEDED,
            "revision 2 replaced it",
            id="of an older revision",
        ),
        pytest.param(
            NEW, OFF, [LAWYER], CANCELLED, "the hearing was cancelled", id="of what is off"
        ),
        pytest.param(
            OLD, OFF, [LAWYER], CANCELLED, "the hearing was cancelled", id="of what is off, older"
        ),
        pytest.param(
            NEW, hearing(revision=2), [GONE], CANCELLED, "no longer assigned", id="no longer bound"
        ),
        pytest.param(
            NEW, hearing(revision=2), [], CANCELLED, "no longer assigned", id="not bound at all"
        ),
        pytest.param(
            NEW,
            hearing(revision=2),
            [LAWYER],
            CANCELLED,
            "the policy no longer asks for it",
            id="a rung that was taken away",
        ),
        pytest.param(
            NEW,
            hearing(revision=2),
            [LAWYER, coordinator(recipient_id=Role.LAWYER)],
            CANCELLED,
            "the policy no longer asks for it",
            id="a rung taken away from a coordinator who is bound as well",
        ),
        pytest.param(
            GAP,
            hearing(revision=2),
            [LAWYER, coordinator()],
            NOT_NEEDED,
            "somebody was assigned",
            id="a gap that is closed",
        ),
        pytest.param(
            CLOSING,
            hearing(revision=1),
            [LAWYER],
            SUPERSEDED,
            "the hearing is theirs again",
            id="a last word to somebody who is asked again",
        ),
    ],
)
def test_what_is_no_longer_wanted_ends_with_its_reason(
    what: NoticeKey, about: Hearing, parties: list[Party], state: NoticeState, reason: str
) -> None:
    assert difference([have(what)], [], about, parties) == Difference(
        end=[Ending(notice_id="ntc_1", state=state, reason=reason)]
    )


def test_a_last_word_that_is_planned_anew_replaces_the_old_one() -> None:
    wanted = want(replace(CLOSING, revision=2))
    assert difference([have(CLOSING)], [wanted], hearing(revision=2), [GONE]) == Difference(
        add=[wanted],
        end=[Ending(notice_id="ntc_1", state=SUPERSEDED, reason="revision 2 replaced it")],
    )


@pytest.mark.parametrize("kind", sorted(EVENTS))
@pytest.mark.parametrize("about", [hearing(revision=2), OFF], ids=["it moved", "it is off"])
def test_what_follows_from_an_event_is_not_planned_and_not_ended(
    kind: NoticeKind, about: Hearing
) -> None:
    held = have(key(kind, "now", to=Role.COORDINATOR))
    assert len(difference([held], [], about, [coordinator()])) == 0


def test_differences_of_several_hearings_are_written_together() -> None:
    total = Difference()
    total.extend(found([], [want()]))
    total.extend(found([have()], []))
    total.extend(found([have()], [want(due="11 09:00")]))
    total.extend(found([have(state=CANCELLED)], [want()]))
    assert [len(part) for part in (total.add, total.end, total.shift, total.reopen)] == [1] * 4
    assert len(total) == 4
