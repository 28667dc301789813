"""Sealing: a value opens with its key, in its place, unaltered, and in no other way."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.errors import KeyMissing
from notifier.storage.sealed import KEY_BYTES, Sealer, key_from_text, new_key

OLD, NEW = b"o" * KEY_BYTES, b"n" * KEY_BYTES
PLACE, ROW = "detainee.name", "det_1"
SEALER = Sealer({1: OLD})


def sealed(value: str = "Invented Person") -> bytes:
    found = SEALER.seal(PLACE, ROW, value)
    assert found is not None
    return found


@given(value=st.text(), place=st.text(), row=st.text())
def test_whatever_is_sealed_opens_as_it_was(value: str, place: str, row: str) -> None:
    assert SEALER.open(place, row, SEALER.seal(place, row, value)) == value


def test_none_stays_none() -> None:
    assert SEALER.seal(PLACE, ROW, None) is None
    assert SEALER.open(PLACE, ROW, None) is None


def test_equal_values_are_sealed_differently_each_time() -> None:
    assert sealed() != sealed()


@pytest.mark.parametrize("byte", range(len(sealed("A"))))
def test_one_flipped_bit_anywhere_is_refused(byte: int) -> None:
    altered = bytearray(sealed("A"))
    altered[byte] ^= 0b100

    with pytest.raises(KeyMissing):
        SEALER.open(PLACE, ROW, bytes(altered))


@pytest.mark.parametrize("length", range(len(sealed("A"))))
def test_a_value_cut_short_anywhere_is_refused(length: int) -> None:
    with pytest.raises(KeyMissing):
        SEALER.open(PLACE, ROW, sealed("A")[:length])


@pytest.mark.parametrize(
    ("place", "row"),
    [
        pytest.param(PLACE, "det_2", id="moved to another row"),
        pytest.param("detainee.case", ROW, id="moved to another column"),
        pytest.param("recipient.name", ROW, id="moved to another table"),
    ],
)
def test_a_value_in_another_place_is_refused(place: str, row: str) -> None:
    with pytest.raises(KeyMissing, match=f"{place} of {row} does not open"):
        SEALER.open(place, row, sealed())


def test_another_key_is_refused() -> None:
    with pytest.raises(KeyMissing, match="wrong key, or the value was altered"):
        Sealer({1: NEW}).open(PLACE, ROW, sealed())


def test_a_key_version_that_is_not_configured_is_refused() -> None:
    with pytest.raises(KeyMissing, match="a key that is not configured"):
        Sealer({2: OLD}).open(PLACE, ROW, sealed())


def test_a_refusal_never_shows_the_value() -> None:
    with pytest.raises(KeyMissing) as raised:
        Sealer({1: NEW}).open(PLACE, ROW, sealed())

    assert "Invented" not in str(raised.value)


def test_after_a_rotation_the_newest_key_seals_and_all_open() -> None:
    both = Sealer({1: OLD, 2: NEW})
    fresh = both.seal(PLACE, ROW, "Invented Person")

    assert both.open(PLACE, ROW, sealed()) == "Invented Person"
    assert both.open(PLACE, ROW, fresh) == "Invented Person"
    with pytest.raises(KeyMissing):
        SEALER.open(PLACE, ROW, fresh)


def test_after_a_rotation_equal_values_are_still_found() -> None:
    assert Sealer({1: OLD, 2: NEW}).index("c", "x") == SEALER.index("c", "x")


@pytest.mark.parametrize(
    ("column", "value", "same"),
    [
        pytest.param("detainee.case", "7511", True, id="the same value of the same column"),
        pytest.param("detainee.case", "7512", False, id="another value"),
        pytest.param("hearing.case", "7511", False, id="the same value of another column"),
    ],
)
def test_an_index_says_equal_and_nothing_else(column: str, value: str, same: bool) -> None:
    assert (SEALER.index(column, value) == SEALER.index("detainee.case", "7511")) is same
    assert "7511" not in SEALER.index(column, value)


def test_an_index_needs_the_key() -> None:
    assert Sealer({1: NEW}).index("c", "x") != SEALER.index("c", "x")


def test_the_canary_knows_its_key() -> None:
    SEALER.check(SEALER.canary())


def test_the_canary_refuses_another_key() -> None:
    with pytest.raises(KeyMissing, match="not the one this database was sealed with"):
        Sealer({1: NEW}).check(SEALER.canary())


def test_what_is_no_canary_is_refused() -> None:
    other = SEALER.seal("meta.value", "canary", "another sentence")
    assert other is not None

    with pytest.raises(KeyMissing, match="not the one this database was sealed with"):
        SEALER.check(other)


def test_without_a_key_nothing_is_sealed() -> None:
    with pytest.raises(KeyMissing, match=r"sealing\.key_file"):
        Sealer({})


def test_a_new_key_can_be_read() -> None:
    assert len(key_from_text(f"  {new_key()}\n")) == KEY_BYTES
    assert new_key() != new_key()


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("no base64!", id="not base64"),
        pytest.param("ключ", id="not ASCII"),
        pytest.param(base64.b64encode(b"short").decode(), id="too short"),
        pytest.param(base64.b64encode(b"x" * 33).decode(), id="too long"),
    ],
)
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(KeyMissing, match="32 bytes in base64"):
        key_from_text(text)
