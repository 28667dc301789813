"""strace: a process killed at a system call of our choice, and its calls in their order."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

SENDS = "write,sendto,sendmsg"  # how bytes leave a process, whatever its event loop
RECEIVES = "read,recvfrom,recvmsg"  # how they arrive
_LOG = "-wal>"
_CALL = re.compile(r"(?P<thread>\d+) +(?P<name>\w+)\((?P<said>.*)")


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """One system call as it began: its thread, its name, and what strace wrote of it."""

    thread: int
    name: str
    said: str

    @property
    def writes_log(self) -> bool:
        """Whether it writes to SQLite's log."""
        return self.name == "pwrite64" and _LOG in self.said

    @property
    def syncs_log(self) -> bool:
        """Whether it brings SQLite's log to the disk."""
        return self.name in {"fdatasync", "fsync"} and _LOG in self.said

    @property
    def sends(self) -> bool:
        """Whether bytes leave the process, or wake another thread of it."""
        return self.name in SENDS.split(",")


@cache
def _why_not() -> str:
    """Why nothing can be traced here; empty when it can."""
    if shutil.which("strace") is None:
        return "strace is not installed"
    tried = subprocess.run(
        ["strace", "-o", "/dev/null", "true"], capture_output=True, text=True, check=False
    )
    return "" if tried.returncode == 0 else "strace may not trace processes here"


def need_strace() -> None:
    """Skip the test by name where nothing can be traced."""
    if reason := _why_not():
        pytest.skip(reason)


def killing(calls: str, nth: int) -> list[str]:
    """What to start a program under: it is killed as a thread begins its n-th call of a name."""
    need_strace()
    return [*_STRACE, "-o", "/dev/null", *_kill(calls, nth)]


def recording(calls: str, log: Path) -> list[str]:
    """What to start a program under: its calls, separated by commas, are written to a file."""
    need_strace()
    return [*_STRACE, "--seccomp-bpf", "-y", "-s", "16", "-o", str(log), "-e", f"trace={calls}"]


# -D keeps the program our own child: its signals and its exit code are not strace's.
_STRACE = ("strace", "-D", "-f", "-qqq")


def _kill(calls: str, nth: int) -> list[str]:
    return ["-e", f"trace={calls}", "-e", f"inject={calls}:signal=SIGKILL:when={nth}"]


@contextmanager
def kill_attached(pid: int, calls: str, *, nth: int) -> Iterator[None]:
    """From now on a running process is killed as a thread begins its n-th call of a name.

    Bytes that leave or arrive are those of the main thread; others wake it by a call of the name.
    """
    need_strace()
    threads = [] if calls in (SENDS, RECEIVES) else ["-f"]
    with subprocess.Popen(
        ["strace", *threads, "-o", "/dev/null", *_kill(calls, nth), "-p", str(pid)],
        stderr=subprocess.PIPE,
        text=True,
    ) as tracer:
        try:
            assert tracer.stderr is not None
            if "attached" not in (first := tracer.stderr.readline()):
                pytest.skip(f"strace may not trace a running process here: {first.strip()}")
            yield
        finally:
            tracer.terminate()


def calls_in(log: Path) -> list[Call]:
    """A recording, in the order in which the calls began."""
    found = (_CALL.match(line) for line in log.read_text(errors="replace").splitlines())
    return [
        Call(thread=int(one["thread"]), name=one["name"], said=one["said"]) for one in found if one
    ]
