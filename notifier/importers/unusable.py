"""Why one field of one row cannot be used: caught by the row reader, shown as a ``BadRow``."""

from __future__ import annotations

import re

# What may be quoted back to a human: dates and times only. A shifted column can put a name or a
# case number where a date should be, and reasons end up on screens and in reports.
_DATE_LIKE = re.compile(r"[0-9]{1,4}([./-])[0-9]{1,2}\1[0-9]{1,4}")
_TIME_LIKE = re.compile(r"[0-9]{1,2}(?:[:.-][0-9]{1,2}){0,2} ?(?:[ap]\.?m\.?)?", re.IGNORECASE)


class Unusable(Exception):
    """A cell that cannot be used; ``field`` is our name for it, ``reason`` a full sentence."""

    def __init__(self, field: str, reason: str) -> None:
        self.field = field
        self.reason = reason
        super().__init__(f"{field}: {reason}")


def shown(value: str) -> str:
    """``value`` in quotes if it is plainly a date or time, otherwise only how long it is."""
    if _DATE_LIKE.fullmatch(value) or _TIME_LIKE.fullmatch(value):
        return f'"{value}"'
    return f"a text of {len(value)} characters"
