"""Reports at the desk: all of them with their versions, bringing files in, the files themselves."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import quote

from aiohttp import web

from bot.web.auth import Route, who
from bot.web.desk.common import at, desk, done, field, render
from bot.web.desk.loader import LOADER, NO_AGENCY, NO_YEAR
from bot.web.permissions import Action
from storage import loads, staff
from storage.errors import Refused
from storage.models.loads import LoadState
from storage.models.reports import VersionState
from storage.reports.drafts import FIRST_YEAR, LAST_YEAR
from storage.reports.versions import list_versions, source_file

STATES = {
    VersionState.DRAFT: "草稿",
    VersionState.IN_REVIEW: "审核中",
    VersionState.APPROVED: "已审定",
    VersionState.PUBLISHED: "发布过",
    VersionState.WITHDRAWN: "已撤下",
    VersionState.DISCARDED: "已作废",
}


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
    Route("GET", "/reports", page, Action.REPORT_VIEW),
    Route("POST", "/reports/load", load, Action.REPORT_LOAD, upload=True),
    Route("GET", "/reports/loads/{id}", progress, Action.REPORT_LOAD),
    Route("GET", "/reports/loads/{id}/state", progress_state, Action.REPORT_LOAD),
    Route("POST", "/reports/loads/{id}", retry, Action.REPORT_LOAD),
    Route("GET", "/reports/{id}/source", source, Action.REPORT_VIEW),
)
