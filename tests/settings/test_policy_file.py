"""The policy file: ladders per role and kind of hearing, usefulness; nobody falls silent unseen."""

from __future__ import annotations

import re
import tomllib
from dataclasses import fields, replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.core.people import Role
from notifier.core.policy import DateRung, Phoning, Policy, Usefulness, rung
from notifier.errors import SettingsError
from notifier.settings import load_policy, policy_fingerprint

SHIPPED = Path(__file__).parents[2] / "config" / "policy.toml"
WHOLE = """
unknown_time = ["1d@18:00"]
[ladders]
lawyer.default = ["24h", "3h"]
monitor.default = ["2h"]
interpreter.default = []
coordinator.default = []
"""


def names(policy: Policy, role: Role, kind: str = "Any hearing") -> list[str]:
    return [step.name for step in policy.ladder(role, kind)]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "policy.toml"


def read(file: Path, text: str) -> Policy:
    file.write_text(text, encoding="utf-8")
    return load_policy(file)


@pytest.mark.parametrize(
    ("role", "ladder"),
    [
        pytest.param(Role.LAWYER, ["24h", "3h", "45m"], id="a lawyer is reminded three times"),
        pytest.param(Role.MONITOR, ["18h", "2h"], id="a monitor twice"),
        pytest.param(Role.INTERPRETER, ["24h", "3h"], id="an interpreter twice"),
        pytest.param(Role.COORDINATOR, [], id="a coordinator only of gaps and failures"),
        pytest.param(Role.SUBSCRIBER, [], id="a subscriber only of news"),
    ],
)
def test_the_shipped_policy_says_who_is_reminded_when(role: Role, ladder: list[str]) -> None:
    assert names(load_policy(None), role) == ladder


def test_the_shipped_policy_names_every_part_with_its_default() -> None:
    table = tomllib.loads(SHIPPED.read_text(encoding="utf-8"))
    policy = load_policy(None)

    assert set(table["usefulness"]) == {one.name for one in fields(Usefulness)}
    assert set(table["phoning"]) == {one.name for one in fields(Phoning)}
    assert policy.phoning == Phoning()
    assert set(table["ladders"]) == {role.value for role in Role}
    assert (policy.usefulness, policy.unknown_time) == (Usefulness(), Policy().unknown_time)


def test_a_kind_of_hearing_may_have_a_ladder_of_its_own_however_it_is_capitalised(
    file: Path,
) -> None:
    policy = read(file, WHOLE + 'lawyer."Remand hearing" = ["30m", "12h"]\n')

    assert names(policy, Role.LAWYER, "REMAND HEARING") == ["12h", "30m"]
    assert names(policy, Role.LAWYER, "Trial") == ["24h", "3h"]
    assert names(policy, Role.MONITOR, "Remand hearing") == ["2h"]


def test_unknown_times_usefulness_and_phoning_are_read(file: Path) -> None:
    policy = read(
        file,
        'unknown_time = ["2d@09:30", "0d@06:00"]\n'
        + WHOLE.replace('unknown_time = ["1d@18:00"]', "")
        + '[usefulness]\nquestion = "1h30m"\n[phoning]\nshare_of_lead = 0.25\n',
    )

    assert policy.unknown_time == (
        DateRung(days_before=2, at=time(9, 30)),
        DateRung(days_before=0, at=time(6)),
    )
    assert policy.usefulness == Usefulness(question=timedelta(minutes=90))
    assert policy.phoning == Phoning(share_of_lead=0.25)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        pytest.param(
            WHOLE.replace("lawyer.", "laywer."),
            "ladders.laywer: unknown key; did you mean ladders.lawyer?",
            id="an unknown role gets the nearest match",
        ),
        pytest.param(
            WHOLE.replace("monitor.default", "# "),
            "ladders.monitor: is missing",
            id="a role that was forgotten would fall silent",
        ),
        pytest.param(
            WHOLE.replace("monitor.default", "monitor.trial"),
            "ladders.monitor.default: is missing "
            "(the ladder for every kind of hearing not named here)",
            id="kinds without a default would fall silent",
        ),
        pytest.param(
            WHOLE.replace('"3h"', '"3 hours"'),
            "ladders.lawyer.default[1] = '3 hours': "
            "write it like 24h, 45m or 1h30m, at most 366d "
            "(the ladder for every kind of hearing not named here)",
            id="a rung that is none",
        ),
        pytest.param(
            WHOLE + "monitor.trial = [3]",
            "ladders.monitor.trial[0] = 3: write it like 24h, 45m or 1h30m, at most 366d",
            id="a rung without a unit",
        ),
        pytest.param(
            WHOLE + 'monitor.trial = ["99999999999d"]',
            "ladders.monitor.trial[0] = '99999999999d': "
            "write it like 24h, 45m or 1h30m, at most 366d",
            id="a rung before the calendar begins",
        ),
        pytest.param(
            WHOLE + 'monitor.trial = ["3h", "180m"]',
            "ladders.monitor.trial = ['3h', '180m']: two rungs are due at the same time",
            id="one reminder twice",
        ),
        pytest.param(
            WHOLE + 'monitor."Trial" = ["3h"]\nmonitor."TRIAL" = ["2h"]',
            "ladders.monitor = {'default': ['2h'], 'Trial': ['3h'], 'TRIAL': ['2h']}: "
            "two kinds differ only in capital letters",
            id="one kind twice",
        ),
        pytest.param(
            WHOLE.replace("1d@18:00", "1d@24:00"),
            "unknown_time[0] = '1d@24:00': write it like 1d@18:00, the evening before, or 0d@07:00",
            id="a wall time that no clock shows",
        ),
        pytest.param(
            WHOLE + '[usefulness]\nreminder_after_strat = "1h"',
            "usefulness.reminder_after_strat: unknown key; "
            "did you mean usefulness.reminder_after_start?",
            id="an unknown key of usefulness",
        ),
        pytest.param(
            WHOLE + "[usefulness]\nquestion = 30",
            "usefulness.question = 30: write it like 24h, 45m or 1h30m, at most 366d",
            id="a period without a unit",
        ),
    ],
)
def test_a_problem_says_what_where_and_how_to_mend_it(file: Path, text: str, line: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read(file, text)

    assert f"{file}: {line}" in caught.value.problems


def test_all_problems_are_told_at_once(file: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        read(file, 'colour = 1\n[ladders]\nlawyer.trial = ["x"]\n[usefulness]\nquestion = 1\n')

    keys = [re.match(r"[\w.]+", line.removeprefix(f"{file}: ")) for line in caught.value.problems]
    assert sorted(key[0] for key in keys if key) == [
        "colour",
        "ladders.coordinator",
        "ladders.interpreter",
        "ladders.lawyer.default",
        "ladders.lawyer.trial",
        "ladders.monitor",
        "unknown_time",
        "usefulness.question",
    ]


HOUR = timedelta(hours=1)
CHANGES: dict[str, Any] = {
    "ladders": {(Role.LAWYER, "*"): (rung("24h"),)},
    "unknown_time": (DateRung(days_before=0, at=time(6)),),
    "usefulness": Usefulness(question=HOUR),
    "phoning": Phoning(before_start=HOUR),
}


def test_the_fingerprint_is_stable() -> None:
    assert policy_fingerprint(load_policy(None)) == policy_fingerprint(load_policy(SHIPPED))


def test_the_fingerprint_does_not_depend_on_when_the_policy_was_adopted() -> None:
    policy = load_policy(None)

    assert policy_fingerprint(policy) == policy_fingerprint(
        replace(policy, adopted_at=datetime(2026, 12, 1, tzinfo=UTC))
    )


@pytest.mark.parametrize("part", [one.name for one in fields(Policy) if one.name != "adopted_at"])
def test_the_fingerprint_tells_any_other_change(part: str) -> None:
    policy = load_policy(None)

    assert policy_fingerprint(policy) != policy_fingerprint(
        replace(policy, **{part: CHANGES[part]})
    )


@pytest.mark.parametrize("part", [one.name for one in fields(Usefulness)])
def test_the_fingerprint_tells_any_change_of_usefulness(part: str) -> None:
    longer = replace(Usefulness(), **{part: timedelta(days=9)})

    assert policy_fingerprint(Policy()) != policy_fingerprint(Policy(usefulness=longer))


@given(st.permutations(["24h", "3h", "45m"]))
def test_the_order_in_which_rungs_are_written_changes_nothing(order: list[str]) -> None:
    rungs = tuple(rung(name) for name in order)

    assert policy_fingerprint(Policy(ladders={(Role.LAWYER, "*"): rungs})) == policy_fingerprint(
        Policy(ladders={(Role.LAWYER, "*"): (rung("24h"), rung("3h"), rung("45m"))})
    )
