"""The desk's door: the session cookie, protection against forged requests, and one guard for every route."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler

from bot.web.pages import read_form
from bot.web.permissions import Action, may
from storage import staff
from storage.clock import Clock
from storage.database import Database
from storage.models.staff import StaffMember, StaffSession


@dataclass(frozen=True, slots=True)
class Door:
    """What the door needs: where sessions are, the time, and how the service is reached."""

    database: Database
    clock: Clock
    secure: bool
    """The service is reached over https: the cookie is marked Secure."""
    behind_proxy: bool
    """A proxy of our own stands in front and overwrites X-Forwarded-For (deploy/nginx.conf)."""

    @property
    def cookie(self) -> str:
        """The cookie's name; the prefix makes a browser refuse it from anywhere but this host over https."""
        return "__Host-gongkai" if self.secure else "gongkai_desk"


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who asks, and by which session."""

    member: StaffMember
    session: StaffSession

    def may(self, action: Action) -> bool:
        """Whether this person may do it."""
        return may(self.member.roles, action)


@dataclass(frozen=True, slots=True)
class Route:
    """A route of the desk with the action it needs; `None`: open to those who are not signed in.

    `upload`: takes a file, up to the application's limit; every other form is small.
    """

    method: str
    path: str
    handler: Handler
    action: Action | None
    upload: bool = False


LIVE = "X-Live"
"""A request of an open page that keeps itself fresh: nobody is at work, so the session grows no younger."""
_LARGEST_FORM = 256 * 1024

DOOR: web.AppKey[Door] = web.AppKey("door", Door)
WHO: web.RequestKey[SignedIn | None] = web.RequestKey("signed_in", SignedIn)


def who(request: web.Request) -> SignedIn:
    """The person who asks; only for routes that need an action."""
    found = request[WHO]
    assert found is not None
    return found


def origin(request: web.Request) -> str:
    """Where the request came from, for the audit log."""
    if request.config_dict[DOOR].behind_proxy:
        return request.headers.get("X-Forwarded-For", request.remote or "")[:200]
    return request.remote or ""


def place(request: web.Request) -> str | None:
    """The network address by which failures are counted.

    `None` where a proxy of which nobody told us stands in front: all the world comes from its address then.
    """
    door = request.config_dict[DOOR]
    return origin(request) if door.behind_proxy or not door.secure else None


def guard(route: Route) -> Handler:
    """The route's handler behind the checks, in this order: forged request, signed in, allowed."""

    async def guarded(request: web.Request) -> web.StreamResponse:
        request[WHO] = await signed_in(request)
        if request.method == "POST":
            if not route.upload or not _allowed(request, route):
                request = request.clone(client_max_size=_LARGEST_FORM)
            await _refuse_forged(request, token=route.action is not None)
        if route.action is not None:
            signed = request[WHO]
            if signed is None:
                back = quote(request.path_qs) if request.method == "GET" else ""
                raise web.HTTPSeeOther(f"/desk/login?back={back}" if back else "/desk/login")
            if not _allowed(request, route):
                raise web.HTTPForbidden(text="您的角色没有这项权限。需要的话，请联系管理员。")
        return await route.handler(request)

    return guarded


def _allowed(request: web.Request, route: Route) -> bool:
    signed = request[WHO]
    return route.action is None or (signed is not None and signed.may(route.action))


async def signed_in(request: web.Request) -> SignedIn | None:
    """The person of the request's session, `None` where there is none."""
    door = request.config_dict[DOOR]
    token = request.cookies.get(door.cookie)
    if not token:
        return None
    now = door.clock.now()
    async with door.database.read() as session:
        found = await staff.find_session(session, token, now)
    if found is None or not found[0].complete:
        return None
    row, member = found
    if staff.is_stale(row, now) and LIVE not in request.headers:
        async with door.database.write() as session:
            await staff.touch(session, row, now)
    return SignedIn(member, row)


async def _refuse_forged(request: web.Request, *, token: bool) -> None:
    """A change must come from a page of this very site and, once signed in, carry the session's own token.

    Raises:
        HTTPForbidden: it does not.
        HTTPBadRequest: its form cannot be read.
    """
    source = request.headers.get("Origin")
    own = urlsplit(source).netloc == request.host if source else request.headers.get("Sec-Fetch-Site") == "same-origin"
    if not own:
        raise web.HTTPForbidden(text="这个请求不是从本系统的页面发出的，已拒绝。")
    await read_form(request)
    signed = request[WHO]
    if signed is None or not token:
        return
    given = (await request.post()).get("csrf")
    if not isinstance(given, str) or not hmac.compare_digest(given.encode(), signed.session.csrf.encode()):
        raise web.HTTPForbidden(text="页面已过期，请返回上一页刷新后再试。")


def set_cookie(response: web.StreamResponse, door: Door, token: str) -> None:
    """Give the browser its session."""
    response.set_cookie(
        door.cookie,
        token,
        path="/",
        httponly=True,
        samesite="Lax",
        secure=door.secure,
        max_age=int(staff.SESSION_LIFE.total_seconds()),
    )


def drop_cookie(response: web.StreamResponse, door: Door) -> None:
    """Take the session from the browser."""
    response.del_cookie(door.cookie, path="/", httponly=True, samesite="Lax", secure=door.secure)
