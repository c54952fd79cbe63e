"""The watch desk: cases with what people do about them, and the obligations behind them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date

from aiohttp import web
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.web.auth import Route, who
from bot.web.desk.common import at, desk, done, field, number, record, render, table_file, uploaded
from bot.web.permissions import Action
from storage import cases, people, staff
from storage.cases import ACTION_NAMES, STATUS_NAMES, CaseLine
from storage.clock import Clock
from storage.errors import Conflict, Refused
from storage.models.watch import Obligation, Standing, WatchPerson
from storage.publishing import exporting, importing
from storage.publishing.importing import Plan
from storage.publishing.types import STATE_NAMES, State
from storage.sheets import parse_day

BAD = {State.OVERDUE: "bad", State.SERIOUS: "bad", State.DUE_TODAY: "warn", State.DUE_SOON: "warn", State.OK: "good"}
Step = Callable[[AsyncSession, int, Clock, str], Awaitable[CaseLine]]


async def cases_page(request: web.Request) -> web.StreamResponse:
    """Cases that are open, or those that are closed."""
    closed = request.query.get("closed") == "1"
    async with desk(request).database.read() as session:
        lines = await cases.listed(session, closed=closed, limit=200)
        known = await people.anybody(session)
    return render(
        request,
        "cases.html",
        lines=lines,
        closed=closed,
        nobody=not known,
        today=desk(request).clock.today(),
        states=STATE_NAMES,
        statuses=STATUS_NAMES,
        colours=BAD,
        tab="cases",
    )


async def case_page(request: web.Request) -> web.StreamResponse:
    """One case with its history and what may be done."""
    return await _case(request)


async def _case(request: web.Request, status: int = 200, error: str = "") -> web.Response:
    case_id = at(request, "id")
    async with desk(request).database.read() as session:
        line = await cases.get(session, case_id)
        history = await cases.history(session, case_id)
        names = dict((await session.exec(select(WatchPerson.id, WatchPerson.name))).all())
    return render(
        request,
        "case.html",
        status,
        line=line,
        case=line.case,
        duty=line.obligation,
        history=history,
        owner=names.get(line.obligation.owner_id, "—"),
        supervisor=names.get(line.obligation.supervisor_id, "—"),
        today=desk(request).clock.today(),
        states=STATE_NAMES,
        statuses=STATUS_NAMES,
        actions=ACTION_NAMES,
        colours=BAD,
        error=error,
        tab="cases",
    )


def _day(text: str) -> date:
    try:
        day = parse_day(text)
    except ValueError:
        day = None
    if day is None:
        raise Refused("请选择日期。")
    return day


async def _step(request: web.Request, name: str, notice: str, step: Step) -> web.StreamResponse:
    """Do something to a case, unless it changed since the page was opened; the audit log hears of it."""
    here, case_id, member = desk(request), at(request, "id"), who(request).member
    try:
        async with here.database.write() as session:
            line = await cases.get(session, case_id)
            before = {"status": line.case.status}
            if line.case.version != number(await field(request, "version")):
                raise Conflict("这件事项刚有新的进展，请看过再操作。您刚才的操作没有生效。")
            line = await step(session, case_id, here.clock, staff.actor(member))
            await session.refresh(line.case)
            await record(
                session, request, f"case.{name}", f"case {case_id}", before=before, after={"status": line.case.status}
            )
    except Conflict as error:
        return await _case(request, 409, str(error))
    except Refused as error:
        return await _case(request, 400, str(error))
    return done(f"/desk/watch/cases/{case_id}", notice)


async def acknowledge(request: web.Request) -> web.StreamResponse:
    """收到."""

    async def step(session: AsyncSession, case: int, clock: Clock, actor: str) -> CaseLine:
        return await cases.acknowledge(session, case, actor=actor, clock=clock)

    return await _step(request, "acknowledge", "已记为收到。", step)


async def snooze(request: web.Request) -> web.StreamResponse:
    """暂缓."""
    until, reason = await field(request, "until"), await field(request, "reason")

    async def step(session: AsyncSession, case: int, clock: Clock, actor: str) -> CaseLine:
        return await cases.snooze(session, case, _day(until), reason, actor=actor, clock=clock)

    return await _step(request, "snooze", "已暂缓提醒，逾期天数照算。", step)


async def extend(request: web.Request) -> web.StreamResponse:
    """延期: for those who supervise."""
    until, reason = await field(request, "until"), await field(request, "reason")

    async def step(session: AsyncSession, case: int, clock: Clock, actor: str) -> CaseLine:
        return await cases.extend(session, case, _day(until), reason, actor=actor, clock=clock)

    return await _step(request, "extend", "已同意延期，法定期限和统计不变。", step)


async def resolve(request: web.Request) -> web.StreamResponse:
    """办结 with evidence."""
    evidence = await field(request, "evidence")

    async def step(session: AsyncSession, case: int, clock: Clock, actor: str) -> CaseLine:
        return await cases.resolve(session, case, evidence, actor=actor, clock=clock)

    return await _step(request, "resolve", "已办结。", step)


async def reopen(request: web.Request) -> web.StreamResponse:
    """重新打开."""
    reason = await field(request, "reason")

    async def step(session: AsyncSession, case: int, clock: Clock, actor: str) -> CaseLine:
        return await cases.reopen(session, case, reason, actor=actor, clock=clock)

    return await _step(request, "reopen", "已重新打开。", step)


async def obligations_page(request: web.Request) -> web.StreamResponse:
    """Every obligation and how it stood at the last check."""
    return await _obligations(request)


async def _obligations(request: web.Request, status: int = 200, error: str = "") -> web.Response:
    query = (
        select(Obligation, Standing)
        .join(Standing, col(Standing.obligation_id) == col(Obligation.id), isouter=True)
        .order_by(col(Obligation.enabled).desc(), col(Obligation.code))
    )
    async with desk(request).database.read() as session:
        rows = list((await session.exec(query)).all())
        names = dict((await session.exec(select(WatchPerson.id, WatchPerson.name))).all())
    return render(
        request,
        "obligations.html",
        status,
        rows=rows,
        names=names,
        states=STATE_NAMES,
        colours=BAD,
        header=importing.OBLIGATION_HEADER,
        error=error,
        tab="obligations",
    )


async def import_obligations(request: web.Request) -> web.StreamResponse:
    """Bring obligations in from a table; one wrong row and nothing is stored."""
    here = desk(request)
    try:
        name, content = await uploaded(request)
        values, problems = await asyncio.to_thread(importing.read_obligations, name, content)
        async with here.database.write() as session:
            plan: Plan = await importing.import_obligations(session, values, problems, here.clock)
            importing.refuse_problems(plan)
            await record(
                session,
                request,
                "obligation.import",
                "obligations",
                after={"file": name, "new": plan.new, "changed": plan.changed},
            )
    except Refused as error:
        return await _obligations(request, 400, str(error))
    counts = f"新增{len(plan.new)}条，修改{len(plan.changed)}条，{plan.same}条没有变化"
    return done("/desk/watch/obligations", f"已导入：{counts}。")


async def export_obligations(request: web.Request) -> web.StreamResponse:
    """All obligations as a table that the import reads."""
    async with desk(request).database.read() as session:
        content, _ = await exporting.obligations(session)
    return table_file("obligations.csv", content)


ROUTES = (
    Route("GET", "/watch", cases_page, Action.WATCH),
    Route("GET", "/watch/cases/{id}", case_page, Action.WATCH),
    Route("POST", "/watch/cases/{id}/acknowledge", acknowledge, Action.WATCH_ACT),
    Route("POST", "/watch/cases/{id}/snooze", snooze, Action.WATCH_ACT),
    Route("POST", "/watch/cases/{id}/extend", extend, Action.WATCH_EXTEND),
    Route("POST", "/watch/cases/{id}/resolve", resolve, Action.WATCH_ACT),
    Route("POST", "/watch/cases/{id}/reopen", reopen, Action.WATCH_ACT),
    Route("GET", "/watch/obligations", obligations_page, Action.WATCH),
    Route("POST", "/watch/obligations", import_obligations, Action.WATCH_MANAGE, upload=True),
    Route("GET", "/watch/obligations.csv", export_obligations, Action.WATCH),
)
