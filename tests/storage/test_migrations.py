"""Migrations run up and down on both databases and say the same as the models."""

import asyncio

from storage import migrate
from storage.database import Database


async def test_models_and_migrations_agree(database: Database) -> None:
    assert await migrate.differences(database) == []
    assert await migrate.current(database) == migrate.latest()


async def test_down_to_nothing_and_up_again(database: Database) -> None:
    await migrate.downgrade(database)
    assert await migrate.current(database) is None
    await migrate.upgrade(database)
    assert await migrate.differences(database) == []


async def test_two_processes_migrate_at_once(empty_database_url: str) -> None:
    first, second = Database(empty_database_url), Database(empty_database_url)
    try:
        await asyncio.gather(migrate.upgrade(first), migrate.upgrade(second))
        assert await migrate.current(second) == migrate.latest()
    finally:
        await first.close()
        await second.close()
