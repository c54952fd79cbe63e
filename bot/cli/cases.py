"""`gongkai cases · watchers`: who is reminded of what, and what was done about it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Annotated

import typer
from rich.table import Table
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.cli import app, common
from bot.cli.watch import AsJson, DryRun, File, apply, day_option
from scheduler import texts
from storage import audit, people
from storage import cases as storage_cases
from storage.cases import ACTION_NAMES, ROLE_NAMES, STATUS_NAMES, Action, CaseLine, Role, Status
from storage.clock import Clock, SystemClock
from storage.errors import NotFound
from storage.models.cases import WatchHold
from storage.models.watch import MAIN_ACCOUNT, WatchPerson
from storage.publishing.importing import Plan

cases = typer.Typer(help="Cases (督办事项): each lateness until it is closed.", no_args_is_help=True)
persons = typer.Typer(help="The people that the watch speaks to.", no_args_is_help=True)
app.add_typer(cases, name="cases")
app.add_typer(persons, name="watchers")

Number = Annotated[int, typer.Argument(help="Number of the case.")]
Reason = Annotated[str, typer.Option(help="Why, for the history.")]
Until = Annotated[str, typer.Option(help="Day, for example 2024-06-30.")]


@cases.command("list")
def list_cases(
    closed: Annotated[bool, typer.Option("--closed", help="The closed ones, newest first.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show the cases, the most pressing first."""
    common.run(_list(closed, as_json))


async def _list(closed: bool, as_json: bool) -> None:
    async with common.open_database(common.load_settings()) as database, database.read() as session:
        found = await storage_cases.listed(session, closed=closed)
    today = SystemClock().today()
    if as_json:
        common.print_json([_plain(line) for line in found])
        return
    table = Table("编号", "事项", "栏目", "期限", "情况", "处理", title=f"督办事项（{len(found)}件）")
    for line in found:
        case = line.case
        state = f"逾期{case.days_late}天" if case.days_late else texts.distance(case.due_on, today)
        if case.status == Status.CLOSED and not case.days_late:
            state = "按时" if case.days_late == 0 else "已撤销"
        status = STATUS_NAMES[Status(case.status)]
        table.add_row(str(case.id), line.obligation.title, line.obligation.column, str(case.due_on), state, status)
    common.screen.print(table)


def _plain(line: CaseLine) -> dict[str, object]:
    case = line.case
    return {
        "id": case.id,
        "obligation": line.obligation.code,
        "title": line.obligation.title,
        "column": line.obligation.column,
        "due": case.due_on,
        "status": case.status,
        "state": case.state,
        "snoozed_until": case.snoozed_until,
        "extended_until": case.extended_until,
        "days_late": case.days_late,
        "evidence": case.evidence,
    }


@cases.command("show")
def show(number: Number) -> None:
    """Show a case with everything that was done to it."""
    common.run(_show(number))


async def _show(number: int) -> None:
    async with common.open_database(common.load_settings()) as database, database.read() as session:
        line = await storage_cases.get(session, number)
        events = await storage_cases.history(session, number)
    typer.echo(f"{line.obligation.title}（{line.obligation.code}）：{STATUS_NAMES[Status(line.case.status)]}")
    for event in events:
        name = ACTION_NAMES[Action(event.action)]
        typer.echo(f"{event.at.astimezone():%Y-%m-%d %H:%M}  {event.actor}  {name}  {event.detail}")


Step = Callable[[AsyncSession, Clock], Awaitable[CaseLine]]


def _do(action: str, number: int, step: Step) -> None:
    common.run(_done(action, number, step))


async def _done(action: str, number: int, step: Step) -> None:
    clock = SystemClock()
    async with common.open_database(common.load_settings()) as database, database.write() as session:
        line = await step(session, clock)
        await audit.record(session, actor=common.ACTOR, action=f"case.{action}", subject=f"case {number}")
    typer.echo(f"已处理：{line.obligation.title}")


def _day(text: str) -> date:
    day = day_option(text, "--until")
    assert day is not None
    return day


@cases.command("ack")
def acknowledge(number: Number) -> None:
    """Say that a case is being worked on (收到)."""
    _do("acknowledge", number, lambda s, c: storage_cases.acknowledge(s, number, actor=common.ACTOR, clock=c))


@cases.command("snooze")
def snooze(number: Number, until: Until, reason: Reason) -> None:
    """No reminders until a day (暂缓)."""
    day = _day(until)
    _do("snooze", number, lambda s, c: storage_cases.snooze(s, number, day, reason, actor=common.ACTOR, clock=c))


@cases.command("extend")
def extend(number: Number, until: Until, reason: Reason) -> None:
    """Let it be done by a later day (延期); the statutory day stays."""
    day = _day(until)
    _do("extend", number, lambda s, c: storage_cases.extend(s, number, day, reason, actor=common.ACTOR, clock=c))


@cases.command("resolve")
def resolve(number: Number, evidence: Annotated[str, typer.Option(help="Link or sentence that proves it.")]) -> None:
    """Close a case by hand (办结)."""
    _do("resolve", number, lambda s, c: storage_cases.resolve(s, number, evidence, actor=common.ACTOR, clock=c))


@cases.command("reopen")
def reopen(number: Number, reason: Reason) -> None:
    """Open a closed case again (重新打开)."""
    _do("reopen", number, lambda s, c: storage_cases.reopen(s, number, reason, actor=common.ACTOR, clock=c))


@cases.command("release")
def release() -> None:
    """Let the notices pass that a check held back because it found too much."""
    common.run(_release())


async def _release() -> None:
    async with common.open_database(common.load_settings()) as database, database.write() as session:
        query = select(WatchHold).where(col(WatchHold.passed_at).is_(None), col(WatchHold.released_at).is_(None))
        hold = (await session.exec(query)).first()
        if hold is None:
            raise NotFound("没有被暂停的通知。")
        hold.released_at, hold.released_by = SystemClock().now(), common.ACTOR
        session.add(hold)
        await audit.record(session, actor=common.ACTOR, action="hold.release", subject=f"hold {hold.id}")
        count = hold.overdue
    typer.echo(f"已放行：下一次检查会通知这{count}项。")


@persons.command("import")
def import_people(file: File, dry_run: DryRun = False, as_json: AsJson = False) -> None:
    """Import people: a table 姓名, 角色 (责任人, 监督人, 负责人, 运维), 渠道 (kind:address; …), 账号."""
    found, problems = people.read_people(file.name, file.read_bytes())

    async def work(session: AsyncSession, _clock: Clock) -> Plan:
        return Plan(problems=problems) if problems else await people.import_people(session, found)

    common.run(apply(work, dry_run=dry_run, as_json=as_json))


@persons.command("list")
def list_people() -> None:
    """Show the people, their channels by kind."""
    common.run(_people())


async def _people() -> None:
    async with common.open_database(common.load_settings()) as database, database.read() as session:
        found = (await session.exec(select(WatchPerson).order_by(col(WatchPerson.id)))).all()
    table = Table("姓名", "角色", "渠道", "公众号", title=f"监测人员（{len(found)}人）")
    for person in found:
        kinds = "、".join(c["kind"] for c in person.channels) or "—"
        bound = "已绑定" if person.openid else "未绑定"
        where = "" if person.account == MAIN_ACCOUNT else f"（{person.account}）"
        table.add_row(person.name, ROLE_NAMES[Role(person.role)], kinds, f"{bound}{where}")
    common.screen.print(table)


@persons.command("code")
def code(name: Annotated[str, typer.Argument(help="Name of the person.")]) -> None:
    """Make a one-time code by which a person binds their WeChat user: good for ten minutes, once."""
    common.run(_code(name))


async def _code(name: str) -> None:
    async with common.open_database(common.load_settings()) as database, database.write() as session:
        person = await people.by_name(session, name)
        found = await people.new_code(session, person, SystemClock())
    which = "" if person.account == MAIN_ACCOUNT else f"（账号 {person.account}）"
    typer.echo(f"请{name}在10分钟内向公众号{which}发送：绑定 {found}")
