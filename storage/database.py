"""The engine and its sessions: one unit of work per request or job, on SQLite or PostgreSQL.

Reading and writing are told apart because SQLite locks the whole file: a writing transaction takes the lock when it
begins (`BEGIN IMMEDIATE`) and therefore never fails half way through with "database is locked".
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from sqlite3 import OperationalError
from typing import Any

from sqlalchemy import DateTime, Dialect, String, event, make_url
from sqlalchemy.engine import Connection
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.types import TypeDecorator
from sqlalchemy.util import await_only
from sqlmodel.ext.asyncio.session import AsyncSession

_WRITES = "gongkai_writes"

DATABASE_ERRORS = (SQLAlchemyError, OSError, TimeoutError)
"""What a database that is away raises, whichever driver is under it."""
_WAL_TRIES = 500
_PRAGMAS = (
    "busy_timeout=30000",
    "synchronous=FULL",
    "foreign_keys=ON",
    "cache_size=-16000",  # KiB: the indexes of a year's questions, or each new row reads and writes their pages anew
    "wal_autocheckpoint=4000",  # pages: a page that changes often goes into the file once, not each time
)
_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment in UTC on every database; a naive one is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Convert to UTC on the way in."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without timezone cannot be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give SQLite's naive moments their timezone back."""
        return value if value is None or value.tzinfo else value.replace(tzinfo=UTC)


class ExactDecimal(TypeDecorator[Decimal]):
    """A decimal number stored as text, digit for digit: SQLite would make it a float."""

    impl = String(64)
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> str | None:
        """Plain digits, never an exponent."""
        return None if value is None else format(value, "f")

    def process_result_value(self, value: str | None, dialect: Dialect) -> Decimal | None:
        """The same digits back."""
        return None if value is None else Decimal(value)


class Database:
    """One engine. `read()` and `write()` give a session each; `write()` commits at the end or rolls back whole."""

    def __init__(self, url: str, *, pool_size: int = 5, echo: bool = False) -> None:
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        # what people asked and secret keys are parameters; errors go to the log
        options: dict[str, Any] = {"echo": echo, "hide_parameters": True, "json_serializer": _json}
        if self.is_sqlite:
            if self.url.database and self.url.database != ":memory:":
                Path(self.url.database).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            options["connect_args"] = {"timeout": 30}
        else:
            options |= {"pool_size": pool_size, "max_overflow": pool_size, "pool_pre_ping": True}
            options["connect_args"] = {"timeout": 10, "command_timeout": 60}
        self.engine: AsyncEngine = create_async_engine(self.url, **options)
        if self.is_sqlite:
            event.listen(self.engine.sync_engine, "connect", _prepare_sqlite)
            event.listen(self.engine.sync_engine, "begin", _begin_sqlite)
            event.listen(self.engine.sync_engine, "invalidate", _roll_back_sqlite)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """A session for queries; whatever it changed is rolled back."""
        async with AsyncSession(self.engine, expire_on_commit=False) as session:
            yield session

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncSession]:
        """A unit of work: committed when the block ends, rolled back when it raises."""
        engine = self.engine.execution_options(**{_WRITES: True}) if self.is_sqlite else self.engine
        async with AsyncSession(engine, expire_on_commit=False) as session, session.begin():
            yield session

    async def close(self) -> None:
        """Close every connection."""
        await self.engine.dispose()


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # transactions are begun below, not by the driver
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    _switch_to_wal(cursor)
    cursor.close()


def _switch_to_wal(cursor: Any) -> None:
    """Two processes that open a new file at once: SQLite refuses the second switch at once instead of waiting."""
    for _ in range(_WAL_TRIES):
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
            return
        except OperationalError:
            await_only(asyncio.sleep(0.02))
    cursor.execute("PRAGMA journal_mode=WAL")


def _roll_back_sqlite(connection: Any, _record: Any, _error: BaseException | None) -> None:
    """Roll back before a connection is thrown away.

    A cancelled query leaves its cursor behind, held by the traceback, and SQLite defers the closing of a connection,
    its lock included, until the last cursor is gone.
    """
    with suppress(asyncio.CancelledError):  # the cancellation that led here is on its way already
        connection.rollback()


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get(_WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
