"""The command line. It reads what it is told, calls the same flow function as everything else,
and prints what came of it.

Heavy libraries are imported inside the commands, so that help and typing errors answer at once.
"""

from __future__ import annotations

from notifier.cli.entry import app

__all__ = ["app"]
