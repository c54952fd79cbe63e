"""A gap acknowledged and closed, the month, the ledger: the watch desk in a real browser."""

from __future__ import annotations

from datetime import timedelta

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from playwright.async_api import expect

from storage.clock import SystemClock
from storage.database import Database
from storage.models.cases import WatchCase
from storage.models.watch import Obligation, Standing, WatchSource
from storage.publishing.importing import Item, record_items
from storage.publishing.types import State
from storage.staff import Role
from tests.e2e.conftest import DESKTOP, PHONE, Open, look
from tests.e2e.desk import desk_at, hire, sign_in

DUTIES = (
    ("A-1", "就业创业栏目每两周更新", "就业创业", "更新周期", "14天", State.OVERDUE, -3),
    ("A-2", "年度报告", "年度报告", "固定日期", "每年1月31日", State.OK, 70),
    ("A-3", "公众号每周推送", "公众号", "更新周期", "7天", State.DUE_SOON, 1),
    ("A-4", "行政处罚决定公开", "行政处罚", "更新周期", "20个工作日", State.SERIOUS, -12),
)


async def office(database: Database, clock: SystemClock) -> None:
    async with database.write() as session:
        for code, title, column, kind, period, state, days in DUTIES:
            duty = Obligation(
                code=code,
                title=title,
                column=column,
                kind=kind,
                period=period,
                starts_on=clock.today() - timedelta(days=400),
                basis="政府信息公开条例",
                created_at=clock.now(),
                updated_at=clock.now(),
            )
            session.add(duty)
            await session.flush()
            due = clock.today() + timedelta(days=days)
            session.add(Standing(obligation_id=duty.id, state=state, due_on=due, changed_at=clock.now()))
            if state is not State.OK:
                session.add(
                    WatchCase(
                        obligation_id=duty.id,
                        episode=str(due),
                        status="open",
                        state=state,
                        due_on=due,
                        opened_at=clock.now(),
                    )
                )
        for n in range(12):
            item = Item(
                "就业创业", f"招聘公告第{n + 1}期", f"https://example.cn/{n}", clock.today() - timedelta(days=17 + n)
            )
            await record_items(session, [item], origin="site", actor="scheduler", clock=clock)
        session.add(
            WatchSource(
                column="就业创业",
                kind="page",
                url="https://example.cn/jycy/",
                created_at=clock.now(),
                reached_at=clock.now(),
                items_seen=12,
            )
        )


@pytest.mark.parametrize("size", [PHONE, DESKTOP])
async def test_a_gap_is_acknowledged_and_closed(sqlite: Database, open_page: Open, size: tuple[int, int]) -> None:
    await office(sqlite, SystemClock())
    async with desk_at(sqlite) as address:
        await hire(sqlite, "zhao", "赵刚", Role.SUPERVISOR, Role.ADMIN)
        page = await open_page(size)
        await sign_in(page, address, "zhao")
        await look(page, "watch-home")
        await page.get_by_role("link", name="看运行情况").click()
        await look(page, "watch-health")
        await page.get_by_role("link", name="督办").first.click()
        await look(page, "watch")
        await page.get_by_role("link", name="就业创业栏目每两周更新").click()
        await page.get_by_role("button", name="收到，正在办").click()
        await expect(page.get_by_text("已记为收到。")).to_be_visible()
        await look(page, "watch-case")
        await page.get_by_text("办结", exact=True).first.click()
        await page.get_by_label("公开的链接或其他依据").fill("https://example.cn/13")
        await page.get_by_role("button", name="办结").click()
        await expect(page.get_by_text("已办结。")).to_be_visible()
        await look(page, "watch-closed")
        await page.goto(f"{address}/desk/watch/calendar")
        await look(page, "watch-calendar")
        await page.get_by_role("link", name="工作日安排").click()
        await look(page, "watch-holidays")
        for name in ("公开义务", "台账", "来源", "按时率", "人员与渠道"):
            await page.get_by_role("navigation", name="督办").get_by_role("link", name=name).click()
            await look(page, f"watch-{name}")
        await page.get_by_label("姓名").fill("张敏")
        await page.get_by_label("角色").select_option("责任人")
        await page.get_by_label("渠道1", exact=True).select_option("邮箱")
        await page.get_by_label("渠道1的地址").fill("zhang@example.cn")
        await page.get_by_role("button", name="登记").click()
        await page.get_by_role("button", name="发一条测试").click()
        await expect(page.get_by_text("等待发送")).to_be_visible()
        await page.get_by_role("button", name="生成绑定码").click()
        await expect(page.get_by_text("绑定码只能用一次")).to_be_visible()
        await look(page, "watch-contact")


LIST = "<html><body><ul class='list'>{}</ul></body></html>".format(
    "".join(f"<li><a href='/art/{n}.html'>招聘公告第{n}期</a><span>2026-11-{n:02d}</span></li>" for n in range(1, 13))
)


@pytest.mark.parametrize("size", [PHONE, DESKTOP])
async def test_what_a_source_shows_is_seen_before_and_after_it_is_read(
    sqlite: Database, open_page: Open, size: tuple[int, int]
) -> None:
    async def column(_request: web.Request) -> web.Response:
        return web.Response(text=LIST, content_type="text/html")

    async def gone(_request: web.Request) -> web.Response:
        return web.Response(status=404)

    site = web.Application()
    site.add_routes([web.get("/jycy/", column), web.get("/old/", gone)])
    async with TestServer(site) as server, desk_at(sqlite, private_sources=True) as address:
        await hire(sqlite, "zhao", "赵刚", Role.ADMIN)
        page = await open_page(size)
        await sign_in(page, address, "zhao")
        await page.goto(f"{address}/desk/watch/sources")
        await look(page, "sources-empty")
        await page.locator("#column").fill("就业创业")
        await page.get_by_label("列表页网址").fill(str(server.make_url("/jycy/")))
        await page.get_by_role("button", name="先看看能读到什么").click()
        await expect(page.get_by_text("读到12条")).to_be_visible()
        await look(page, "sources-seen")
        await page.get_by_role("button", name="登记").click()
        await expect(page.get_by_text("已登记来源。")).to_be_visible()
        await page.get_by_role("button", name="看现在读到什么").click()
        await expect(page.get_by_text("招聘公告第12期")).to_be_visible()
        await look(page, "sources-look")
        await page.get_by_label("列表页网址").fill(str(server.make_url("/old/")))
        await page.get_by_role("button", name="先看看能读到什么").click()
        await expect(page.get_by_role("alert")).to_contain_text("HTTP 404")
        await look(page, "sources-gone")
        page.complaints.clear()  # the browser notes the 400 itself
        await page.goto(f"{address}/desk/watch/calendar")
        await page.get_by_text("放进自己的日历").click()
        feed = await page.get_by_label("订阅地址").input_value()
        answer = await page.request.get(feed)
        assert (await answer.text()).startswith("BEGIN:VCALENDAR")
        await look(page, "watch-feed")
