"""Serving people and replying to one of them, in a real browser at phone and desktop width."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.async_api import expect

from storage.clock import SystemClock
from storage.database import Database
from storage.handover import conversations, replies
from storage.models.questions import Turn
from storage.models.watch import WatchPerson
from storage.staff import Role
from tests.builders import add_live
from tests.e2e.conftest import DESKTOP, PHONE, Open, look
from tests.e2e.desk import desk_at, hire, sign_in

ME, OTHER = "a" * 32, "b" * 32
IDLE = timedelta(minutes=30)


async def heard(database: Database, person: str, words: str, *, ago: int = 0, as_message: bool = False) -> None:
    now = SystemClock().now() - timedelta(minutes=ago)
    async with database.write() as session:
        await conversations.open_(session, "main", person, as_message=as_message, idle=IDLE, now=now)
        await conversations.hear(session, person, words, f"{words}{ago}", idle=IDLE, now=now)


@pytest.mark.parametrize("size", [PHONE, DESKTOP])
async def test_somebody_is_served(sqlite: Database, open_page: Open, size: tuple[int, int]) -> None:
    await heard(sqlite, ME, "我去年11月申请公开征地补偿方案，到现在没有收到答复，应该找谁？", ago=6)
    await heard(sqlite, OTHER, "请问退休手续在哪里办", ago=190, as_message=True)
    async with sqlite.write() as session:
        session.add(WatchPerson(name="王芳", role="operator", channels=[]))
    async with desk_at(sqlite) as address:
        await hire(sqlite, "zhang", "张敏", Role.ADMIN)
        await hire(sqlite, "li", "李强", Role.EDITOR)
        await hire(sqlite, "wang", "王芳", Role.EDITOR)
        await hire(sqlite, "zhou", "周明", Role.FINAL_REVIEWER)

        admin = await open_page(size)
        await sign_in(admin, address, "zhang")
        await admin.goto(f"{address}/desk/handover")
        await look(admin, "handover-off")
        await admin.get_by_role("link", name="去开通").click()
        await admin.get_by_label("开通人工服务").check()
        await admin.get_by_label("王芳").check()
        await look(admin, "handover-settings")
        await admin.get_by_role("button", name="保存").click()
        await expect(admin.get_by_text("已保存，马上生效。")).to_be_visible()

        editor, late = await open_page(size), await open_page(size)
        await sign_in(editor, address, "li")
        await look(editor, "handover-home")
        await editor.get_by_role("link", name="群众等人工").click()
        await look(editor, "handover-queue")
        await sign_in(late, address, "wang")
        for page in (editor, late):
            await page.goto(f"{address}/desk/handover/1")
        await look(editor, "conversation-waiting")
        await editor.get_by_role("button", name="由我接待").click()
        await expect(editor.get_by_role("button", name="提交审核")).to_be_visible()
        late.complaints.clear()
        await late.get_by_role("button", name="由我接待").click()
        await expect(late.get_by_role("alert")).to_contain_text("李强刚刚接待了这位群众")
        await look(late, "conversation-conflict")
        late.complaints.clear()  # the browser notes the 409 itself

        await editor.get_by_role("link", name="人工服务").last.click()
        await editor.get_by_role("navigation", name="人工服务").get_by_role("link", name="常用语").click()
        await editor.get_by_label("内容").fill("您好，我是政务公开工作人员。")
        await editor.get_by_role("button", name="添加").click()
        await look(editor, "handover-phrases")
        await editor.goto(f"{address}/desk/handover/1")
        await editor.get_by_text("常用语").click()
        await editor.get_by_role("button", name="您好，我是政务公开工作人员。").click()
        await editor.keyboard.type("一般20个工作日内答复，我帮您查一下。")
        await heard(sqlite, ME, "受理编号是2025-118")
        await expect(editor.get_by_text("受理编号是2025-118")).to_be_visible()
        await expect(editor.get_by_label("回复的内容")).to_have_value(
            "您好，我是政务公开工作人员。一般20个工作日内答复，我帮您查一下。"
        )
        await look(editor, "conversation-writing")
        await editor.get_by_role("button", name="提交审核").click()
        await expect(editor.get_by_text("等待审核").first).to_be_visible()
        await look(editor, "conversation-in-review")

        final = await open_page(size)
        await sign_in(final, address, "zhou")
        await final.get_by_role("link", name="等我签字").click()
        await final.get_by_role("link", name="给群众的回复").click()
        await final.get_by_label("我已终审").check()
        await look(final, "reply-in-review")
        await final.get_by_role("button", name="签字").click()
        await expect(final.get_by_text("已审定并发出。")).to_be_visible()
        async with sqlite.write() as session:
            [given] = await replies.give(session, ME, "1", 2000, SystemClock().now())
        assert given.endswith("我帮您查一下。")
        await expect(editor.get_by_text("已随下一条消息答复")).to_be_visible()
        await editor.get_by_role("button", name="结束会话").focus()
        editor.on("dialog", lambda dialog: dialog.accept())
        await editor.keyboard.press("Enter")
        await expect(editor.get_by_text("会话已结束。")).to_be_visible()
        await look(editor, "handover-closed")
        await editor.get_by_role("link", name="我去年11月").click()
        await look(editor, "conversation-closed")


@pytest.mark.parametrize("size", [PHONE, DESKTOP])
async def test_a_question_is_replied_to(sqlite: Database, open_page: Open, size: tuple[int, int]) -> None:
    agency = (await add_live(sqlite, SystemClock())).agency_id  # type: ignore[arg-type]
    async with sqlite.write() as session:
        session.add(
            Turn(
                key="k",
                agency_id=agency,
                asked_at=SystemClock().now(),
                person=ME,
                text="你们几点下班",
                normalised="你们几点下班",
                kind="none",
                topic="out.hours",
                reply="年报里没有上下班时间。",
                elapsed_us=300,
            )
        )
    async with desk_at(sqlite) as address:
        await hire(sqlite, "li", "李强", Role.EDITOR, Role.ADMIN)
        page = await open_page(size)
        await sign_in(page, address, "li")
        await page.goto(f"{address}/desk/handover/replies")
        await look(page, "replies-empty")
        await page.goto(f"{address}/desk/questions/stream")
        await page.get_by_role("link", name="回复本人").click()
        await page.get_by_label("回复的内容").fill("工作日上午9:00至12:00，下午14:00至17:30。")
        await page.get_by_label("我已核对").check()
        await look(page, "reply-write")
        await page.get_by_role("button", name="提交审核").click()
        await expect(page.get_by_text("已提交审核")).to_be_visible()
        await look(page, "reply-author")
        await page.goto(f"{address}/desk/questions/stream")
        await look(page, "stream-with-reply")
        await page.goto(f"{address}/desk/handover/replies")
        await look(page, "replies")
        await page.goto(f"{address}/desk/questions/person/{ME}")
        await look(page, "citizen-with-reply")
