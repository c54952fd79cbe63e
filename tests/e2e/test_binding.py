"""The page by which staff bind their WeChat, in a browser like WeChat's own."""

from __future__ import annotations

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer, unused_port
from playwright.async_api import Browser, expect

from bot.web.bind import NotKnown, setup_bind
from storage import people
from storage.clock import SystemClock
from storage.database import Database
from storage.models.watch import WatchPerson
from tests.e2e.conftest import DESKTOP, PHONE, look


class Identity:
    """An account: WeChat sends everybody back at once, the first time without saying who they are."""

    def __init__(self, person: WatchPerson) -> None:
        self.person = person
        self.came = 0

    def may(self) -> bool:
        return True

    async def leave(self, back: str, carry: str) -> tuple[str, str]:
        return f"{back}?code=c&state=s", "cookie"

    async def bind(self, code: str, state: str, cookie: str) -> WatchPerson:
        assert cookie == "cookie"
        self.came += 1
        if self.came == 1:
            raise NotKnown("现在是快照页，不能确认身份。请点页面下方的“使用完整服务”再试。", again=True)
        return self.person


@pytest.mark.parametrize("size", [PHONE, DESKTOP])
async def test_from_the_link_to_bound(sqlite: Database, browser: Browser, size: tuple[int, int]) -> None:
    clock = SystemClock()
    async with sqlite.write() as session:
        person = WatchPerson(name="张敏", role="owner")
        session.add(person)
        await session.flush()
        code = await people.new_code(session, person, clock)
    port, identities = unused_port(), {"main": Identity(person)}
    app, base = web.Application(), f"http://127.0.0.1:{port}"
    setup_bind(app, sqlite, clock, lambda: identities, base)
    async with TestServer(app, port=port):
        viewport = {"width": size[0], "height": size[1]}
        outside = await (await browser.new_context(viewport=viewport)).new_page()
        await outside.goto(f"{base}/bind/{code}")
        await expect(outside.get_by_text("请在手机微信里打开这个链接")).to_be_visible()
        await look(outside, "bind-outside")
        inside = await (await browser.new_context(viewport=viewport, user_agent="MicroMessenger/8.0.50")).new_page()
        await inside.goto(f"{base}/bind/{code}")
        await look(inside, "bind")
        await inside.get_by_role("link", name="用这个微信绑定").click()
        await expect(inside.get_by_role("alert")).to_contain_text("快照页")
        await look(inside, "bind-not-known")
        await inside.go_back()
        await inside.get_by_role("link", name="用这个微信绑定").click()
        await expect(inside.get_by_role("status")).to_contain_text("张敏")
        await look(inside, "bind-done")
