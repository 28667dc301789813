"""Settings: the environment over the file over the defaults, secrets never shown."""

from __future__ import annotations

import base64
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from notifier.errors import SettingsError
from notifier.settings import Settings, load

EXAMPLE = Path(__file__).parents[2] / "config" / "notifier.example.toml"
KEY = base64.b64encode(bytes(range(32))).decode()
OLDER_KEY = base64.b64encode(bytes(32)).decode()
CANARY = "hunter2-canary"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "notifier.toml"


def written(file: Path, text: str) -> Path:
    file.write_text(text, encoding="utf-8")
    return file


def test_without_a_file_the_defaults_hold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    settings = load(None, {})

    assert settings.database_url == f"sqlite:///{tmp_path}/var/notifier.sqlite3"
    assert (settings.delivery.timeout_seconds, settings.delivery.in_flight) == (10, 256)
    assert settings.delivery.ports == (443, 8443)
    assert settings.sealing.keys == {}


def test_the_environment_wins_over_the_file_and_the_file_over_the_default(file: Path) -> None:
    written(file, "[delivery]\ntimeout_seconds = 7\nin_flight = 32\n")

    settings = load(file, {"NOTIFIER_DELIVERY__TIMEOUT_SECONDS": "5", "PATH": "ignored"})

    assert settings.delivery.timeout_seconds == 5
    assert settings.delivery.in_flight == 32
    assert settings.delivery.in_flight_per_endpoint == 8


@pytest.mark.parametrize(
    ("variable", "text", "value"),
    [
        pytest.param("DATA_DIR", "/srv/calendar", Path("/srv/calendar"), id="a key of no section"),
        pytest.param("DELIVERY__HTTP_ALLOWED", "true", True, id="a yes or no"),
        pytest.param("DELIVERY__PORTS", "443, 9443", (443, 9443), id="a list has commas"),
        pytest.param("DELIVERY__NAMESERVER", "[::1]:5353", ("::1", 5353), id="an IPv6 server"),
        pytest.param("CALENDAR__MAX_FILE_BYTES", "2048", 2048, id="a number"),
        pytest.param("LOG__FORMAT", "json", "json", id="a word"),
    ],
)
def test_every_kind_of_value_can_come_from_the_environment(
    variable: str, text: str, value: object
) -> None:
    found: Any = load(None, {f"NOTIFIER_{variable}": text})
    for part in variable.lower().split("__"):
        found = getattr(found, part)

    assert found == value


def test_an_empty_variable_is_as_good_as_none_and_the_files_name_is_no_setting() -> None:
    settings = load(None, {"NOTIFIER_LOG__LEVEL": "", "NOTIFIER_CONFIG": "notifier.toml"})

    assert settings.log.level == "INFO"


def test_a_network_may_be_allowed_with_its_port(file: Path) -> None:
    written(file, '[delivery]\nallow = ["10.1.0.0/16:443", "[fd00::/8]:8443"]\n')

    allowed = load(file, {}).delivery.allow

    assert [(str(one.network), one.port) for one in allowed] == [
        ("10.1.0.0/16", 443),
        ("fd00::/8", 8443),
    ]


def test_a_relative_path_counts_from_the_settings_file_not_from_here(file: Path) -> None:
    written(file, 'data_dir = "state"\npolicy_file = "/etc/policy.toml"\n')

    settings = load(file, {})

    assert settings.data_dir == file.parent / "state"
    assert settings.policy_file == Path("/etc/policy.toml")


def test_a_relative_sqlite_file_counts_from_the_settings_file_too(file: Path) -> None:
    written(file, '[database]\nurl = "sqlite:///calendar.sqlite3"\n')

    assert load(file, {}).database_url == f"sqlite:///{file.parent}/calendar.sqlite3"


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:////srv/notifier.sqlite3",
        "sqlite:///:memory:",
        "postgresql://notifier@db.example/notifier",
        "postgresql+psycopg://notifier@db.example/notifier",
    ],
)
def test_any_other_url_stays_as_written(url: str) -> None:
    assert load(None, {"NOTIFIER_DATABASE__URL": url}).database_url == url


def test_the_lease_follows_from_the_timeout() -> None:
    settings = load(None, {"NOTIFIER_DELIVERY__TIMEOUT_SECONDS": "12.5"})

    assert settings.delivery.lease_seconds == 22.5


def test_a_secret_is_read_from_its_file(file: Path) -> None:
    (file.parent / "sealing.key").write_text(f"{KEY}\n")
    written(file, '[sealing]\nkey_file = "sealing.key"\n')

    assert load(file, {}).sealing.keys == {1: bytes(range(32))}


def test_a_secret_in_the_environment_wins_over_its_file(file: Path) -> None:
    (file.parent / "sealing.key").write_text(OLDER_KEY)
    written(file, '[sealing]\nkey_file = "sealing.key"\n')

    assert load(file, {"NOTIFIER_SEALING__KEY": KEY}).sealing.keys == {1: bytes(range(32))}


def test_after_a_rotation_the_newest_key_has_the_highest_version(file: Path) -> None:
    (file.parent / "sealing.key").write_text(KEY)
    (file.parent / "sealing-1.key").write_text(OLDER_KEY)
    written(file, '[sealing]\nkey_file = "sealing.key"\nold_key_files = { 1 = "sealing-1.key" }\n')

    assert load(file, {}).sealing.keys == {1: bytes(32), 2: bytes(range(32))}


def test_no_secret_is_shown(file: Path) -> None:
    (file.parent / "old.key").write_text(OLDER_KEY)
    written(file, '[sealing]\nold_key_files = { 1 = "old.key" }\n')
    settings = load(
        file,
        {
            "NOTIFIER_SEALING__KEY": KEY,
            "NOTIFIER_DATABASE__URL": f"postgresql://notifier:{CANARY}@db.example/notifier",
            "NOTIFIER_DAEMON__HEARTBEAT_URL": f"https://watch.example/{CANARY}",
        },
    )

    shown = f"{settings!r} {settings} {settings.model_dump()}"

    assert not [secret for secret in (KEY, OLDER_KEY, CANARY) if secret in shown]
    assert CANARY in settings.database_url


def test_settings_do_not_change_once_made() -> None:
    settings = load(None, {})

    with pytest.raises(ValidationError, match="frozen"):
        settings.delivery.timeout_seconds = 99


def test_every_setting_has_a_sentence_that_helps_to_mend_it() -> None:
    assert not [key for key, field in leaves(Settings) if not field.description]


def test_the_example_names_every_setting_with_its_default(file: Path) -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    everything = tomllib.loads(re.sub(r"^# (?=\w+ = )", "", text, flags=re.MULTILINE))

    assert {key for key, _ in leaves(Settings)} == set(dotted(everything))
    assert load(written(file, text), {}) == load(written(file, ""), {})


def leaves(model: type[BaseModel], inside: str = "") -> Iterator[tuple[str, Any]]:
    for name, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from leaves(field.annotation, f"{inside}{name}.")
        else:
            yield f"{inside}{name}", field


def dotted(table: dict[str, Any], inside: str = "") -> Iterator[str]:
    for name, value in table.items():
        if isinstance(value, dict) and inside == "":
            yield from dotted(value, f"{name}.")
        else:
            yield f"{inside}{name}"


def test_settings_that_fit_raise_nothing_and_others_only_our_error() -> None:
    with pytest.raises(SettingsError) as caught:
        load(None, {"NOTIFIER_LOG__LEVEL": "LOUD"})

    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
