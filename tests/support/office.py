"""A coordinator's office on a real database, with a standing cast and a clock that is stepped."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from notifier.core.delivery import Outcome
from notifier.core.listed import CalendarList, ListedHearing
from notifier.core.pacing import Share
from notifier.core.people import Profile, Role
from notifier.core.policy import ANY_KIND, Policy, rung
from notifier.core.slots import Room, others_most
from notifier.core.wording import untranslated
from notifier.delivery.guard import GuardRules
from notifier.flow import dispatch, intake, plan, register
from notifier.flow.attempts import Limits, Returned
from notifier.flow.desk import Desk
from notifier.flow.dispatch import Turn
from notifier.storage import calendar, meta, views
from notifier.storage.engine import Database, RowMapping
from notifier.storage.sealed import Sealer, key_from_text
from tests.support.lists import ALMATY, a_list
from tests.support.wire import TAKEN, Post, checked

START = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)  # a Sunday, 11:00 in Almaty
KEY = base64.b64encode(b"an invented key for tests only!!").decode()
SECRET = "whsec_" + base64.b64encode(b"an invented secret for the tests").decode()

LAWYER, MONITOR, COORDINATOR = "L-ALIYA", "M-MIRAS", "C-KAMILA"
SECOND_LAWYER, INTERPRETER, SECOND_COORDINATOR = "L-BOLAT", "I-SANIYA", "C-DANA"
ROLES = {
    LAWYER: Role.LAWYER,
    SECOND_LAWYER: Role.LAWYER,
    MONITOR: Role.MONITOR,
    INTERPRETER: Role.INTERPRETER,
    COORDINATOR: Role.COORDINATOR,
    SECOND_COORDINATOR: Role.COORDINATOR,
}

POLICY = Policy(
    ladders={
        (Role.LAWYER, ANY_KIND): (rung("24h"), rung("3h"), rung("45m")),
        (Role.MONITOR, ANY_KIND): (rung("18h"), rung("2h")),
    }
)


class Clock:
    """A clock that stands still until a test moves it."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


class Office:
    """The whole program but for the network: what a test does here, a coordinator can do.

    ``url`` is a database with the schema. Whatever is claimed is checked against its JSON Schema.
    """

    def __init__(self, url: str, *, policy: Policy = POLICY) -> None:
        self.clock = Clock(START)
        self.database = Database(url, clock=self.clock)
        self.desk = Desk(
            database=self.database,
            sealer=Sealer({1: key_from_text(KEY)}),
            policy=policy,
            translator=lambda language: untranslated,
        )
        self.limits = Limits()
        with self.database.write() as connection:
            if meta.get(connection, "purpose") is None:
                meta.found(connection, sealer=self.desk.sealer, purpose="real")
                calendar.add_court(
                    connection, name=ALMATY, zone="Asia/Almaty", city=None, now=START
                )

    # --- time and policy ------------------------------------------------------------------------

    @property
    def now(self) -> datetime:
        """What the clock says."""
        return self.clock.now

    def wait(self, **span: float) -> datetime:
        """Let time pass, such as ``hours=3``."""
        self.clock.now += timedelta(**span)
        return self.clock.now

    def wait_until(self, instant: datetime) -> None:
        """Let time pass until an instant."""
        assert instant >= self.clock.now, "time does not run backwards here"
        self.clock.now = instant

    def adopt(self, policy: Policy) -> int:
        """Put another policy in force now and plan by it; returns what changed."""
        self.desk = replace(self.desk, policy=replace(policy, adopted_at=self.now))
        return plan.plan_open(self.desk, now=self.now)

    # --- people and lists -----------------------------------------------------------------------

    def person(
        self,
        ref: str,
        *,
        positions: Sequence[int] = (0,),
        profile: Profile = Profile.CODED,
        role: Role | None = None,
    ) -> str:
        """Register somebody of the cast with an endpoint at each position; returns their id."""
        recipient_id = register.add_recipient(
            self.desk,
            ref=ref,
            role=role or ROLES[ref],
            side=None,
            name=f"Invented {ref}",
            language="en",
            now=self.now,
        )
        for number, position in enumerate(positions):
            self.endpoint(ref, number=number, position=position, profile=profile)
        return recipient_id

    def people(self, *refs: str) -> None:
        """Register several of the cast, each with one endpoint."""
        for ref in refs:
            self.person(ref)

    def endpoint(
        self,
        ref: str,
        *,
        number: int = 0,
        position: int = 0,
        profile: Profile = Profile.CODED,
        url: str | None = None,
    ) -> str:
        """Give somebody one more endpoint; returns its id."""
        endpoint_id, _ = register.add_endpoint(
            self.desk,
            recipient=ref,
            url=url or f"https://{ref.lower()}.hooks.org/in/{number}",
            secret=SECRET,
            profile=profile,
            position=position,
            rules=GuardRules(http_allowed=url is not None),
            now=self.now,
        )
        return endpoint_id

    def takes_in(
        self,
        *rows: ListedHearing,
        source: str = "almaty",
        listing: CalendarList | None = None,
        as_of: datetime | None = None,
        is_dry_run: bool = False,
        progress: intake.Progress = lambda done, total: None,
    ) -> intake.ImportReport:
        """Import a list that was true now, or at ``as_of``."""
        whole = listing or a_list(*rows)
        return intake.import_list(
            self.desk,
            whole,
            terms=intake.SourceTerms(name=source, mode="snapshot", ref_prefix="ALM"),
            file_sha256=hashlib.sha256(repr(whole).encode()).hexdigest(),
            as_of=as_of or self.now,
            now=self.now,
            is_dry_run=is_dry_run,
            progress=progress,
        )

    # --- dispatch -------------------------------------------------------------------------------

    def turn(
        self,
        *returned: Returned,
        owner: str = "own_1",
        in_flight: Mapping[str, int] | None = None,
        is_draining: bool = False,
    ) -> Turn:
        """One turn of the dispatcher; jitter is none, so that every delay is known."""
        turned = dispatch.turn(
            self.desk,
            returned,
            now=self.now,
            owner=owner,
            limits=self.limits,
            room=self.room(in_flight or {}),
            jitter=lambda: 0.0,
            is_draining=is_draining,
        )
        for ticket in turned.tickets:
            checked(ticket.delivery.body)
        return turned

    def room(self, in_flight: Mapping[str, int]) -> Room:
        """What may be claimed beside attempts under way, by endpoint; nobody is held back."""
        most = self.limits.in_flight_per_endpoint
        left = {one: max(most - count, 0) for one, count in in_flight.items()}
        return Room(
            slots=self.limits.in_flight - sum(in_flight.values()),
            for_others=others_most(self.limits.in_flight),
            shares={one: Share(ordinary=free, last_chance=free) for one, free in left.items()},
            otherwise=Share(ordinary=most, last_chance=most),
            timeout=self.limits.timeout,
        )

    def posts(self, turned: Turn) -> list[Post]:
        """The attempts of a turn, each with its recipient's ref."""
        with self.database.read() as connection:
            owners = {row["id"]: row["recipient"] for row in views.endpoint_states(connection)}
        return [
            Post(
                to=owners[ticket.delivery.endpoint_id],
                ticket=ticket,
                said=checked(ticket.delivery.body),
            )
            for ticket in turned.tickets
        ]

    def sends(
        self, answer: Outcome | Callable[[Post], Outcome] = TAKEN, *, owner: str = "own_1"
    ) -> list[Post]:
        """Send what is due, record how it ended, and return what was posted."""
        posted = self.posts(self.turn(owner=owner))
        home = [one.comes_home(answer(one) if callable(answer) else answer) for one in posted]
        self.turn(*home, owner=owner, is_draining=True)
        return posted

    # --- what is there --------------------------------------------------------------------------

    def hearing_id(self, ref: str = "ALM-0001") -> str:
        """The id of the only hearing of a detainee."""
        (row,) = [row for row in self.hearings() if row["ref"] == ref]
        found: str = row["id"]
        return found

    def hearings(self) -> Sequence[RowMapping]:
        """The calendar."""
        with self.database.read() as connection:
            return views.hearings(connection)

    def notices(self, **narrowed: Any) -> Sequence[RowMapping]:
        """Every notice, or those that ``narrowed`` describes: column by value."""
        with self.database.read() as connection:
            every = views.notices(connection, limit=100_000)
        return [row for row in every if all(row[name] == it for name, it in narrowed.items())]

    def states(self, **narrowed: Any) -> list[tuple[str, str, str, int, str]]:
        """Notices as (recipient, kind, rung, revision, state), by due instant."""
        return [
            (row["recipient"], row["kind"], row["rung"], row["revision"], row["state"])
            for row in self.notices(**narrowed)
        ]

    def endpoint_ids(self) -> dict[str, str]:
        """Somebody's last endpoint, by ref."""
        with self.database.read() as connection:
            return {row["recipient"]: row["id"] for row in views.endpoint_states(connection)}

    def messages(self) -> Sequence[RowMapping]:
        """Every message, the newest first."""
        with self.database.read() as connection:
            return views.messages(connection, limit=100_000)

    def attempts(self, message_id: str) -> Sequence[RowMapping]:
        """Every attempt at a message."""
        with self.database.read() as connection:
            return views.attempts(connection, message_id)

    def missing(self) -> int:
        """How many notices the rules ask for that nobody holds."""
        return plan.missing(self.desk, since=self.now - timedelta(days=1), limit=1000)

    def read(self) -> Any:
        """A read transaction on the database."""
        return self.database.read()

    def write(self) -> Any:
        """A write transaction on the database."""
        return self.database.write()


def told(posted: Sequence[Post]) -> list[tuple[str, str]]:
    """Who was told what, in order of ref and type."""
    return sorted((one.to, one.type) for one in posted)
