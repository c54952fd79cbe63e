"""The watch desk's ledger (发布台账) and the sources that fill it, with a look at what the watch sees there."""

from __future__ import annotations

import asyncio

from aiohttp import web
from sqlmodel import col, select

from bot.web.auth import Route, who
from bot.web.desk.common import at, desk, done, field, number, record, render
from bot.web.permissions import Action
from storage import staff
from storage.errors import NotFound, Refused
from storage.listing import Item as Seen
from storage.listing import read_list
from storage.models.watch import Obligation, Publication, WatchSource
from storage.publishing import sources
from storage.publishing.importing import Item, is_address, record_items
from storage.reading.fetch import SafeFetcher
from storage.sheets import parse_day

_PAGE = 50
PRIVATE_SOURCES: web.AppKey[bool] = web.AppKey("private_sources", bool)
"""Whether sources inside the network may be read, as the watch reads them."""
ORIGINS = {"file": "导入", "site": "网站", "account": "公众号", "staff": "同事报来", "desk": "手工登记"}


async def page(request: web.Request) -> web.StreamResponse:
    """What was published, newest first, and a form to enter one item."""
    return await _page(request)


async def _page(request: web.Request, status: int = 200, error: str = "", **typed: str) -> web.Response:
    column, skip = request.query.get("column", ""), request.query.get("skip", "")
    start = number(skip) if skip else 0
    query = select(Publication).order_by(col(Publication.published_on).desc(), col(Publication.id).desc())
    if column:
        query = query.where(col(Publication.column) == column)
    async with desk(request).database.read() as session:
        rows = list((await session.exec(query.offset(start).limit(_PAGE + 1))).all())
        columns = list((await session.exec(select(col(Obligation.column)).distinct().order_by("column_name"))).all())
    return render(
        request,
        "ledger.html",
        status,
        rows=rows[:_PAGE],
        next=start + _PAGE if len(rows) > _PAGE else 0,
        column=column,
        columns=columns,
        origins=ORIGINS,
        today=desk(request).clock.today(),
        error=error,
        typed={"column": column, "title": "", "url": ""} | typed,
        tab="ledger",
    )


async def enter(request: web.Request) -> web.StreamResponse:
    """Enter one published item by hand."""
    here = desk(request)
    column, title, url = [await field(request, name) for name in ("column", "title", "url")]
    try:
        if not column or not title or len(column) > 100 or len(title) > 500:
            raise Refused("请填写栏目和标题。")
        if url and not is_address(url):
            raise Refused("链接要以 http:// 或 https:// 开头。")
        try:
            day = parse_day(await field(request, "day"))
        except ValueError:
            day = None
        if day is None or day > here.clock.today():
            raise Refused("请填写发布日期，不能晚于今天。")
        async with here.database.write() as session:
            actor = staff.actor(who(request).member)
            plan = await record_items(
                session, [Item(column, title, url or None, day)], origin="desk", actor=actor, clock=here.clock
            )
            await record(
                session,
                request,
                "publication.enter",
                "publications",
                after={"column": column, "title": title, "url": url, "day": day},
            )
    except Refused as error:
        return await _page(request, 400, str(error), column=column, title=title, url=url)
    return done("/desk/watch/ledger", "已登记。" if plan.new else "台账里已有这一条，没有重复登记。")


async def sources_page(request: web.Request) -> web.StreamResponse:
    """Where columns are read from and how the last reading went."""
    return await _sources(request)


async def _sources(
    request: web.Request,
    status: int = 200,
    error: str = "",
    seen: list[Seen] | None = None,
    typed: dict[str, str] | None = None,
    looked: WatchSource | None = None,
) -> web.Response:
    async with desk(request).database.read() as session:
        rows = await sources.listed(session)
    return render(
        request,
        "sources.html",
        status,
        rows=rows,
        looked=looked,
        error=error,
        seen=seen,
        typed=typed or {"column": "", "url": "", "selector": ""},
        tab="sources",
    )


async def add_source(request: web.Request) -> web.StreamResponse:
    """Look at an address first, or let the watch read it from now on."""
    here = desk(request)
    typed = {name: await field(request, name) for name in ("column", "url", "selector")}
    try:
        if await field(request, "look"):
            return await _sources(request, seen=await _look(request, typed["url"], typed["selector"]), typed=typed)
        async with here.database.write() as session:
            await sources.add(
                session,
                typed["column"],
                typed["url"],
                selector=typed["selector"] or None,
                actor=staff.actor(who(request).member),
                clock=here.clock,
            )
    except Refused as error:
        return await _sources(request, 400, str(error), typed=typed)
    return done("/desk/watch/sources", "已登记来源。")


async def look_at(request: web.Request) -> web.StreamResponse:
    """What a source that is read already shows now; nothing is stored."""
    async with desk(request).database.read() as session:
        row = await session.get(WatchSource, at(request, "id"))
    if row is None or not row.enabled:
        raise NotFound("没有这个来源，可能已经移除。")
    try:
        return await _sources(request, seen=await _look(request, row.url, row.selectors.get("list", "")), looked=row)
    except Refused as error:
        return await _sources(request, 400, str(error), looked=row)


async def _look(request: web.Request, url: str, selector: str) -> list[Seen]:
    async with SafeFetcher(allow_private=request.config_dict[PRIVATE_SOURCES]) as fetcher:
        fetched = await fetcher.get(url)
    today = desk(request).clock.today()
    return await asyncio.to_thread(read_list, fetched.content, fetched.url, today, selector or None)


async def remove_source(request: web.Request) -> web.StreamResponse:
    """Stop reading an address."""
    async with desk(request).database.write() as session:
        await sources.remove(session, at(request, "id"), actor=staff.actor(who(request).member))
    return done("/desk/watch/sources", "已移除来源，台账里已有的不受影响。")


ROUTES = (
    Route("GET", "/watch/ledger", page, Action.WATCH),
    Route("POST", "/watch/ledger", enter, Action.WATCH_ACT),
    Route("GET", "/watch/sources", sources_page, Action.WATCH),
    Route("POST", "/watch/sources", add_source, Action.WATCH_MANAGE),
    Route("POST", "/watch/sources/{id}/look", look_at, Action.WATCH_MANAGE),
    Route("POST", "/watch/sources/{id}/remove", remove_source, Action.WATCH_MANAGE),
)
