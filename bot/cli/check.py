"""`gongkai check FILE|URL`: read a report without storing it, and show what was read and what is in doubt."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import unquote, urlsplit

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bot.cli import app, common
from storage.catalogue import CELLS, Edition, Meaning
from storage.errors import Refused
from storage.facts import Finding, Level, Reading
from storage.reading.fetch import SafeFetcher
from storage.reading.reader import read_report

LEVELS = {Level.ERROR: "[red]错误[/]", Level.WARNING: "[yellow]提醒[/]", Level.NOTICE: "说明"}


@app.command("check")
def check(
    source: Annotated[str, typer.Argument(metavar="FILE|URL", help="Report file, or the address of its page.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as one JSON object.")] = False,
) -> None:
    """Read a report, show its cells' doubts; nothing is stored."""
    reading = common.run(read_source(source, common.load_settings().max_file_mb * 1024 * 1024))
    if as_json:
        typer.echo(json.dumps(reading_json(reading), ensure_ascii=False))
    else:
        show(reading, Console())


async def read_source(source: str, max_bytes: int) -> Reading:
    """Read a file or an address that an operator named.

    Raises:
        ReadingError: it cannot be read.
        OSError: no such file.
    """
    content, name, url = await load_source(source, max_bytes)
    return await read_report(content, name, url)


async def load_source(source: str, max_bytes: int) -> tuple[bytes, str, str | None]:
    """Content, file name and address. The operator may also name addresses inside the network (政务外网).

    Raises:
        Refused: too large, or the address cannot be fetched.
        OSError: no such file.
    """
    if source.lower().startswith(("http://", "https://")):
        async with SafeFetcher(allow_private=True, max_bytes=max_bytes) as fetcher:
            fetched = await fetcher.get(source)
        return fetched.content, unquote(urlsplit(fetched.url).path.rsplit("/", 1)[-1]), fetched.url
    return await asyncio.to_thread(_load_file, Path(source), max_bytes), Path(source).name, None


def _load_file(path: Path, max_bytes: int) -> bytes:
    with path.open("rb") as file:
        if os.fstat(file.fileno()).st_size > max_bytes:
            raise Refused(f"文件超过{max_bytes // 1024 // 1024}MB，未读取。")
        return file.read(max_bytes + 1)


def reading_json(reading: Reading) -> dict[str, Any]:
    """The reading as the public JSON: cells by id, `null` where blank or not readable."""
    cells = reading.cells.values()
    return {
        "agency": reading.agency,
        "year": reading.year,
        "format": reading.edition.value,
        "title": reading.title,
        "cells": {c.id: common.number(c.value) for c in cells},
        "blank": [c.id for c in cells if c.meaning is Meaning.BLANK],
        "unreadable": [c.id for c in cells if c.meaning is Meaning.UNREADABLE],
        "figures": [
            {"id": f.id, "label": f.label, "value": common.number(f.value), "unit": f.unit, "sentence": f.sentence}
            for f in reading.figures
        ],
        "texts": {key.removeprefix("x."): text for key, text in reading.texts.items()},
        "findings": [
            {
                "level": f.level.value,
                "code": f.code,
                "cell": f.cell,
                "place": str(f.place) if f.place else None,
                "message": f.message,
            }
            for f in reading.findings
        ],
    }


def show(reading: Reading, console: Console) -> None:
    """What was read in one line per kind, then every doubt with its place."""
    editions = {Edition.E2021: "2021年格式", Edition.E2019: "2019年格式", Edition.OTHER: "其他格式"}
    counts = {m: sum(c.meaning is m for c in reading.cells.values()) for m in Meaning}
    console.print(
        f"机关：{escape(reading.agency or '未写明')}　年度：{reading.year or '未写明'}　{editions[reading.edition]}"
    )
    console.print(
        f"读出数字{counts[Meaning.NUMBER]}格，空白{counts[Meaning.BLANK]}格，读不准{counts[Meaning.UNREADABLE]}格；"
        f"正文数字{len(reading.figures)}个"
    )
    if reading.findings:
        console.print(_doubts(reading.findings))
    else:
        console.print("没有疑点。")


def _doubts(findings: tuple[Finding, ...]) -> Table:
    table = Table("级别", "位置", "指标", "说明")
    order = list(Level)
    for finding in sorted(findings, key=lambda f: order.index(f.level)):
        cell = CELLS.get(finding.cell or "")
        place = str(finding.place) if finding.place else ""
        table.add_row(LEVELS[finding.level], place, cell.place if cell else "", escape(finding.message))
    return table
