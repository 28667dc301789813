"""A terminal in an empty folder, and one where 'notifier init' has been run."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.terminal import Terminal
from tests.faults.name_server import NameServerPlay, Records

NAMES: dict[tuple[str, str], Records] = {
    ("hooks.example.org", "A"): ["A 93.184.215.14"],
    ("hooks.example.org", "AAAA"): [],
    ("inside.example.org", "A"): ["A 93.184.215.14", "A 10.0.0.7"],
    ("inside.example.org", "AAAA"): [],
}


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


@pytest.fixture(scope="session")
def name_server() -> Iterator[str]:
    """A name server of this process's own: one public name, one inside, and no other."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    play = NameServerPlay(lambda name, kind, _: NAMES.get((name, kind), ["NXDOMAIN"]))
    asyncio.run_coroutine_threadsafe(play.__aenter__(), loop).result()
    yield f"127.0.0.1:{play.port}"
    asyncio.run_coroutine_threadsafe(play.__aexit__(None, None, None), loop).result()
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


@pytest.fixture
def terminal(empty: Terminal, name_server: str, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """A terminal where a notifier has been initialised, with one court."""
    monkeypatch.setenv("NOTIFIER_DELIVERY__NAMESERVER", name_server)
    empty.ok("init")
    empty.ok("courts", "add", "Invented Court", "--zone", "Asia/Almaty")
    return empty
