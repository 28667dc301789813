"""Reading a table of a TOML file key by key, so that every mistake in it is told at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import date
from difflib import get_close_matches
from typing import Any, TypeVar

from notifier.errors import SettingsError

Value = TypeVar("Value")


class Section:
    """A TOML table whose wrong, missing and unknown keys become lines in ``problems``."""

    def __init__(self, values: dict[str, Any], path: str, problems: list[str]) -> None:
        self._values = values
        self._path = path
        self._problems = problems
        self._known: set[str] = set()

    def names(self) -> list[str]:
        """The keys that stand in the table, in the order of the file."""
        return list(self._values)

    def complain(self, key: str, problem: str) -> None:
        """Notes what is wrong with a key."""
        self._problems.append(f"{self._path}{key}: {problem}")

    def text(self, key: str, default: str = "") -> str:
        """A string; a date written as TOML's own counts as one."""
        value = self._take(key)
        if isinstance(value, date):
            return value.isoformat()
        if value is None or isinstance(value, str):
            return default if value is None else value
        self.complain(key, "must be a text in quotes")
        return default

    def texts(self, key: str) -> tuple[str, ...]:
        """A string or a list of strings."""
        value = self._take(key)
        items = value if isinstance(value, list) else [] if value is None else [value]
        if all(isinstance(item, str) for item in items):
            return tuple(items)
        self.complain(key, "must be a text or a list of texts, each in quotes")
        return ()

    def flag(self, key: str) -> bool:
        """true or false; false when absent."""
        value = self._take(key)
        if value is None or isinstance(value, bool):
            return bool(value)
        self.complain(key, "must be true or false")
        return False

    def any(self, key: str) -> Any:
        """The value as it stands, None when absent."""
        return self._take(key)

    def table(self, key: str) -> Section:
        """The table under a key, empty when absent."""
        value = self._take(key)
        if value is not None and not isinstance(value, dict):
            self.complain(key, "must be a table")
            value = None
        return Section(value or {}, f"{self._path}{key}.", self._problems)

    def made(self, key: str, make: Callable[[str], Value], text: str) -> Value | None:
        """What ``make`` makes of ``text``; its ValueError or SettingsError becomes a problem."""
        try:
            return make(text)
        except SettingsError as error:
            self.complain(key, error.problems[0].removeprefix(f"{key}: "))
        except ValueError as error:
            self.complain(key, str(error))
        return None

    def pattern(self, key: str, needs: str) -> re.Pattern[str] | None:
        """A regular expression with the group ``needs`` (a name, or "1"), None when absent."""
        text = self.text(key)
        if not text:
            return None
        try:
            # In a group, so that it can become part of a longer one.
            pattern = re.compile(f"(?:{text})", re.IGNORECASE)
        except re.error as error:
            self.complain(key, f"is not a regular expression: {error}")
            return None
        if needs and needs not in pattern.groupindex and not (needs == "1" and pattern.groups):
            wanted = "(…) around the date" if needs == "1" else f"a group (?P<{needs}>…)"
            self.complain(key, f"needs {wanted}")
            return None
        return pattern

    def choose(self, key: str, values: Iterable[str], allowed: Iterable[str]) -> tuple[str, ...]:
        """Those of ``values`` that are allowed; the others become problems."""
        known, good = tuple(allowed), []
        for value in values:
            if value in known:
                good.append(value)
            else:
                self.complain(key, f'"{value}" is not known{nearest(value, known)}')
        return tuple(good)

    def close(self) -> None:
        """Complains of keys that nobody asked for, with the nearest known one."""
        for key in self._values:
            if key not in self._known:
                self.complain(key, f"is not a known key{nearest(key, self._known)}")

    def _take(self, key: str) -> Any:
        self._known.add(key)
        return self._values.get(key)


def nearest(word: str, known: Iterable[str]) -> str:
    """ ", did you mean …?", or all that is known where nothing is near."""
    words = sorted(known)
    near = get_close_matches(word, words, n=1)
    return f', did you mean "{near[0]}"?' if near else f"; known are {', '.join(words)}"
