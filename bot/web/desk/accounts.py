"""One's own account (password, one-time codes, sessions) and, for admins, the staff and their roles."""

from __future__ import annotations

from aiohttp import web

from bot.web import passwords
from bot.web.auth import Route, origin, who
from bot.web.desk.common import at, desk, done, field, number, render
from bot.web.permissions import Action
from storage import staff
from storage.errors import Conflict, Refused
from storage.staff import ROLE_NAMES, Role


async def own_page(request: web.Request) -> web.StreamResponse:
    """The own account."""
    return await _own(request)


async def _own(request: web.Request, status: int = 200, error: str = "") -> web.Response:
    here, signed = desk(request), who(request)
    async with here.database.read() as session:
        rows = await staff.sessions(session, signed.session.staff_id, here.clock.now())
    return render(
        request,
        "own.html",
        status,
        rows=rows,
        this=signed.session.id,
        device=device,
        error=error,
        shortest=passwords.SHORTEST,
    )


async def _is_me(request: web.Request) -> bool:
    """Whether the present password in the form is right; wrong ones count like a failed sign-in."""
    here, member = desk(request), who(request).member
    async with here.database.write() as session:
        counted = await staff.begin_attempt(session, member.login, here.clock.now())
    given = str((await request.post()).get("present", ""))
    if counted is None or counted.id is None or not await here.passwords.verify(counted.password, given):
        return False
    async with here.database.write() as session:
        await staff.forgive(session, counted.id)
    return True


async def change_password(request: web.Request) -> web.StreamResponse:
    """Change the own password; every other session ends."""
    here, signed, data = desk(request), who(request), await request.post()
    new, again = (str(data.get(name, "")) for name in ("password", "again"))
    fault = passwords.fault(new, again, signed.member.login)
    if fault is not None:
        return await _own(request, 400, fault)
    if not await _is_me(request):
        return await _own(request, 400, "现在的密码不对。")
    hashed = await here.passwords.hash(new)
    async with here.database.write() as session:
        await staff.end_sessions(session, signed.session.staff_id, but=signed.session.id)
        await staff.set_password(session, signed.member, hashed, now=here.clock.now(), origin=origin(request))
    return done("/desk/account", "密码已更改，其他设备上的登录都已退出。")


async def totp_page(request: web.Request) -> web.StreamResponse:
    """Show a fresh secret to scan."""
    return _totp(request, passwords.new_secret())


def _totp(request: web.Request, secret: str, status: int = 200, error: str = "") -> web.Response:
    picture = passwords.secret_picture(secret, who(request).member.login)
    return render(request, "totp.html", status, secret=secret, picture=picture, error=error)


async def totp_on(request: web.Request) -> web.StreamResponse:
    """Switch one-time codes on once the authenticator shows a right one."""
    here, secret = desk(request), await field(request, "secret")
    now = here.clock.now()
    if len(secret) != len(passwords.new_secret()) or not secret.isalnum():
        raise web.HTTPBadRequest(text="密钥不对，请重新开始。")
    if not await _is_me(request):
        return _totp(request, secret, 400, "现在的密码不对。")
    step = passwords.code_step(secret, await field(request, "code"), now)
    if step is None:
        return _totp(request, secret, 400, "验证码不对，请看手机上最新的六位数。")
    async with here.database.write() as session:
        await staff.set_totp(session, who(request).member, secret, now=now, origin=origin(request))
    return done("/desk/account", "动态验证码已启用，下次登录时要输入。")


async def totp_off(request: web.Request) -> web.StreamResponse:
    """Switch one-time codes off."""
    here = desk(request)
    if not await _is_me(request):
        return await _own(request, 400, "现在的密码不对。")
    async with here.database.write() as session:
        await staff.set_totp(session, who(request).member, None, now=here.clock.now(), origin=origin(request))
    return done("/desk/account", "动态验证码已停用。")


async def end_session(request: web.Request) -> web.StreamResponse:
    """End one of the own sessions, or all but this one."""
    signed, which = who(request), await field(request, "session")
    async with desk(request).database.write() as session:
        if which == "others":
            await staff.end_sessions(session, signed.session.staff_id, but=signed.session.id)
        else:
            await staff.end_sessions(session, signed.session.staff_id, only=which)
    return done("/desk/account", "已让那台设备退出登录。")


async def staff_page(request: web.Request) -> web.StreamResponse:
    """Everybody, and a form to add somebody."""
    return await _staff(request)


async def _staff(request: web.Request, status: int = 200, error: str = "", **typed: object) -> web.Response:
    async with desk(request).database.read() as session:
        people = await staff.members(session)
    empty = {"login": "", "name": "", "roles": []}
    return render(request, "staff.html", status, people=people, roles=ROLE_NAMES, error=error, typed=empty | typed)


async def _roles(request: web.Request) -> list[Role]:
    given = (await request.post()).getall("roles", [])
    return [role for role in Role if role.value in given]


async def add(request: web.Request) -> web.StreamResponse:
    """Add a person and show the link to hand to them, once."""
    here, login, name, roles = desk(request), await field(request, "login"), await field(request, "name"), []
    roles = await _roles(request)
    try:
        async with here.database.write() as session:
            person, token = await staff.add_member(
                session,
                login=login,
                name=name,
                roles=roles,
                by=staff.actor(who(request).member),
                now=here.clock.now(),
                origin=origin(request),
            )
    except Refused as error:
        return await _staff(request, 400, str(error), login=login, name=name, roles=[r.value for r in roles])
    return _handed(request, person.name, token)


def _handed(request: web.Request, name: str, token: str) -> web.Response:
    address = (desk(request).base_url or f"{request.scheme}://{request.host}").rstrip("/")
    link = f"{address}/desk/link/{token}"
    return render(request, "handed.html", name=name, link=link, hours=int(staff.LINK_LIFE.total_seconds() // 3600))


async def person_page(request: web.Request) -> web.StreamResponse:
    """One person's name, roles and state."""
    async with desk(request).database.read() as session:
        person = await staff.member(session, at(request, "id"))
    return render(request, "person.html", person=person, roles=ROLE_NAMES, error="", conflict=False)


async def change(request: web.Request) -> web.StreamResponse:
    """Change a person; where somebody else did meanwhile, show what is there now beside what was typed."""
    here, staff_id = desk(request), at(request, "id")
    name, roles, active = await field(request, "name"), await _roles(request), bool(await field(request, "active"))
    try:
        async with here.database.write() as session:
            person = await staff.change_member(
                session,
                staff_id,
                revision=number(await field(request, "revision")),
                name=name,
                roles=roles,
                active=active,
                by=staff.actor(who(request).member),
                now=here.clock.now(),
                origin=origin(request),
            )
    except (Conflict, Refused) as error:
        async with here.database.read() as session:
            person = await staff.member(session, staff_id)
        return render(
            request,
            "person.html",
            409 if isinstance(error, Conflict) else 400,
            person=person,
            roles=ROLE_NAMES,
            error=str(error),
            conflict=isinstance(error, Conflict),
            typed={"name": name, "roles": [r.value for r in roles], "active": active},
        )
    return done("/desk/staff", f"已保存{person.name}的资料。")


async def new_link(request: web.Request) -> web.StreamResponse:
    """A new one-time link for a person who lost their password or never came."""
    here = desk(request)
    async with here.database.write() as session:
        person = await staff.member(session, at(request, "id"))
        token = await staff.hand_link(
            session, person, by=staff.actor(who(request).member), now=here.clock.now(), origin=origin(request)
        )
    return _handed(request, person.name, token)


_BROWSERS = (
    ("MicroMessenger/", "微信"),
    ("Edg", "Edge"),
    ("QQBrowser/", "QQ浏览器"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("Windows", "Windows 电脑"),
    ("HarmonyOS", "鸿蒙手机"),
    ("OpenHarmony", "鸿蒙手机"),
    ("Android", "安卓手机"),
    ("iPhone", "苹果手机"),
    ("iPad", "苹果平板"),
    ("Macintosh", "苹果电脑"),
    ("Linux", "Linux 电脑"),
)


def device(agent: str | None) -> str:
    """A browser's User-Agent as people would call the device: Windows 电脑，Edge; what is not known as it is."""
    text = agent or ""
    found = [next((name for mark, name in names if mark in text), "") for names in (_SYSTEMS, _BROWSERS)]
    return "，".join(filter(None, found)) or text or "—"


ROUTES = (
    Route("GET", "/account", own_page, Action.OWN),
    Route("POST", "/account/password", change_password, Action.OWN),
    Route("GET", "/account/totp", totp_page, Action.OWN),
    Route("POST", "/account/totp", totp_on, Action.OWN),
    Route("POST", "/account/totp/off", totp_off, Action.OWN),
    Route("POST", "/account/sessions", end_session, Action.OWN),
    Route("GET", "/staff", staff_page, Action.STAFF),
    Route("POST", "/staff", add, Action.STAFF),
    Route("GET", "/staff/{id}", person_page, Action.STAFF),
    Route("POST", "/staff/{id}", change, Action.STAFF),
    Route("POST", "/staff/{id}/link", new_link, Action.STAFF),
)
