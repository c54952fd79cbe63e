"""`gongkai settings`: every setting with its meaning and default, as an environment file to start from."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Any

import typer
from pydantic import SecretStr
from pydantic_settings import BaseSettings

from bot.cli import app
from bot.settings import BotSettings
from scheduler.settings import SchedulerSettings
from storage.settings import StorageSettings

SETTINGS: tuple[tuple[str, type[BaseSettings]], ...] = (
    ("Every process", StorageSettings),
    ("Web process and command line", BotSettings),
    ("The watch", SchedulerSettings),
)
"""The groups in the order of the file; each shows only what the groups before it have not."""


@app.command("settings")
def print_settings() -> None:
    """Print an environment file with every setting, its meaning and its default."""
    typer.echo(environment_file(), nl=False)


def environment_file() -> str:
    """The text of deploy/env.example: a commented-out line for each setting, its description above it."""
    lines = [
        "# Settings of Gongkai. Copy to .env (or /etc/gongkai/gongkai.env), remove the # and fill in.",
        "# Written by `gongkai settings`; a test holds it in step with the code.",
    ]
    shown: set[str] = set()
    for title, model in SETTINGS:
        lines += ["", f"# --- {title} ---"]
        for name, field in model.model_fields.items():
            if name not in shown:
                shown.add(name)
                lines += ["", f"# {field.description}", f"#GONGKAI_{name.upper()}={_default(field.default)}"]
    return "\n".join(lines) + "\n"


def _default(value: Any) -> str:
    if value is None or isinstance(value, SecretStr):
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, Path):
        return value.as_posix()
    if isinstance(value, tuple | list):
        return ",".join(map(str, value))
    return str(value)
