"""Citizens and staff through the account: handed over, answered once, whatever the account may and whatever breaks."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bot import keys
from bot.handover import END_ID, LOOK_ID, NOT_OPEN, NOTHING_NEW, HandOver
from bot.wechat.api.messages import CUSTOM
from storage import staff
from storage.clock import FixedClock
from storage.database import Database
from storage.handover import conversations, hours, replies
from storage.models.allowance import Allowance
from storage.models.handover import Conversation, StaffReply
from storage.models.outbox import OutboxMessage
from storage.models.questions import Turn
from storage.models.watch import WatchPerson
from storage.staff import Role
from tests.fakes.wechat import Kind
from tests.journeys.conftest import Deployment, Start, until

QUESTION = "2025年新收多少件申请"
UNVERIFIED = {"kind": Kind.SUBSCRIPTION, "verified": False}
IDLE = timedelta(minutes=30)


class Bureau:
    """The desk's side of a deployment: one person of the staff, and what the database says."""

    def __init__(self, deployment: Deployment, clock: FixedClock) -> None:
        self.deployment, self.clock = deployment, clock
        self.database: Database = deployment.app[keys.DATABASE]
        self.staff = 0

    async def opens(self, times: str = "09:00-17:30") -> None:
        async with self.database.write() as session:
            member, _ = await staff.add_member(
                session, login="li", name="李强", roles=[Role.EDITOR], by="t", now=self.clock.now(), origin=None
            )
            self.staff = member.id or 0
            session.add(WatchPerson(id=1, name="张敏", role="operator", channels=[{"kind": "email", "to": "a@b.cn"}]))
            await session.flush()
            await hours.save(session, revision=1, enabled=True, hours=times, idle_minutes=30, notify=[1])

    async def conversation(self) -> Conversation:
        async with self.database.read() as session:
            return (await session.exec(select(Conversation))).one()

    async def said(self) -> list[str]:
        async with self.database.read() as session:
            return [line.text for line in await conversations.lines(session, (await self.conversation()).id or 0)]

    async def says(self, text: str) -> None:
        """Staff claim the conversation and reply, without review."""
        number, now = (await self.conversation()).id or 0, self.clock.now()
        async with self.database.write() as session:
            await conversations.claim(session, number, self.staff, now)
            await conversations.say(
                session, number, text, staff_id=self.staff, review=False, idle=IDLE, now=now, tail="\n（留言答复）"
            )

    async def answers(self, question: str, text: str) -> int:
        """Staff reply to a question in the log."""
        await self.deployment.app[keys.QUESTIONS].flush()
        async with self.database.write() as session:
            turn = (await session.exec(select(Turn).where(Turn.text == question))).first()
            assert turn is not None
            row = await replies.answer_turn(
                session,
                turn.id or 0,
                text,
                author_id=self.staff,
                review=False,
                now=self.clock.now(),
                day="6月15日",
                tail="",
            )
            return row.id or 0

    async def states(self) -> list[str]:
        async with self.database.read() as session:
            return [r.state for r in (await session.exec(select(StaffReply).order_by(col(StaffReply.id)))).all()]

    async def sends(self, count: int) -> None:
        """The account has sent so many messages, and the process has noted it: only now may the clock move."""
        await until(lambda: len(self.deployment.account.sent) == count)
        async with asyncio.timeout(120):
            while "leased" in await self.states():  # noqa: ASYNC110  (the process under test changes it)
                await asyncio.sleep(0.01)

    async def knows(self) -> None:
        """The process has asked the database since (it does so every second)."""
        await self.deployment.app[keys.ATTENTION].look()


async def say(deployment: Deployment, content: str, **extra: str) -> str:
    """What the person reads at once; empty for silence."""
    reply = await deployment.pusher.text("oOne", content, **extra)
    assert deployment.pusher.notices == []
    return str(reply["Content"]) if reply else ""


async def test_a_person_speaks_with_staff_and_the_bot_is_silent(start: Start, clock: FixedClock) -> None:
    deployment = await start()
    bureau = Bureau(deployment, clock)
    await bureau.opens()
    opened = await say(deployment, "转人工")
    assert "正在为您转接工作人员" in opened
    assert "身份证号" in opened
    assert "请稍等" in await say(deployment, QUESTION)
    assert await say(deployment, "我是企业") == ""
    assert await bureau.said() == [QUESTION, "我是企业"]
    await bureau.says("请带营业执照来窗口。")
    await bureau.sends(1)
    assert deployment.account.sent[0]["text"]["content"] == "【工作人员回复】\n请带营业执照来窗口。"
    assert deployment.account.sent[0]["touser"] == "oOne"
    clock.move(timedelta(minutes=5))
    assert await say(deployment, "好的谢谢") == "已转给工作人员，请稍等。"
    assert "人工服务已结束" in await say(deployment, "结束", bizmsgmenuid=END_ID)
    assert "37件" in await say(deployment, QUESTION)
    assert await say(deployment, "结束", bizmsgmenuid=END_ID) == NOT_OPEN
    assert len(deployment.account.sent) == 1
    assert deployment.wechat.errcodes() == {}
    async with bureau.database.read() as session:
        letter = (await session.exec(select(OutboxMessage))).one()
    assert letter.key == "handover:1:1"


async def test_words_that_follow_at_once_wait_for_the_conversation_to_open(
    start: Start, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployment = await start()
    bureau = Bureau(deployment, clock)
    await bureau.opens()
    gate, entered, arrived = asyncio.Event(), asyncio.Event(), asyncio.Event()
    load, attended = hours.load, HandOver._attended

    async def slow(session: AsyncSession, timezone: ZoneInfo) -> hours.Hours:
        entered.set()
        await gate.wait()
        return await load(session, timezone)

    async def noted(self: HandOver, *rest: Any, **more: Any) -> Any:
        arrived.set()
        return await attended(self, *rest, **more)

    monkeypatch.setattr(hours, "load", slow)
    monkeypatch.setattr(HandOver, "_attended", noted)
    async with asyncio.timeout(20):
        opening = asyncio.create_task(say(deployment, "转人工"))
        await entered.wait()
        following = asyncio.create_task(say(deployment, QUESTION))
        await arrived.wait()
    gate.set()
    assert "正在为您转接" in await opening
    assert "请稍等" in await following
    assert await bureau.said() == [QUESTION]


async def test_an_unverified_account_gives_replies_with_the_next_message(start: Start, clock: FixedClock) -> None:
    deployment = await start(fake=UNVERIFIED)
    bureau = Bureau(deployment, clock)
    await bureau.opens()
    assert "再发任意一句话就能看到" in await say(deployment, "转人工")
    await say(deployment, "多久能答复")
    assert await say(deployment, "查看答复", bizmsgmenuid=LOOK_ID) == NOTHING_NEW
    await bureau.says("20个工作日内。")
    await bureau.says("遇节假日顺延。")
    await bureau.knows()
    given = "【工作人员回复】\n20个工作日内。\n\n【工作人员回复】\n遇节假日顺延。"
    assert await say(deployment, "查看答复", bizmsgmenuid=LOOK_ID) == given
    assert await say(deployment, "查看答复", bizmsgmenuid=LOOK_ID) == NOTHING_NEW
    assert deployment.wechat.count(CUSTOM) == 0
    assert await bureau.states() == ["given", "given"]


async def test_outside_the_hours_the_question_is_taken_and_answered_later(start: Start, clock: FixedClock) -> None:
    deployment = await start()
    bureau = Bureau(deployment, clock)
    await bureau.opens("14:00-17:30")
    assert "工作人员6月15日（星期一）14:00上班" in await say(deployment, "转人工客服")
    assert "已记下" in await say(deployment, "我的申请到哪一步了")
    assert "工作人员会答复您" in await say(deployment, "结束")
    assert "37件" in await say(deployment, QUESTION)
    clock.move(timedelta(hours=3))
    await bureau.says("已经办结，明天寄出。")
    await bureau.sends(1)
    assert deployment.account.sent[0]["text"]["content"].endswith("明天寄出。\n（留言答复）")
    async with bureau.database.read() as session:
        letter = (await session.exec(select(OutboxMessage))).one()
    assert letter.not_before.hour == 14 - 8


async def test_who_is_not_served_in_time_is_told_and_keeps_their_question(start: Start, clock: FixedClock) -> None:
    deployment = await start()
    bureau = Bureau(deployment, clock)
    await bureau.opens()
    await say(deployment, "转人工")
    await say(deployment, "有人吗")
    clock.move(IDLE + timedelta(seconds=1))
    await bureau.sends(1)
    assert deployment.account.sent[0]["text"]["content"] == conversations.NOW_A_MESSAGE
    assert "37件" in await say(deployment, QUESTION)
    assert (await bureau.conversation()).as_message


async def test_a_reply_to_a_question_goes_within_48_hours_or_with_the_next_message(
    start: Start, clock: FixedClock
) -> None:
    deployment = await start()
    bureau = Bureau(deployment, clock)
    await bureau.opens()
    await say(deployment, QUESTION)
    await bureau.answers(QUESTION, "补充一句：其中5件是企业的。")
    await bureau.sends(1)
    assert deployment.account.sent[0]["text"]["content"].startswith(f"【工作人员回复】您6月15日问的“{QUESTION}”：")
    clock.move(timedelta(hours=49))
    await bureau.answers(QUESTION, "再补充一句。")
    await bureau.knows()
    said = await say(deployment, "2024年新收多少件申请")
    assert said.index("再补充一句。") < said.index("28件")
    assert "再补充一句" not in await say(deployment, "2023年新收多少件申请")
    assert len(deployment.account.sent) == 1
    assert await bureau.states() == ["sent", "given"]


async def test_the_reply_does_not_push_a_long_answer_out(start: Start, clock: FixedClock) -> None:
    deployment = await start(fake=UNVERIFIED)
    bureau = Bureau(deployment, clock)
    await bureau.opens()
    await say(deployment, QUESTION)
    await bureau.answers(QUESTION, "长" * 600)
    await bureau.knows()
    first = await say(deployment, "怎么申请政府信息公开")
    assert "长" * 600 in first
    assert "您新问的也查到了" in first
    assert "申请" in await say(deployment, "查看结果", bizmsgmenuid="late")
    assert await bureau.states() == ["given"]


@pytest.mark.parametrize(
    ("fault", "state"),
    [(45015, "waiting"), (45047, "waiting"), (48001, "failed"), (-1, "waiting"), ("hang up after doing", "failed")],
    ids=str,
)
async def test_what_wechat_refuses_is_not_lost_and_not_repeated(
    start: Start, clock: FixedClock, fault: int | str, state: str
) -> None:
    deployment = await start()
    bureau = Bureau(deployment, clock)
    await bureau.opens()
    await say(deployment, QUESTION)
    deployment.wechat.inject(CUSTOM, *[fault] * (9 if fault == -1 else 2))
    number = await bureau.answers(QUESTION, "请看附件。")
    await until(lambda: deployment.wechat.count(CUSTOM) > 0)

    async def settled() -> StaffReply:
        while True:
            async with bureau.database.read() as session:
                row = await replies.get(session, number)
            if row.state != "leased" and row.attempts:
                return row

    row = await settled()
    assert row.state == state
    assert bool(row.error) == (state == "failed" or fault == -1)
    said = await say(deployment, "2024年新收多少件申请")
    await bureau.knows()
    if state == "waiting":
        said += await say(deployment, "2023年新收多少件申请")
        assert said.count("请看附件。") + len(deployment.account.sent) == 1
    else:
        assert "请看附件" not in said
        assert deployment.wechat.count(CUSTOM) == 1


async def test_a_new_process_goes_on_where_the_last_one_ended(start: Start, clock: FixedClock) -> None:
    deployment = await start(fake=UNVERIFIED)
    bureau = Bureau(deployment, clock)
    await bureau.opens()
    await say(deployment, "转人工")
    await say(deployment, "第一句")
    await bureau.says("在的。")
    deployment.wechat.calls.clear()
    again = await start(fake=UNVERIFIED)
    later = replace(again, pusher=deployment.pusher)
    later.pusher.url = again.url
    await Bureau(again, clock).knows()
    clock.move(timedelta(minutes=3))
    said = await say(later, "第二句")
    assert said.startswith("【工作人员回复】\n在的。\n\n已转给工作人员，请稍等。\n工作人员的答复，点 ")
    assert await bureau.said() == ["第一句", "在的。", "第二句"]


def again_how() -> str:
    from bot.handover import _FETCHED, LOOK_LABEL
    from bot.wechat.replies import menu_link

    return _FETCHED.format(look=menu_link(LOOK_LABEL, LOOK_LABEL, LOOK_ID))


async def test_who_leaves_is_forgotten_with_all_they_said(start: Start, clock: FixedClock) -> None:
    deployment = await start()
    bureau = Bureau(deployment, clock)
    await bureau.opens()
    await say(deployment, QUESTION)
    await say(deployment, "转人工")
    await say(deployment, "我叫王某")
    kept: list[Allowance] = []
    while not kept:  # entered within a second
        async with bureau.database.read() as session:
            kept = list((await session.exec(select(Allowance))).all())
    assert all(row.address and "oOne" not in row.address for row in kept)
    await deployment.pusher.event("oOne", "unsubscribe")
    async with bureau.database.read() as session:
        assert (await session.exec(select(Conversation))).all() == []
        assert (await session.exec(select(Turn))).all() == []
        assert (await session.exec(select(Allowance))).all() == []


async def test_while_the_database_is_away_nothing_is_said_to_be_noted(
    start: Start, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployment = await start()
    bureau = Bureau(deployment, clock)
    await bureau.opens()
    await say(deployment, "转人工")

    def away(self: Database) -> None:
        raise ConnectionRefusedError

    with monkeypatch.context() as broken:
        broken.setattr(Database, "write", away)
        assert "没有记下" in await say(deployment, "我要查询")
    assert "请稍等" in await say(deployment, "我要查询")
    assert await bureau.said() == ["我要查询"]


async def test_where_nobody_serves_people_are_told_where_somebody_sits(start: Start, clock: FixedClock) -> None:
    deployment = await start()
    assert "0000-1234567" in await say(deployment, "转人工")
