"""The program: ``notifier`` and ``python -m notifier``."""

from __future__ import annotations

from notifier.cli import app


def main() -> None:
    """Run the command line."""
    app(prog_name="notifier")


if __name__ == "__main__":
    main()
