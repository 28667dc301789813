"""Rules that hold for every hearing, party and policy. The first of them: nobody meets silence."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from notifier.core.change import changes
from notifier.core.court_time import end_of_date
from notifier.core.grouping import HEARING_NEWS
from notifier.core.hearing import HearingState, Version
from notifier.core.ladder import notices_wanted
from notifier.core.notice import NoticeKey, NoticeKind, NoticeState, WantedNotice
from notifier.core.people import REMINDED_STATES, Party
from notifier.core.policy import Policy
from tests.core.docket import POLICY, hearing_of, party, version
from tests.core.situations import Situation, instants, policies, situations

PENDING, NOT_NEEDED = NoticeState.PENDING, NoticeState.NOT_NEEDED
MINUTE = timedelta(minutes=1)


def planned(about: Situation) -> list[WantedNotice]:
    return notices_wanted(about.hearing, about.parties, about.policy)


def pending(notices: Iterable[WantedNotice]) -> list[WantedNotice]:
    return [one for one in notices if one.state is PENDING]


def by_key(notices: Iterable[WantedNotice]) -> dict[NoticeKey, WantedNotice]:
    return {one.key: one for one in notices}


def knows_from(about: Situation, who: Party) -> datetime:
    return max(who.known_at, about.hearing.current.revised_at)


def start_of(current: Version) -> datetime:
    """When it begins, or the last instant at which it may still begin."""
    return current.starts_at or end_of_date(current.slot.local_date, current.slot.zone)


def bound_ahead(about: Situation) -> list[Party]:
    """Who is bound to the hearing and came to know of it, as it stands, before it began."""
    current = about.hearing.current
    if current.state is HearingState.CANCELLED:
        return []
    return [
        who
        for who in about.parties
        if who.state in REMINDED_STATES and knows_from(about, who) < start_of(current)
    ]


@given(situations())
def test_nobody_bound_to_a_hearing_ahead_meets_silence(about: Situation) -> None:
    """They are told at once, unless a receiver took exactly this truth after the last rung due."""
    current = about.hearing.current
    wanted = planned(about)
    for who in bound_ahead(about):
        theirs = [one for one in wanted if one.key.recipient_id == who.recipient_id]
        from_then = knows_from(about, who)
        if any(one.due_at == from_then for one in pending(theirs)):
            continue
        assert who.delivered is not None
        assert not any(changes(belief, current) for belief in who.beliefs)
        knew_from = max(who.known_at, who.delivered.revised_at)
        for one in theirs:
            if knew_from < one.due_at <= from_then:
                assert from_then <= about.policy.adopted_at, (
                    "a rung may be lost, and nobody says so"
                )


@given(situations())
def test_whoever_may_believe_what_is_not_true_is_corrected(about: Situation) -> None:
    """As long as any time they may believe in, or the true one, lies ahead."""
    current = about.hearing.current
    wanted = pending(planned(about))
    for who in about.parties:
        wrong = [belief for belief in who.beliefs if changes(belief, current)]
        last = max(map(start_of, [*wrong, current]))
        if who.state in REMINDED_STATES and wrong and knows_from(about, who) < last:
            (news,) = [
                one
                for one in wanted
                if one.key.recipient_id == who.recipient_id and one.key.kind in HEARING_NEWS
            ]
            assert news.key.kind is not NoticeKind.NEW
            assert news.useful_until >= last


@given(situations())
def test_every_rung_is_pending_or_not_needed_for_a_reason(about: Situation) -> None:
    wanted = by_key(planned(about))
    current = about.hearing.current
    for who in bound_ahead(about):
        ladder = about.policy.ladder(who.role, about.hearing.kind)
        names = {step.name for step in ladder}
        if current.starts_at is None:
            names = {day.name for day in about.policy.unknown_time} if ladder else set()
        suffix = "" if who.round == 1 else f"#{who.round}"
        for name in names:
            found = wanted[
                NoticeKey(
                    subject_id=about.hearing.id,
                    revision=current.revision,
                    recipient_id=who.recipient_id,
                    kind=NoticeKind.REMINDER,
                    rung=name + suffix,
                )
            ]
            assert found.state in {PENDING, NOT_NEEDED}
            assert found.reason


def test_in_ten_thousand_random_pairs_the_ladder_is_whole() -> None:
    """A hearing known any while ahead: what has passed is skipped with its reason, told at once."""
    chance = Random(2019)
    start = version("12 10:00")
    assert start.starts_at is not None
    for _ in range(10_000):
        ahead = timedelta(seconds=chance.randint(1, 48 * 3600))
        known_at = start.starts_at - ahead
        current = replace(start, revised_at=known_at)
        news, *ladder = notices_wanted(
            hearing_of(current), [replace(party(), known_at=known_at)], POLICY
        )
        assert (news.key.kind, news.due_at, news.state) == (NoticeKind.NEW, known_at, PENDING)
        assert [one.key.rung for one in ladder] == ["24h", "3h", "45m"]
        for one, before in zip(ladder, (24 * 60, 180, 45), strict=True):
            assert one.due_at == start.starts_at - before * MINUTE
            assert (one.state is PENDING) is (before * MINUTE < ahead)
            assert (one.key.rung in news.reason) is (one.state is NOT_NEEDED)


@given(situations(), st.randoms(use_true_random=False))
def test_planning_again_and_in_any_order_asks_for_the_same(
    about: Situation, chance: Random
) -> None:
    shuffled = replace(about, parties=tuple(chance.sample(about.parties, len(about.parties))))
    assert planned(about) == planned(about)
    assert by_key(planned(shuffled)) == by_key(planned(about))


@given(situations())
def test_no_two_notices_have_the_same_key(about: Situation) -> None:
    wanted = planned(about)
    assert len(by_key(wanted)) == len(wanted)
    assert {one.key.revision for one in wanted} <= {about.hearing.current.revision}


@given(situations())
def test_nothing_is_due_before_anybody_could_know(about: Situation) -> None:
    known = {who.recipient_id: knows_from(about, who) for who in about.parties}
    for one in pending(planned(about)):
        if one.key.kind is not NoticeKind.RELIEVED:
            assert one.due_at >= known[one.key.recipient_id]


@given(situations())
def test_what_is_pending_is_of_use_when_it_is_due(about: Situation) -> None:
    assert all(one.useful_until > one.due_at for one in pending(planned(about)))
    assert {one.state for one in planned(about)} <= {PENDING, NOT_NEEDED}


@given(situations())
def test_nobody_is_told_two_things_at_once(about: Situation) -> None:
    news = [one for one in pending(planned(about)) if one.key.rung.startswith("now")]
    told = [one.key.recipient_id for one in news]
    assert len(told) == len(set(told))


@given(situations())
def test_a_cancelled_hearing_asks_for_its_cancellation_and_last_words_only(
    about: Situation,
) -> None:
    if about.hearing.current.state is HearingState.CANCELLED:
        assert {one.key.kind for one in planned(about)} <= {
            NoticeKind.CANCELLED,
            NoticeKind.RELIEVED,
        }


@given(situations())
def test_a_hearing_that_is_over_plans_nothing_for_whom_it_is_new(about: Situation) -> None:
    hours_after = start_of(about.hearing.current) + timedelta(hours=2)
    late = tuple(
        replace(who, known_at=hours_after, delivered=None, attempted=())
        for who in about.parties
        if who.state in {*REMINDED_STATES, None}
    )
    assert planned(replace(about, parties=late)) == []


@given(situations(), policies, instants)
def test_a_policy_edit_makes_no_notice_that_is_already_due(
    about: Situation, edited: Policy, adopted_at: datetime
) -> None:
    """What was pending before is another matter: it stays owed."""
    edited = replace(edited, adopted_at=adopted_at, usefulness=about.policy.usefulness)
    before = {one.key for one in pending(planned(about)) if one.key.kind is not NoticeKind.REMINDER}
    after = pending(planned(replace(about, policy=edited)))
    for one in after:
        assert one.due_at > adopted_at or one.key in before


@given(situations())
def test_who_is_no_longer_bound_gets_one_last_word_at_most(about: Situation) -> None:
    for who in about.parties:
        if who.state is None or who.state in REMINDED_STATES:
            continue
        theirs = [one for one in planned(about) if one.key.recipient_id == who.recipient_id]
        assert [one.key.kind for one in theirs] in ([], [NoticeKind.RELIEVED])
        assert not theirs or who.is_told
