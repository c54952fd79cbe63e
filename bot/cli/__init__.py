"""The `gongkai` command: the place where processes are composed. Each subject registers its commands below."""

from __future__ import annotations

import sys
from collections.abc import Callable

import typer

from bot.cli.errors import sentence
from storage.errors import StorageError

app = typer.Typer(
    name="gongkai",
    help="Answers citizens from annual disclosure reports and watches publication.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


def main(command: Callable[[], None] = app) -> None:
    """Run the command line; our own errors are one clear sentence and exit code 1, never a traceback."""
    try:
        command()
    except (StorageError, OSError) as error:
        name = f"{error.filename}：" if isinstance(error, OSError) and error.filename else ""
        typer.echo(f"gongkai: {name}{sentence(error)}", err=True)
        sys.exit(1)


from bot.cli import (  # noqa: E402  (each module registers its commands on `app`)
    ask,  # noqa: F401
    cases,  # noqa: F401
    check,  # noqa: F401
    doctor,  # noqa: F401
    export,  # noqa: F401
    importing,  # noqa: F401
    menu,  # noqa: F401
    migrate,  # noqa: F401
    questions,  # noqa: F401
    reports,  # noqa: F401
    serve,  # noqa: F401
    settings,  # noqa: F401
    sources,  # noqa: F401
    statistics,  # noqa: F401
    watch,  # noqa: F401
)
