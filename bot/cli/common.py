"""What every command needs: settings, an open and current database, one clear sentence on failure, JSON."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import typer
from pydantic import ValidationError
from rich.console import Console
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from bot.settings import BotSettings
from storage import migrate
from storage.database import Database
from storage.errors import Refused, StorageError

T = TypeVar("T")

ACTOR = "command line"
"""Who stands in the audit log for what is done at the command line."""

screen = Console()
notes = Console(stderr=True)
"""Progress and remarks; standard output stays clean for what was asked for."""


class Unavailable(StorageError):
    """The database does not answer."""


def fail(message: str, code: int = 1) -> NoReturn:
    """End the command with one sentence. Code 1: it could not be done; 2: it was asked for wrongly."""
    typer.echo(f"gongkai: {message}", err=True)
    raise typer.Exit(code)


def load_settings() -> BotSettings:
    """The settings from the environment; a wrong one ends the command in a sentence that names it."""
    try:
        return BotSettings()
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        name = "_".join(str(part) for part in first["loc"]).upper()
        fail(f"设置 GONGKAI_{name} 不正确：{first['msg']}", 2)


@asynccontextmanager
async def open_database(settings: BotSettings, *, check: bool = True) -> AsyncIterator[Database]:
    """The database of the settings, with the schema of this code; closed at the end of the block.

    Raises:
        Unavailable: it does not answer.
        Refused: PostgreSQL whose schema is not this code's.
    """
    try:
        database = Database(settings.sqlalchemy_url)
    except OSError as error:
        raise Unavailable(f"数据文件夹 {settings.data_dir} 不能写入：{error.strerror}。") from error
    except Exception as error:  # a malformed address fails in many ways, and may hold a password
        raise Refused("设置 GONGKAI_DATABASE_URL 不是可用的数据库地址。") from error
    try:
        await _reach(database)
        if check:
            await migrate.ensure_current(database)
        yield database
    except (OperationalError, InterfaceError, ConnectionError, TimeoutError) as error:
        raise _unavailable(database, error) from error
    finally:
        await database.close()


async def _reach(database: Database) -> None:
    """Connect once, so that a wrong address, password or file is told apart from what fails later."""
    try:
        async with database.engine.connect():
            pass
    except (DBAPIError, OSError, TimeoutError) as error:
        raise _unavailable(database, error) from error


def _unavailable(database: Database, error: Exception) -> Unavailable:
    reason = error.orig if isinstance(error, DBAPIError) else error
    return Unavailable(f"数据库 {database.url.render_as_string()} 打不开：{reason}")


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run a command's coroutine to its end."""
    return asyncio.run(work)


def number(value: Decimal | None) -> int | float | None:
    """A stored number as JSON and people write it: 12, 17.76."""
    if value is None:
        return None
    return int(value) if value == value.to_integral_value() else float(value)


def print_json(value: Any, output: Path | None = None) -> None:
    """Print as JSON, Chinese left readable, or write it to a file."""
    write_text(json.dumps(value, ensure_ascii=False, default=_plain, indent=None if output is None else 2), output)


def write_text(text: str, output: Path | None = None) -> None:
    """Print, or write to a file."""
    if output is None:
        typer.echo(text)
    else:
        output.write_text(text + "\n", encoding="utf-8")
        typer.echo(f"已写入 {output}。", err=True)


def _plain(value: Any) -> Any:
    return number(value) if isinstance(value, Decimal) else str(value)
