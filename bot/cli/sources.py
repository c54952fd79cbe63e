"""`gongkai sources`: what the watch sees on a column's list page."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from bot.cli import app
from storage.clock import SystemClock
from storage.listing import read_list

sources = typer.Typer(help="Column pages that the watch reads.", no_args_is_help=True)
app.add_typer(sources, name="sources")


@sources.command()
def preview(
    page: Annotated[str, typer.Argument(help="A file with the page.")],
    base: Annotated[str, typer.Option(help="The page's address, for relative links.")] = "",
    selector: Annotated[str | None, typer.Option(help="CSS selector of the list.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show the items that the watch reads on a list page, newest first; stores nothing."""
    content = Path(page).read_bytes()
    items = read_list(content, base or "http://localhost/", SystemClock().today(), selector)
    rows = [{"title": i.title, "url": i.url, "date": i.date.isoformat() if i.date else None} for i in items]
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False))
        return
    for row in rows:
        typer.echo(f"{row['date'] or '----------'}  {row['title']}  {row['url']}")
    if not rows:
        typer.echo("这个页面上没有读到条目。")
