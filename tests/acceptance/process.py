"""A process of the program: what it says on standard error is read as it comes."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Mapping, Sequence


class Running:
    """One process. Nobody has to read it for it to go on."""

    def __init__(
        self, command: Sequence[str], *, environment: Mapping[str, str] | None = None
    ) -> None:
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **(environment or {})},
        )
        self._lines: list[str] = []
        self._is_silent = False
        self._changed = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        """Whether it still runs."""
        return self._process.poll() is None

    @property
    def said(self) -> str:
        """All that it said so far."""
        with self._changed:
            return "".join(self._lines)

    def wait_for(self, *words: str, within_seconds: float) -> str | None:
        """The first line with all of these words; None when it ends, or the time does, without."""

        def found() -> str | None:
            return next((one for one in self._lines if all(word in one for word in words)), None)

        with self._changed:
            self._changed.wait_for(lambda: self._is_silent or found(), within_seconds)
            return found()

    def send(self, number: int) -> None:
        """Send a signal."""
        self._process.send_signal(number)

    def wait(self, *, within_seconds: float) -> int:
        """Wait for its end; returns its exit code, negative for a signal's."""
        code = self._process.wait(within_seconds)
        self._reader.join(within_seconds)
        return code

    def _read(self) -> None:
        assert self._process.stderr is not None
        with self._process.stderr as said:
            for line in said:
                with self._changed:
                    self._lines.append(line)
                    self._changed.notify_all()
        with self._changed:
            self._is_silent = True
            self._changed.notify_all()
