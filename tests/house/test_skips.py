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


@pytest.mark.parametrize(
    ("ci", "test", "workers", "code"),
    [
        pytest.param("true", SKIPPED, [], 1, id="a skip fails in CI"),
        pytest.param("true", SKIPPED, ["-n", "1"], 1, id="a worker's skip fails in CI too"),
        pytest.param("", SKIPPED, [], 0, id="elsewhere it is only named"),
        pytest.param("true", PASSED, [], 0, id="without a skip CI passes"),
    ],
)
def test_a_skip_is_a_failure_in_ci(
    tmp_path: Path, ci: str, test: str, workers: list[str], code: int
) -> None:
    shutil.copy(CONFTEST, tmp_path)
    (tmp_path / "test_it.py").write_text(test)

    environ = {name: text for name, text in os.environ.items() if not name.startswith("PYTEST_")}

    ended = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-ra", *workers],
        cwd=tmp_path,
        env={**environ, "CI": ci},
        capture_output=True,
        text=True,
        check=False,
    )

    assert ended.returncode == code, ended.stdout
    assert ("no such database here" in ended.stdout) == (test == SKIPPED)
    assert ("in CI every test must run" in ended.stdout) == (code == 1)
