"""Staff bind their WeChat by a page: who opens it is found out by 网页授权, and the staff's menu follows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

import aiohttp
import pytest

from bot import keys
from bot.wechat.api import menu
from storage import people
from storage.clock import FixedClock
from storage.models.watch import WatchPerson
from tests.fakes.wechat import Kind
from tests.journeys.conftest import Deployment, Start, until

BASE = "https://xxgk.example.cn"
IN_WECHAT = "Mozilla/5.0 (iPhone) MicroMessenger/8.0.50"
OPENID = "oStaff"
TOKEN = "/sns/oauth2/access_token"


@dataclass
class Browser:
    """A person's browser: follows nothing by itself, keeps the one cookie."""

    deployment: Deployment
    agent: str = IN_WECHAT
    cookie: str = ""

    async def get(self, address: str) -> tuple[int, str, str]:
        """Status, text and where it is sent on to."""
        parts = urlsplit(address)
        url = f"{self.deployment.url.removesuffix('/wechat')}{parts.path}?{parts.query}"
        headers = {"User-Agent": self.agent, "Cookie": f"gongkai_bind={self.cookie}"}
        async with (
            aiohttp.ClientSession() as session,
            session.get(url, headers=headers, allow_redirects=False) as response,
        ):
            given = response.cookies.get("gongkai_bind")
            if given is not None and given.value:
                assert given["httponly"]
                assert given["secure"]
                assert given["samesite"] == "Lax"
                self.cookie = given.value
            assert response.headers["Cache-Control"] == "no-store"
            return response.status, await response.text(), response.headers.get("Location", "")


async def code_of(deployment: Deployment, clock: FixedClock, name: str = "张敏", account: str = "main") -> str:
    async with deployment.app[keys.DATABASE].write() as session:
        person = WatchPerson(name=name, role="owner", account=account)
        session.add(person)
        await session.flush()
        return await people.new_code(session, person, clock)


@pytest.fixture
async def deployment(start: Start) -> Deployment:
    return await start(base_url=BASE, fake={"web_domains": {"xxgk.example.cn"}})


async def bound(deployment: Deployment) -> str | None:
    async with deployment.app[keys.DATABASE].read() as session:
        person = await people.by_name(session, "张敏")
        return person.openid


async def test_a_page_in_wechat_binds_whoever_opens_it(deployment: Deployment, clock: FixedClock) -> None:
    code, browser = await code_of(deployment, clock), Browser(deployment)
    status, page, _ = await browser.get(f"/bind/{code}")
    assert (status, "绑定张敏的微信" in page, f"/bind/{code}/go" in page) == (200, True, True)
    status, _, away = await browser.get(f"/bind/{code}/go")
    assert status == 303
    assert code not in away
    back = deployment.wechat.authorize(away, OPENID)
    assert back.startswith(f"{BASE}/bind/back/main?")
    status, page, _ = await browser.get(back)
    assert (status, "绑定好了" in page) == (200, True)
    assert await bound(deployment) == OPENID
    reply = await deployment.pusher.text(OPENID, "我的待办")
    assert reply
    assert "您没有待办事项" in reply["Content"]
    assert (await browser.get(back))[0] == 400
    assert (await browser.get(f"/bind/{code}"))[0] == 404
    assert deployment.wechat.errcodes() == {}


@pytest.mark.parametrize(
    ("how", "told", "status"),
    [
        ("another browser", "页面已过期", 400),
        ("refused", "没有同意", 400),
        ("snapshot", "使用完整服务", 400),
        ("code used", "授权已失效", 400),
        ("wechat away", "没有应答", 400),
        ("not granted", "改为向公众号发送绑定码", 400),
        ("too late", "页面已过期", 400),
        ("link used meanwhile", "已经用过或者过期", 404),
        ("another account", "页面已过期", 400),
        ("no such account", "已经用过或者过期", 404),
    ],
)
async def test_who_does_not_come_back_as_they_went_is_not_bound(
    deployment: Deployment, clock: FixedClock, how: str, told: str, status: int
) -> None:
    code, browser = await code_of(deployment, clock), Browser(deployment)
    _, _, away = await browser.get(f"/bind/{code}/go")
    back = deployment.wechat.authorize(away, OPENID, agrees=how != "refused", snapshot=how == "snapshot")
    match how:
        case "another browser":
            browser = Browser(deployment, cookie="stolen")
        case "code used":
            deployment.wechat.inject(TOKEN, 40163)
        case "wechat away":
            deployment.wechat.inject(TOKEN, "html")
        case "not granted":
            deployment.wechat.inject(TOKEN, 48001)
        case "too late":
            deployment.app[keys.STATE]._now = lambda: 10**12
        case "link used meanwhile":
            assert "已绑定" in (await deployment.pusher.text("oOther", f"绑定 {code}") or {})["Content"]
        case "another account":
            back = back.replace("/back/main", "/back/ybj")
        case "no such account":
            back = back.replace("/back/main", "/back/nobody")
    got, page, _ = await browser.get(back)
    assert (got, told in page) == (status, True), page
    assert await bound(deployment) == ("oOther" if how == "link used meanwhile" else None)


async def test_outside_wechat_and_without_the_right_the_page_says_what_to_type(start: Start, clock: FixedClock) -> None:
    deployment = await start(base_url=BASE, fake={"kind": Kind.SUBSCRIPTION, "verified": False})
    code, theirs = await code_of(deployment, clock), await code_of(deployment, clock, "王芳", "ybj")
    _, page, _ = await Browser(deployment).get(f"/bind/{code}")
    assert (f"绑定 {code}" in page, "/go" in page) == (True, False)
    assert (await Browser(deployment).get(f"/bind/{code}/go"))[0] == 404
    _, page, _ = await Browser(deployment, agent="Mozilla/5.0 (Windows)").get(f"/bind/{theirs}")
    assert ("扫一扫" in page, "/go" in page) == (True, False)
    _, page, _ = await Browser(deployment).get(f"/bind/{theirs}")
    assert f"/bind/{theirs}/go" in page


async def test_the_staffs_menu_follows_who_is_bound(deployment: Deployment, clock: FixedClock) -> None:
    client = deployment.app[keys.SENDERS]["main"]._client
    loaded = menu.load(base_url=BASE)
    await menu.carry_out(client, await menu.plan(client, loaded))

    async def sees() -> str:
        answer = await client.post("/cgi-bin/menu/trymatch", {"user_id": OPENID})
        return str(answer["menu"])

    assert "我的待办" not in await sees()
    await deployment.pusher.text(OPENID, f"绑定 {await code_of(deployment, clock)}")
    await until(lambda: any(deployment.account.tagged.values()))
    assert "我的待办" in await sees()
    reply = await deployment.pusher.event(OPENID, "CLICK", EventKey="我的待办")
    assert reply
    assert "您没有待办事项" in reply["Content"]
    await deployment.pusher.text(OPENID, "解绑")
    await until(lambda: not any(deployment.account.tagged.values()))
    assert "我的待办" not in await sees()
    clock.move(timedelta(seconds=1))
    reply = await deployment.pusher.event(OPENID, "CLICK", EventKey="我的待办")
    assert reply
    assert "待办事项" not in reply["Content"]
    assert deployment.wechat.errcodes() == {46003: 1}, "before the first push there was no menu"
