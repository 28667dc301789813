"""Mappings are found by name: the installation's own first, then those that ship."""

from __future__ import annotations

from pathlib import Path

import pytest

from notifier.errors import NotFound, SettingsError
from notifier.importers import find_mapping, shipped_mappings

OWN = """
about = "ours"
format = "csv"
mode = "snapshot"
ref_prefix = "OWN"
[columns]
court = 1
date = 2
case_number = 3
"""


def test_every_shape_we_know_has_a_mapping() -> None:
    assert shipped_mappings() == [
        "anchorage",
        "atlanta",
        "ics",
        "idaho",
        "kazakh-daily",
        "simple",
        "uk-appeal",
        "uk-daily",
        "uk-siac",
        "uk-weekly",
    ]


@pytest.mark.parametrize("name", shipped_mappings())
def test_every_shipped_mapping_is_sound_and_says_what_it_is_about(name: str) -> None:
    mapping = find_mapping(name)

    assert mapping.name == name
    assert mapping.about


def test_a_mapping_of_the_installation_goes_before_the_shipped_one(tmp_path: Path) -> None:
    (tmp_path / "idaho.toml").write_text(OWN, encoding="utf-8")

    assert find_mapping("idaho", [tmp_path]).about == "ours"
    assert find_mapping("idaho", [tmp_path / "absent"]).about != "ours"


def test_an_unknown_name_is_not_found_and_the_nearest_is_offered() -> None:
    with pytest.raises(NotFound, match='did you mean "idaho"'):
        find_mapping("idahoo")


def test_where_nothing_is_near_all_names_are_listed(tmp_path: Path) -> None:
    (tmp_path / "karaganda.toml").write_text(OWN, encoding="utf-8")

    with pytest.raises(NotFound, match="karaganda, kazakh-daily"):
        find_mapping("zzz", [tmp_path])


@pytest.mark.parametrize("name", ["../secret", "/etc/passwd", "a/b", "", ".", "x" * 100])
def test_a_name_is_never_a_path(name: str, tmp_path: Path) -> None:
    (tmp_path / "secret.toml").write_text(OWN, encoding="utf-8")
    (tmp_path / "inside").mkdir()

    with pytest.raises(NotFound):
        find_mapping(name, [tmp_path / "inside"])


def test_a_file_with_mistakes_is_refused_not_passed_over(tmp_path: Path) -> None:
    (tmp_path / "idaho.toml").write_text(OWN.replace("date = 2", ""), encoding="utf-8")

    with pytest.raises(SettingsError, match="say where the date stands"):
        find_mapping("idaho", [tmp_path])


def test_a_file_in_another_encoding_is_refused(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_bytes(OWN.replace("ours", "наш").encode("cp1251"))

    with pytest.raises(SettingsError, match="save it as UTF-8"):
        find_mapping("own", [tmp_path])
