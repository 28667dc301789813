"""The words about notices: what a rung is called in the round it belongs to."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.core.notice import NoticeKind, NoticeState, in_round, rung_and_round


@pytest.mark.parametrize(
    ("rung", "number", "name"),
    [
        pytest.param("24h", 1, "24h", id="the first round is not mentioned"),
        pytest.param("24h", 2, "24h#2", id="proposed again, the rung says so"),
        pytest.param("now", 13, "now#13", id="however often that was"),
        pytest.param("nobody@20190612T040000", 1, "nobody@20190612T040000", id="a gap has none"),
    ],
)
def test_a_rung_in_a_round(rung: str, number: int, name: str) -> None:
    assert in_round(rung, number) == name
    assert rung_and_round(name) == (rung, number)


@given(st.text("0123456789dhms@:T", min_size=1), st.integers(1, 10_000))
def test_a_rung_and_its_round_are_read_back_as_they_were_written(rung: str, number: int) -> None:
    assert rung_and_round(in_round(rung, number)) == (rung, number)


def test_a_notice_is_pending_or_has_exactly_one_of_six_ends() -> None:
    ends = set(NoticeState) - {NoticeState.PENDING}
    assert ends == {"delivered", "superseded", "cancelled", "not_needed", "expired", "dead"}


def test_a_kind_is_the_type_of_the_webhook() -> None:
    assert all(kind.value.count(".") == 1 and kind.value.islower() for kind in NoticeKind)
