"""Reports at the desk: bringing files in, looking at versions, settling their doubts."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import quote

from aiohttp import web
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.web.auth import Route, origin, who
from bot.web.desk import review, tables
from bot.web.desk.common import at, desk, done, field, render
from bot.web.desk.loader import LOADER, NO_AGENCY, NO_YEAR
from bot.web.desk.questions import ANSWER
from bot.web.permissions import Action
from storage import loads, staff
from storage.catalogue import CELLS, INDICATORS, TEXTS, Meaning
from storage.errors import Conflict, Refused
from storage.facts import Fact, Finding, Level
from storage.models.loads import LoadState
from storage.models.reports import VersionState
from storage.reports.drafts import FIRST_YEAR, LAST_YEAR
from storage.reports.loading import load_reports
from storage.reports.plan import Plan, make_plan
from storage.reports.reviewing import KIND
from storage.reports.settling import Decision, settle
from storage.reports.versions import StoredCell, VersionRow, cells_of_version, get_version, list_versions, source_file

STATES = {
    VersionState.DRAFT: "草稿",
    VersionState.IN_REVIEW: "审核中",
    VersionState.APPROVED: "已审定",
    VersionState.PUBLISHED: "发布过",
    VersionState.WITHDRAWN: "已撤下",
    VersionState.DISCARDED: "已作废",
}
LEVELS = {"error": "错误", "warning": "提醒", "notice": "说明"}
_BLANKS = frozenset({"空", "空白", "—", "-"})


async def page(request: web.Request) -> web.StreamResponse:
    """Every report with its versions, what is being read, and the form to bring one in."""
    return await _page(request)


async def _page(request: web.Request, status: int = 200, error: str = "") -> web.Response:
    async with desk(request).database.read() as session:
        rows = await list_versions(session)
        tasks = await loads.unfinished(session)
    reports: dict[tuple[str, int], list[Any]] = {}
    for row in rows:
        reports.setdefault((row.agency, row.year), []).append(row)
    return render(
        request,
        "reports.html",
        status,
        reports=reports,
        tasks=tasks,
        states=STATES,
        agencies=sorted({row.agency for row in rows}),
        error=error,
    )


async def load(request: web.Request) -> web.StreamResponse:
    """Put an upload or an address in the queue."""
    here, data = desk(request), await request.post()
    upload, url = data.get("file"), await field(request, "url")
    content, name = None, url
    if isinstance(upload, web.FileField) and upload.filename:
        content, name = await asyncio.to_thread(upload.file.read), upload.filename
        if not content:
            return await _page(request, 400, f"{name} 是空文件。")
    try:
        agency, year = await _named(request)
        async with here.database.write() as session:
            task = await loads.add(
                session,
                actor=staff.actor(who(request).member),
                name=name,
                now=here.clock.now(),
                content=content,
                url=None if content else url or None,
                agency=agency,
                year=year,
            )
    except Refused as error:
        return await _page(request, 400, str(error))
    request.config_dict[LOADER].wake()
    return done(f"/desk/reports/loads/{task.id}")


async def _named(request: web.Request) -> tuple[str | None, int | None]:
    agency, year = await field(request, "agency"), await field(request, "year")
    if year and not (year.isascii() and year.isdigit() and FIRST_YEAR <= int(year) <= LAST_YEAR):
        raise Refused("年度请填四位数字，例如 2023。")
    return agency or None, int(year) if year else None


async def progress(request: web.Request) -> web.StreamResponse:
    """Where a file stands on its way in; it may be closed and opened again."""
    async with desk(request).database.read() as session:
        task = await loads.get(session, at(request, "id"))
        rows = await list_versions(session)
    if task.state == LoadState.DONE:
        notice = "已读入。" if task.created else "这份文件以前载入过，没有变化，直接打开原来的版本。"
        return done(f"/desk/reports/{task.version_id}", notice)
    asks = task.state == LoadState.FAILED and task.error in (NO_AGENCY, NO_YEAR)
    agencies = sorted({row.agency for row in rows})
    return render(request, "progress.html", task=task, asks=asks, agencies=agencies)


async def progress_state(request: web.Request) -> web.StreamResponse:
    """The state alone, for the page to ask for while it waits."""
    async with desk(request).database.read() as session:
        task = await loads.get(session, at(request, "id"))
    return web.json_response({"state": task.state}, headers={"Cache-Control": "no-store"})


async def retry(request: web.Request) -> web.StreamResponse:
    """Read a file again, with agency and year filled in."""
    here, task_id = desk(request), at(request, "id")
    agency, year = await _named(request)
    async with here.database.write() as session:
        task = await loads.get(session, task_id)
        await loads.retry(session, task_id, agency=agency or task.agency, year=year or task.year, now=here.clock.now())
    request.config_dict[LOADER].wake()
    return done(f"/desk/reports/loads/{task_id}")


async def version_page(request: web.Request) -> web.StreamResponse:
    """One version: its doubts, its tables and narrative, what it would change."""
    return await _version(request)


async def _version(request: web.Request, status: int = 200, error: str = "") -> web.Response:
    version_id = at(request, "id")
    async with desk(request).database.read() as session:
        context = await gather(session, version_id)
        doc = _doc(request, context["version"], context["plan"])
        has_errors = any(f.level is Level.ERROR for f in context["plan"].findings)
        context |= await review.process(request, session, doc, has_errors=has_errors)
    cells, findings = context["cells"], context["plan"].findings
    row = request.query.get("row", "")
    selected = tables.cells_of_row(row, cells) if row else []
    return render(
        request,
        "version.html",
        status,
        **context,
        grids=tables.grids(cells, findings),
        doubts=_doubts(findings),
        unreadable=sum(c.meaning is Meaning.UNREADABLE for c in cells.values()),
        selected=[_editable(c, findings) for c in selected],
        row=row,
        row_label=tables.row_label(row),
        seen=_mark(selected),
        editable=doc.editable,
        states=STATES,
        levels=LEVELS,
        text_names=TEXTS,
        plain=tables.plain,
        answers=request.config_dict.get(ANSWER) is not None,
        say=lambda fact: "没有" if fact is None else say_fact(fact),
        error=error,
    )


def _doc(request: web.Request, version: VersionRow, plan: Plan) -> review.Doc:
    draft = version.state == VersionState.DRAFT and version.published_at is None
    return review.Doc(
        kind=KIND,
        id=version.id,
        page=f"/desk/reports/{version.id}",
        live=version.live,
        was_live=version.published_at is not None,
        live_id=plan.live_id,
        editable=draft and who(request).may(Action.REPORT_LOAD),
        off_hint="撤下后，群众问到这一年会得到“没有可用的年报”，直到发布另一版。",
        statement="我已对照原文件逐项核对，完成一校。",
    )


async def gather(session: AsyncSession, version_id: int) -> dict[str, Any]:
    """What every page about a version shows of it."""
    version = await get_version(session, version_id)
    facts = (await load_reports(session, [version_id]))[version_id]
    plan: Plan = await make_plan(session, version_id)
    figures = [(INDICATORS[i].label, facts.facts[i]) for i in INDICATORS if i in facts.facts]
    return {
        "version": version,
        "cells": await cells_of_version(session, version_id),
        "plan": plan,
        "figures": figures,
        "others": facts.other_figures,
        "texts": facts.texts,
    }


def say_fact(fact: Fact) -> str:
    """What a cell or figure says, with its unit."""
    about = "约" if fact.approximate else ""
    return f"{about}{tables.say(fact.meaning, fact.value)}{fact.unit or ''}"


def _doubts(findings: tuple[Finding, ...]) -> list[dict[str, Any]]:
    """The findings, the heaviest first, each with the row where it is settled."""
    order = list(LEVELS)
    return [
        {"finding": f, "row": tables.row_of(f.cell) if f.cell and f.cell in CELLS else "", "place": str(f.place or "")}
        for f in sorted(findings, key=lambda f: order.index(f.level.value))
    ]


def _editable(cell: StoredCell, findings: tuple[Finding, ...]) -> dict[str, Any]:
    known = CELLS[cell.id]
    return {
        "cell": cell,
        "label": known.column.short if known.column else known.row.short,
        "unit": known.unit,
        "text": _typed(cell),
        "read": tables.say(cell.read_meaning or cell.meaning, cell.read_value if cell.read_meaning else cell.value),
        "doubt": cell.meaning is Meaning.UNREADABLE or any(f.cell == cell.id for f in findings),
    }


def _typed(cell: StoredCell) -> str:
    """A cell as it stands in the field of the form; empty where it could not be read."""
    if cell.meaning is Meaning.UNREADABLE:
        return ""
    return "空" if cell.meaning is Meaning.BLANK else tables.say(cell.meaning, cell.value)


def _mark(cells: list[StoredCell]) -> str:
    """A mark of what the form showed, so that a change by somebody else meanwhile is noticed."""
    seen = "|".join(f"{c.id}={c.meaning}:{c.value}:{c.settled_by}" for c in cells)
    return hashlib.sha256(seen.encode()).hexdigest()[:16]


async def settle_row(request: web.Request) -> web.StreamResponse:
    """Settle the cells of a row: what was typed against what stands there."""
    here, version_id, row = desk(request), at(request, "id"), request.query.get("row", "")
    data, reason = await request.post(), await field(request, "reason")
    typed = {k: str(v).strip() for k, v in data.items() if isinstance(v, str)}
    try:
        async with here.database.write() as session:
            cells = tables.cells_of_row(row, await cells_of_version(session, version_id))
            if _mark(cells) != typed.get("seen"):
                raise Conflict("这一行刚被别人处理过，请看过现在的内容再改。您刚才填的没有保存。")
            findings = (await make_plan(session, version_id)).findings
            decided = {c.id: _decision(c, typed, findings) for c in cells}
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
        return await _version(request, 409, str(error))
    except Refused as error:
        return await _version(request, 400, str(error))
    if not any(decided.values()):
        return await _version(request, 400, "没有改动。认清了再填；原文空白请填“空”。")
    return done(f"/desk/reports/{version_id}", f"{tables.row_label(row)}已处理。")


def _decision(
    cell: StoredCell, typed: Mapping[str, str], findings: tuple[Finding, ...]
) -> tuple[Decision, Decimal | None] | None:
    """What the form decides about a cell; `None`: nothing.

    Raises:
        Refused: it holds something that is no number, or nothing where a number stood.
    """
    given = typed.get(cell.id, "").replace(",", "").replace("，", "")
    if given == _typed(cell):
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


async def source(request: web.Request) -> web.StreamResponse:
    """The file as it came in, to be saved: never shown by the browser, for it comes from elsewhere."""
    async with desk(request).database.read() as session:
        file = await source_file(session, at(request, "id"))
    return web.Response(
        body=file.content,
        headers={
            "Content-Type": "application/octet-stream",
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(file.name, safe='')}",
            "Cache-Control": "no-store",
        },
    )


ROUTES = (
    *review.routes_of(KIND, "/reports/{id}", Action.REPORT_LOAD),
    Route("GET", "/reports", page, Action.REPORT_VIEW),
    Route("POST", "/reports/load", load, Action.REPORT_LOAD, upload=True),
    Route("GET", "/reports/loads/{id}", progress, Action.REPORT_LOAD),
    Route("GET", "/reports/loads/{id}/state", progress_state, Action.REPORT_LOAD),
    Route("POST", "/reports/loads/{id}", retry, Action.REPORT_LOAD),
    Route("GET", "/reports/{id}", version_page, Action.REPORT_VIEW),
    Route("POST", "/reports/{id}/settle", settle_row, Action.REPORT_LOAD),
    Route("GET", "/reports/{id}/source", source, Action.REPORT_VIEW),
)
