"""Which of the notices due now go out, and which share a message."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.core.grouping import (
    GROUPED,
    HEARING_NEWS,
    DueNotice,
    group,
    most_useful,
    portions,
)
from notifier.core.notice import NoticeKind
from tests.core.docket import wall

NEW, MOVED, REMINDER = NoticeKind.NEW, NoticeKind.MOVED, NoticeKind.REMINDER
GAP, FAILED, RELIEVED = NoticeKind.COVERAGE_GAP, NoticeKind.DELIVERY_FAILED, NoticeKind.RELIEVED


def due(
    name: str,
    kind: NoticeKind = REMINDER,
    *,
    at: str = "11 10:00",
    revision: int = 1,
    subject: str = "hrg_1",
    to: str = "rcp_1",
    until: str = "12 10:30",
) -> DueNotice:
    """A notice whose instant has come."""
    return DueNotice(
        id=name,
        subject_id=subject,
        revision=revision,
        recipient_id=to,
        kind=kind,
        rung="now" if kind in HEARING_NEWS else "24h",
        due_at=wall(at),
        useful_until=wall(until),
    )


def ids(notices: Sequence[DueNotice]) -> list[str]:
    return [one.id for one in notices]


@pytest.mark.parametrize(
    ("notices", "kept"),
    [
        pytest.param([], [], id="nothing due, nothing sent"),
        pytest.param([due("a")], ["a"], id="one alone is sent"),
        pytest.param(
            [due("c 24h"), due("a 3h", at="12 07:00"), due("b 18h", at="11 16:00")],
            ["a 3h"],
            id="after downtime only the latest reminder of a hearing is sent",
        ),
        pytest.param(
            [due("new", NEW), due("45m", at="12 09:15")],
            ["new"],
            id="news outranks a later reminder: it carries the same facts and says what changed",
        ),
        pytest.param(
            [due("old news", NEW, at="12 09:00"), due("reminder", revision=2)],
            ["reminder"],
            id="a newer revision outranks old news",
        ),
        pytest.param(
            [due("first", NEW), due("second", MOVED, revision=2)],
            ["second"],
            id="the latest news outranks the earlier",
        ),
        pytest.param(
            [due("a"), due("b", subject="hrg_2")], ["a", "b"], id="another hearing is told as well"
        ),
        pytest.param(
            [due("a"), due("b", to="rcp_2")], ["a", "b"], id="another person is told as well"
        ),
        pytest.param(
            [due("gap", GAP), due("failed", FAILED), due("over", RELIEVED), due("a")],
            ["gap", "failed", "over", "a"],
            id="what is no rung of a hearing's ladder is never dropped",
        ),
    ],
)
def test_what_is_sent_of_what_is_due(notices: list[DueNotice], kept: list[str]) -> None:
    best, dropped = most_useful(notices)
    assert sorted(ids(best)) == sorted(kept)
    assert sorted(ids(best) + [one.id for one, _ in dropped]) == sorted(ids(notices))


def test_a_notice_that_is_not_sent_says_what_tells_it_instead() -> None:
    _, dropped = most_useful([due("a"), due("b", NEW)])
    assert [(one.id, reason) for one, reason in dropped] == [
        ("a", "hearing.new now tells it as well")
    ]


notices = st.lists(
    st.builds(
        due,
        st.uuids().map(str),
        st.sampled_from([kind for kind in NoticeKind if kind is not NoticeKind.ENDPOINT_TEST]),
        at=st.sampled_from(["10 10:00", "11 10:00", "12 07:00"]),
        revision=st.integers(1, 3),
        subject=st.sampled_from(["hrg_1", "hrg_2", "hrg_3"]),
        to=st.sampled_from(["rcp_1", "rcp_2"]),
        until=st.sampled_from(["12 10:30", "13 10:30"]),
    ),
    max_size=25,
)


@given(notices, st.randoms(use_true_random=False))
def test_whoever_is_owed_a_word_of_a_hearing_gets_exactly_one(
    every: list[DueNotice], chance: Random
) -> None:
    """Nobody is dropped who is not told in the same breath; the order of the rows says nothing."""
    kept, dropped = most_useful(every)
    assert sorted(ids(kept) + [one.id for one, _ in dropped]) == sorted(ids(every))
    ladder = [one for one in kept if one.kind is REMINDER or one.kind in HEARING_NEWS]
    told = [(one.subject_id, one.recipient_id) for one in ladder]
    assert len(told) == len(set(told))
    assert {(one.subject_id, one.recipient_id) for one, _ in dropped} <= set(told)
    assert {one.kind for one, _ in dropped} <= {REMINDER} | HEARING_NEWS
    newest = {(one.subject_id, one.recipient_id): one.revision for one in ladder}
    assert all(one.revision <= newest[one.subject_id, one.recipient_id] for one, _ in dropped)
    shuffled = chance.sample(every, len(every))
    assert set(ids(most_useful(shuffled)[0])) == set(ids(kept))


@given(notices)
def test_what_was_chosen_is_chosen_again(every: list[DueNotice]) -> None:
    kept, _ = most_useful(every)
    assert most_useful(kept)[1] == []


@pytest.mark.parametrize(
    ("notices", "messages"),
    [
        pytest.param([], [], id="nothing"),
        pytest.param(
            [due("a"), due("b", subject="hrg_2")],
            [["a"], ["b"]],
            id="reminders of two hearings are two messages",
        ),
        pytest.param(
            [due("a", GAP), due("b", GAP, subject="hrg_2")],
            [["a", "b"]],
            id="gaps of one import are one list to the coordinator",
        ),
        pytest.param(
            [due("a", GAP), due("b", FAILED)], [["b"], ["a"]], id="two kinds are two lists"
        ),
        pytest.param(
            [due("a", GAP), due("b", GAP, to="rcp_2")],
            [["a"], ["b"]],
            id="two coordinators never share one",
        ),
        pytest.param(
            [due("later", GAP, until="13 10:30"), due("sooner", GAP)],
            [["sooner", "later"]],
            id="what ends soonest comes first",
        ),
    ],
)
def test_which_notices_share_a_message(notices: list[DueNotice], messages: list[list[str]]) -> None:
    assert sorted(map(ids, group(notices)), reverse=True) == sorted(messages, reverse=True)


@given(notices)
def test_every_notice_is_in_exactly_one_message_of_one_person_and_one_kind(
    every: list[DueNotice],
) -> None:
    messages = group(every)
    assert sorted(one.id for message in messages for one in message) == sorted(ids(every))
    for message in messages:
        assert len({(one.recipient_id, one.kind) for one in message}) == 1
        assert len(message) == 1 or message[0].kind in GROUPED


@pytest.mark.parametrize(
    ("sizes", "parts"),
    [
        pytest.param([], [], id="nothing"),
        pytest.param([3, 3, 3], [(3, 3, 3)], id="what fits goes together"),
        pytest.param([3, 3, 3, 3], [(3, 3, 3), (3,)], id="what does not goes into the next"),
        pytest.param([99], [(99,)], id="one alone is always sent"),
        pytest.param([1, 99, 1], [(1,), (99,), (1,)], id="and takes nobody with it"),
    ],
)
def test_a_list_is_split_where_it_would_be_too_long(
    sizes: list[int], parts: list[tuple[int, ...]]
) -> None:
    assert portions(sizes, lambda part: sum(part) <= 10) == parts


@given(st.lists(st.integers(1, 30)))
def test_portions_keep_everyone_in_order_and_only_one_alone_may_be_too_long(
    sizes: list[int],
) -> None:
    parts = portions(sizes, lambda part: sum(part) <= 20)
    assert [size for part in parts for size in part] == sizes
    assert all(len(part) == 1 or sum(part) <= 20 for part in parts)
    assert all(sum(first) + second[0] > 20 for first, second in pairwise(parts))


def test_news_and_lists_are_different_things() -> None:
    assert not GROUPED & HEARING_NEWS
