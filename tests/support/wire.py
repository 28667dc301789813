"""What travels: every body that a test sees sent is held to its published JSON Schema."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator

from notifier import schemas
from notifier.core.delivery import Delivery, Outcome, OutcomeClass
from notifier.flow.attempts import Returned, Ticket

TAKEN = Outcome(outcome=OutcomeClass.DELIVERED, status=204)
DOWN = Outcome(outcome=OutcomeClass.UNREACHABLE, detail="refused")
BUSY = Outcome(outcome=OutcomeClass.THROTTLED, status=503)
SLOW = Outcome(outcome=OutcomeClass.TIMED_OUT, detail="the answer did not come")
GONE = Outcome(outcome=OutcomeClass.GONE, status=410)
FORBIDDEN = Outcome(outcome=OutcomeClass.REFUSED_ADDRESS, detail="a private address")


@cache
def _validator(message_type: str) -> Draft202012Validator:
    return Draft202012Validator(schemas.load(message_type))


def checked(body: bytes) -> dict[str, Any]:
    """A body that holds what its schema promises."""
    said: dict[str, Any] = json.loads(body)
    _validator(said["type"]).validate(said)
    return said


@dataclass(frozen=True, kw_only=True, slots=True)
class Post:
    """One attempt as its receiver would see it."""

    to: str  # the recipient's ref
    ticket: Ticket
    said: dict[str, Any]

    @property
    def type(self) -> str:
        """What it tells."""
        kind: str = self.said["type"]
        return kind

    @property
    def items(self) -> list[dict[str, Any]]:
        """The hearings it tells of."""
        found: list[dict[str, Any]] = self.said["data"]["items"]
        return found

    @property
    def item(self) -> dict[str, Any]:
        """The one hearing it tells of."""
        (only,) = self.items
        return only

    @property
    def id(self) -> str:
        """The ``webhook-id``."""
        return self.ticket.delivery.message_id

    @property
    def text(self) -> str:
        """What a human reads."""
        text: str = self.said["data"]["text"]
        return text

    def comes_home(self, outcome: Outcome = TAKEN) -> Returned:
        """The attempt with how it ended."""
        return Returned(ticket=self.ticket, outcome=outcome)


class Answers:
    """A sender that keeps what it is given and answers what it is told to."""

    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome
        self.sent: list[tuple[Delivery, int, float]] = []

    async def send(self, delivery: Delivery, *, timestamp: int, timeout_seconds: float) -> Outcome:
        self.sent.append((delivery, timestamp, timeout_seconds))
        return self.outcome
