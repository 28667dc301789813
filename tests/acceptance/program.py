"""The real program in a process of its own, with settings, key and database in a folder."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from notifier import wiring
from notifier.core.listed import CalendarList, ListedHearing
from notifier.core.people import Profile, Role
from notifier.flow import intake, register
from notifier.flow.desk import Desk
from notifier.settings import Settings, load
from notifier.storage.sealed import new_key

CONFIG = "notifier.toml"
ZONE = "Asia/Almaty"
TERMS = intake.SourceTerms(name="invented", mode="snapshot", ref_prefix="INV")


class DaemonEnded(Exception):
    """The daemon refused to run: its exit code and what it said."""

    def __init__(self, code: int, said: str) -> None:
        self.code, self.said = code, said
        super().__init__(f"the daemon ended with {code}: {said}")


class Program:
    """One installation of the notifier and, at most, one running daemon."""

    def __init__(self, folder: Path, *, database_url: str, port: int) -> None:
        (folder / "sealing.key").write_text(new_key())
        (folder / CONFIG).write_text(
            f'[database]\nurl = "{database_url}"\n'
            '[sealing]\nkey_file = "sealing.key"\n'
            f'[delivery]\nhttp_allowed = true\nallow = ["127.0.0.1/32:{port}"]\n'
            "timeout_seconds = 5\n"
            '[log]\nformat = "json"\n'
        )
        wiring.found_database(load(folder / CONFIG, {}), purpose=wiring.REAL)
        self._open(folder)

    @classmethod
    def opened(cls, folder: Path) -> Program:
        """The same installation, looked at by somebody else."""
        program = cls.__new__(cls)
        program._open(folder)
        return program

    def _open(self, folder: Path) -> None:
        self.config = folder / CONFIG
        self.settings: Settings = load(self.config, {})
        self.desk: Desk = wiring.open_desk(self.settings)
        self._process: subprocess.Popen[str] | None = None

    def register(self, port: int, *, lawyers: int) -> None:
        """A court, some lawyers with one endpoint each, and a coordinator."""
        now = self.desk.database.now()
        register.add_court(self.desk, name="Invented Court", zone=ZONE, city=None, now=now)
        people = [("duty", Role.COORDINATOR)]
        people += [(f"L{number}", Role.LAWYER) for number in range(lawyers)]
        for ref, role in people:
            register.add_recipient(
                self.desk, ref=ref, role=role, side=None, name=None, language="en", now=now
            )
            register.add_endpoint(
                self.desk,
                recipient=ref,
                url=f"http://127.0.0.1:{port}/{ref}",
                secret=None,
                profile=Profile.CODED,
                position=0,
                rules=wiring.guard_rules(self.settings),
                now=now,
            )

    def list_hearings(self, count: int, *, lawyers: int, starts_in: timedelta) -> None:
        """Import so many hearings, shared among the lawyers: each is told of its own at once."""
        now = self.desk.database.now()
        start = _local(now + starts_in)
        listing = CalendarList(
            hearings=tuple(
                ListedHearing(
                    row=number + 2,
                    court="Invented Court",
                    zone=None,
                    kind="hearing",
                    local_date=start.date(),
                    local_time=start.time(),
                    case_number=f"C-{number}",
                    detainee_ref=f"INV-{number:04d}",
                    assignees=(f"L{number % lawyers}",),
                )
                for number in range(count)
            ),
            bad=(),
            identity=("case_number", "detainee", "kind"),
        )
        intake.import_list(
            self.desk, listing, terms=TERMS, file_sha256="0" * 64, as_of=now, now=now
        )

    def start(self, *arguments: str, environment: Mapping[str, str] | None = None) -> None:
        """Start ``notifier run`` and wait until it says so."""
        self._process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "notifier",
                "--config",
                str(self.config),
                "run",
                "--unattended",
                *arguments,
            ],
            stderr=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            text=True,
            env={**os.environ, **(environment or {})},
        )
        assert self._process.stderr is not None
        said = []
        for line in self._process.stderr:
            if '"started"' in line:
                return
            said.append(line)
        code = self._process.wait()
        self._process.communicate()
        self._process = None
        raise DaemonEnded(code, "".join(said))

    def kill(self) -> None:
        """End the daemon as a power cut would."""
        self._end(signal.SIGKILL, within_seconds=10)

    def terminate(self, *, within_seconds: float) -> int:
        """Ask the daemon to stop; returns its exit code."""
        return self._end(signal.SIGTERM, within_seconds=within_seconds)

    def close(self) -> None:
        """End whatever still runs, and let go of the database."""
        if self._process is not None:
            self.kill()
        self.desk.database.dispose()

    def _end(self, number: int, *, within_seconds: float) -> int:
        process = self._process
        assert process is not None
        process.send_signal(number)
        process.communicate(timeout=within_seconds)
        self._process = None
        return process.returncode


def _local(instant: datetime) -> datetime:
    return instant.astimezone(ZoneInfo(ZONE)).replace(second=0, microsecond=0)
