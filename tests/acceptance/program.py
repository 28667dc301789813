"""The real program in a process of its own, with settings, key and database in a folder."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
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
from tests.acceptance.process import Running
from tests.acceptance.receiver import Receiver

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

    def __init__(
        self, folder: Path, *, database_url: str, port: int, timeout_seconds: float = 5.0
    ) -> None:
        (folder / "sealing.key").write_text(new_key())
        (folder / CONFIG).write_text(
            f'[database]\nurl = "{database_url}"\n'
            '[sealing]\nkey_file = "sealing.key"\n'
            f'[delivery]\nhttp_allowed = true\nallow = ["127.0.0.1/32:{port}"]\n'
            f"timeout_seconds = {timeout_seconds}\n"
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
        self._process: Running | None = None

    @property
    def process(self) -> Running:
        """The daemon that was started last and not yet waited for."""
        assert self._process is not None
        return self._process

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

    def list_hearings(
        self, count: int, *, lawyers: int, starts_in: timedelta, first: int = 0
    ) -> None:
        """Import so many hearings, shared among the lawyers: each is told of its own at once.

        ``first`` numbers them: those of another number are others.
        """
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
                for number in range(first, first + count)
            ),
            bad=(),
            identity=("case_number", "detainee", "kind"),
        )
        intake.import_list(
            self.desk, listing, terms=TERMS, file_sha256="0" * 64, as_of=now, now=now
        )

    def start(
        self,
        *arguments: str,
        environment: Mapping[str, str] | None = None,
        under: Sequence[str] = (),
    ) -> None:
        """Start ``notifier run``, ``under`` a tracer if any, and wait until it says so."""
        self.launch(*arguments, environment=environment, under=under)
        if self.process.wait_for('"started"', within_seconds=60) is None:
            said = self.process.said
            raise DaemonEnded(self.wait_until_dead(within_seconds=10), said)

    def launch(
        self,
        *arguments: str,
        environment: Mapping[str, str] | None = None,
        under: Sequence[str] = (),
    ) -> None:
        """Start ``notifier run`` and wait for nothing: it may not come so far."""
        command = self.command("run", "--unattended", *arguments)
        self._process = Running([*under, *command], environment=environment)

    def command(self, *words: str) -> list[str]:
        """A command of this installation."""
        return [sys.executable, "-m", "notifier", "--config", str(self.config), *words]

    def kill(self) -> None:
        """End the daemon as a power cut would."""
        self._end(signal.SIGKILL, within_seconds=10)

    def terminate(self, *, within_seconds: float) -> int:
        """Ask the daemon to stop; returns its exit code."""
        return self._end(signal.SIGTERM, within_seconds=within_seconds)

    def wait_until_dead(self, *, within_seconds: float) -> int:
        """Wait for a daemon that somebody else ends; returns its exit code."""
        code = self.process.wait(within_seconds=within_seconds)
        self._process = None
        return code

    def close(self) -> None:
        """End whatever still runs, and let go of the database."""
        if self._process is not None:
            self.kill()
        self.desk.database.dispose()

    def _end(self, number: int, *, within_seconds: float) -> int:
        self.process.send(number)
        return self.wait_until_dead(within_seconds=within_seconds)


@contextmanager
def installed(
    folder: Path,
    database_url: str,
    *,
    lawyers: int,
    answers_after_seconds: float = 0.01,
    timeout_seconds: float = 5.0,
) -> Iterator[tuple[Program, Receiver]]:
    """A program with its people registered, and the receiver that all of them have."""
    with Receiver(answers_after_seconds=answers_after_seconds) as receiver:
        program = Program(
            folder,
            database_url=database_url,
            port=receiver.port,
            timeout_seconds=timeout_seconds,
        )
        program.register(receiver.port, lawyers=lawyers)
        with closing(program):
            yield program, receiver


def _local(instant: datetime) -> datetime:
    return instant.astimezone(ZoneInfo(ZONE)).replace(microsecond=0)
