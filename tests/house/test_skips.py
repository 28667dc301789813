"""In CI a test that did not run did not pass."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CONFTEST = Path(__file__).parents[1] / "conftest.py"
SKIPPED = "import pytest\n\ndef test_it():\n    pytest.skip('no such database here')\n"
PASSED = "def test_it():\n    assert True\n"


@pytest.mark.parametrize("workers", [[], ["-n", "1"]], ids=["alone", "with a worker"])
@pytest.mark.parametrize(
    ("ci", "test", "code"),
    [
        pytest.param("true", SKIPPED, pytest.ExitCode.TESTS_FAILED, id="a skip fails in CI"),
        pytest.param("", SKIPPED, pytest.ExitCode.OK, id="elsewhere it is only named"),
        pytest.param("true", PASSED, pytest.ExitCode.OK, id="without a skip CI passes"),
    ],
)
def test_a_skip_is_a_failure_in_ci(
    tmp_path: Path, ci: str, test: str, code: int, workers: list[str]
) -> None:
    shutil.copy(CONFTEST, tmp_path)
    (tmp_path / "test_it.py").write_text(test)

    ended = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-ra", *workers],
        cwd=tmp_path,
        env={**os.environ, "CI": ci, "PYTEST_ADDOPTS": ""},
        capture_output=True,
        text=True,
        check=False,
    )

    assert ended.returncode == code, ended.stdout
    assert ("no such database here" in ended.stdout) == (test == SKIPPED)
    assert ("in CI every test must run" in ended.stdout) == (code != pytest.ExitCode.OK)
