"""A published report in a real browser, at phone and desktop width."""

from __future__ import annotations

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from playwright.async_api import expect

from bot.web.public import setup_public
from storage.clock import FixedClock
from storage.database import Database
from tests.builders import add_live, figure, make_reading
from tests.e2e.conftest import DESKTOP, PHONE, Open, look


@pytest.mark.parametrize("size", [PHONE, DESKTOP])
async def test_a_permanent_link_shows_its_cell(
    sqlite: Database, clock: FixedClock, open_page: Open, size: tuple[int, int]
) -> None:
    cells = {"t3.new.total": 37, "t2.coercion": None, "t3.safety.ngo": "1O"}
    for year in (2023, 2024):
        reading = make_reading(year, cells=cells, figures=(figure("f.wechat", 118),), texts={"x.overview": "一句。"})
        await add_live(sqlite, clock, reading)
    app = web.Application()
    setup_public(app, sqlite)
    async with TestServer(app) as server:
        page = await open_page(size)
        await page.goto(str(server.make_url("/reports/")))
        await look(page, "public-index")
        await page.get_by_role("link", name="2024年").click()
        await look(page, "public-report")
        await page.goto(str(server.make_url("/reports/1/2024")) + "#t3.new.total")
        await expect(page.locator("[id='t3.new.total']")).to_be_in_viewport()
        await expect(page.get_by_role("status")).to_have_text("表三·本年新收·总计：37件复制链接")
        await look(page, "public-cell")
        await page.locator("[id='t2.coercion']").click()
        await expect(page.get_by_role("status")).to_contain_text("空白")
        assert page.url.endswith("#t2.coercion")
        await page.get_by_role("link", name="2023年").click()
        await expect(page.get_by_role("heading", level=1)).to_contain_text("2023年")
