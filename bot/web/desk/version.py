"""One version of a report: its doubts, its tables and narrative beside the file, its review, what it would change."""

from __future__ import annotations

import hashlib
from typing import Any

from aiohttp import web
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.web.auth import Route, who
from bot.web.desk import review, tables
from bot.web.desk.common import at, desk, render
from bot.web.desk.questions import ANSWER
from bot.web.desk.reports import STATES
from bot.web.permissions import Action
from storage.catalogue import CELLS, INDICATORS, TEXTS, Meaning
from storage.facts import Fact, Finding, Level
from storage.models.reports import ReportVersion, VersionState
from storage.reports import doubts
from storage.reports.plan import Plan, make_plan
from storage.reports.reviewing import KIND
from storage.reports.versions import StoredCell, VersionRow, cells_of_version, get_version

LEVELS = {"error": "错误", "warning": "提醒", "notice": "说明"}


async def page(request: web.Request) -> web.StreamResponse:
    """One version: its doubts, its tables and narrative, what it would change."""
    return await show(request)


async def show(request: web.Request, status: int = 200, error: str = "") -> web.Response:
    """The page, after what went wrong with a form on it if something did."""
    version_id = at(request, "id")
    async with desk(request).database.read() as session:
        context = await _gather(session, version_id)
        doc = _doc(request, context["version"], context["plan"])
        has_errors = any(f.level is Level.ERROR for f in context["plan"].findings)
        context |= await review.process(request, session, doc, has_errors=has_errors)
    cells, findings = context["cells"], context["plan"].findings
    row = request.query.get("row", "")
    selected = tables.cells_of_row(row, cells) if row else []
    blocks = tables.rows_in_doubt(cells, findings) if doc.editable else []
    chosen = request.query.get("figure", "")
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
        seen=mark(selected),
        blocks=blocks,
        blocks_seen=mark([cells[i] for b in blocks for i in b.cells]),
        chosen=next((f for f in context["figures"] if str(f.position) == chosen), None),
        figure_mark=doubts.mark,
        indicators=INDICATORS,
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


async def _gather(session: AsyncSession, version_id: int) -> dict[str, Any]:
    """What is stored of a version, and what it would change."""
    version = await get_version(session, version_id)
    plan: Plan = await make_plan(session, version_id)
    row = await session.get_one(ReportVersion, version_id)
    return {
        "version": version,
        "cells": await cells_of_version(session, version_id),
        "plan": plan,
        "figures": await doubts.figures_of(session, version_id),
        "texts": row.texts,
        "confirmed": row.confirmed,
    }


def say_fact(fact: Fact) -> str:
    """What a cell or figure says, with its unit."""
    about = "约" if fact.approximate else ""
    return f"{about}{tables.say(fact.meaning, fact.value)}{fact.unit or ''}"


def _doubts(findings: tuple[Finding, ...]) -> list[dict[str, Any]]:
    """The findings, the heaviest first, each with the row where it is settled."""
    order = list(LEVELS)
    return [
        {
            "finding": f,
            "row": tables.row_of(f.cell) if f.cell and f.cell in CELLS else "",
            "whose": f.code.startswith(("agency.", "year.")),
            "place": str(f.place or ""),
        }
        for f in sorted(findings, key=lambda f: order.index(f.level.value))
    ]


def _editable(cell: StoredCell, findings: tuple[Finding, ...]) -> dict[str, Any]:
    known = CELLS[cell.id]
    return {
        "cell": cell,
        "label": known.column.short if known.column else known.row.short,
        "unit": known.unit,
        "text": typed(cell),
        "read": tables.say(cell.read_meaning or cell.meaning, cell.read_value if cell.read_meaning else cell.value),
        "doubt": cell.meaning is Meaning.UNREADABLE or any(f.cell == cell.id for f in findings),
    }


def typed(cell: StoredCell) -> str:
    """A cell as it stands in the field of the form; empty where it could not be read."""
    if cell.meaning is Meaning.UNREADABLE:
        return ""
    return "空" if cell.meaning is Meaning.BLANK else tables.say(cell.meaning, cell.value)


def mark(cells: list[StoredCell]) -> str:
    """A mark of what the form showed, so that a change by somebody else meanwhile is noticed."""
    seen = "|".join(f"{c.id}={c.meaning}:{c.value}:{c.settled_by}" for c in cells)
    return hashlib.sha256(seen.encode()).hexdigest()[:16]


ROUTES = (
    *review.routes_of(KIND, "/reports/{id}", Action.REPORT_LOAD),
    Route("GET", "/reports/{id}", page, Action.REPORT_VIEW),
)
