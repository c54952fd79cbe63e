"""From the printed link to a colleague at work, in a real browser at phone and desktop width."""

from __future__ import annotations

import pyotp
import pytest
from playwright.async_api import expect

from storage.database import Database
from storage.staff import Role
from tests.e2e.conftest import DESKTOP, PHONE, Open, look
from tests.e2e.desk import PASSWORD, admin_link, desk_at, hire, sign_in


@pytest.mark.parametrize("size", [PHONE, DESKTOP])
async def test_first_admin_brings_a_colleague_in(sqlite: Database, open_page: Open, size: tuple[int, int]) -> None:
    async with desk_at(sqlite) as address:
        page = await open_page(size)
        await page.goto(await admin_link(sqlite, address))
        await look(page, "desk-setup")
        await page.get_by_label("姓名").fill("张敏")
        await page.get_by_label("登录名").fill("zhangmin")
        await page.get_by_label("新密码").fill(PASSWORD)
        await page.get_by_label("再输一遍").fill(PASSWORD)
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", name="张敏，您好")).to_be_visible()
        await look(page, "desk-home")

        await page.get_by_role("link", name="人员").first.click()
        await page.get_by_label("姓名").fill("李强")
        await page.get_by_label("登录名").fill("liqiang")
        await page.get_by_label("编辑").check()
        await look(page, "desk-staff")
        await page.get_by_role("button", name="新增并生成登录链接").click()
        link = await page.get_by_label("登录链接").input_value()
        await look(page, "desk-handed")

        other = await open_page(size)
        await other.goto(link)
        await expect(other.get_by_role("heading", name="李强，您好")).to_be_visible()
        await other.get_by_label("新密码").fill(PASSWORD)
        await other.get_by_label("再输一遍").fill(PASSWORD)
        await other.get_by_role("button", name="设好并进入").click()
        await expect(other.get_by_text("您的角色：编辑")).to_be_visible()
        await expect(other.get_by_role("link", name="人员")).to_have_count(0)

        await page.goto(f"{address}/desk/staff/2")
        await look(page, "desk-person")
        await page.goto(f"{address}/desk/audit")
        await page.get_by_role("button", name="核对全部记录").click()
        await expect(page.get_by_text("没有被改动")).to_be_visible()
        await look(page, "desk-audit")
        exported = await page.request.get(f"{address}/desk/audit/export")
        last = (await exported.text()).splitlines()[-1]

        async def compare() -> None:
            await page.get_by_text("和以前导出的核对").click()
            await page.get_by_label("导出文件的最后一行").fill(last)
            await page.get_by_role("button", name="核对", exact=True).click()

        await compare()
        await expect(page.get_by_text("与此前导出的第5条也一致")).to_be_visible()
        async with sqlite.engine.begin() as connection:  # somebody with the database at hand cuts the end off
            await connection.exec_driver_sql("DROP TRIGGER audit_entry_no_delete")
            await connection.exec_driver_sql("DELETE FROM audit_entry WHERE number > 3")
        await compare()
        await expect(page.get_by_role("alert")).to_contain_text("此前导出时已有5条")
        await look(page, "desk-audit-cut")


@pytest.mark.parametrize("size", [PHONE, DESKTOP])
async def test_one_time_codes_from_switching_on_to_signing_in(
    sqlite: Database, open_page: Open, size: tuple[int, int]
) -> None:
    async with desk_at(sqlite) as address:
        page = await open_page(size)
        await page.goto(await admin_link(sqlite, address))
        for label, text in (("姓名", "张敏"), ("登录名", "zhangmin"), ("新密码", PASSWORD), ("再输一遍", PASSWORD)):
            await page.get_by_label(label).fill(text)
        await page.get_by_role("button", name="设好并进入").click()
        await page.get_by_role("link", name="我的账号").first.click()
        await look(page, "desk-account")
        await page.get_by_role("link", name="启用").click()
        await look(page, "desk-totp")
        code = pyotp.TOTP(await page.locator("input[name=secret]").input_value())
        await page.get_by_label("六位数").fill(code.now())
        await page.get_by_label("现在的密码").fill(PASSWORD)
        await page.get_by_role("button", name="启用").click()
        await expect(page.get_by_text("动态验证码已启用")).to_be_visible()
        await page.get_by_role("button", name="退出").first.click()
        await look(page, "desk-login")
        await page.get_by_label("登录名").fill("zhangmin")
        await page.get_by_label("密码").fill(PASSWORD)
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", name="动态验证码")).to_be_visible()
        await look(page, "desk-code")
        await page.get_by_label("手机验证器上的六位数").fill(code.now())
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", name="张敏，您好")).to_be_visible()
        await page.goto(f"{address}/desk/staff/1")
        await page.get_by_label("可以登录").uncheck()
        page.complaints.clear()
        await page.get_by_role("button", name="保存").click()
        await expect(page.get_by_role("alert")).to_contain_text("至少要留一名")
        await look(page, "desk-refused")
        page.complaints.clear()  # the browser notes the 400 itself


@pytest.mark.parametrize("size", [PHONE, DESKTOP])
async def test_a_device_is_signed_out_from_another_and_guessing_is_slowed_down(
    sqlite: Database, open_page: Open, size: tuple[int, int]
) -> None:
    async with desk_at(sqlite) as address:
        await hire(sqlite, "wang", "王芳", Role.EDITOR)
        page, lost = await open_page(size), await open_page(size)
        await sign_in(page, address, "wang")
        await sign_in(lost, address, "wang")
        await page.get_by_role("link", name="我的账号").first.click()
        await look(page, "desk-devices")
        await page.get_by_role("button", name="退出其他所有设备").click()
        await expect(page.get_by_text("本机")).to_be_visible()
        await expect(page.get_by_role("button", name="退出其他所有设备")).to_have_count(0)
        await lost.goto(f"{address}/desk/questions")
        await expect(lost.get_by_role("heading", name="登录")).to_be_visible()
        for _ in range(6):
            await lost.get_by_label("登录名").fill("wang")
            await lost.get_by_label("密码").fill("wrong password")
            await lost.keyboard.press("Enter")
            await expect(lost.get_by_role("alert")).to_be_visible()
        await expect(lost.get_by_role("alert")).to_contain_text("后再试")
        await look(lost, "desk-locked")
        lost.complaints.clear()  # the browser notes the 401 and the 429 itself
