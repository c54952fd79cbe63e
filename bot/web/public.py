"""Published reports for everybody (`/reports/`): pages in the layout of the form, JSON, CSV and a feed.

What is live now is shown, and nothing else: each answer is looked up, and a cache must ask before it shows an old one,
so that a report that was taken off is gone at once. A cell's id is its permanent link (`/reports/1/2023#t3.new.total`).
"""

from __future__ import annotations

import hashlib
import logging
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import quote

import aiohttp_jinja2
from aiohttp import web
from aiohttp.typedefs import Handler

from bot.web import public_data, statutory
from bot.web.middlewares import CONTENT_SECURITY_POLICY
from bot.web.pages import setup_pages
from storage.catalogue import INDICATORS, SECTIONS, TEXTS
from storage.clock import BEIJING
from storage.database import DATABASE_ERRORS, Database
from storage.facts import ReportFacts
from storage.reports.live import LiveReport, live_reports
from storage.reports.loading import load_reports

_log = logging.getLogger(__name__)

ROOT = "/reports"
KEPT = 60
"""Answers kept ready; a page with its tables has some 60 KiB."""
WECHAT_SCRIPTS = "https://res.wx.qq.com"
_CSP_IN_WECHAT = CONTENT_SECURITY_POLICY.replace("script-src 'self'", f"script-src 'self' {WECHAT_SCRIPTS}")


class Sign(Protocol):
    """Signs a page for WeChat's JS-SDK."""

    async def __call__(self, agency: str, url: str) -> dict[str, Any] | None:
        """What the page hands to `wx.config`; `None` where the agency's account may not, or WeChat does not answer."""
        ...


@dataclass(frozen=True, slots=True)
class _Ready:
    """An answer as it is sent."""

    body: bytes
    content_type: str
    etag: str
    headers: tuple[tuple[str, str], ...] = ()


def setup_public(
    app: web.Application, database: Database, *, base_url: str | None = None, sign: Sign | None = None
) -> None:
    """Add `/reports/`, to which the bare address leads.

    Args:
        app: the web process.
        database: open and migrated before the first request.
        base_url: the public address, for links that leave the site; without it the one that the browser used.
        sign: signs pages for sharing inside WeChat; without it they do without.
    """
    setup_pages(app)
    pages = _Public(database, base_url, sign)
    sub = web.Application(middlewares=[_faults])
    sub.router.add_get("/", pages.index)
    sub.router.add_get("/feed.atom", pages.feed)
    sub.router.add_get("/signature", pages.signature)
    sub.router.add_get(r"/{agency:\d{1,9}}/", pages.agency)
    sub.router.add_get(r"/{agency:\d{1,9}}/feed.atom", pages.feed)
    sub.router.add_get(r"/{agency:\d{1,9}}/{year:\d{4}}", pages.report)
    sub.router.add_get(r"/{agency:\d{1,9}}/{year:\d{4}}.{form:json|csv}", pages.data)
    if sign is not None:
        sub.on_response_prepare.append(_let_wechat_in)
    app.add_subapp(ROOT, sub)
    app.router.add_get("/", _home)


def permalink(base_url: str, agency_id: int, year: int, cell: str = "") -> str:
    """The public address of a report, or of a cell in it."""
    return f"{base_url.rstrip('/')}{ROOT}/{agency_id}/{year}{f'#{cell}' if cell else ''}"


async def _home(_request: web.Request) -> web.StreamResponse:
    """Whoever types the bare address wants the reports."""
    raise web.HTTPFound(f"{ROOT}/")


async def _let_wechat_in(_request: web.Request, response: web.StreamResponse) -> None:
    response.headers["Content-Security-Policy"] = _CSP_IN_WECHAT


class _Public:
    """The handlers, and the answers that they have ready."""

    def __init__(self, database: Database, base_url: str | None, sign: Sign | None) -> None:
        self._database = database
        self._base_url = base_url
        self._sign = sign
        self._ready: OrderedDict[tuple[Any, ...], _Ready] = OrderedDict()

    async def index(self, request: web.Request) -> web.StreamResponse:
        """Every agency with its years."""
        return self._list(request, await self._live(), None)

    async def agency(self, request: web.Request) -> web.StreamResponse:
        """One agency's years."""
        found = await self._live(int(request.match_info["agency"]))
        if not found:
            raise web.HTTPNotFound
        return self._list(request, found, found[0].agency)

    def _list(self, request: web.Request, found: list[LiveReport], one: str | None) -> web.StreamResponse:
        agencies: dict[str, list[LiveReport]] = {}
        for report in found:
            agencies.setdefault(report.agency, []).append(report)
        context = {"agencies": agencies, "one": one, "feed": f"{request.path}feed.atom", "sign": False}
        return _answer(request, _page(request, "public/index.html", context))

    async def report(self, request: web.Request) -> web.StreamResponse:
        """A report whole."""
        one, years, base = await self._find(request)

        async def make() -> _Ready:
            return _page(request, "public/report.html", self._context(one, years, base, await self._facts(one)))

        return await self._kept(request, ("page", one, years, base), make)

    async def data(self, request: web.Request) -> web.StreamResponse:
        """A report as JSON or CSV."""
        one, _years, base = await self._find(request)
        form = request.match_info["form"]

        async def make() -> _Ready:
            facts, address = await self._facts(one), permalink(base, one.agency_id, one.year)
            if form == "json":
                return _made(public_data.as_json(one, facts, address), "application/json; charset=utf-8", _OPEN)
            name = quote(f"{one.agency}{one.year}年政府信息公开工作年度报告.csv")
            saved = ("Content-Disposition", f"attachment; filename=\"report-{one.year}.csv\"; filename*=UTF-8''{name}")
            return _made(public_data.as_csv(one, facts, address), "text/csv; charset=utf-8", (*_OPEN, saved))

        return await self._kept(request, (form, one, base), make)

    async def feed(self, request: web.Request) -> web.StreamResponse:
        """What was published, the latest first (Atom, RFC 4287)."""
        wanted = request.match_info.get("agency")
        found = await self._live(int(wanted) if wanted else None)
        if wanted and not found:
            raise web.HTTPNotFound
        base = self._base(request)
        links = [(report, permalink(base, report.agency_id, report.year)) for report in found]
        body = public_data.as_atom(
            links, f"{base}{request.path}", found[0].agency if wanted else "政府信息公开年度报告"
        )
        return _answer(request, _made(body, "application/atom+xml; charset=utf-8", _OPEN))

    async def signature(self, request: web.Request) -> web.StreamResponse:
        """What a page hands to `wx.config`; nothing (204) where it cannot share through WeChat."""
        url, base = request.query.get("url", "").partition("#")[0], self._base(request)
        place = url.removeprefix(f"{base}{ROOT}/").partition("?")[0].split("/")
        config = None
        if self._sign is not None and len(url) <= 500 and url.startswith(f"{base}{ROOT}/") and place[0].isdecimal():
            found = await self._live(int(place[0][:9]))
            config = await self._sign(found[0].agency, url) if found else None
        response = web.Response(status=204) if config is None else web.json_response(config)
        response.headers["Cache-Control"] = "no-store"
        return response

    # --- what they share ----------------------------------------------------------------------------

    async def _live(self, agency_id: int | None = None) -> list[LiveReport]:
        async with self._database.read() as session:
            return await live_reports(session, agency_id)

    async def _find(self, request: web.Request) -> tuple[LiveReport, tuple[int, ...], str]:
        found = await self._live(int(request.match_info["agency"]))
        one = next((r for r in found if r.year == int(request.match_info["year"])), None)
        if one is None:
            raise web.HTTPNotFound
        return one, tuple(r.year for r in found), self._base(request)

    async def _facts(self, one: LiveReport) -> ReportFacts:
        async with self._database.read() as session:
            return (await load_reports(session, [one.version_id]))[one.version_id]

    def _base(self, request: web.Request) -> str:
        return (self._base_url or f"{request.scheme}://{request.host}").rstrip("/")

    async def _kept(self, request: web.Request, key: tuple[Any, ...], make: Callable[[], Any]) -> web.StreamResponse:
        """An answer that depends on `key` alone: versions never change."""
        ready = self._ready.get(key)
        if ready is None:
            ready = self._ready[key] = await make()
            if len(self._ready) > KEPT:
                self._ready.popitem(last=False)
        else:
            self._ready.move_to_end(key)
        return _answer(request, ready)

    def _context(self, one: LiveReport, years: tuple[int, ...], base: str, facts: ReportFacts) -> dict[str, Any]:
        address = permalink(base, one.agency_id, one.year)
        named = [(i, facts.facts[i]) for i in INDICATORS if i in facts.facts]
        return {
            "one": one,
            "years": years,
            "title": one.title or f"{one.agency}{one.year}年政府信息公开工作年度报告",
            "address": address,
            "sections": SECTIONS,
            "texts": {name: public_data.paragraphs(facts.texts.get(name, "")) for name in TEXTS},
            "figures": named,
            "others": facts.other_figures,
            "two": statutory.table_two(facts),
            "three": statutory.table_three(facts),
            "four": statutory.table_four(facts),
            "doubtful": bool(facts.doubtful),
            "plain": statutory.plain,
            "since": one.live_since.astimezone(BEIJING),
            "feed": f"{ROOT}/{one.agency_id}/feed.atom",
            "sign": self._sign is not None,
        }


_OPEN = (("Access-Control-Allow-Origin", "*"),)
"""Data may be read by any other site: it is public."""


def _page(request: web.Request, template: str, context: dict[str, Any]) -> _Ready:
    return _made(aiohttp_jinja2.render_string(template, request, context).encode(), "text/html; charset=utf-8")


def _made(body: bytes, content_type: str, headers: tuple[tuple[str, str], ...] = ()) -> _Ready:
    return _Ready(body, content_type, hashlib.sha256(body).hexdigest()[:24], headers)


def _answer(request: web.Request, ready: _Ready) -> web.StreamResponse:
    known = any(tag.value in (ready.etag, "*") for tag in request.if_none_match or ())
    response = web.Response(status=304) if known else web.Response(body=ready.body)
    if not known:
        response.headers["Content-Type"] = ready.content_type
    response.headers.extend(ready.headers)
    response.headers["Cache-Control"] = "public, no-cache"
    response.etag = ready.etag
    return response


_TITLES = {404: "没有这份年报", 503: "暂时打不开"}
_WORDS = {404: "网址可能不完整，或者这份年报已经撤下。", 503: "系统正在维护，请过几分钟再试。"}


@web.middleware
async def _faults(request: web.Request, handler: Handler) -> web.StreamResponse:
    """A page in plain Chinese for what is not there or does not work now."""
    try:
        return await handler(request)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        return _fault(request, error.status)
    except DATABASE_ERRORS as error:
        _log.warning("a public page waits for the database: %s", type(error).__name__)
        return _fault(request, 503)
    except Exception:
        _log.exception("a public page failed: %s", request.path)
        return _fault(request, 500)


def _fault(request: web.Request, status: int) -> web.Response:
    title, text = _TITLES.get(status, "没有打开"), _WORDS.get(status, "请过一会儿再试。")
    context = {"title": title, "text": text, "sign": False, "feed": f"{ROOT}/feed.atom"}
    response = aiohttp_jinja2.render_template("public/fault.html", request, context, status=status)
    response.headers["Cache-Control"] = "no-store"
    if status == 503:
        response.headers["Retry-After"] = "120"
    return response
