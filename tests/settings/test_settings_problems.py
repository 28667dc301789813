"""Wrong settings: every problem at once, each with its key, its value unless secret, and a hint."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.errors import SettingsError
from notifier.settings import load

CANARY = "hunter2-canary"


def problems(tmp_path: Path, text: str, environ: dict[str, str] | None = None) -> list[str]:
    file = tmp_path / "notifier.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError) as caught:
        load(file, environ or {})
    return [line.removeprefix(f"{file}: ") for line in caught.value.problems]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        pytest.param(
            "[delivery]\ntimeout_secnds = 5",
            "delivery.timeout_secnds: unknown key; did you mean delivery.timeout_seconds?",
            id="an unknown key gets the nearest match",
        ),
        pytest.param(
            "timeout_seconds = 5",
            "timeout_seconds: unknown key; did you mean delivery.timeout_seconds?",
            id="a key outside its section is shown its place",
        ),
        pytest.param(
            "[calender]\nmax_file_bytes = 1",
            "calender: unknown key; did you mean calendar?",
            id="an unknown section gets the nearest match",
        ),
        pytest.param(
            "[log]\nwidth = 80",
            "log.width: unknown key; known here: format, level",
            id="an unknown key like no other is shown what there is",
        ),
        pytest.param(
            "delivery = 5",
            "delivery: should be a section, [delivery]",
            id="a value where a section belongs",
        ),
        pytest.param(
            '[delivery]\ntimeout_seconds = "soon"',
            "delivery.timeout_seconds = 'soon': should be a valid number, unable to parse string "
            "as a number (the clock over one whole attempt)",
            id="no number",
        ),
        pytest.param(
            "[delivery]\ntimeout_seconds = 31",
            "delivery.timeout_seconds = 31: should be less than or equal to 30 "
            "(the clock over one whole attempt)",
            id="a timeout with which orphans would wait too long",
        ),
        pytest.param(
            "[delivery]\nin_flight = 4\nin_flight_per_endpoint = 5",
            "delivery.in_flight_per_endpoint = 5: more than delivery.in_flight "
            "(at the same time to one endpoint; at most in_flight)",
            id="one endpoint may not take more than there is",
        ),
        pytest.param(
            "[delivery]\nports = []",
            "delivery.ports = []: name at least one (the ports endpoints may have)",
            id="no port at all",
        ),
        pytest.param(
            "[delivery]\nports = [443, 70000]",
            "delivery.ports[1] = 70000: should be less than or equal to 65535 "
            "(the ports endpoints may have)",
            id="one bad port of several is named",
        ),
        pytest.param(
            '[delivery]\nallow = ["10.0.0.1/8:443"]',
            "delivery.allow[0] = '10.0.0.1/8:443': write it like 10.1.0.0/16:443 or "
            "[fd00::/8]:8443 (own networks that endpoints may be in all the same)",
            id="an address with host bits is no network",
        ),
        pytest.param(
            '[delivery]\nnameserver = "dns.example:53"',
            "delivery.nameserver = 'dns.example:53': write it like 192.0.2.53:53 or "
            "[2001:db8::53]:53 (address:port of a resolver; default: the system's)",
            id="a name server needs no name server",
        ),
        pytest.param(
            "[daemon]\naudit_every_seconds = 120",
            "daemon.heartbeat_every_seconds = 60.0: more often than daemon.audit_every_seconds: "
            "it would tell old news (how often; not more often than the audit)",
            id="a heartbeat between two audits",
        ),
        pytest.param(
            '[log]\nlevel = "loud"',
            "log.level = 'loud': should be 'DEBUG', 'INFO', 'WARNING' or 'ERROR' "
            "(the least that is written)",
            id="a word that is not on the list",
        ),
        pytest.param(
            'data_dir = "~nobody-of-that-name/var"',
            "data_dir = '~nobody-of-that-name/var': there is no such home folder "
            "(a folder for what the notifier keeps)",
            id="a home folder of nobody",
        ),
    ],
)
def test_a_problem_says_what_where_and_how_to_mend_it(tmp_path: Path, text: str, line: str) -> None:
    assert problems(tmp_path, text) == [line]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        pytest.param(
            f'[database]\nurl = "mysql://notifier:{CANARY}@db.example"',
            "database.url = ***: only sqlite:/// and postgresql:// are supported",
            id="a database of another kind",
        ),
        pytest.param(
            f'[sealing]\nkey = "{CANARY}"',
            "sealing.key = ***: the sealing key must be 32 bytes in base64",
            id="a key that is none",
        ),
        pytest.param(
            f'[sealing]\nkey_file = "{CANARY}"',
            "sealing.key_file = ***: there is no such file",
            id="the key itself where its file belongs",
        ),
        pytest.param(
            f"[sealing]\nold_key_files = {{ 1 = '{CANARY}', x = 'full.txt' }}",
            "sealing.old_key_files.1 = ***: there is no such file",
            id="an older key that is missing",
        ),
        pytest.param(
            "[sealing]\nold_key_files = { zero = 'full.txt' }",
            "sealing.old_key_files.zero: the key should be a valid integer",
            id="a version that is no number",
        ),
        pytest.param(
            "[sealing]\nkey_file = 'full.txt'",
            "sealing.key_file = ***: the sealing key must be 32 bytes in base64",
            id="a key file with something else in it",
        ),
        pytest.param(
            "[sealing]\nkey_file = 'empty.txt'",
            "sealing.key_file = ***: this file is empty",
            id="an empty secret file",
        ),
        pytest.param(
            "[sealing]\nkey_file = 'binary'",
            "sealing.key_file = ***: this file cannot be read",
            id="a secret file that is no text",
        ),
        pytest.param(
            "[sealing]\nkey_file = 7",
            "sealing.key_file = ***: write the name of a file",
            id="a file that is no name",
        ),
        pytest.param(
            f"[daemon]\nheartbeat_url = 'https://watch.example/{CANARY}'\n"
            "heartbeat_url_file = 'url.txt'",
            "daemon.heartbeat_url = ***: set heartbeat_url or heartbeat_url_file, not both",
            id="a secret and its file",
        ),
        pytest.param(
            f"[daemon]\nheartbeat_url = '{CANARY}'",
            "daemon.heartbeat_url = ***: write a whole URL, https://…",
            id="half a URL",
        ),
        pytest.param(
            f'[sealing]\nkye = "{CANARY}"',
            "sealing.kye: unknown key; did you mean sealing.key?",
            id="a secret under a misspelt key",
        ),
    ],
)
def test_a_problem_never_shows_a_secret(tmp_path: Path, text: str, line: str) -> None:
    (tmp_path / "full.txt").write_text(CANARY)
    (tmp_path / "url.txt").write_text(f"https://watch.example/{CANARY}")
    (tmp_path / "empty.txt").write_text("\n")
    (tmp_path / "binary").write_bytes(b"\xff\xfe")

    found = problems(tmp_path, text)

    assert found[0].startswith(line)
    assert CANARY not in "\n".join(found)


def test_a_variable_is_named_as_it_was_written(tmp_path: Path) -> None:
    environ = {
        "NOTIFIER_DELIVERY__TIMEOUT_SECNDS": "5",
        "NOTIFIER_TIMEOUT_SECONDS": "5",
        "NOTIFIER_LOG__LEVEL": "loud",
    }

    meant = "unknown key; did you mean NOTIFIER_DELIVERY__TIMEOUT_SECONDS?"
    words = "should be 'DEBUG', 'INFO', 'WARNING' or 'ERROR' (the least that is written)"
    assert sorted(problems(tmp_path, "", environ)) == [
        f"NOTIFIER_DELIVERY__TIMEOUT_SECNDS: {meant}",
        f"NOTIFIER_LOG__LEVEL = 'loud': {words}",
        f"NOTIFIER_TIMEOUT_SECONDS: {meant}",
    ]


def test_all_problems_are_told_at_once(tmp_path: Path) -> None:
    found = problems(
        tmp_path,
        'colour = "red"\n[delivery]\ntimeout_seconds = 0\nin_flight = 0\nports = [0]\n'
        '[sealing]\nkey = "no"\n[log]\nformat = "xml"\n',
        {"NOTIFIER_DAEMON__DRAIN_SECONDS": "-1"},
    )

    assert sorted(line.split(":")[0].split(" ")[0] for line in found) == [
        "NOTIFIER_DAEMON__DRAIN_SECONDS",
        "colour",
        "delivery.in_flight",
        "delivery.ports[0]",
        "delivery.timeout_seconds",
        "log.format",
        "sealing.key",
    ]


def test_a_long_value_is_cut(tmp_path: Path) -> None:
    (line,) = problems(tmp_path, f'[log]\nlevel = "{"loud" * 50}"')

    assert len(line) < 180


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        pytest.param(b"[delivery\n", "it is not TOML: Expected ']'", id="broken TOML"),
        pytest.param(b"a = 1\na = 2\n", "it is not TOML: Cannot overwrite a value", id="twice"),
        pytest.param("имя = 1".encode("cp1251"), "it is not UTF-8 text", id="another encoding"),
    ],
)
def test_a_file_that_is_no_toml_says_so(tmp_path: Path, content: bytes, problem: str) -> None:
    file = tmp_path / "notifier.toml"
    file.write_bytes(content)

    with pytest.raises(SettingsError) as caught:
        load(file, {})

    assert str(caught.value).startswith(f"{file}: {problem}")


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        pytest.param("missing.toml", "there is no such file", id="a missing file"),
        pytest.param(".", "it cannot be read", id="a folder"),
    ],
)
def test_a_file_that_cannot_be_read_says_so(tmp_path: Path, name: str, problem: str) -> None:
    with pytest.raises(SettingsError, match=problem):
        load(tmp_path / name, {})


@given(
    st.dictionaries(
        st.from_regex(r"NOTIFIER_[A-Z_]{1,30}", fullmatch=True)
        | st.sampled_from(["NOTIFIER_DELIVERY__PORTS", "NOTIFIER_SEALING__KEY_FILE"]),
        st.text(st.characters(codec="utf-8"), max_size=20),
        max_size=4,
    )
)
def test_no_environment_ever_gets_a_traceback(environ: dict[str, str]) -> None:
    with contextlib.suppress(SettingsError):
        load(None, environ)
