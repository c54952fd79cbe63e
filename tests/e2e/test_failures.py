"""What goes wrong is a page in plain Chinese, and the desk is worked by keyboard alone."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from storage.database import Database
from storage.staff import Role
from tests.e2e.conftest import DESKTOP, PHONE, Open, look
from tests.e2e.desk import desk_at, hire, sign_in


def forget(page: Page) -> None:
    """The browser notes a 4xx itself."""
    page.complaints.clear()  # type: ignore[attr-defined]


@pytest.mark.parametrize("size", [PHONE, DESKTOP])
async def test_refusals_are_pages(sqlite: Database, open_page: Open, size: tuple[int, int]) -> None:
    async with desk_at(sqlite) as address:
        await hire(sqlite, "chen", "陈晨", Role.READER)
        page = await open_page(size)
        await sign_in(page, address, "chen")
        for path, says in (
            ("nowhere", "没有这个页面"),
            ("staff", "不能这样做"),
            ("handover/1", "不能这样做"),
            ("reports/999", "没有这个页面"),
        ):
            await page.goto(f"{address}/desk/{path}")
            await expect(page.get_by_role("heading", name=says)).to_be_visible()
            await expect(page.get_by_role("navigation", name="栏目")).to_be_visible()
            await look(page, f"refused-{path.replace('/', '-')}")
            forget(page)
        await page.get_by_role("link", name="回首页").click()
        await expect(page.get_by_role("heading", name="陈晨，您好")).to_be_visible()


async def test_the_desk_is_worked_by_keyboard(sqlite: Database, open_page: Open) -> None:
    async with desk_at(sqlite) as address:
        await hire(sqlite, "li", "李强", Role.EDITOR)
        page = await open_page(DESKTOP)
        await page.goto(f"{address}/desk/login")
        await page.keyboard.type("li")
        await page.keyboard.press("Tab")
        await page.keyboard.type("correct horse 2026")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", name="李强，您好")).to_be_visible()
        await page.keyboard.press("Tab")
        await expect(page.get_by_role("link", name="跳到正文")).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(page.locator("main")).to_be_focused()
        await page.goto(f"{address}/desk/handover/phrases")
        await page.get_by_label("内容").focus()
        await page.keyboard.type("您好。")
        await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        await expect(page.get_by_text("已添加。")).to_be_visible()
