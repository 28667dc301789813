"""Facts about the database itself: whose key, which purpose, which policy since when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from notifier.errors import Conflict, KeyMissing
from notifier.storage import meta
from notifier.storage.engine import Database
from notifier.storage.sealed import KEY_BYTES, Sealer

OURS, ANOTHER = Sealer({1: b"o" * KEY_BYTES}), Sealer({1: b"a" * KEY_BYTES})
NOW = datetime(2026, 11, 22, 6, tzinfo=UTC)
ALWAYS = datetime.min.replace(tzinfo=UTC)


@pytest.fixture
def founded(database: Database) -> Database:
    """A database of ours that holds real data."""
    with database.write() as connection:
        meta.found(connection, sealer=OURS, purpose="real")
    return database


def test_its_own_key_and_purpose_open_it(founded: Database) -> None:
    with founded.read() as connection:
        meta.check(connection, sealer=OURS, purpose="real")
        assert meta.purpose_of(connection) == "real"


def test_whoever_only_looks_need_not_say_what_it_is_for(founded: Database) -> None:
    with founded.read() as connection:
        meta.check(connection, sealer=OURS, purpose=None)


def test_founding_it_again_only_checks(founded: Database) -> None:
    with founded.write() as connection:
        meta.found(connection, sealer=OURS, purpose="real")


@pytest.mark.parametrize("ask", [meta.check, meta.found], ids=["checked", "founded again"])
def test_another_key_is_refused(founded: Database, ask: type[object]) -> None:
    """Nothing would open, and what is sealed from then on would be lost to the others."""
    with founded.write() as connection, pytest.raises(KeyMissing):
        ask(connection, sealer=ANOTHER, purpose="real")  # type: ignore[call-arg]


@pytest.mark.parametrize("ask", [meta.check, meta.found], ids=["checked", "founded again"])
def test_demo_and_real_data_never_mix(founded: Database, ask: type[object]) -> None:
    with founded.write() as connection, pytest.raises(Conflict, match=r"real data.*demo data"):
        ask(connection, sealer=OURS, purpose="demo")  # type: ignore[call-arg]


def test_a_database_that_nobody_founded_is_refused(database: Database) -> None:
    with database.read() as connection, pytest.raises(KeyMissing, match="notifier init"):
        meta.check(connection, sealer=OURS, purpose="real")


def test_a_fact_is_written_over(founded: Database) -> None:
    with founded.write() as connection:
        meta.put(connection, "fact", "old")
        meta.put(connection, "fact", "new")
        assert meta.get(connection, "fact") == "new"
        assert meta.get(connection, "no fact") is None


@pytest.mark.parametrize(
    ("policies", "adopted_at"),
    [
        pytest.param(["a"], ALWAYS, id="the first policy always ruled"),
        pytest.param(["a", "a"], ALWAYS, id="starting again with it is no edit"),
        pytest.param(["a", "b"], NOW + timedelta(days=1), id="an edit rules from then on"),
        pytest.param(["a", "b", "b"], NOW + timedelta(days=1), id="an edit is dated once"),
        pytest.param(["a", "b", "a"], NOW + timedelta(days=2), id="going back is an edit too"),
    ],
)
def test_a_policy_rules_since(founded: Database, policies: list[str], adopted_at: datetime) -> None:
    """One start of the program a day, each with the policy named."""
    for day, fingerprint in enumerate(policies):
        with founded.write() as connection:
            found = meta.adopt_policy(
                connection, fingerprint=fingerprint, now=NOW + timedelta(days=day)
            )

    assert found == adopted_at
