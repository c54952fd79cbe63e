"""`gongkai sources`: the addresses that the watch reads columns from, and what it sees there."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from bot.cli import app, common
from scheduler.sources import SourceReader, summary
from storage.clock import SystemClock
from storage.listing import Item, read_list
from storage.publishing import sources as stored
from storage.reading.fetch import SafeFetcher

sources = typer.Typer(help="Column pages (栏目) that the watch reads.", no_args_is_help=True)
app.add_typer(sources, name="sources")

Selector = Annotated[str | None, typer.Option(help="CSS selector of the list, where it is not found without.")]
Private = Annotated[bool, typer.Option("--allow-private", help="Also read addresses inside the network.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print as JSON.")]


@sources.command()
def preview(
    page: Annotated[str, typer.Argument(help="A file with the page, or its address.")],
    base: Annotated[str, typer.Option(help="A file's address, for its relative links.")] = "",
    selector: Selector = None,
    allow_private: Private = False,
    as_json: AsJson = False,
) -> None:
    """Show the items that the watch reads on a list page, newest first; stores nothing."""
    items = common.run(_items(page, base, selector, allow_private))
    if as_json:
        common.print_json([{"title": i.title, "url": i.url, "date": i.date} for i in items])
        return
    table = Table("发布日期", "标题", "链接")
    for item in items:
        table.add_row(str(item.date or "未注明"), item.title, item.url)
    common.screen.print(table if items else "这个页面上没有读到条目。")


async def _items(page: str, base: str, selector: str | None, allow_private: bool) -> list[Item]:
    if page.startswith(("http://", "https://")):
        async with SafeFetcher(allow_private=allow_private) as fetcher:
            fetched = await fetcher.get(page)
        content, base = fetched.content, fetched.url
    else:
        content, base = await asyncio.to_thread(Path(page).read_bytes), base or "http://localhost/"
    return await asyncio.to_thread(read_list, content, base, SystemClock().today(), selector)


@sources.command()
def add(
    column: Annotated[str, typer.Argument(help="Column (栏目), as the obligations name it.")],
    url: Annotated[str, typer.Argument(help="Address of the column's list page or feed.")],
    selector: Selector = None,
) -> None:
    """Let the watch read a column from an address."""

    async def work() -> int | None:
        async with common.open_database(common.load_settings()) as database, database.write() as session:
            source = await stored.add(session, column, url, selector=selector, actor=common.ACTOR, clock=SystemClock())
            return source.id

    typer.echo(f"已登记来源 {common.run(work())}：栏目“{column}”。")


@sources.command()
def remove(number: Annotated[int, typer.Argument(help="Number of the source, see list.")]) -> None:
    """Stop reading an address; what was read stays in the ledger."""

    async def work() -> None:
        async with common.open_database(common.load_settings()) as database, database.write() as session:
            await stored.remove(session, number, actor=common.ACTOR)

    common.run(work())
    typer.echo(f"已移除来源 {number}。")


@sources.command("list")
def list_sources(as_json: AsJson = False) -> None:
    """List the sources and how their last reading went."""

    async def work() -> list[dict[str, object]]:
        async with common.open_database(common.load_settings()) as database, database.read() as session:
            return [
                {
                    "id": s.id,
                    "column": s.column,
                    "url": s.url,
                    "reached_at": s.reached_at,
                    "items": s.items_seen,
                    "failures": s.failures,
                    "error": s.error,
                }
                for s in await stored.listed(session)
            ]

    rows = common.run(work())
    if as_json:
        common.print_json(rows)
        return
    table = Table("编号", "栏目", "网址", "上次读到", "条数", "状态")
    for row in rows:
        state = f"连续失败{row['failures']}次：{row['error']}" if row["failures"] else "正常"
        table.add_row(
            str(row["id"]), str(row["column"]), str(row["url"]), str(row["reached_at"] or "-"), str(row["items"]), state
        )
    common.screen.print(table if rows else "还没有登记来源。用 gongkai sources add 登记。")


@sources.command()
def read(allow_private: Private = False) -> None:
    """Read all sources now and record what is new."""

    async def work() -> tuple[str, tuple[str, ...]]:
        async with (
            common.open_database(common.load_settings()) as database,
            SafeFetcher(allow_private=allow_private) as fetcher,
        ):
            async with database.read() as session:
                chosen = [s for s in await stored.listed(session) if s.enabled]
            done = await SourceReader(database, fetcher, SystemClock()).read(chosen)
            return summary(done), done.failures

    text, failures = common.run(work())
    typer.echo(text)
    for failure in failures:
        typer.echo(failure, err=True)
