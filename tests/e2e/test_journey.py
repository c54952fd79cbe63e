"""The whole way of a newcomer in a real browser: first start, colleagues, a report in, reviewed, live, asked, back."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from playwright.async_api import Page, expect
from pydantic import SecretStr
from yarl import URL

from bot.app import create_app
from bot.settings import BotSettings
from bot.web.desk import first_admin_link
from storage import migrate
from storage.catalogue import OUTCOMES
from storage.clock import SystemClock
from storage.database import Database
from storage.staff import Role
from tests.builders import AGENCY
from tests.e2e.conftest import DESKTOP, PHONE, Open, look
from tests.e2e.desk import PASSWORD, hire, sign_in

REVIEWERS = (
    ("chushen", "陈立", "初审", Role.FIRST_REVIEWER),
    ("fushen", "王芳", "复审（二校）", Role.SECOND_REVIEWER),
    ("baomi", "赵刚", "保密审查", Role.SUPERVISOR),
    ("zhongshen", "周敏", "终审（三校）", Role.FINAL_REVIEWER),
)


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[tuple[str, Database]]:
    """The real web process with an account of its own, in development mode, on an empty database."""
    listener = socket.create_server(("127.0.0.1", 0))
    address = URL.build(scheme="http", host="127.0.0.1", port=listener.getsockname()[1])
    settings = BotSettings(
        data_dir=tmp_path,
        development=True,
        wechat_token=SecretStr("a" * 32),
        wechat_aes_key=SecretStr("b" * 43),
        wechat_app_id="wxdevelopment0000",
        _env_file=None,
    )
    database = Database(settings.sqlalchemy_url)
    await migrate.upgrade(database)
    runner = web.AppRunner(create_app(settings, address=address))
    await runner.setup()
    await web.SockSite(runner, listener).start()
    yield str(address).rstrip("/"), database
    await runner.cleanup()
    await database.close()


async def load(page: Page, address: str, file: Path | dict[str, object]) -> None:
    """Upload a report and say whose it is where the file does not."""
    await page.goto(f"{address}/desk/reports")
    await page.get_by_label("选择文件").set_input_files(file)  # type: ignore[arg-type]
    await page.get_by_role("button", name="载入").click()
    agency = page.get_by_label("单位全称")
    version = page.get_by_role("heading", name="年年报 · 第")
    await expect(agency.or_(version).first).to_be_visible(timeout=60_000)
    if await agency.is_visible():
        await agency.fill(AGENCY)
        await page.get_by_role("button", name="继续").click()
    await expect(version).to_be_visible(timeout=60_000)


def with_labels(report: str) -> str:
    """The bureau's report with the row labels of table three that text extraction lost."""
    start, rest = report.split("三、本年度办理结果 |", 1)
    rows = "".join(f"{term.label} | 0 | 0 | 0 | 0 | 0 | 0 | 0 |\n" for term in OUTCOMES[:-1])
    return start + rows + "3.其他" + rest.split("3.其他", 1)[1]


async def keep_lost_rows(page: Page) -> None:
    """Settle the rows whose names the file lost in one go: they stay unreadable, on the record."""
    await expect(page.get_by_role("heading", name="整行、整块处理（140格）")).to_be_visible()
    await page.get_by_role("button", name="全部勾上").click()
    await page.get_by_label("照读出的样子保留").check()
    await page.locator("#together-reason").fill("文件里行名丢失，已联系办公室补原件")
    await page.get_by_role("button", name="处理勾选的行").click()
    await expect(page.get_by_text("已处理140格。")).to_be_visible()


async def ask(page: Page, address: str, question: str) -> str:
    """Ask in the chat and wait for the answer."""
    await page.goto(f"{address}/demo")
    follow = page.get_by_role("button", name="关注公众号")
    if await follow.is_visible():
        await follow.click()
        await expect(page.locator(".row:not(#dots) .bubble").first).to_be_visible()
    count = await page.locator(".row:not(#dots) .bubble").count()
    await page.get_by_label("输入问题").fill(question)
    await page.keyboard.press("Enter")
    await expect(page.locator(".row:not(#dots) .bubble")).to_have_count(count + 2)
    return await page.locator(".bubble").last.inner_text()


async def hear(page: Page, address: str, question: str, answer: str) -> None:
    """Ask until the answer is the new one; a publication reaches every process within 2 s."""
    heard = []
    for _ in range(15):
        heard.append(await ask(page, address, question))
        if answer in heard[-1]:
            return
    raise AssertionError(heard)


async def review(open_page: Open, address: str, version: str, size: tuple[int, int], *, closely: bool = False) -> None:
    """Four people sign, the last one publishes; `closely` checks the pages on the way."""
    for login, _, step, _ in REVIEWERS:
        page = await open_page(size)
        await sign_in(page, address, login)
        await page.get_by_role("link", name="审核").first.click()
        await expect(page.get_by_role("heading", name="等我签字（1）")).to_be_visible()
        if closely:
            await look(page, f"review-{login}")
        await page.get_by_role("link", name="年年报第").first.click()
        assert page.url.endswith(version)
        await page.locator("input[name=statement]").check()
        await page.get_by_role("button", name=f"签字：{step}").click()
        await expect(page.get_by_role("status")).to_be_visible()
    if closely:
        await look(page, "review-approved")
    await page.get_by_role("button", name="发布", exact=True).click()
    await expect(page.get_by_text("已发布，群众现在问到的就是这一版。")).to_be_visible()
    if closely:
        await look(page, "review-published")
    await page.context.close()


@pytest.mark.parametrize("size", [PHONE, DESKTOP])
async def test_newcomer(service: tuple[str, Database], open_page: Open, shared: Path, size: tuple[int, int]) -> None:
    address, database = service
    page = await open_page(size)
    link = await first_admin_link(database, SystemClock(), address)
    assert link is not None
    await page.goto(link)
    for label, text in (("姓名", "张敏"), ("登录名", "zhangmin"), ("新密码", PASSWORD), ("再输一遍", PASSWORD)):
        await page.get_by_label(label).fill(text)
    await page.get_by_role("button", name="设好并进入").click()
    await expect(page.get_by_role("heading", name="张敏，您好")).to_be_visible()
    for login, name, _, role in REVIEWERS:
        await hire(database, login, name, role)

    seed = next((shared / "seed").glob("*.txt"))
    await load(page, address, seed)
    await expect(page.locator("#cell-t2\\.coercion")).to_have_text("空白")
    await expect(page.locator("#cell-t3\\.granted\\.total")).to_have_text("认不清")
    await expect(page.get_by_text("共20行的行名在文件里丢失或认不出").first).to_be_visible()
    await look(page, "journey-doubts")
    await keep_lost_rows(page)
    await expect(page.get_by_text("共20行的行名在文件里丢失或认不出")).to_have_count(0)
    await look(page, "journey-settled")
    await page.get_by_label("我已对照原文件逐项核对").check()
    await page.get_by_role("button", name="提交审核").click()
    await expect(page.get_by_text("已提交，等待初审。")).to_be_visible()
    await look(page, "review-submitted")
    first = "/" + page.url.rsplit("/", 1)[1]
    await review(open_page, address, first, size, closely=True)

    chat = await open_page(size)
    await hear(chat, address, "2023年公众号发了多少条信息", "118")
    assert "空" in await ask(chat, address, "2023年行政强制有多少件")
    assert "无法辨认" in await ask(chat, address, "2023年予以公开多少件")
    await look(chat, "journey-chat")

    whole = with_labels(seed.read_text(encoding="utf-8")).replace("118条", "119条")
    await load(page, address, {"name": "补正.txt", "mimeType": "text/plain", "buffer": whole.encode()})
    await expect(page.get_by_role("heading", name="和在线版本相比（141处不同）")).to_be_visible()
    await look(page, "review-diff")
    await page.get_by_role("link", name="发布后哪些答复会变").click()
    await expect(page.get_by_role("heading", name="答复会变（1）")).to_be_visible()
    await look(page, "review-answers")
    await page.get_by_role("link", name="返回这一版").click()
    await page.get_by_label("我已对照原文件逐项核对").check()
    await page.get_by_role("button", name="提交审核").click()
    await review(open_page, address, "/" + page.url.rsplit("/", 1)[1], size)
    await hear(chat, address, "2023年公众号发了多少条信息", "119")

    boss = await open_page(size)
    await sign_in(boss, address, "zhongshen")
    await boss.goto(f"{address}/desk/reports{first}")
    await boss.get_by_text("恢复这一版", exact=True).first.click()
    await boss.get_by_label("恢复原因").fill("更正件有误")
    boss.on("dialog", lambda dialog: dialog.accept())
    await boss.get_by_role("button", name="恢复这一版").click()
    await expect(boss.get_by_text("已恢复这一版")).to_be_visible()
    await look(boss, "review-back")
    await hear(chat, address, "2023年公众号发了多少条信息", "118")
