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
from storage.errors import Refused
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


async def ensure_current(database: Database) -> None:
    """See that the schema is the one of this code: a SQLite file is brought up at once, PostgreSQL by the operator.

    Raises:
        Refused: the schema is older and the database is PostgreSQL, or it is newer than this code.
    """
    found = await current(database)
    if found == latest():
        return
    if found is not None and found not in {r.revision for r in ScriptDirectory.from_config(_config()).walk_revisions()}:
        raise Refused("数据库是由更新版本的 gongkai 建立的，请先升级 gongkai。")
    if not database.is_sqlite:
        raise Refused("数据库还没有建好或不是这一版的结构，请先运行 gongkai migrate。")
    await upgrade(database)


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
    if database.is_sqlite:
        await _run_sqlite(database, action)
        return
    async with database.engine.begin() as connection:
        # one migration at a time; the lock goes with the transaction
        await connection.exec_driver_sql("SELECT pg_advisory_xact_lock(20190515)")
        await connection.run_sync(action)


async def _run_sqlite(database: Database, action: Any) -> None:
    """Migrate a SQLite file, which changes a table by building it anew.

    Foreign keys do not bind meanwhile, since dropping the old table would break those that refer to it; they are
    checked before the transaction ends. The pragma has an effect outside a transaction only (sqlite.org/pragma.html).

    Raises:
        Refused: a row refers to one that is not there.
    """
    engine = database.engine.execution_options(gongkai_writes=True)
    async with engine.connect() as connection:
        raw = await connection.get_raw_connection()
        assert raw.driver_connection is not None
        await raw.driver_connection.execute("PRAGMA foreign_keys=OFF")
        try:
            async with connection.begin():
                await connection.run_sync(action)
                broken = (await connection.exec_driver_sql("PRAGMA foreign_key_check")).all()
                if broken:
                    raise Refused(f"数据库结构没有升级：表 {broken[0][0]} 里有记录指向不存在的记录。")
        finally:
            await raw.driver_connection.execute("PRAGMA foreign_keys=ON")
