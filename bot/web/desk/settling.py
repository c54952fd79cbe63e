"""Settling a draft's doubts: a row by hand, rows together, figures of the narrative, whose report it is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from decimal import Decimal, InvalidOperation

from aiohttp import web
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.web.auth import Route, origin, who
from bot.web.desk import tables
from bot.web.desk.common import at, by, desk, done, field, number
from bot.web.desk.version import mark, show, typed
from bot.web.permissions import Action
from storage import staff
from storage.catalogue import Meaning
from storage.errors import Conflict, Refused
from storage.facts import Finding
from storage.reports import doubts
from storage.reports.doubts import FigureDecision
from storage.reports.plan import make_plan
from storage.reports.settling import Decision, draft_version, settle, settle_together
from storage.reports.versions import StoredCell, cells_of_version

_BLANKS = frozenset({"空", "空白", "—", "-"})


async def settle_row(request: web.Request) -> web.StreamResponse:
    """Settle the cells of a row: what was typed against what stands there."""
    here, version_id, row = desk(request), at(request, "id"), request.query.get("row", "")
    data, reason = await request.post(), await field(request, "reason")
    given = {k: str(v).strip() for k, v in data.items() if isinstance(v, str)}
    try:
        async with here.database.write() as session:
            await draft_version(session, version_id)
            cells = tables.cells_of_row(row, await cells_of_version(session, version_id))
            if mark(cells) != given.get("seen"):
                raise Conflict("这一行刚被别人处理过，请看过现在的内容再改。您刚才填的没有保存。")
            findings = (await make_plan(session, version_id)).findings
            decided = {c.id: _decision(c, given, findings) for c in cells}
            for cell, (decision, value) in ((c, d) for c, d in decided.items() if d is not None):
                await settle(
                    session,
                    version_id,
                    cell,
                    decision,
                    actor=staff.actor(who(request).member),
                    value=value,
                    reason=reason,
                    origin=origin(request),
                    at=here.clock.now(),
                )
    except Conflict as error:
        return await show(request, 409, str(error))
    except Refused as error:
        return await show(request, 400, str(error))
    if not any(decided.values()):
        return await show(request, 400, "没有改动。认清了再填；原文空白请填“空”。")
    return done(f"/desk/reports/{version_id}", f"{tables.row_label(row)}已处理。")


def _decision(
    cell: StoredCell, form: Mapping[str, str], findings: tuple[Finding, ...]
) -> tuple[Decision, Decimal | None] | None:
    """What the form decides about a cell; `None`: nothing.

    Raises:
        Refused: it holds something that is no number, or nothing where a number stood.
    """
    given = form.get(cell.id, "").replace(",", "").replace("，", "")
    if given == typed(cell):
        doubted = cell.settled_by is None and any(f.cell == cell.id for f in findings)
        return (Decision.KEEP, None) if doubted and cell.meaning is not Meaning.UNREADABLE else None
    if not given:
        raise Refused("原来有内容的格子不能留空；原文空白请填“空”。")
    if given in _BLANKS:
        return Decision.BLANK, None
    try:
        value = Decimal(given)
    except InvalidOperation:
        raise Refused(f"“{given}”不是数字。原文空白请填“空”，认不清的请留空。") from None
    return Decision.CORRECT, value


Work = Callable[[web.Request, AsyncSession], Awaitable[str]]


def _form(work: Work) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """A form of the version's page: what is wrong with it is said on the page, with nothing stored."""

    async def handle(request: web.Request) -> web.StreamResponse:
        try:
            async with desk(request).database.write() as session:
                notice = await work(request, session)
        except Conflict as error:
            return await show(request, 409, str(error))
        except Refused as error:
            return await show(request, 400, str(error))
        return done(f"/desk/reports/{at(request, 'id')}", notice)

    return handle


async def _together(request: web.Request, session: AsyncSession) -> str:
    """Settle the doubtful cells of some rows alike."""
    version_id, wanted = at(request, "id"), set((await request.post()).getall("row", []))
    await draft_version(session, version_id)
    cells = await cells_of_version(session, version_id)
    blocks = tables.rows_in_doubt(cells, (await make_plan(session, version_id)).findings)
    if mark([cells[i] for b in blocks for i in b.cells]) != await field(request, "seen"):
        raise Conflict("这些行刚被别人处理过，请看过现在的内容再改。您刚才填的没有保存。")
    decisions = {"keep": Decision.KEEP, "blank": Decision.BLANK}
    decision = decisions.get(await field(request, "decision"))
    if decision is None:
        raise Refused("请选怎么处理。")
    chosen = [i for b in blocks if b.id in wanted for i in b.cells]
    if decision is Decision.BLANK:  # a number that a sum contradicts is no blank
        chosen = [i for i in chosen if cells[i].meaning is Meaning.UNREADABLE]
    actor, reason = staff.actor(who(request).member), await field(request, "reason")
    await settle_together(
        session,
        version_id,
        chosen,
        decision,
        actor=actor,
        reason=reason,
        origin=origin(request),
        at=desk(request).clock.now(),
    )
    return f"已处理{len(chosen)}格。"


async def _figure(request: web.Request, session: AsyncSession) -> str:
    """Settle one figure of the narrative."""
    name = await field(request, "decision")
    if name not in list(FigureDecision):
        raise Refused("请选怎么处理。")
    decision, given = FigureDecision(name), (await field(request, "value")).replace(",", "").replace("，", "")
    value = None
    if decision is FigureDecision.CORRECT:
        try:
            value = Decimal(given)
        except InvalidOperation:
            raise Refused(f"“{given}”不是数字。") from None
    figure = await doubts.settle_figure(
        session,
        at(request, "id"),
        at(request, "position"),
        decision,
        seen=await field(request, "seen"),
        value=value,
        indicator=await field(request, "indicator") or None,
        reason=await field(request, "reason"),
        by=by(request),
    )
    return f"“{figure.label}”已处理。"


async def _confirm(request: web.Request, session: AsyncSession) -> str:
    """Note that a doubt about no cell was looked into."""
    code, message = await field(request, "code"), await field(request, "message")
    reason = await field(request, "reason")
    await doubts.confirm(session, at(request, "id"), code, message, reason=reason, by=by(request))
    return "已确认。"


async def _whose(request: web.Request, session: AsyncSession) -> str:
    """Say whose report it is and of which year."""
    year = await field(request, "year")
    if not (year.isascii() and year.isdigit() and len(year) == 4):
        raise Refused("年度请填四位数字，例如 2023。")
    await doubts.reassign(
        session,
        at(request, "id"),
        seen=(await field(request, "seen_agency"), number(await field(request, "seen_year"))),
        agency=await field(request, "agency"),
        year=int(year),
        reason=await field(request, "reason"),
        by=by(request),
    )
    return "单位和年度已确认。"


ROUTES = (
    Route("POST", "/reports/{id}/settle", settle_row, Action.REPORT_LOAD),
    Route("POST", "/reports/{id}/together", _form(_together), Action.REPORT_LOAD),
    Route("POST", "/reports/{id}/figures/{position}", _form(_figure), Action.REPORT_LOAD),
    Route("POST", "/reports/{id}/confirm", _form(_confirm), Action.REPORT_LOAD),
    Route("POST", "/reports/{id}/whose", _form(_whose), Action.REPORT_LOAD),
)
