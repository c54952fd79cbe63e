"""Coming in and leaving: set-up and invitation links, password, one-time code, sign-out."""

from __future__ import annotations

from urllib.parse import unquote

from aiohttp import web

from bot.web import passwords
from bot.web.auth import DOOR, Route, drop_cookie, origin, place, set_cookie, who
from bot.web.desk.common import desk, done, field, render
from bot.web.permissions import Action
from storage import audit, sign_in, staff
from storage.errors import Refused
from storage.models.staff import StaffMember

_WRONG = "登录名或密码不对。"


async def login_page(request: web.Request) -> web.StreamResponse:
    """Ask for login name and password."""
    return render(request, "login.html", back=_back(request.query.get("back", "")), error="", login="")


async def login(request: web.Request) -> web.StreamResponse:
    """Check login name and password; with a second factor the code comes next."""
    name, password = await field(request, "login"), (await request.post()).get("password", "")
    back = _back(await field(request, "back"))
    try:
        member = await _check(request, name, password if isinstance(password, str) else "")
    except Refused as error:
        return render(request, "login.html", 429, back=back, error=str(error), login=name)
    if member is None:
        return render(request, "login.html", 401, back=back, error=_WRONG, login=name)
    return await _enter(request, member, back, complete=member.totp_secret is None)


async def _check(request: web.Request, name: str, password: str) -> StaffMember | None:
    at = desk(request)
    async with at.database.write() as session:
        await sign_in.begin(session, place(request), at.clock.now())
        member = await staff.begin_attempt(session, name, at.clock.now())
        if member is None:
            await sign_in.begin_unknown(session, name, at.clock.now())
    right = await at.passwords.verify(member.password if member else None, password)
    if member is None or member.id is None or not right:
        return None
    if member.totp_secret is None:  # else the code decides, or the password would buy any number of guesses at it
        async with at.database.write() as session:
            await staff.forgive(session, member.id)
            await sign_in.forgive(session, place(request))
    return member


async def _enter(request: web.Request, member: StaffMember, back: str, *, complete: bool) -> web.StreamResponse:
    at, door = desk(request), request.config_dict[DOOR]
    assert member.id is not None
    now, place = at.clock.now(), origin(request)
    async with at.database.write() as session:
        signed = await staff.start_session(
            session, member.id, now=now, complete=complete, origin=place, agent=request.headers.get("User-Agent")
        )
        if complete:
            await audit.record(
                session,
                actor=staff.actor(member),
                action="staff.login",
                subject=f"staff {member.id}",
                origin=place,
                at=now,
            )
    response = done(back if complete else f"/desk/login/code?back={back}")
    set_cookie(response, door, signed.token)
    return response


async def code_page(request: web.Request) -> web.StreamResponse:
    """Ask for the one-time code."""
    return render(request, "code.html", back=_back(request.query.get("back", "")), error="")


async def code(request: web.Request) -> web.StreamResponse:
    """Check the one-time code of somebody whose password was right; each code is good once."""
    at, door = desk(request), request.config_dict[DOOR]
    back, now = _back(await field(request, "back")), at.clock.now()
    async with at.database.read() as session:
        found = await staff.find_session(session, request.cookies.get(door.cookie, ""), now)
    if found is None or found[0].complete:
        return done("/desk/login")
    row, member = found
    try:
        async with at.database.write() as session:
            await sign_in.begin(session, place(request), now)
            counted = await staff.begin_attempt(session, member.login, now)
    except Refused as error:
        return render(request, "code.html", 429, back=back, error=str(error))
    step = passwords.code_step(member.totp_secret or "", await field(request, "code"), now) if counted else None
    async with at.database.write() as session:
        if step is None or not await staff.take_code(session, row.staff_id, step):
            return render(request, "code.html", 401, back=back, error="验证码不对，或者已经用过了。")
        await staff.forgive(session, row.staff_id)
        await sign_in.forgive(session, place(request), attempts=2)
        await staff.end_sessions(session, row.staff_id, only=row.id)
    return await _enter(request, member, back, complete=True)


async def logout(request: web.Request) -> web.StreamResponse:
    """End this session."""
    signed, door = who(request), request.config_dict[DOOR]
    async with desk(request).database.write() as session:
        await staff.end_sessions(session, signed.session.staff_id, only=signed.session.id)
    response = done("/desk/login", "已退出。")
    drop_cookie(response, door)
    return response


async def link_page(request: web.Request) -> web.StreamResponse:
    """Ask the owner of a one-time link for their password, the first admin for their name too."""
    return await _link(request)


async def _link(request: web.Request, status: int = 200, error: str = "", **typed: str) -> web.Response:
    at = desk(request)
    async with at.database.read() as session:
        link = await staff.find_link(session, request.match_info["token"], at.clock.now())
        person = None if link.staff_id is None else await staff.member(session, link.staff_id)
    return render(
        request,
        "link.html",
        status,
        person=person,
        error=error,
        typed={"login": "", "name": ""} | typed,
        shortest=passwords.SHORTEST,
    )


async def use_link(request: web.Request) -> web.StreamResponse:
    """Set the password and come in."""
    at, data = desk(request), await request.post()
    first, again = (str(data.get(name, "")) for name in ("password", "again"))
    login_name, name = await field(request, "login"), await field(request, "name")
    fault = passwords.fault(first, again, login_name)
    if fault is not None:
        return await _link(request, 400, fault, login=login_name, name=name)
    async with at.database.read() as session:  # before the work: strangers without a link must not cause it
        await staff.find_link(session, request.match_info["token"], at.clock.now())
    hashed = await at.passwords.hash(first)
    try:
        async with at.database.write() as session:
            member = await staff.use_link(
                session,
                request.match_info["token"],
                password=hashed,
                now=at.clock.now(),
                origin=origin(request),
                login=login_name,
                name=name,
            )
    except Refused as error:
        return await _link(request, 400, str(error), login=login_name, name=name)
    return await _enter(request, member, "/desk/", complete=member.totp_secret is None)


def _back(path: str) -> str:
    """Where to go after signing in: a page of the desk, nothing else."""
    path = unquote(path)
    plain = path.isprintable() and "\\" not in path and "//" not in path
    return path if plain and path.startswith("/desk/") else "/desk/"


ROUTES = (
    Route("GET", "/login", login_page, None),
    Route("POST", "/login", login, None),
    Route("GET", "/login/code", code_page, None),
    Route("POST", "/login/code", code, None),
    Route("GET", "/link/{token}", link_page, None),
    Route("POST", "/link/{token}", use_link, None),
    Route("POST", "/logout", logout, Action.OWN),
)
