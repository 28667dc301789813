"""The encoding of a list is certain or declared: a garbled name would never be noticed."""

from __future__ import annotations

import codecs
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.errors import CalendarRejected, SettingsError
from notifier.importers.text import codec_of, decode, is_last_resort

RUSSIAN = "Номер дела;Судья\r\n7527;Щербакова Ё.\r\n"
KAZAKH = "Іс нөмірі;Судья\r\n7527;Әбдіғаппар Ңұрғиса Һ. Ө. Ү.\r\n"


@pytest.mark.parametrize(
    ("data", "declared", "text"),
    [
        pytest.param(KAZAKH.encode(), [], KAZAKH, id="UTF-8 needs no declaration"),
        pytest.param(KAZAKH.encode("utf-8-sig"), [], KAZAKH, id="UTF-8 with its mark"),
        pytest.param(KAZAKH.encode("utf-16"), [], KAZAKH, id="UTF-16 with its mark"),
        pytest.param(
            codecs.BOM_UTF16_BE + KAZAKH.encode("utf-16-be"), [], KAZAKH, id="big-endian UTF-16"
        ),
        pytest.param(KAZAKH.encode("utf-32"), [], KAZAKH, id="UTF-32 with its mark"),
        pytest.param(
            KAZAKH.encode("utf-16"), ["cp1251"], KAZAKH, id="a mark goes before a declaration"
        ),
        pytest.param(RUSSIAN.encode("cp1251"), ["cp1251"], RUSSIAN, id="windows-1251 declared"),
        pytest.param(KAZAKH.encode("kz1048"), ["kz1048"], KAZAKH, id="kz-1048 declared"),
        pytest.param(
            KAZAKH.encode("utf-16-le"), ["utf-16-le"], KAZAKH, id="UTF-16 without mark, declared"
        ),
        pytest.param(
            RUSSIAN.encode("cp1251"), ["kz1048"], RUSSIAN, id="kz-1048 reads Russian as well"
        ),
        pytest.param(KAZAKH.encode(), ["utf-8", "kz1048"], KAZAKH, id="the first of two"),
        pytest.param(KAZAKH.encode("kz1048"), ["utf-8", "kz1048"], KAZAKH, id="the second of two"),
        pytest.param(KAZAKH.encode(), ["cp1251"], KAZAKH, id="not as declared, but surely UTF-8"),
        pytest.param(b"a;b\r\n", ["cp1251"], "a;b\r\n", id="plain ASCII is the same in all"),
    ],
)
def test_text_comes_back_letter_by_letter(data: bytes, declared: list[str], text: str) -> None:
    assert decode(data, declared) == text


@pytest.mark.parametrize(
    ("data", "declared", "reason"),
    [
        pytest.param(
            RUSSIAN.encode("cp1251"), [], r"not UTF-8.*windows-1251.*kz-1048", id="undeclared"
        ),
        pytest.param(RUSSIAN.encode("cp1251"), ["ascii"], "not ascii", id="declared wrongly"),
        pytest.param(RUSSIAN.encode(), ["cp1251"], "but the file is UTF-8", id="would be garbled"),
        pytest.param(KAZAKH.encode(), ["utf-16"], "but the file is UTF-8", id="not UTF-16"),
        pytest.param(b"\x98\xff\xfe\xe0", ["cp1251"], "not cp1251", id="a byte of no letter"),
        pytest.param(b"\xff\xfea", [], "says it is UTF-16 but is damaged", id="cut UTF-16"),
        pytest.param(codecs.BOM_UTF8 + b"\xff", [], "says it is UTF-8", id="damaged UTF-8"),
        pytest.param(b"a,b\nc,\x00\n", [], "NUL bytes, the first on line 2", id="NUL"),
        pytest.param("a,b\n".encode("utf-16-le"), [], "utf-16-le", id="UTF-16 without its mark"),
    ],
)
def test_a_file_that_would_need_a_guess_is_rejected(
    data: bytes, declared: list[str], reason: str
) -> None:
    with pytest.raises(CalendarRejected, match=reason):
        decode(data, declared)


def test_the_message_names_the_line_but_nothing_of_the_text() -> None:
    with pytest.raises(CalendarRejected, match="line 2") as rejected:
        decode(b"name\nSecret \xcd\n", [])

    assert "Secret" not in str(rejected.value)


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("windows-1251", "cp1251"),
        ("CP1251", "cp1251"),
        ("kz-1048", "kz1048"),
        ("KZ1048", "kz1048"),
        ("UTF_8", "utf-8"),
        ("koi8-r", "koi8-r"),
        ("iso-8859-5", "iso8859-5"),
    ],
)
def test_encodings_are_known_by_the_names_people_use(name: str, codec: str) -> None:
    assert codec_of(name) == codec
    assert codecs.lookup(codec)


@pytest.mark.parametrize("name", ["windows-1215", "rot13", "unicode_escape", "utf-7", ""])
def test_other_names_are_refused(name: str) -> None:
    with pytest.raises(SettingsError, match="is not known"):
        codec_of(name)


def test_the_nearest_name_is_offered() -> None:
    with pytest.raises(SettingsError, match='did you mean "windows-1251"'):
        codec_of("window-1251")


def test_only_encodings_that_prove_themselves_may_stand_before_others() -> None:
    assert not is_last_resort("utf-8")
    assert is_last_resort("cp1251")
    assert is_last_resort("utf-16")


@given(st.binary(max_size=200), st.sampled_from([[], ["cp1251"], ["utf-8", "kz1048"], ["utf-16"]]))
def test_any_bytes_are_text_or_rejected(data: bytes, declared: list[str]) -> None:
    with suppress(CalendarRejected):
        assert "\x00" not in decode(data, declared)
