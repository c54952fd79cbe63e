"""The page by which staff bind their WeChat (`/bind/CODE`): opened in WeChat it finds out who they are by itself.

The code is the one that is typed to the account (`storage.people`), so that the page needs nobody to sign in, and where
the account has no 网页授权 it says what to type. Opening it changes nothing: chat clients open links to preview them.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import aiohttp_jinja2
from aiohttp import web

from bot.web.pages import setup_pages
from storage import people
from storage.clock import Clock
from storage.database import DATABASE_ERRORS, Database
from storage.models.watch import WatchPerson

_log = logging.getLogger(__name__)

ROOT = "/bind"
COOKIE = "gongkai_bind"
_COOKIE_SECONDS = 600
GONE = "这个链接已经用过或者过期了，请管理员重新生成。"
AWAY = "系统正在维护，请过几分钟再打开。"


class NotKnown(Exception):
    """It was not found out who is looking; says why in Chinese.

    Attributes:
        again: trying once more may help.
    """

    def __init__(self, text: str, *, again: bool) -> None:
        super().__init__(text)
        self.again = again


class Identity(Protocol):
    """What an account is to this page."""

    def may(self) -> bool:
        """Whether the account has 网页授权."""
        ...

    async def leave(self, back: str, carry: str) -> tuple[str, str]:
        """Where to send the browser, and the cookie that it must bring back to `back`."""
        ...

    async def bind(self, code: str, state: str, cookie: str) -> WatchPerson | None:
        """Bind who came back by what was carried; `None` where that code is no longer good.

        Raises:
            NotKnown: it was not found out who came back.
        """
        ...


Identities = Callable[[], Mapping[str, Identity]]


def setup_bind(
    app: web.Application, database: Database, clock: Clock, identities: Identities, base_url: str | None
) -> None:
    """Add `/bind/`.

    Args:
        app: the web process.
        database: where the staff are.
        clock: the time.
        identities: what each account that may be asked is, by its name.
        base_url: the public address; WeChat sends people back to nowhere else.
    """
    setup_pages(app)
    pages = _Binding(database, clock, identities, base_url)
    sub = web.Application(client_max_size=8 * 1024)
    sub.router.add_get("/back/{account}", pages.back)
    sub.router.add_get("/{code:[0-9A-Za-z]{8}}", pages.show)
    sub.router.add_get("/{code:[0-9A-Za-z]{8}}/go", pages.go)
    app.add_subapp(ROOT, sub)


class _Binding:
    """The handlers."""

    def __init__(self, database: Database, clock: Clock, identities: Identities, base_url: str | None) -> None:
        self._database = database
        self._clock = clock
        self._identities = identities
        self._base_url = (base_url or "").rstrip("/")

    async def show(self, request: web.Request) -> web.StreamResponse:
        """Whom the link binds, and the way on."""
        code = request.match_info["code"]
        try:
            person = await self._person(code)
        except DATABASE_ERRORS:
            return _page(request, 503, error=AWAY)
        if person is None:
            return _page(request, 404, error=GONE)
        inside = "MicroMessenger" in request.headers.get("User-Agent", "")
        able = self._able(person.account) is not None
        return _page(request, person=person, code=code.upper(), way="go" if able and inside else "open" if able else "")

    async def go(self, request: web.Request) -> web.StreamResponse:
        """Off to WeChat, which sends the browser back by itself."""
        code = request.match_info["code"]
        try:
            person = await self._person(code)
        except DATABASE_ERRORS:
            return _page(request, 503, error=AWAY)
        identity = None if person is None else self._able(person.account)
        if person is None or identity is None:
            return _page(request, 404, error=GONE)
        url, cookie = await identity.leave(f"{self._base_url}{ROOT}/back/{person.account}", code)
        response = web.Response(status=303, headers={"Location": url, "Cache-Control": "no-store"})
        secure = self._base_url.startswith("https://")
        response.set_cookie(
            COOKIE, cookie, path=ROOT, httponly=True, samesite="Lax", secure=secure, max_age=_COOKIE_SECONDS
        )
        return response

    async def back(self, request: web.Request) -> web.StreamResponse:
        """Back from WeChat: bind, or say why not."""
        identity = self._able(request.match_info["account"])
        if identity is None:
            return _page(request, 404, error=GONE)
        given = request.query
        try:
            person = await identity.bind(given.get("code", ""), given.get("state", ""), request.cookies.get(COOKIE, ""))
        except NotKnown as error:
            return _page(request, 400, error=str(error), again=error.again)
        except DATABASE_ERRORS as error:
            _log.warning("nobody can be bound: %s", type(error).__name__)
            return _page(request, 503, error=AWAY)
        if person is None:
            return _page(request, 404, error=GONE)
        response = _page(request, bound=person)
        response.del_cookie(COOKIE, path=ROOT)
        return response

    async def _person(self, code: str) -> WatchPerson | None:
        async with self._database.read() as session:
            return await people.waiting_for(session, code, self._clock)

    def _able(self, account: str) -> Identity | None:
        identity = self._identities().get(account)
        return identity if self._base_url and identity is not None and identity.may() else None


def _page(request: web.Request, status: int = 200, **shown: Any) -> web.Response:
    context = {
        "me": None,
        "notice": "",
        "error": "",
        "person": None,
        "bound": None,
        "again": False,
        "way": "",
        "code": "",
    }
    response = aiohttp_jinja2.render_template("bind.html", request, context | shown, status=status)
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    return response
