"""The program: ``notifier`` and ``python -m notifier``."""

from __future__ import annotations

import io
import sys

from notifier.cli import app


def main() -> None:
    """Run the command line. What a terminal's encoding lacks is shown by its number."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    app(prog_name="notifier")


if __name__ == "__main__":
    main()
