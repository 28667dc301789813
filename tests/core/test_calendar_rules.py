"""Rules that hold for every list: nothing is forgotten, guessed or decided twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from notifier.core.calendar import Decision, Held, Listed, Verdict, compare, listed_as
from notifier.core.hearing import HearingState

OPEN, PAST = ["A", "B", "C", "D"], ["p", "q"]
slots = st.sampled_from(OPEN + PAST)
listings = st.builds(listed_as, slots, is_cancelled=st.booleans())


@st.composite
def a_hearing(draw: st.DrawFn) -> Held:
    """A hearing as imports and hands can have left it."""
    slot = draw(slots)
    state = draw(st.sampled_from(HearingState))
    by_source = state is HearingState.CANCELLED and draw(st.booleans())
    return Held(
        hearing_id="",
        slot=slot,
        listed_as=listed_as(slot, is_cancelled=True) if by_source else draw(listings),
        state=state,
        cancelled_by_source=by_source,
        is_open=slot in OPEN,
    )


calendars = st.lists(a_hearing(), max_size=6).map(
    lambda every: [replace(one, hearing_id=f"h{number}") for number, one in enumerate(every)]
)
said = st.tuples(slots, st.booleans())


def as_rows(every: Sequence[tuple[str, bool]]) -> list[Listed]:
    """Slots and cancellations as the rows of a list."""
    return [
        Listed(position=position, slot=slot, is_cancelled=off, is_open=slot in OPEN)
        for position, (slot, off) in enumerate(every)
    ]


lists = st.lists(said, max_size=8).map(as_rows)


def applied(
    held: Sequence[Held], listed: Sequence[Listed], decisions: Sequence[Decision]
) -> list[Held]:
    """The calendar after a list was applied, as ``flow/applying`` does it."""
    after = {one.hearing_id: one for one in held}
    for decision, row in zip(decisions, listed, strict=True):
        stands = Held(
            hearing_id=decision.hearing_id or f"n{row.position}",
            slot=row.slot,
            listed_as=row.listed_as,
            state=HearingState.CANCELLED if row.is_cancelled else HearingState.LISTED,
            cancelled_by_source=row.is_cancelled,
            is_open=row.is_open,
        )
        if decision.verdict is Verdict.UNCHANGED:
            stands = replace(after[stands.hearing_id], listed_as=row.listed_as)
        if decision.verdict is not Verdict.DUPLICATE:
            after[stands.hearing_id] = stands
    return list(after.values())


def verdicts(decisions: Sequence[Decision]) -> Counter[Verdict]:
    return Counter(one.verdict for one in decisions)


@given(calendars, lists)
def test_every_row_is_decided_exactly_once_and_no_hearing_twice(
    held: list[Held], listed: list[Listed]
) -> None:
    decisions, questions = compare(held, listed)
    assert [one.position for one in decisions] == [row.position for row in listed]
    matched = [one.hearing_id for one in decisions if one.hearing_id is not None]
    assert len(matched) == len(set(matched))
    assert set(matched) <= {one.hearing_id for one in held}
    for one in decisions:
        assert (one.hearing_id is None) is (one.verdict in {Verdict.NEW, Verdict.DUPLICATE})
        assert (one.repeats is None) is (one.verdict is not Verdict.DUPLICATE)
    asked = [one.hearing_id for one in questions]
    assert len(asked) == len(set(asked))


@given(calendars, lists)
def test_a_second_import_of_the_same_list_changes_nothing(
    held: list[Held], listed: list[Listed]
) -> None:
    decisions, _ = compare(held, listed)
    after = applied(held, listed, decisions)
    again, questions = compare(after, listed)
    assert set(verdicts(again)) <= {Verdict.UNCHANGED, Verdict.DUPLICATE}
    assert applied(after, listed, again) == after
    by_hand = {one.hearing_id for one in after if one.is_cancelled and not one.cancelled_by_source}
    assert {one.hearing_id for one in questions} <= by_hand


@given(calendars, lists, st.randoms(use_true_random=False))
def test_the_order_of_the_list_and_of_the_calendar_says_nothing(
    held: list[Held], listed: list[Listed], chance: Random
) -> None:
    shuffled = as_rows([(row.slot, row.is_cancelled) for row in chance.sample(listed, len(listed))])
    decisions, questions = compare(held, listed)
    other, asked = compare(chance.sample(held, len(held)), shuffled)
    assert verdicts(other) == verdicts(decisions)
    assert {(one.hearing_id, one.doubt) for one in asked} == {
        (one.hearing_id, one.doubt) for one in questions
    }
    assert becomes(other, shuffled) == becomes(decisions, listed)


def becomes(
    decisions: Sequence[Decision], listed: Sequence[Listed]
) -> set[tuple[str, Verdict, str | None]]:
    """What is said, with what becomes of it."""
    return {
        (row.listed_as, one.verdict, one.hearing_id)
        for one, row in zip(decisions, listed, strict=True)
    }


@given(calendars, lists)
def test_a_hearing_ahead_is_called_off_only_where_the_list_says_so_of_its_very_slot(
    held: list[Held], listed: list[Listed]
) -> None:
    """A wrong cancellation is the surest way to an empty chair."""
    decisions, _ = compare(held, listed)
    after = {one.hearing_id: one for one in applied(held, listed, decisions)}
    off = {row.slot for row in listed if row.is_cancelled}
    for one in held:
        if not one.is_cancelled and after[one.hearing_id].is_cancelled:
            assert one.slot in off
            assert after[one.hearing_id].slot == one.slot


@given(calendars, lists)
def test_an_open_hearing_leaves_its_slot_only_for_the_one_open_row_left_over(
    held: list[Held], listed: list[Listed]
) -> None:
    decisions, _ = compare(held, listed)
    after = {one.hearing_id: one for one in applied(held, listed, decisions)}
    moved = [one for one in held if after[one.hearing_id].slot != one.slot]
    assert len([one for one in moved if not one.is_cancelled]) <= 1
    for one in moved:
        assert one.is_open
        assert after[one.hearing_id].is_open
        assert after[one.hearing_id].slot in {row.slot for row in listed}


@given(calendars, lists)
def test_an_open_hearing_that_a_new_row_may_mean_is_asked_about(
    held: list[Held], listed: list[Listed]
) -> None:
    decisions, questions = compare(held, listed)
    matched = {one.hearing_id for one in decisions}
    asked = {one.hearing_id for one in questions}
    if verdicts(decisions)[Verdict.NEW] and not any(
        one.verdict is Verdict.CHANGED and is_move(one, held, listed) for one in decisions
    ):
        for one in held:
            if one.is_open and not one.is_cancelled:
                assert one.hearing_id in matched | asked


def is_move(decision: Decision, held: Sequence[Held], listed: Sequence[Listed]) -> bool:
    was = {one.hearing_id: one.slot for one in held}[decision.hearing_id or ""]
    return was != listed[decision.position].slot
