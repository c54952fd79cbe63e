"""`gongkai obligations · publications · holidays · gaps`: what must be published, what was, and what is late."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.cli import app, common
from scheduler import rulesets
from storage import workdays
from storage.clock import Clock, SystemClock
from storage.publishing import exporting, importing, survey
from storage.publishing.importing import Plan
from storage.publishing.rules import Finding
from storage.publishing.types import STATE_NAMES, State
from storage.sheets import parse_day, read_table

obligations = typer.Typer(help="Obligations (公开义务): what must be published by when.", no_args_is_help=True)
publications = typer.Typer(help="The publishing ledger (发布台账).", no_args_is_help=True)
holidays = typer.Typer(help="Holiday notices (放假通知) for counting working days.", no_args_is_help=True)
app.add_typer(obligations, name="obligations")
app.add_typer(publications, name="publications")
app.add_typer(holidays, name="holidays")

File = Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV or XLSX file.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Check and say what would change; store nothing.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print as JSON.")]


class _DryRun(Exception):
    """Ends a unit of work without storing it."""


def day_option(text: str | None, name: str) -> date | None:
    """A day given on the command line."""
    if text is None:
        return None
    try:
        day = parse_day(text)
    except ValueError:
        day = None
    if day is None:
        common.fail(f"{name} 应为日期，例如2024-01-31。", 2)
    return day


async def apply(work: Callable[[AsyncSession, Clock], Awaitable[Plan]], *, dry_run: bool, as_json: bool) -> None:
    """Run an import in one unit of work and say what it did; with a problem or as a dry run nothing is stored."""
    settings = common.load_settings()
    async with common.open_database(settings) as database:
        try:
            async with database.write() as session:
                plan = await work(session, SystemClock())
                if plan.problems or dry_run:
                    raise _DryRun
        except _DryRun:
            pass
    if as_json:
        found = [{"row": p.row, "column": p.column, "text": p.text} for p in plan.problems]
        common.print_json(
            {
                "new": len(plan.new),
                "changed": len(plan.changed),
                "same": plan.same,
                "problems": found,
                "dry_run": dry_run,
            }
        )
        if plan.problems:
            raise typer.Exit(1)
        return
    importing.refuse_problems(plan)
    done = "将" if dry_run else "已"
    typer.echo(f"{done}新增{len(plan.new)}条，{done}更新{len(plan.changed)}条，{plan.same}条无变化。")


@obligations.command("import")
def import_obligations(file: File, dry_run: DryRun = False, as_json: AsJson = False) -> None:
    """Import obligations; the same file twice changes nothing."""
    values, problems = importing.read_obligations(file.name, file.read_bytes())
    common.run(
        apply(
            lambda session, clock: importing.import_obligations(session, values, problems, clock),
            dry_run=dry_run,
            as_json=as_json,
        )
    )


@obligations.command("ready")
def ready_obligations(
    name: Annotated[str, typer.Argument(help="Rule file.")] = "county_hr", dry_run: DryRun = False
) -> None:
    """Import the ready obligations of a county human-resources bureau; unverified ones come switched off."""
    if name not in rulesets.names():
        common.fail(f"没有规则文件 {name}；可用：{'、'.join(rulesets.names())}。", 2)
    ruleset = rulesets.load(name)
    values, problems = importing.obligations_of(ruleset.rows)
    common.run(
        apply(
            lambda session, clock: importing.import_obligations(session, values, problems, clock),
            dry_run=dry_run,
            as_json=False,
        )
    )
    for value in values:
        if not value["enabled"]:
            typer.echo(f"未启用 {value['code']} {value['title']}：{value['note']}")
    typer.echo("以下义务按件产生，请在信息形成时逐件登记：")
    for item in ruleset.per_item:
        typer.echo(f"  {item['名称']}（{item['期限']}）：{item['依据']}")


@obligations.command("export")
def export_obligations(
    file: Annotated[Path, typer.Argument(dir_okay=False, help="File to write, .csv or .xlsx.")],
) -> None:
    """Export all obligations in the format that import reads."""
    common.run(_export(file))


async def _export(file: Path) -> None:
    async with common.open_database(common.load_settings()) as database, database.read() as session:
        content, count = await exporting.obligations(session, xlsx=file.suffix.lower() == ".xlsx")
    await asyncio.to_thread(file.write_bytes, content)
    typer.echo(f"已导出{count}条公开义务到{file}。")


@publications.command("import")
def import_publications(file: File, dry_run: DryRun = False, as_json: AsJson = False) -> None:
    """Import published items into the ledger; the same file twice changes nothing."""
    items, problems = importing.read_publications(file.name, file.read_bytes())

    async def work(session: AsyncSession, clock: Clock) -> Plan:
        if problems:
            return Plan(problems=problems)
        return await importing.record_items(session, items, origin="file", actor=common.ACTOR, clock=clock)

    common.run(apply(work, dry_run=dry_run, as_json=as_json))


@holidays.command("import")
def import_holidays(
    file: File,
    title: Annotated[str, typer.Option(help="Name of the notice, for the record.")] = "",
    dry_run: DryRun = False,
) -> None:
    """Load a year's holiday notice: a table 日期, 安排 (休 or 班), 名称."""
    days, problems = workdays.read_notice(
        read_table(file.name, file.read_bytes(), workdays.HEADER[:2], workdays.HEADER)
    )
    importing.refuse_problems(Plan(problems=problems))
    common.run(_import_holidays(days, title or file.stem, dry_run))


async def _import_holidays(days: list[workdays.NoticeDay], title: str, dry_run: bool) -> None:
    clock = SystemClock()
    async with common.open_database(common.load_settings()) as database:
        try:
            async with database.write() as session:
                years = await workdays.save_notice(session, days, title=title, actor=common.ACTOR, clock=clock)
                known = await workdays.load(session)
                if dry_run:
                    raise _DryRun
        except _DryRun:
            pass
    for year in sorted(years):
        total = sum(d.year == year for d in known.days)
        typer.echo(f"{'将' if dry_run else '已'}导入{year}年放假安排，全年{total}个工作日。")


@app.command("gaps")
def gaps(
    today: Annotated[str | None, typer.Option(help="The day to look at; today where it is not given.")] = None,
    first: Annotated[str | None, typer.Option("--from", help="First day of a past span.")] = None,
    last: Annotated[str | None, typer.Option("--to", help="Last day of the span.")] = None,
    as_json: AsJson = False,
    jsonl: Annotated[bool, typer.Option("--jsonl", help="One overdue interval a line.")] = False,
) -> None:
    """What is late on a day, or every overdue interval in a span."""
    begin, end, day = day_option(first, "--from"), day_option(last, "--to"), day_option(today, "--today")
    if (begin is None) != (end is None):
        common.fail("--from 和 --to 要一起给出。", 2)
    if begin and end:
        if begin > end:
            common.fail("--from 不能晚于 --to。", 2)
        common.run(_span(begin, end, jsonl))
    else:
        common.run(_day(day, as_json))


async def _span(first: date, last: date, jsonl: bool) -> None:
    async with common.open_database(common.load_settings()) as database, database.read() as session:
        found = await survey.over_span(session, first, last)
    rows = [
        {
            "obligation": i.duty.code,
            "from": i.first.isoformat(),
            "to": i.last.isoformat() if i.last else None,
            "title": i.duty.title,
        }
        for i in found
    ]
    if jsonl:
        for row in rows:
            common.print_json(row)
        return
    table = Table("编号", "名称", "逾期自", "至", title=f"{first}至{last}的逾期时段（{len(rows)}段）")
    for row in rows:
        table.add_row(row["obligation"], row["title"], row["from"], row["to"] or "仍未公开")
    common.screen.print(table)


async def _day(day: date | None, as_json: bool) -> None:
    settings = common.load_settings()
    today = day or SystemClock().today()
    async with common.open_database(settings) as database, database.read() as session:
        found = await survey.on_day(session, today)
    if as_json:
        common.print_json({"today": today, "obligations": [_plain(f) for f in found]})
        return
    late = [f for f in found if f.state is not State.OK]
    table = Table(
        "编号",
        "名称",
        "栏目",
        "状态",
        "应于",
        "天数",
        "依据",
        title=f"{today}：{len(found)}项检查，{len(late)}项需要注意",
    )
    for finding in sorted(late, key=lambda f: -(f.days if f.days is not None else 10**6)):
        duty, due = finding.duty, finding.occurrence.due if finding.occurrence else None
        table.add_row(
            duty.code, duty.title, duty.column, STATE_NAMES[finding.state], str(due or "—"), _days(finding), duty.basis
        )
    common.screen.print(table)
    years = {f.missing_year for f in found if f.missing_year}
    for year in sorted(years):
        typer.echo(str(workdays.CalendarUnknown(year)), err=True)


def _days(finding: Finding) -> str:
    if finding.days is None:
        return "—"
    return f"逾期{finding.days}天" if finding.days > 0 else f"还有{-finding.days}天"


def _plain(finding: Finding) -> dict[str, object]:
    one = finding.occurrence
    return {
        "obligation": finding.duty.code,
        "title": finding.duty.title,
        "column": finding.duty.column,
        "state": finding.state.value,
        "episode": one.episode if one else None,
        "due": one.due.isoformat() if one and one.due else None,
        "days_overdue": max(0, finding.days) if finding.days is not None else None,
        "days_left": -finding.days if finding.days is not None and finding.days <= 0 else None,
        "basis": finding.duty.basis,
        "missing_holiday_notice": finding.missing_year,
    }
