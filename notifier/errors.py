"""Everything that can go wrong and that a caller may want to tell apart.

    NotifierError
    ├── SettingsError      the configuration is wrong; lists every problem
    ├── KeyMissing         the sealing key is absent or does not fit the database
    ├── CalendarRejected   a calendar file cannot be used at all; nothing was changed
    ├── NotFound           an id or ref that nobody knows
    └── Conflict           somebody else holds it, or it changed meanwhile

A failed delivery is not an exception: it is an ``Outcome``. A bad row of a calendar is not one
either: it is quarantined with its number, field and reason.
"""

from __future__ import annotations


class NotifierError(Exception):
    """Something went wrong that a human can mend; the message says how."""

    exit_code = 1


class SettingsError(NotifierError):
    """The configuration is wrong. Mend every line listed, then start again."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(problems))


class KeyMissing(NotifierError):
    """The sealing key is missing or is not the one this database was sealed with."""


class CalendarRejected(NotifierError):
    """The calendar file cannot be read. Nothing was changed."""


class NotFound(NotifierError):
    """There is nothing under that id or ref."""

    exit_code = 4


class Conflict(NotifierError):
    """It is held by somebody else, or it changed meanwhile. Look again and repeat."""

    exit_code = 5
