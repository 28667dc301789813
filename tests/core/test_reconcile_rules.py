"""Rules that hold for every difference: written once it is gone, and what ended stays ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from notifier.core.ladder import notices_wanted
from notifier.core.notice import NoticeKey, NoticeKind, NoticeState, WantedNotice
from notifier.core.reconcile import EVENTS, Difference, HeldNotice, difference
from tests.core.situations import Situation, instants, situations

PENDING = NoticeState.PENDING
REOPENED = {NoticeState.CANCELLED, NoticeState.NOT_NEEDED}


def planned(about: Situation) -> list[WantedNotice]:
    return notices_wanted(about.hearing, about.parties, about.policy)


def between(held: Sequence[HeldNotice], about: Situation) -> Difference:
    return difference(held, planned(about), about.hearing, about.parties)


def applied(held: Sequence[HeldNotice], found: Difference) -> list[HeldNotice]:
    """What is held after a difference was written, as ``storage/planning`` does it."""
    after = {one.id: one for one in held}
    for number, want in enumerate(found.add):
        after[f"new_{number}"] = HeldNotice(
            id=f"new_{number}",
            key=want.key,
            state=want.state,
            due_at=want.due_at,
            useful_until=want.useful_until,
        )
    for notice_id, want in found.shift + found.reopen:
        after[notice_id] = replace(
            after[notice_id], state=PENDING, due_at=want.due_at, useful_until=want.useful_until
        )
    for ending in found.end:
        after[ending.notice_id] = replace(after[ending.notice_id], state=ending.state)
    return list(after.values())


@st.composite
def stored(draw: st.DrawFn, about: Situation) -> list[HeldNotice]:
    """Some of what is wanted, in any state, and some that nobody asks for any more."""
    keys = {one.key for one in planned(about) if draw(st.booleans())}
    people = [who.recipient_id for who in about.parties] + ["rcp_nobody"]
    for _ in range(draw(st.integers(0, 4))):
        keys.add(
            NoticeKey(
                subject_id=about.hearing.id,
                revision=draw(st.integers(1, about.hearing.current.revision)),
                recipient_id=draw(st.sampled_from(people)),
                kind=draw(st.sampled_from(NoticeKind)),
                rung=draw(st.sampled_from(["now", "24h", "7h", "nobody"])),
            )
        )
    ordered = sorted(keys, key=lambda key: (key.recipient_id, key.kind, key.rung, key.revision))
    return [
        HeldNotice(
            id=f"ntc_{number}",
            key=key,
            state=draw(st.sampled_from(NoticeState)),
            due_at=draw(instants),
            useful_until=draw(instants),
        )
        for number, key in enumerate(ordered)
    ]


@st.composite
def held_situations(draw: st.DrawFn) -> tuple[Situation, list[HeldNotice]]:
    about = draw(situations())
    return about, draw(stored(about))


cases = held_situations()


@given(cases)
def test_what_was_written_is_not_written_again(case: tuple[Situation, list[HeldNotice]]) -> None:
    about, held = case
    after = applied(held, between(held, about))
    assert len(between(after, about)) == 0


@given(cases)
def test_everything_wanted_is_held_and_what_is_owed_is_pending_or_was_settled(
    case: tuple[Situation, list[HeldNotice]],
) -> None:
    about, held = case
    before = {one.key: one.state for one in held}
    after = {one.key: one for one in applied(held, between(held, about))}
    for want in planned(about):
        have = after[want.key]
        if want.state is PENDING and before.get(want.key, PENDING) in {PENDING, *REOPENED}:
            assert (have.state, have.due_at) == (PENDING, want.due_at)


@given(cases)
def test_what_has_ended_stays_as_it_ended_unless_the_rules_ask_for_it_again(
    case: tuple[Situation, list[HeldNotice]],
) -> None:
    about, held = case
    asked = {want.key for want in planned(about) if want.state is PENDING}
    after = {one.id: one for one in applied(held, between(held, about))}
    for one in held:
        if one.state is not PENDING and after[one.id] != one:
            assert one.state in REOPENED
            assert one.key in asked


@given(cases)
def test_no_row_is_touched_twice_and_none_disappears(
    case: tuple[Situation, list[HeldNotice]],
) -> None:
    about, held = case
    found = between(held, about)
    touched = [notice_id for notice_id, _ in found.shift + found.reopen]
    touched += [ending.notice_id for ending in found.end]
    assert len(touched) == len(set(touched))
    assert {one.id for one in held} <= {one.id for one in applied(held, found)}
    assert not {want.key for want in found.add} & {one.key for one in held}


@given(cases)
def test_what_stays_pending_is_wanted_or_follows_from_an_event(
    case: tuple[Situation, list[HeldNotice]],
) -> None:
    about, held = case
    asked = {want.key for want in planned(about)}
    for one in applied(held, between(held, about)):
        if one.state is PENDING:
            assert one.key in asked or one.key.kind in EVENTS


@given(cases)
def test_every_ending_has_a_reason(case: tuple[Situation, list[HeldNotice]]) -> None:
    about, held = case
    for ending in between(held, about).end:
        assert ending.reason
        assert ending.state in {
            NoticeState.SUPERSEDED,
            NoticeState.CANCELLED,
            NoticeState.NOT_NEEDED,
        }
