"""A terminal in an empty folder, and one where 'notifier init' has been run."""

from __future__ import annotations

import logging
import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.terminal import Terminal


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    """The program configures logging for its whole process; here others follow."""
    handlers, level = logging.root.handlers[:], logging.root.level
    ours = logging.getLogger("notifier").level
    hooks = sys.excepthook, sys.unraisablehook, threading.excepthook
    yield
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)
    logging.getLogger("notifier").setLevel(ours)
    logging.captureWarnings(False)
    logging.raiseExceptions = True
    sys.excepthook, sys.unraisablehook, threading.excepthook = hooks


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """A terminal in an empty folder, without any setting in the environment."""
    for name in [name for name in os.environ if name.startswith("NOTIFIER_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return Terminal(tmp_path)


@pytest.fixture
def terminal(empty: Terminal) -> Terminal:
    """A terminal where a notifier has been initialised, with one court."""
    empty.ok("init")
    empty.ok("courts", "add", "Invented Court", "--zone", "Asia/Almaty")
    return empty
