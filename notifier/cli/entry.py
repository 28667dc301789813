"""The program's entry: its global options, its commands in sections, and how it ends."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from notifier import __version__
from notifier.cli import (
    alarms,
    assignments,
    courts,
    demo,
    detainees,
    endpoint_changes,
    endpoints,
    hearings,
    importing,
    listening,
    messages,
    planning,
    recipients,
    sources,
    starting,
    status,
    verifying,
)
from notifier.cli.opening import Invocation
from notifier.cli.output import clean
from notifier.errors import NotifierError

SECTIONS = {
    "Start": ("demo", "init", "run", "status"),
    "Calendar": ("import", "sources", "courts", "detainees", "hearings"),
    "People": ("recipients", "endpoints", "assignments"),
    "What is told": ("plan", "messages", "alarms"),
    "For receivers": ("listen", "verify"),
}
EPILOG = """\b
Exit codes:
  0  done
  1  it failed; the sentence on standard error says how to mend it
  2  the command was typed wrongly
  3  findings: not ready, a wrong signature, quarantined rows with --strict
  4  there is nothing under that id, ref or name
  5  a conflict: somebody else holds it, or it is there already

\b
Every command has --help; those that print data have --json.
Plain text without colours: NO_COLOR=1, TERM=dumb, or output that is not a terminal."""


class Program(TyperGroup):
    """Shows the commands in sections, and ends every fault with a sentence and an exit code."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002 - Typer's signature
        """Write the commands by section, in the order in which they are needed."""
        limit = formatter.width - 6 - max(map(len, self.commands))
        for title, names in SECTIONS.items():
            with formatter.section(title):
                formatter.write_dl(
                    [(name, self.commands[name].get_short_help_str(limit)) for name in names]
                )

    def invoke(self, ctx: Any) -> Any:
        """Run a command. A traceback is shown only to whoever asks for it."""
        try:
            return super().invoke(ctx)
        except NotifierError as problem:
            _complain(str(problem))
            raise typer.Exit(problem.exit_code) from None
        except (typer.Exit, typer.Abort, typer.TyperException, OSError) as ending:
            if not isinstance(ending, OSError) or isinstance(ending, BrokenPipeError):
                raise
            _complain(_named(ending))
            raise typer.Exit(1) from None
        except Exception as fault:
            if ctx.obj.is_debugging:
                raise
            _complain(
                f"a fault of the program itself ({type(fault).__name__}), please report it; "
                "'notifier --debug …' shows where it came from"
            )
            raise typer.Exit(1) from None


def _complain(text: str) -> None:
    for line in text.splitlines():
        print(f"notifier: {clean(line)}", file=sys.stderr)  # noqa: T201 - where a human reads it


def _named(fault: OSError) -> str:
    reason = fault.strerror or type(fault).__name__
    return f"{fault.filename}: {reason}" if fault.filename else reason


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"hearing-notifier {__version__}")
        raise typer.Exit


app = typer.Typer(
    cls=Program,
    rich_markup_mode=None,  # plain help: quick, and readable in a log and to a screen reader
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback(epilog=EPILOG)
def program(
    context: typer.Context,
    config: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="The settings file. Default: NOTIFIER_CONFIG, else ./notifier.toml if it exists.",
        ),
    ] = None,
    debug: Annotated[
        bool, typer.Option("--debug", help="Show where a fault of the program itself came from.")
    ] = False,
    version: Annotated[  # noqa: ARG001 - its callback has answered already
        bool,
        typer.Option(
            "--version", help="Show the version and exit.", callback=_version, is_eager=True
        ),
    ] = False,
) -> None:
    """Keeps the detainee hearing calendar and makes sure the right people know in time.

    First time here? 'notifier demo' shows it at work; 'notifier init' begins for real.
    """
    context.obj = Invocation(config=config, is_debugging=debug)


app.command("demo")(demo.demo)
app.command("init")(starting.init)
app.command("run")(starting.run)
app.command("status")(status.status)
app.command("import")(importing.import_)
app.command("plan")(planning.plan)
app.command("listen")(listening.listen)
app.command("verify")(verifying.verify)
endpoints.app.command("rotate")(endpoint_changes.rotate)
endpoints.app.command("update")(endpoint_changes.update)
endpoints.app.command("remove")(endpoint_changes.remove)
for _name, _family in (
    ("sources", sources),
    ("courts", courts),
    ("detainees", detainees),
    ("hearings", hearings),
    ("recipients", recipients),
    ("endpoints", endpoints),
    ("assignments", assignments),
    ("messages", messages),
    ("alarms", alarms),
):
    app.add_typer(_family.app, name=_name)
