"""What every step works with: the database, the key to it, and the policy in force."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from notifier.core.policy import Policy
from notifier.storage.engine import Database
from notifier.storage.sealed import Sealer

Translate = Callable[[str], str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Desk:
    """The coordinator's desk. ``translator`` gives the translation for a language."""

    database: Database
    sealer: Sealer
    policy: Policy
    translator: Callable[[str], Translate]
    implausible_after_years: int = 3
    is_policy_adopted: bool = True  # False: it was edited, and no daemon has planned by it yet
