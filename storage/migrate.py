"""Schema migrations (Alembic), run from the code: no ini file, the same on SQLite and PostgreSQL."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection

from storage.database import Database
from storage.models import METADATA

_FOLDER = Path(__file__).parent / "migrations"


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    config.attributes["connection"] = connection
    return config


def latest() -> str:
    """The newest revision that this code knows."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    assert head is not None
    return head


async def upgrade(database: Database, revision: str = "head") -> None:
    """Bring the schema to `revision`. Two processes may call it at once: the second waits, then finds it done."""
    await _run(database, lambda c: command.upgrade(_config(c), revision))


async def downgrade(database: Database, revision: str = "base") -> None:
    """Take the schema back to `revision`."""
    await _run(database, lambda c: command.downgrade(_config(c), revision))


async def current(database: Database) -> str | None:
    """The revision of the database, `None` where it is empty."""
    async with database.engine.connect() as connection:
        return await connection.run_sync(lambda c: MigrationContext.configure(c).get_current_revision())


async def differences(database: Database) -> list[Any]:
    """What the models have that the migrated schema has not, and the reverse; empty when they agree."""
    async with database.engine.connect() as connection:
        return await connection.run_sync(
            lambda c: list(compare_metadata(MigrationContext.configure(c, opts={"compare_type": True}), METADATA))
        )


async def write_revision(database: Database, message: str, revision: str) -> None:
    """Write a new migration file from the difference between models and schema (for developers)."""
    await _run(database, lambda c: command.revision(_config(c), message, autogenerate=True, rev_id=revision))


async def _run(database: Database, action: Any) -> None:
    engine = database.engine.execution_options(gongkai_writes=True) if database.is_sqlite else database.engine
    async with engine.begin() as connection:
        if not database.is_sqlite:  # one migration at a time; the lock goes with the transaction
            await connection.exec_driver_sql("SELECT pg_advisory_xact_lock(20190515)")
        await connection.run_sync(action)
