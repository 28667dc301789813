"""What a list changes: the rules of identity, one sentence each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time

import pytest

from notifier.core.calendar import Doubt, Held, Listed, compare, fingerprint, listed_as
from notifier.core.hearing import HearingState, Slot

OFF = "off"  # a row, or what a source last said, that calls the hearing off
PAST = "past"  # a slot whose date has passed; every other slot lies ahead
UNMATCHED, RELISTED = Doubt.UNMATCHED, Doubt.RELISTED
ELSEWHERE = Doubt.CANCELLED_ELSEWHERE


def held(
    hearing_id: str, slot: str = "A", *, said: str | None = None, cancelled_by: str | None = None
) -> Held:
    """A hearing we hold; the source last ``said`` the slot it stands at unless told otherwise."""
    by_source = cancelled_by == "source"
    listing = (said or slot) + (f" {OFF}" if by_source and said is None else "")
    listed_slot, _, off = listing.partition(" ")
    return Held(
        hearing_id=hearing_id,
        slot=slot,
        listed_as=listed_as(listed_slot, is_cancelled=bool(off)),
        state=HearingState.CANCELLED if cancelled_by else HearingState.LISTED,
        cancelled_by_source=by_source,
        is_open=not slot.startswith(PAST),
    )


def rows(*texts: str) -> list[Listed]:
    """Rows in the order of the list: ``"A"``, ``"A off"``, ``"past"``."""
    return [
        Listed(
            position=position,
            slot=text.partition(" ")[0],
            is_cancelled=text.endswith(f" {OFF}"),
            is_open=not text.startswith(PAST),
        )
        for position, text in enumerate(texts)
    ]


@dataclass(frozen=True, kw_only=True)
class Case:
    """What is held, what is listed, what becomes of each row, and what is asked."""

    held: tuple[Held, ...] = ()
    listed: tuple[str, ...] = ()
    becomes: tuple[str, ...] = ()
    asks: tuple[tuple[str, Doubt], ...] = ()


CASES = {
    "an empty list says nothing": Case(held=(held("h1"),)),
    "a first row is a new hearing": Case(listed=("A",), becomes=("new",)),
    "the same row again changes nothing": Case(
        held=(held("h1"),), listed=("A",), becomes=("unchanged h1",)
    ),
    "a row that repeats an earlier one is a duplicate of it": Case(
        listed=("A", "B", "A", "A"), becomes=("new", "new", "duplicate of 0", "duplicate of 0")
    ),
    "two rows of one slot are no duplicates if only one of them is off": Case(
        listed=("A", "A off"), becomes=("new", "new")
    ),
    "one open hearing and one open row left over: the hearing moved": Case(
        held=(held("h1"),), listed=("B",), becomes=("changed h1",)
    ),
    "equal rows match first, and what is left over moved": Case(
        held=(held("h1"), held("h2", "B")),
        listed=("C", "A"),
        becomes=("changed h2", "unchanged h1"),
    ),
    "two rows for one hearing are new, and the old one stays and is asked about": Case(
        held=(held("h1"),),
        listed=("B", "C"),
        becomes=("new", "new"),
        asks=(("h1", UNMATCHED),),
    ),
    "one row for two hearings is new, and both stay and are asked about": Case(
        held=(held("h1"), held("h2", "B")),
        listed=("C",),
        becomes=("new",),
        asks=(("h1", UNMATCHED), ("h2", UNMATCHED)),
    ),
    "two and two are not paired by guessing": Case(
        held=(held("h1"), held("h2", "B")),
        listed=("C", "D"),
        becomes=("new", "new"),
        asks=(("h1", UNMATCHED), ("h2", UNMATCHED)),
    ),
    "a past row never moves an open hearing": Case(
        held=(held("h1"),), listed=("past",), becomes=("new",), asks=(("h1", UNMATCHED),)
    ),
    "a past row beside it does not hide that a hearing moved": Case(
        held=(held("h1"),), listed=("past", "B"), becomes=("new", "changed h1")
    ),
    "a past hearing is not moved: the row is a new hearing": Case(
        held=(held("h1", "past"),), listed=("B",), becomes=("new",)
    ),
    "a past hearing beside it does not hide that the open one moved": Case(
        held=(held("h1", "past"), held("h2")), listed=("B",), becomes=("changed h2",)
    ),
    "a past hearing still listed is the same hearing": Case(
        held=(held("h1", "past"),), listed=("past",), becomes=("unchanged h1",)
    ),
    "a row that is off calls its hearing off": Case(
        held=(held("h1"),), listed=("A off",), becomes=("changed h1",)
    ),
    "off already": Case(
        held=(held("h1", cancelled_by="source"),), listed=("A off",), becomes=("unchanged h1",)
    ),
    "a row that is off is no move: the old hearing is not called off by guessing": Case(
        held=(held("h1"),), listed=("B off",), becomes=("new",), asks=(("h1", UNMATCHED),)
    ),
    "a row that is off leaves it unclear whether another one is the move": Case(
        held=(held("h1"),),
        listed=("B off", "C"),
        becomes=("new", "new"),
        asks=(("h1", UNMATCHED),),
    ),
    "what the source called off it may take back": Case(
        held=(held("h1", cancelled_by="source"),), listed=("A",), becomes=("changed h1",)
    ),
    "what was called off by hand stays so, and the coordinator is asked": Case(
        held=(held("h1", cancelled_by="hand"),),
        listed=("A",),
        becomes=("unchanged h1",),
        asks=(("h1", RELISTED),),
    ),
    "called off by hand and now by the source as well": Case(
        held=(held("h1", cancelled_by="hand"),), listed=("A off",), becomes=("unchanged h1",)
    ),
    "nobody is asked about what has passed": Case(
        held=(held("h1", "past", cancelled_by="hand"), held("h2", "past2", said="past3")),
        listed=("past", "past3 off"),
        becomes=("unchanged h1", "unchanged h2"),
    ),
    "a cancelled hearing does not move: the row is new": Case(
        held=(held("h1", cancelled_by="source"),), listed=("B",), becomes=("new",)
    ),
    "what was moved by hand stays where it is while the list says nothing new": Case(
        held=(held("h1", "B", said="A"),), listed=("A",), becomes=("unchanged h1",)
    ),
    "what was moved by hand moves on when the list says something new": Case(
        held=(held("h1", "B", said="A"),), listed=("C",), becomes=("changed h1",)
    ),
    "the list caught up with what was moved by hand": Case(
        held=(held("h1", "B", said="A"),), listed=("B",), becomes=("unchanged h1",)
    ),
    "a hearing as it stands comes before one as it was listed, whatever the order": Case(
        held=(held("h1", "B", said="A"), held("h2", "A")),
        listed=("A", "B"),
        becomes=("unchanged h2", "unchanged h1"),
    ),
    "a row does not take by its old place the hearing that another row equals": Case(
        held=(held("h1", "B", said="A"),), listed=("A", "B"), becomes=("new", "unchanged h1")
    ),
    "the old place called off is no word about the new one: the coordinator is asked": Case(
        held=(held("h1", "B", said="A"),),
        listed=("A off",),
        becomes=("unchanged h1",),
        asks=(("h1", ELSEWHERE),),
    ),
    "asked once: the next list that says the same says nothing new": Case(
        held=(held("h1", "B", said="A off"),), listed=("A off",), becomes=("unchanged h1",)
    ),
    "two that were moved by hand from one slot are told apart by what the list last said": Case(
        held=(held("h1", "B", said="A"), held("h2", "C", said="A off")),
        listed=("A off", "A"),
        becomes=("unchanged h2", "unchanged h1"),
    ),
    "the new place called off calls the hearing off": Case(
        held=(held("h1", "B", said="A"),), listed=("B off",), becomes=("changed h1",)
    ),
    "what was reinstated by hand is not called off by a list that says nothing new": Case(
        held=(held("h1", said="A off"),), listed=("A off",), becomes=("unchanged h1",)
    ),
    "one slot, listed and off: each row finds its own, whatever the order": Case(
        held=(held("h1", cancelled_by="source"), held("h2")),
        listed=("A off", "A"),
        becomes=("unchanged h1", "unchanged h2"),
    ),
    "a list that contradicts itself calls nothing off": Case(
        held=(held("h1"),), listed=("A off", "A"), becomes=("new", "unchanged h1")
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_what_a_list_changes(case: Case) -> None:
    decisions, questions = compare(case.held, rows(*case.listed))
    assert [one.position for one in decisions] == list(range(len(case.listed)))
    became = [
        one.verdict.value
        + (f" {one.hearing_id}" if one.hearing_id else "")
        + (f" of {one.repeats}" if one.repeats is not None else "")
        for one in decisions
    ]
    assert became == list(case.becomes)
    assert sorted((one.hearing_id, one.doubt) for one in questions) == list(case.asks)


def slot(
    court: str = "crt_1", day: int = 12, clock: time | None = time(10), room: str | None = "4"
) -> Slot:
    """A slot on a June day."""
    return Slot(
        court_id=court,
        zone="Asia/Almaty",
        local_date=date(2019, 6, day),
        local_time=clock,
        room=room,
    )


def test_slots_are_equal_exactly_when_their_fingerprints_are() -> None:
    different = [
        slot(),
        slot(court="crt_2"),
        slot(day=13),
        slot(clock=time(0)),
        slot(clock=None),
        slot(room="7"),
        slot(room=None),
    ]
    assert len({fingerprint(one) for one in different}) == len(different)
    assert fingerprint(slot()) == fingerprint(slot())


def test_a_room_that_is_blank_is_a_room_that_is_not_known() -> None:
    assert fingerprint(slot(room="")) == fingerprint(slot(room=None))


def test_what_a_source_says_of_a_slot_is_not_what_it_says_when_it_is_off() -> None:
    said = {listed_as(fingerprint(slot()), is_cancelled=off) for off in (True, False)}
    assert len(said) == 2
    assert fingerprint(slot()) in said
