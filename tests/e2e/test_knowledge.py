"""A rule written at the desk, reviewed by another person and live, in a real browser."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from storage.clock import FixedClock
from storage.database import Database
from storage.staff import Role
from tests.builders import add_live
from tests.e2e.conftest import DESKTOP, PHONE, Open, look
from tests.e2e.desk import desk_at, hire, sign_in

SIGNERS = (
    ("chushen", Role.FIRST_REVIEWER),
    ("fushen", Role.SECOND_REVIEWER),
    ("fenguan", Role.SUPERVISOR),
    ("zhongshen", Role.FINAL_REVIEWER),
)


@pytest.mark.parametrize("size", [PHONE, DESKTOP])
async def test_a_rule_goes_from_draft_to_live(
    sqlite: Database, clock: FixedClock, open_page: Open, size: tuple[int, int]
) -> None:
    await add_live(sqlite, clock)
    async with desk_at(sqlite) as address:
        await hire(sqlite, "liqiang", "李强", Role.EDITOR)
        for login, role in SIGNERS:
            await hire(sqlite, login, login, role)
        page = await open_page(size)
        await sign_in(page, address, "liqiang")
        await page.goto(f"{address}/desk/knowledge")
        await look(page, "knowledge")
        await page.get_by_role("link", name="怎样申请公开政府信息").click()
        await look(page, "knowledge-bundled")
        await page.get_by_role("link", name="改写").click()
        await expect(page.get_by_label("标题")).to_have_value("怎样申请公开政府信息")
        await page.get_by_label("内容", exact=False).first.fill("申请可以在政务服务大厅一楼当面提交。")
        await look(page, "knowledge-form")
        await page.get_by_role("button", name="存为草稿").click()
        await expect(page.get_by_text("草稿已保存")).to_be_visible()
        await look(page, "knowledge-draft")
        entry = page.url
        await page.locator("input[name=proofread]").check()
        await page.get_by_role("button", name="提交审核").click()
        await expect(page.get_by_text("已提交，等待初审。")).to_be_visible()
        for login, _ in SIGNERS:
            other = await open_page(size)
            await sign_in(other, address, login)
            await other.goto(entry)
            await other.locator("input[name=statement]").check()
            await other.get_by_role("button", name="签字：").click()
            await expect(other.get_by_role("status")).to_be_visible()
        await look(other, "knowledge-approved")
        await other.get_by_role("button", name="发布", exact=True).click()
        await expect(other.get_by_text("已发布，群众现在问到的就是这一版。")).to_be_visible()
        await look(other, "knowledge-live")
        await other.goto(f"{address}/desk/knowledge")
        await expect(other.get_by_text("已改，第1版")).to_be_visible()
