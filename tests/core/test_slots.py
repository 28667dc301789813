"""Who gets the free slots: the nearest deadline, the reserve of first tries, the last chances."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.core.pacing import Share
from notifier.core.slots import Candidate, Room, admit, others_most

NOW = datetime(2019, 6, 12, 1, tzinfo=UTC)
TIMEOUT = timedelta(seconds=10)
WELL, HELD, FULL = (
    Share(ordinary=8, last_chance=8),
    Share(ordinary=0, last_chance=8),
    Share(ordinary=0, last_chance=0),
)


def due(
    message_id: str,
    endpoint_id: str = "end_1",
    *,
    left: float = 3600,
    is_first: bool = True,
    waits: float = 0,
) -> Candidate:
    """A due message with so many seconds left, waiting for so many."""
    return Candidate(
        message_id=message_id,
        endpoint_id=endpoint_id,
        is_first=is_first,
        created_at=NOW - timedelta(hours=1),
        next_try_at=NOW - timedelta(seconds=waits),
        useful_until=NOW + timedelta(seconds=left),
    )


def room(slots: int = 8, for_others: int = 8, otherwise: Share = WELL, **shares: Share) -> Room:
    """So much room."""
    return Room(
        slots=slots, for_others=for_others, shares=shares, otherwise=otherwise, timeout=TIMEOUT
    )


def chosen(candidates: list[Candidate], room: Room) -> list[str]:
    """Ids of those that get a slot, in their order."""
    return [one.message_id for one in admit(room, candidates, now=NOW)[0]]


FAR, NEAR = due("far", left=7200), due("near", left=300)
RETRY = due("retry", left=60, is_first=False)

CASES: Mapping[str, tuple[list[Candidate], Room, list[str]]] = {
    "the nearest deadline goes first": ([FAR, NEAR], room(), ["near", "far"]),
    "of equal deadlines the one that waits longer": (
        [due("new"), due("old", waits=5)],
        room(),
        ["old", "new"],
    ),
    "no more than there are slots": ([FAR, NEAR], room(slots=1), ["near"]),
    "none when there are none": ([FAR, NEAR], room(slots=0), []),
    "a retry leaves the reserve to first tries": (
        [RETRY, FAR],
        room(for_others=0),
        ["far"],
    ),
    "a retry in its last chance leaves it too": (
        [due("last", left=5, is_first=False)],
        room(for_others=0),
        [],
    ),
    "an endpoint gets its share and hides nobody": (
        [due("a"), due("b"), due("c", "end_2", left=9999)],
        room(end_1=Share(ordinary=1, last_chance=1)),
        ["a", "c"],
    ),
    "an endpoint not named gets the share of the others": (
        [due("a"), due("b")],
        room(otherwise=Share(ordinary=1, last_chance=8)),
        ["a"],
    ),
    "one that is held back gets nothing ordinary": ([NEAR], room(end_1=HELD), []),
    "but a last chance": ([due("last", left=20)], room(end_1=HELD), ["last"]),
    "which takes no slot of the reserve": (
        [due("last", left=20)],
        room(for_others=0, end_1=HELD),
        [],
    ),
    "and none past the endpoint's bound": ([due("last", left=20)], room(end_1=FULL), []),
}


@pytest.mark.parametrize(("candidates", "room", "expected"), CASES.values(), ids=CASES)
def test_who_is_chosen(candidates: list[Candidate], room: Room, expected: list[str]) -> None:
    assert chosen(candidates, room) == expected


def test_what_is_left_is_said() -> None:
    _, left = admit(
        room(end_1=HELD), [due("last", left=20), due("other", "end_2", is_first=True)], now=NOW
    )

    assert (left.slots, left.for_others) == (6, 7)
    assert left.shares == {
        "end_1": Share(ordinary=0, last_chance=7),
        "end_2": Share(ordinary=7, last_chance=7),
    }
    assert (left.full, left.held_back) == ([], ["end_1"])


def test_full_and_held_back_are_said() -> None:
    found = room(end_1=WELL, end_2=HELD, end_3=FULL)

    assert (found.full, found.held_back) == (["end_3"], ["end_2", "end_3"])


@pytest.mark.parametrize(
    ("in_flight", "others"),
    [(256, 192), (64, 48), (4, 3), pytest.param(1, 1, id="a retry must not wait for ever")],
)
def test_a_quarter_of_all_slots_is_reserved(in_flight: int, others: int) -> None:
    assert others_most(in_flight) == others


names = st.sampled_from(["end_1", "end_2", "end_3"])
shares = st.integers(0, 4).flatmap(
    lambda last: st.builds(Share, ordinary=st.integers(0, last), last_chance=st.just(last))
)
candidates = st.lists(
    st.builds(
        due,
        st.uuids().map(str),
        names,
        left=st.floats(1, 100_000),
        is_first=st.booleans(),
        waits=st.floats(0, 100),
    ),
    max_size=40,
)
rooms = st.builds(
    Room,
    slots=st.integers(0, 20),
    for_others=st.integers(0, 20),
    shares=st.dictionaries(names, shares),
    otherwise=shares,
    timeout=st.just(TIMEOUT),
)


@given(candidates, rooms)
def test_no_bound_is_ever_passed_and_nobody_with_room_is_left_out(
    candidates: list[Candidate], room: Room
) -> None:
    taken, left = admit(room, candidates, now=NOW)

    assert len(taken) == room.slots - left.slots <= room.slots
    assert 0 <= left.for_others <= room.for_others
    assert all(share.ordinary <= share.last_chance for share in left.shares.values())
    assert all(share.last_chance >= 0 for share in left.shares.values())
    again, _ = admit(left, [one for one in candidates if one not in taken], now=NOW)
    assert again == []


@given(candidates, rooms)
def test_the_order_in_which_they_are_found_changes_nothing(
    candidates: list[Candidate], room: Room
) -> None:
    other = sorted(candidates, key=lambda one: one.message_id)

    assert {one.message_id for one in admit(room, other, now=NOW)[0]} == {
        one.message_id for one in admit(room, candidates, now=NOW)[0]
    } or _has_ties(candidates)


def _has_ties(candidates: list[Candidate]) -> bool:
    keys = [(one.useful_until, one.next_try_at) for one in candidates]
    return len(set(keys)) < len(keys)
