"""Ids: random, prefixed, meaning nothing outside; those of one batch lie side by side."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.core import ids
from notifier.core.ids import HEARING, NOTICE, new_id, new_ids

seeds = st.integers().map(random.Random)


def test_an_id_is_its_prefix_and_eighty_random_bits() -> None:
    assert new_id(HEARING, lambda count: b"\xa7" * count) == "hrg_" + "a7" * 10


def test_no_two_kinds_of_row_share_a_prefix() -> None:
    prefixes = [value for name, value in vars(ids).items() if name.isupper() and name[0] != "_"]
    assert len(prefixes) == len(set(prefixes)) > 10
    assert all(len(prefix) == 4 and prefix.endswith("_") for prefix in prefixes)


@given(st.integers(0, 300), seeds)
def test_a_batch_has_as_many_ids_as_asked_for_in_rising_order_and_no_two_alike(
    count: int, chance: random.Random
) -> None:
    made = new_ids(NOTICE, count, chance.randbytes)
    assert len(made) == len(set(made)) == count
    assert made == sorted(made)
    assert {len(one) for one in made} <= {len(new_id(NOTICE, chance.randbytes))}


def test_the_ids_of_a_batch_share_the_first_half_of_their_digits() -> None:
    made = new_ids(NOTICE, 50, random.Random(1).randbytes)
    assert len({one[:14] for one in made}) == 1


def test_chance_that_repeats_itself_is_asked_again() -> None:
    draws = iter([b"share", b"first" * 3, b"secondthird"[:10]])
    assert len(new_ids(NOTICE, 3, lambda count: next(draws))) == 3


@pytest.mark.parametrize("count", [0, 1])
def test_a_batch_of_none_or_one_is_no_special_case(count: int) -> None:
    assert len(new_ids(NOTICE, count, random.Random(2).randbytes)) == count
