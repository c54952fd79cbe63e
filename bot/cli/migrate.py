"""`gongkai migrate`: bring the database to the schema of this version."""

from __future__ import annotations

import typer

from bot.cli import app, common
from storage import migrate as schema


@app.command("migrate")
def migrate() -> None:
    """Create or update the tables; on SQLite every command does it by itself."""
    common.run(_migrate())


async def _migrate() -> None:
    async with common.open_database(common.load_settings(), check=False) as database:
        before = await schema.current(database)
        await schema.upgrade(database)
        after = await schema.current(database)
    typer.echo(f"数据库已是最新（{after}）。" if before == after else f"数据库已更新：{before or '空'} → {after}。")
