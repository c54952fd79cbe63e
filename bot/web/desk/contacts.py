"""The people that the watch tells and the channels that reach them (人员与渠道), with a test message to each."""

from __future__ import annotations

from typing import Any

from aiohttp import web
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.web.auth import Route, who
from bot.web.desk.common import at, desk, done, field, number, record, render
from bot.web.passwords import qr_picture
from bot.web.permissions import Action
from storage import outbox, people, staff
from storage.cases import ROLE_NAMES
from storage.errors import Conflict, NotFound, Refused
from storage.models.outbox import OutboxMessage
from storage.models.watch import MAIN_ACCOUNT, WatchPerson
from storage.outbox import Letter, Status

KIND_NAMES = {
    "wechat": "公众号",
    "wecom": "企业微信群机器人",
    "email": "邮箱",
    "webhook": "单位系统接口（Webhook）",
    "apprise": "其他（Apprise 地址）",
}
STATUS_NAMES = {
    Status.WAITING: "等待发送",
    Status.LEASED: "正在发送",
    Status.SENT: "已送出",
    Status.HELD: "送不出，留待本人查看",
    Status.FAILED: "没有送达",
    Status.CANCELLED: "已取消",
}
_COLOURS = {Status.SENT: "good", Status.HELD: "warn", Status.FAILED: "bad"}
_PLACES = 4


async def page(request: web.Request) -> web.StreamResponse:
    """Everybody that the watch tells, and a form to add somebody."""
    return await _page(request)


async def _page(request: web.Request, status: int = 200, error: str = "", **typed: Any) -> web.Response:
    query = select(WatchPerson).order_by(col(WatchPerson.active).desc(), col(WatchPerson.id))
    async with desk(request).database.read() as session:
        rows = list((await session.exec(query)).all())
        logins = await _logins(session)
    empty: dict[str, Any] = {"name": "", "role": "", "channels": [], "account": MAIN_ACCOUNT, "desk_account": None}
    shown = {"typed": empty | typed, "logins": logins} | _words(request)
    return render(request, "contacts.html", status, rows=rows, error=error, **shown)


async def _logins(session: AsyncSession) -> list[tuple[int, str]]:
    """Who may sign in at the desk."""
    return [(m.id, f"{m.name}（{m.login}）") for m in await staff.members(session) if m.active and m.id is not None]


def _words(request: web.Request) -> dict[str, Any]:
    accounts = desk(request).accounts
    return {"roles": ROLE_NAMES, "kinds": KIND_NAMES, "places": _PLACES, "tab": "people", "accounts": accounts}


async def _form(request: web.Request) -> dict[str, Any]:
    given = [{"kind": await field(request, f"kind{n}"), "to": await field(request, f"to{n}")} for n in range(_PLACES)]
    account = await field(request, "account") or MAIN_ACCOUNT
    if account != MAIN_ACCOUNT and account not in desk(request).accounts:
        raise Refused("没有这个公众号。")
    desk_account = await field(request, "desk_account")
    return {
        "name": await field(request, "name"),
        "role": await field(request, "role"),
        "channels": given,
        "account": account,
        "desk_account": number(desk_account) if desk_account else None,
    }


def _channels(typed: dict[str, Any]) -> list[dict[str, str]]:
    return people.read_channels((c["kind"], c["to"]) for c in typed["channels"])


def _kept(person: WatchPerson) -> dict[str, Any]:
    """What the audit log keeps: an address may hold a key, so only the kinds."""
    kinds = [c["kind"] for c in person.channels]
    kept = {"name": person.name, "role": person.role, "channels": kinds, "active": person.active}
    if person.desk_account is not None:
        kept["desk_account"] = person.desk_account
    return kept if person.account == MAIN_ACCOUNT else kept | {"account": person.account}


async def _record(
    session: AsyncSession, request: web.Request, what: str, person: WatchPerson, before: Any = None, after: Any = None
) -> None:
    await record(session, request, f"contact.{what}", f"contact {person.id}", before, after)


async def add(request: web.Request) -> web.StreamResponse:
    """Add a person."""
    typed = await _form(request)
    try:
        async with desk(request).database.write() as session:
            channels = _channels(typed)
            person = await people.add(session, **typed | {"channels": channels})
            await _record(session, request, "add", person, after=_kept(person))
    except Refused as error:
        return await _page(request, 400, str(error), **typed)
    return done(f"/desk/watch/people/{person.id}", f"已登记{person.name}，可以发一条测试看看能不能收到。")


async def _get(session: AsyncSession, request: web.Request) -> WatchPerson:
    person = await session.get(WatchPerson, at(request, "id"))
    if person is None:
        raise NotFound("没有这位人员。")
    return person


async def contact_page(request: web.Request) -> web.StreamResponse:
    """One person: their channels, binding, test, and the last messages to them."""
    return await _contact(request)


async def _contact(request: web.Request, status: int = 200, error: str = "", **more: Any) -> web.Response:
    async with desk(request).database.read() as session:
        person = await _get(session, request)
        query = select(OutboxMessage).where(col(OutboxMessage.person_id) == person.id)
        messages = list((await session.exec(query.order_by(col(OutboxMessage.id).desc()).limit(8))).all())
        logins = await _logins(session)
    shown = {n: getattr(person, n) for n in ("name", "role", "channels", "account", "desk_account", "active")}
    context = {"typed": shown, "code": "", "link": "", "picture": "", "conflict": False} | more
    return render(
        request,
        "contact.html",
        status,
        contact=person,
        seen=people.fingerprint(person),
        reachable=bool(outbox.channels_of(person)),
        messages=messages,
        logins=logins,
        statuses=STATUS_NAMES,
        colours=_COLOURS,
        error=error,
        **_words(request),
        **context,
    )


async def change(request: web.Request) -> web.StreamResponse:
    """Change a person or switch them off, unless somebody else just did."""
    typed = await _form(request) | {"active": await field(request, "active") == "1"}
    try:
        async with desk(request).database.write() as session:
            person = await _get(session, request)
            before, addresses = _kept(person), person.channels
            channels = _channels(typed)
            await people.change(session, person, await field(request, "seen"), **typed | {"channels": channels})
            after = _kept(person) | {"addresses_changed": addresses != channels}
            await _record(session, request, "change", person, before, after)
    except Conflict as error:
        return await _contact(request, 409, str(error), conflict=typed)
    except Refused as error:
        return await _contact(request, 400, str(error), typed=typed)
    return done(f"/desk/watch/people/{person.id}", "已保存。")


async def new_code(request: web.Request) -> web.StreamResponse:
    """A one-time code by which the person binds their WeChat user; shown on this answer and nowhere again."""
    async with desk(request).database.write() as session:
        person = await _get(session, request)
        if not person.active:
            raise Refused("这位人员已停用，请先恢复。")
        code = await people.new_code(session, person, desk(request).clock)
        await _record(session, request, "code", person)
    base_url = desk(request).base_url
    if not base_url or not desk(request).may_bind(person.account):
        return await _contact(request, code=code)
    link = f"{base_url.rstrip('/')}/bind/{code}"
    return await _contact(request, code=code, link=link, picture=qr_picture(link))


async def send_test(request: web.Request) -> web.StreamResponse:
    """Put a test message on the ordinary way to the person; a second press within the minute sends no second one."""
    here, member = desk(request), who(request).member
    async with here.database.write() as session:
        person = await _get(session, request)
        if not person.active:
            raise Refused("这位人员已停用，请先恢复。")
        if not outbox.channels_of(person):
            return await _contact(request, 400, "还没有能用的渠道：请登记渠道，或让本人绑定公众号。")
        body = f"这是一条测试消息，由{member.name}从政务公开工作台发出。收到说明通知渠道正常，不用回复。"
        letter = Letter(f"test:{person.id}:{here.clock.now():%Y%m%d%H%M}", "【测试】政务公开督办通知", body)
        fresh = await outbox.put(session, person, letter, here.clock)
        if fresh:
            await _record(session, request, "test", person)
    notice = "测试消息已交发，稍后刷新本页可以看到结果。" if fresh else "一分钟内已经发过一条测试，请稍等再试。"
    return done(f"/desk/watch/people/{person.id}", notice)


ROUTES = (
    Route("GET", "/watch/people", page, Action.WATCH),
    Route("POST", "/watch/people", add, Action.WATCH_MANAGE),
    Route("GET", "/watch/people/{id}", contact_page, Action.WATCH_MANAGE),
    Route("POST", "/watch/people/{id}", change, Action.WATCH_MANAGE),
    Route("POST", "/watch/people/{id}/code", new_code, Action.WATCH_MANAGE),
    Route("POST", "/watch/people/{id}/test", send_test, Action.WATCH_MANAGE),
)
