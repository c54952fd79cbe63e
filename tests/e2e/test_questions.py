"""The questions desk and the numbers page in a real browser."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.async_api import expect

from bot.web.desk.health import TokenState
from storage.clock import SystemClock
from storage.database import Database
from storage.models.questions import Turn
from storage.staff import Role
from tests.builders import add_live
from tests.e2e.conftest import DESKTOP, PHONE, Open, look
from tests.e2e.desk import desk_at, hire, sign_in

ASKED = (
    ("去年公众号发了多少条信息", "answer", "f.wechat", "2025年微信公众号发布信息118条。\n出处：2025年年报·第一部分"),
    ("推送了几篇", "none", "unclear", "没听懂您的意思，换个说法试试？"),
    ("推送了几篇呀", "none", "unclear", "没听懂您的意思，换个说法试试？"),
    ("你们几点下班", "none", "out.hours", "这个不在年报里。"),
    ("2022年规范性文件有多少件", "choice", "t2.normative", "您问的是本年制发还是现行有效？"),
    ("你好", "guide", "guide", "您好，可以问我年报里的数字。"),
)


@pytest.mark.parametrize("size", [PHONE, DESKTOP])
async def test_questions_and_numbers(sqlite: Database, open_page: Open, size: tuple[int, int]) -> None:
    clock = SystemClock()
    agency = (await add_live(sqlite, clock)).agency_id  # type: ignore[arg-type]
    async with sqlite.write() as session:
        for n in range(60):
            text, kind, topic, reply = ASKED[n % len(ASKED)]
            at = clock.now() - timedelta(days=(n * n) % 27)
            session.add(
                Turn(
                    key=f"k{n}",
                    agency_id=agency,
                    asked_at=at,
                    person=f"{n % 7:032x}",
                    text=text,
                    normalised=text,
                    kind=kind,
                    topic=topic,
                    reply=reply,
                    elapsed_us=250 + n * 7,
                    useful=None if n % 4 else n % 8 == 0,
                )
            )

    async def tokens() -> list[TokenState]:
        now = clock.now()
        good = TokenState("main", now - timedelta(minutes=9), now + timedelta(minutes=111))
        return [good, TokenState("ybj", failed_at=now, failure="IP 不在白名单。请把 203.0.113.7 加入 IP 白名单。")]

    names = {"main": "云岭县人力资源和社会保障局", "ybj": "云岭县医疗保障局（ybj）"}
    async with desk_at(sqlite, tokens=tokens, accounts=names) as address:
        await hire(sqlite, "zhou", "周敏", Role.FINAL_REVIEWER, Role.ADMIN)
        page = await open_page(size)
        await sign_in(page, address, "zhou")
        await page.get_by_role("link", name="问答").first.click()
        await page.get_by_text("处理", exact=True).first.click()
        await look(page, "questions")
        group = page.locator("section.card").filter(has_text="推送了几篇").first
        if not await group.get_by_role("textbox").is_visible():
            await group.get_by_text("处理", exact=True).click()
        await group.get_by_role("textbox").fill("去年公众号发了多少条信息")
        await group.get_by_role("button", name="这样处理").click()
        await expect(page.get_by_text("已处理2种问法。")).to_be_visible()
        await page.get_by_role("link", name="处理过的").click()
        await look(page, "questions-rulings")
        await page.get_by_role("link", name="最近的提问").click()
        await look(page, "questions-stream")
        await page.get_by_role("link", name="这个人的记录").first.click()
        await look(page, "questions-person")
        await page.get_by_role("link", name="统计").first.click()
        await look(page, "numbers")
        await page.get_by_text("看表格").click()
        await expect(page.get_by_role("columnheader", name="没答上")).to_be_visible()
