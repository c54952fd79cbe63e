"""Migrations run up and down on both databases and say the same as the models."""

import asyncio

from storage import migrate
from storage.clock import FixedClock
from storage.database import Database
from storage.snapshot import Snapshots
from tests.builders import add_live


async def test_models_and_migrations_agree(database: Database) -> None:
    assert await migrate.differences(database) == []
    assert await migrate.current(database) == migrate.latest()


async def test_down_to_nothing_and_up_again(database: Database) -> None:
    await migrate.downgrade(database)
    assert await migrate.current(database) is None
    await migrate.upgrade(database)
    assert await migrate.differences(database) == []


async def test_what_is_stored_outlives_a_migration(database: Database, clock: FixedClock) -> None:
    draft = await add_live(database, clock)
    await migrate.downgrade(database, "0014")
    await migrate.upgrade(database)
    facts = await Snapshots(database).load(None)
    assert [r.version_id for r in facts.reports.values()] == [draft.version_id]
    async with database.engine.connect() as connection:
        if database.is_sqlite:
            assert (await connection.exec_driver_sql("PRAGMA foreign_keys")).scalar() == 1


async def test_two_processes_migrate_at_once(empty_database_url: str) -> None:
    first, second = Database(empty_database_url), Database(empty_database_url)
    try:
        await asyncio.gather(migrate.upgrade(first), migrate.upgrade(second))
        assert await migrate.current(second) == migrate.latest()
    finally:
        await first.close()
        await second.close()
