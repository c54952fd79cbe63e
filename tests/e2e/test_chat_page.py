"""The chat page in a real browser: follow, ask, tap, click the menu, lose the network, leave."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from playwright.async_api import expect

from bot.app import shown
from bot.web.demo import setup_demo
from bot.wechat.api import menu
from tests.e2e.conftest import DESKTOP, PHONE, Open, look

GREETING = (
    "您好，我可以查年度报告里的数字和原文。\n试试："
    '<a href="weixin://bizmsgmenu?msgmenucontent=%E5%8E%BB%E5%B9%B4%E5%85%AC%E4%BC%97%E5%8F%B7&msgmenuid=1">去年公众号</a>'
)

MENU = shown(menu.load().buttons)


async def push(
    kind: str, *, openid: str, content: str = "", menu_id: str = "", event: str = "", event_key: str = ""
) -> list[dict[str, Any]]:
    if event == "subscribe":
        return [{"type": "text", "content": GREETING}]
    if event == "unsubscribe":
        return []
    if content == "<script>alert(1)</script>":
        return [{"type": "text", "content": "没听懂<img src=x onerror=alert(2)>"}]
    if menu_id:
        content += f"（{menu_id}）"
    return [
        {"type": "text", "content": f"答：{content or event_key}\n2023年共118条。\n出处：2023年年报·第一部分 总体情况"}
    ]


@pytest.fixture
async def address() -> AsyncIterator[str]:
    app = web.Application()
    setup_demo(app, push, menu=MENU, account="某某县人社局政务公开")
    async with TestServer(app) as server:
        yield str(server.make_url("/demo"))


@pytest.mark.parametrize("size", [PHONE, DESKTOP])
async def test_a_conversation(address: str, open_page: Open, size: tuple[int, int]) -> None:
    page = await open_page(size)
    await page.goto(address)
    await look(page, "chat-empty")
    await page.get_by_role("button", name="关注公众号").click()
    await expect(page.locator(".bubble").first).to_contain_text("我可以查年度报告")

    await page.get_by_role("button", name="去年公众号", exact=True).click()
    await expect(page.locator(".mine .bubble").last).to_contain_text("去年公众号")
    await expect(page.locator(".bubble").last).to_contain_text("答：去年公众号（1）")

    await page.get_by_label("输入问题").fill("2023年行政强制有多少件")
    await page.keyboard.press("Enter")
    await expect(page.locator(".bubble").last).to_contain_text("答：2023年行政强制")
    await look(page, "chat")

    await page.get_by_role("button", name="切换到菜单").click()
    await page.get_by_role("button", name="怎么申请", exact=True).click()
    await expect(page.get_by_role("button", name="要不要钱")).to_be_visible()
    await look(page, "chat-menu")
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("button", name="要不要钱")).to_be_hidden()
    await page.get_by_role("button", name="查年报").click()
    await page.get_by_role("button", name="问题和改进").click()
    await expect(page.locator(".bubble").last).to_contain_text("答：去年存在的主要问题")

    await page.reload()
    await expect(page.locator(".bubble").last).to_contain_text("答：去年存在的主要问题")
    await page.get_by_role("button", name="公众号资料").click()
    await look(page, "chat-sheet")
    await page.get_by_role("button", name="取消关注").click()
    await expect(page.get_by_role("button", name="关注公众号")).to_be_visible()


async def test_what_is_typed_or_answered_is_text_never_markup(address: str, open_page: Open) -> None:
    page = await open_page(PHONE)
    await page.goto(address)
    await page.get_by_role("button", name="关注公众号").click()
    await page.get_by_label("输入问题").fill("<script>alert(1)</script>")
    await page.get_by_role("button", name="发送").click()
    await expect(page.locator(".bubble").last).to_contain_text("没听懂<img src=x onerror=alert(2)>")
    await expect(page.locator(".mine .bubble").last).to_contain_text("<script>alert(1)</script>")


async def test_message_lost_on_the_way_can_be_sent_again(address: str, open_page: Open) -> None:
    page = await open_page(PHONE)
    await page.goto(address)
    await page.get_by_role("button", name="关注公众号").click()
    await expect(page.locator(".bubble")).to_have_count(1)
    await page.context.set_offline(True)
    await expect(page.get_by_text("网络已断开")).to_be_visible()
    await page.get_by_label("输入问题").fill("去年多少条")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("网络不通，消息没有送出")).to_be_visible()
    await look(page, "chat-offline")
    page.complaints.clear()  # type: ignore[attr-defined]  # the browser itself notes that it is offline
    await page.context.set_offline(False)
    await page.get_by_role("button", name="未送达，点此重发").click()
    await expect(page.locator(".bubble").last).to_contain_text("答：去年多少条")
    await expect(page.get_by_text("网络不通")).to_have_count(0)


async def test_waiting_is_shown(open_page: Open) -> None:
    answered = asyncio.Event()

    async def slow(kind: str, **message: str) -> list[dict[str, Any]]:
        if message["event" if kind == "event" else "content"] != "subscribe":
            await answered.wait()
        return [{"type": "text", "content": "好的"}]

    app = web.Application()
    setup_demo(app, slow, menu=MENU)
    async with TestServer(app) as server:
        page = await open_page(PHONE)
        await page.goto(str(server.make_url("/demo")))
        await page.get_by_role("button", name="关注公众号").click()
        await page.get_by_label("输入问题").fill("在吗")
        await page.keyboard.press("Enter")
        await expect(page.get_by_text("正在输入…")).to_be_visible()
        await look(page, "chat-typing")
        answered.set()
        await expect(page.get_by_text("正在输入…")).to_be_hidden()
