"""`gongkai publish`, `rollback`, `withdraw`, `settle`, `versions`: reports at the command line, for a sole operator."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from itertools import groupby
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.cli import app, common
from storage.clock import SystemClock
from storage.errors import NotFound
from storage.models.reports import VersionState
from storage.reports import publish as publishing
from storage.reports.settling import Decision, settle
from storage.reports.versions import VersionRow, list_versions

Agency = Annotated[
    str | None, typer.Option("--agency", help="Full name of the agency; may be left out where there is one only.")
]
Accept = Annotated[
    list[str] | None, typer.Option("--accept", help="Code of an error to take responsibility for; may be repeated.")
]

STATES = {
    VersionState.DRAFT: "草稿",
    VersionState.IN_REVIEW: "审核中",
    VersionState.APPROVED: "已审定",
    VersionState.PUBLISHED: "发布过",
    VersionState.WITHDRAWN: "已撤下",
    VersionState.DISCARDED: "已作废",
}
MAKERS = {common.ACTOR: "命令行", "sample": "随程序附带"}


@app.command("publish")
def publish(
    year: Annotated[int, typer.Argument(help="Year of the report.")],
    version: Annotated[int | None, typer.Argument(help="Number of the version; the newest where left out.")] = None,
    agency: Agency = None,
    accept: Accept = None,
) -> None:
    """Take a version live."""
    common.run(_publish(year, version, agency, accept or []))


@app.command("rollback")
def rollback(
    year: Annotated[int, typer.Argument(help="Year of the report.")],
    version: Annotated[int, typer.Argument(help="Number of the version to go back to.")],
    agency: Agency = None,
) -> None:
    """Take a version that was live before live again."""
    common.run(_publish(year, version, agency, [], back=True))


async def _publish(year: int, number: int | None, agency: str | None, accept: list[str], *, back: bool = False) -> None:
    clock = SystemClock()
    async with common.open_database(common.load_settings()) as database, database.write() as session:
        row = await _pick(session, year, number, agency)
        if back and row.published_at is None:
            common.fail(f"第{row.number}版没有发布过，不能退回到它；要发布请用 gongkai publish。")
        expected = await publishing.live_version(session, row.report_id)
        await publishing.publish(session, row.id, expected=expected, actor=common.ACTOR, now=clock.now(), accept=accept)
    typer.echo(f"{row.agency}{year}年年报第{row.number}版已上线。")


@app.command("withdraw")
def withdraw(
    year: Annotated[int, typer.Argument(help="Year of the report.")],
    reason: Annotated[str, typer.Option("--reason", help="Why it is taken off.")],
    agency: Agency = None,
) -> None:
    """Take a year's report off; nothing is answered from it until a version is published again."""
    common.run(_withdraw(year, reason, agency))


async def _withdraw(year: int, reason: str, agency: str | None) -> None:
    async with common.open_database(common.load_settings()) as database, database.write() as session:
        live = [v for v in await _of_year(session, year, agency) if v.live]
        if not live:
            common.fail(f"{year}年年报没有在线版本。")
        await publishing.withdraw(
            session, live[0].report_id, expected=live[0].id, actor=common.ACTOR, reason=reason, now=SystemClock().now()
        )
    typer.echo(f"{live[0].agency}{year}年年报已撤下。")


@app.command("settle")
def settle_cell(
    year: Annotated[int, typer.Argument(help="Year of the report.")],
    cell: Annotated[str, typer.Argument(help="Cell id, such as t3.new.total.")],
    version: Annotated[
        int | None, typer.Option("--version", help="Number of the version; the newest where left out.")
    ] = None,
    correct: Annotated[str | None, typer.Option("--correct", help="Correct it to this number.")] = None,
    blank: Annotated[bool, typer.Option("--blank", help="The document leaves it blank.")] = False,
    keep: Annotated[bool, typer.Option("--keep", help="Keep it as it was read.")] = False,
    reason: Annotated[str, typer.Option("--reason", help="Reason; required for a correction.")] = "",
    agency: Agency = None,
) -> None:
    """Settle a doubtful cell of a draft: keep it, correct it with a reason, or leave it blank."""
    if [correct is not None, blank, keep].count(True) != 1:
        common.fail("请在 --keep、--correct 数字、--blank 中选一个。", 2)
    value = None
    if correct is not None:
        try:
            value = Decimal(correct)
        except InvalidOperation:
            common.fail(f"“{correct}”不是数字。", 2)
    decision = Decision.CORRECT if correct is not None else Decision.BLANK if blank else Decision.KEEP
    common.run(_settle(year, version, agency, cell, decision, value, reason))


async def _settle(
    year: int,
    number: int | None,
    agency: str | None,
    cell: str,
    decision: Decision,
    value: Decimal | None,
    reason: str,
) -> None:
    async with common.open_database(common.load_settings()) as database, database.write() as session:
        row = await _pick(session, year, number, agency)
        await settle(session, row.id, cell, decision, actor=common.ACTOR, value=value, reason=reason)
    typer.echo(f"{year}年年报第{row.number}版 {cell} 已处理。")


@app.command("versions")
def versions(
    agency: Agency = None,
    year: Annotated[int | None, typer.Option("--year", help="Only this year.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """List reports and their versions; 在线 marks the one that answers."""
    common.run(_versions(agency, year, as_json))


async def _versions(agency: str | None, year: int | None, as_json: bool) -> None:
    async with common.open_database(common.load_settings()) as database, database.read() as session:
        rows = await list_versions(session, agency=agency, year=year)
    if as_json:
        common.print_json([_values(r) for r in rows])
        return
    if not rows:
        typer.echo("还没有年报。")
        return
    for agency_name, group in groupby(rows, key=lambda r: r.agency):
        table = Table(
            "年度", "版", "状态", "在线", "导入日期", "导入人", title=escape(agency_name), title_justify="left"
        )
        for r in group:
            state = STATES[VersionState(r.state)] + ("（示例）" if r.sample else "")
            day = f"{r.created_at.astimezone():%Y-%m-%d}"
            table.add_row(
                str(r.year), str(r.number), state, "●" if r.live else "", day, MAKERS.get(r.created_by, r.created_by)
            )
        common.screen.print(table)


def _values(row: VersionRow) -> dict[str, object]:
    return {name: getattr(row, name) for name in VersionRow.__dataclass_fields__}


async def _of_year(session: AsyncSession, year: int, agency: str | None) -> list[VersionRow]:
    """The versions of one report, newest first."""
    rows = await list_versions(session, agency=agency or common.load_settings().agency, year=year)
    if len({r.report_id for r in rows}) > 1:
        common.fail(f"几个机关都有{year}年年报，请用 --agency 写明是哪一个。", 2)
    return rows


async def _pick(session: AsyncSession, year: int, number: int | None, agency: str | None) -> VersionRow:
    rows = await _of_year(session, year, agency)
    found = [r for r in rows if number in (None, r.number) and r.state != VersionState.DISCARDED]
    if not found:
        raise NotFound(f"没有{year}年年报{'' if number is None else f'的第{number}版'}。")
    return found[0]
