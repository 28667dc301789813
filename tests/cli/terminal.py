"""A terminal: the program run in this process, or in one of its own whose lines are awaited."""

from __future__ import annotations

import json
import os
import pty
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from notifier.cli import app

PATIENCE_SECONDS = 60.0  # on a busy machine; whoever waits this long has found a fault


@dataclass(frozen=True, kw_only=True, slots=True)
class Ended:
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The one JSON document on standard output."""
        return json.loads(self.out)


class Terminal:
    """Types commands in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def run(self, *words: str, typed: str = "") -> Ended:
        """Run one command in this process; whatever it does not handle is raised."""
        result = CliRunner().invoke(app, list(words), input=typed, prog_name="notifier")
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Ended(code=result.exit_code, out=result.stdout, err=result.stderr)

    def ok(self, *words: str, typed: str = "") -> Ended:
        """Run one command that must succeed."""
        ended = self.run(*words, typed=typed)
        assert ended.code == 0, ended.err
        return ended

    def json(self, *words: str, typed: str = "") -> Any:
        """The document that a command prints with --json."""
        return self.ok(*words, "--json", typed=typed).document

    def alone(self, *words: str, env: Mapping[str, str] | None = None) -> Ended:
        """Run one command in a process of its own, as a shell does."""
        done = subprocess.run(
            command(words),
            cwd=self.folder,
            env=environment(env),
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        )
        return Ended(code=done.returncode, out=done.stdout, err=done.stderr)

    def on_a_tty(self, *words: str, env: Mapping[str, str]) -> str:
        """What a command that succeeds shows on a terminal of its own."""
        ours, its = pty.openpty()
        process = subprocess.Popen(
            command(words), cwd=self.folder, env=environment(env), stdout=its, stderr=its
        )
        os.close(its)
        shown = b""
        with suppress(OSError):  # the last program on this terminal has closed it
            while chunk := os.read(ours, 65_536):
                shown += chunk
        os.close(ours)
        assert process.wait() == 0
        return shown.decode()

    def start(self, *words: str) -> Running:
        """Start a command that goes on until it is stopped."""
        return Running(words, self.folder)


class Running:
    """A command in a process of its own; both its outputs are read line by line."""

    def __init__(self, words: Sequence[str], folder: Path) -> None:
        self._process = subprocess.Popen(
            command(words),
            cwd=folder,
            env=environment(None),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.lines: list[str] = []
        self._queue: queue.Queue[str | None] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def __enter__(self) -> Running:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._queue.put(line.rstrip("\n"))
        self._queue.put(None)

    def wait_for(self, *parts: str) -> str:
        """The next line that holds all parts; fails when the program ends or takes too long."""
        while True:
            try:
                line = self._queue.get(timeout=PATIENCE_SECONDS)
            except queue.Empty:
                raise AssertionError(f"no line with {parts}: {self.said}") from None
            if line is None:
                raise AssertionError(f"it ended before a line with {parts}: {self.said}")
            self.lines.append(line)
            if all(part in line for part in parts):
                return line

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to stop; returns its exit code. It has the 10 s that a drain may take."""
        self._process.send_signal(number)
        code = self._process.wait(timeout=10.0)
        while (line := self._queue.get(timeout=PATIENCE_SECONDS)) is not None:
            self.lines.append(line)
        return code

    @property
    def said(self) -> str:
        """All it has said so far."""
        return "\n".join(self.lines)


def command(words: Sequence[str]) -> list[str]:
    """The words that start the program under this very interpreter."""
    return [sys.executable, "-m", "notifier", *words]


def environment(more: Mapping[str, str] | None) -> dict[str, str]:
    """This process's environment without settings of a notifier, and with the package."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("NOTIFIER_")}
    root = Path(__file__).parents[2]
    return {**kept, "PYTHONPATH": str(root), **(more or {})}
