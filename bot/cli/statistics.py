"""`gongkai stats`: what was published in time over a span, what to write about it, and the ledger beside the report."""

from __future__ import annotations

import asyncio
from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from bot.cli import app, common
from bot.cli.watch import AsJson, day_option
from storage.clock import SystemClock
from storage.errors import NotFound
from storage.publishing import statistics
from storage.publishing.statistics import Comparison, Outcome, Rate
from storage.sheets import write_csv, write_xlsx
from storage.snapshot import load_agency

_BY = (("栏目", statistics.by_column), ("责任人", statistics.by_owner), ("月份", statistics.by_month))
_EVIDENCE = ("编号", "名称", "栏目", "责任人", "期限", "公开日期", "逾期天数", "依据")


@app.command("stats")
def stats(
    first: Annotated[str | None, typer.Option("--from", help="First day; 1 January where it is not given.")] = None,
    last: Annotated[str | None, typer.Option("--to", help="Last day; today where it is not given.")] = None,
    as_json: AsJson = False,
    export: Annotated[Path | None, typer.Option(help="Write the evidence table, .csv or .xlsx.")] = None,
    compare: Annotated[
        list[str] | None,
        typer.Option(help="COLUMN=INDICATOR, for example 微信公众号=f.wechat: the ledger beside the report's figure."),
    ] = None,
    year: Annotated[int | None, typer.Option(help="Year of the report to compare with.")] = None,
) -> None:
    """Show on-time rates by column, owner and month, and a draft for 存在的主要问题."""
    end = day_option(last, "--to") or SystemClock().today()
    begin = day_option(first, "--from") or date(end.year, 1, 1)
    if begin > end:
        common.fail("--from 不能晚于 --to。", 2)
    pairs = dict(_pair(text) for text in compare or [])
    if bool(pairs) != (year is not None):
        common.fail("--compare 和 --year 要一起给出。", 2)
    common.run(_stats(begin, end, as_json, export, pairs, year))


def _pair(text: str) -> tuple[str, str]:
    column, separator, indicator = text.partition("=")
    if not (separator and column.strip() and indicator.strip()):
        common.fail(f"--compare 应写成 栏目=指标，例如 微信公众号=f.wechat，而不是 {text}", 2)
    return column.strip(), indicator.strip()


async def _stats(
    first: date, last: date, as_json: bool, export: Path | None, pairs: dict[str, str], year: int | None
) -> None:
    settings = common.load_settings()
    async with common.open_database(settings) as database, database.read() as session:
        found = await statistics.outcomes(session, first, last)
        compared: list[Comparison] = []
        if year is not None:
            report = (await load_agency(session, settings.agency)).reports.get(year)
            if report is None:
                raise NotFound(f"{year}年的年报没有发布，无法对照。")
            compared = await statistics.compare(session, report, pairs)
    if export is not None:
        write = write_xlsx if export.suffix.lower() == ".xlsx" else write_csv
        await asyncio.to_thread(export.write_bytes, write(_EVIDENCE, [_evidence(o) for o in found if o.days_late]))
    draft = statistics.paragraph(found, first, last)
    if as_json:
        common.print_json(
            {
                "from": first,
                "to": last,
                "rates": {title: [_rate(r) for r in statistics.rates(found, by)] for title, by in _BY},
                "late": [dict(zip(_EVIDENCE, _evidence(o), strict=True)) for o in found if o.days_late],
                "draft": draft,
                "compared": [_compared(c) for c in compared],
            }
        )
        return
    for title, by in _BY:
        table = Table(title, "到期", "按时", "按时率")
        for rate in _ordered(statistics.rates(found, by), title):
            table.add_row(rate.name, str(rate.total), str(rate.on_time), rate.percent)
        common.screen.print(table)
    for one in compared:
        claimed = "没有写明" if one.claimed is None else str(one.claimed)
        gap = "" if not one.difference else f"，相差{one.difference:+d}"
        typer.echo(f"{one.column}：台账{one.counted}条，{year}年年报{claimed}{gap}")
    typer.echo(f"\n“存在的主要问题”草稿（请核对后使用）：\n{draft}")


def _ordered(rates: list[Rate], title: str) -> list[Rate]:
    """The worst first, but months in their own order."""
    return sorted(rates, key=lambda r: r.name) if title == "月份" else rates


def _rate(rate: Rate) -> dict[str, object]:
    return {"name": rate.name, "total": rate.total, "on_time": rate.on_time, "percent": rate.percent}


def _evidence(one: Outcome) -> tuple[object, ...]:
    duty = one.duty
    published = one.published or "未公开"
    return duty.code, duty.title, duty.column, one.owner, one.due, published, one.days_late, duty.basis


def _compared(one: Comparison) -> dict[str, object]:
    return {
        "column": one.column,
        "counted": one.counted,
        "indicator": one.indicator,
        "claimed": one.claimed,
        "difference": one.difference,
    }
