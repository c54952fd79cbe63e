"""Serving people at the desk over HTTP: the queue, one who serves, replies through review, settings, phrases."""

from __future__ import annotations

import re
from datetime import timedelta

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from sqlmodel import select

from bot.web.desk import setup_desk
from bot.web.passwords import Passwords
from storage import allowance, audit
from storage.allowance import Grant
from storage.clock import FixedClock
from storage.database import Database
from storage.handover import conversations, hours, replies
from storage.models.allowance import Allowance, AllowanceKind
from storage.models.questions import Turn
from storage.models.watch import WatchPerson
from storage.questions import people
from storage.staff import Role
from tests.bot.web.conftest import CHEAP, PASSWORD, Arrive, Person

ME = "a" * 32


async def asked(database: Database, clock: FixedClock, text: str = "几点下班") -> int:
    async with database.write() as session:
        turn = Turn(
            key=text,
            asked_at=clock.now(),
            person=ME,
            text=text,
            normalised=text,
            kind="none",
            topic="",
            reply="年报里没有。",
            elapsed_us=1,
        )
        session.add(turn)
        await session.flush()
        assert turn.id is not None
        return turn.id


async def calls(database: Database, clock: FixedClock, *words: str) -> int:
    """A person asks for somebody and says something."""
    idle, now = timedelta(minutes=30), clock.now()
    async with database.write() as session:
        found = await conversations.open_(session, "main", ME, as_message=False, idle=idle, now=now)
        for n, text in enumerate(words):
            await conversations.hear(session, ME, text, f"{n}{now}", idle=idle, now=now)
    return found.id


def item_of(page: str) -> tuple[str, str]:
    """The review item on a page and the revision that its form carries."""
    item = re.search(r'action="/desk/review/(\d+)/', page)
    revision = re.search(r'name="revision" value="(\d+)"', page)
    assert item
    assert revision
    return item[1], revision[1]


async def test_of_two_who_serve_one_reads_who_was_first(sqlite: Database, clock: FixedClock, arrive: Arrive) -> None:
    number = await calls(sqlite, clock, "<b>社保卡丢了</b>")
    li = await arrive("li", Role.EDITOR, name="李强")
    wang = await arrive("wang", Role.FIRST_REVIEWER, name="王芳")
    clock.move(timedelta(minutes=7))
    queue = await li.get("/desk/handover")
    assert "&lt;b&gt;社保卡丢了" in queue
    assert "已等7分钟" in queue
    assert "群众等人工" in await li.get("/desk/")
    assert "由我接待" in await li.get(f"/desk/handover/{number}")
    await li.post(f"/desk/handover/{number}/claim")
    late = await wang.post(f"/desk/handover/{number}/claim", 409)
    assert "李强刚刚接待了这位群众" in late
    assert "李强在接待" in await wang.get("/desk/handover")
    await wang.post(f"/desk/handover/{number}/say", 409, text="您好")
    await wang.post(f"/desk/handover/{number}/release", 403)
    await (await arrive("chen", Role.READER)).get("/desk/handover", 403)
    admin = await arrive("zhang", Role.ADMIN)
    await admin.get(f"/desk/handover/{number}")
    await admin.post(f"/desk/handover/{number}/claim", 403)
    await admin.post(f"/desk/handover/{number}/release")
    await wang.post(f"/desk/handover/{number}/claim")
    async with sqlite.read() as session:
        kept = await audit.entries(session, subject=f"conversation {number}")
    assert [e.action for e in kept] == ["conversation.claim", "conversation.release", "conversation.claim"]
    assert "社保卡" not in str([e.after for e in kept])


async def test_a_reply_goes_through_review_to_the_person(sqlite: Database, clock: FixedClock, arrive: Arrive) -> None:
    turn = await asked(sqlite, clock)
    editor = await arrive("li", Role.EDITOR, Role.FINAL_REVIEWER, name="李强")
    final = await arrive("zhou", Role.FINAL_REVIEWER, name="周明")
    form = await editor.get(f"/desk/questions/{turn}/reply")
    assert "现在不能主动发给对方" in form
    assert "请写下回复" in await editor.post(f"/desk/questions/{turn}/reply", 400, text=" ")
    assert "600个字" in await editor.post(f"/desk/questions/{turn}/reply", 400, text="长" * 601)
    page = await editor.post(f"/desk/questions/{turn}/reply", text="工作日17:30下班。")
    assert "等待审核" in page
    assert "自己拟的稿不能自己审" in page
    async with sqlite.write() as session:
        assert await replies.give(session, ME, "1", 2000, clock.now()) == []
    page = await final.get("/desk/handover/replies/1")
    item, revision = item_of(page)
    await final.post(f"/desk/review/{item}/return", revision=revision, reason="写明周末")
    assert "草稿" in await editor.get("/desk/handover/replies/1")
    await editor.post("/desk/handover/replies/1/rewrite", text="工作日17:30下班，周末休息。")
    await editor.post("/desk/handover/replies/1/submit", proofread="1")
    page = await final.get("/desk/handover/replies/1")
    item, revision = item_of(page)
    page = await final.post(f"/desk/review/{item}/sign", revision=revision, step="final", statement="1")
    assert "等本人下次发消息时答复" in page
    assert "工作日17:30下班，周末休息。" in await editor.get("/desk/questions/stream")
    async with sqlite.write() as session:
        given = await replies.give(session, ME, "1", 2000, clock.now())
    assert given == ["【工作人员回复】您6月15日问的“几点下班”：\n工作日17:30下班，周末休息。"]
    assert "已随下一条消息答复" in await editor.get("/desk/handover/replies?kind=done")


async def test_an_approved_reply_is_taken_back_while_it_waits(
    sqlite: Database, clock: FixedClock, arrive: Arrive
) -> None:
    turn = await asked(sqlite, clock)
    editor, final = await arrive("li", Role.EDITOR), await arrive("zhou", Role.FINAL_REVIEWER)
    await editor.post(f"/desk/questions/{turn}/reply", text="17:30。")
    item, revision = item_of(await final.get("/desk/handover/replies/1"))
    await final.post(f"/desk/review/{item}/sign", revision=revision, step="final", statement="1")
    await final.post("/desk/handover/replies/1/withdraw", reason="时间写错了")
    async with sqlite.write() as session:
        assert await replies.give(session, ME, "1", 2000, clock.now()) == []
    assert "已撤回" in await editor.get("/desk/handover/replies/1")
    assert "时间写错了" in await editor.get("/desk/handover/replies/1")
    async with sqlite.read() as session:
        kept = await audit.entries(session, subject="reply 1")
    assert "review.withdraw" in {e.action for e in kept}
    assert "时间写错了" not in str([e.after for e in kept])  # words about a person go with their data


async def test_what_could_not_be_delivered_is_shown_and_sent_again_on_demand(
    sqlite: Database, clock: FixedClock, arrive: Arrive
) -> None:
    number = await calls(sqlite, clock, "在吗")
    async with sqlite.write() as session:
        await replies.tell(session, number, ME, "您好", clock.now())
        row = await replies.move(session, 1, [replies.ReplyState.WAITING], replies.ReplyState.FAILED, now=clock.now())
        row.error = replies.INTERRUPTED
        session.add(row)
    editor = await arrive("li", Role.EDITOR)
    assert "回复没有送达" in await editor.get("/desk/")
    assert "为避免重复" in await editor.get("/desk/handover/replies/1")
    await editor.post("/desk/handover/replies/1/again")
    await editor.post("/desk/handover/replies/1/again", 409)
    async with sqlite.write() as session:
        assert await replies.give(session, ME, "1", 2000, clock.now()) == ["您好"]


async def test_without_review_a_reply_in_a_conversation_goes_at_once(sqlite: Database, clock: FixedClock) -> None:
    app = web.Application()
    setup_desk(app, sqlite, clock=clock, passwords=Passwords(CHEAP), conversation_review=False)
    number = await calls(sqlite, clock, "在吗")
    async with TestClient(TestServer(app)) as client:
        person = Person(client)
        from bot.web.desk import first_admin_link

        link = await first_admin_link(sqlite, clock, "")
        await person.post(link or "", login="zhang", name="张敏", password=PASSWORD, again=PASSWORD)
        await person.get("/desk/")
        await person.post(f"/desk/handover/{number}/claim")
        page = await person.post(f"/desk/handover/{number}/say", text="您好，请讲。")
        assert "直接发给本人" in page
        async with sqlite.write() as session:
            assert await replies.give(session, ME, "1", 2000, clock.now()) == ["【工作人员回复】\n您好，请讲。"]
        await person.post(f"/desk/handover/{number}/close")
        await person.post(f"/desk/handover/{number}/say", 409, text="还有一句")


async def test_an_open_page_gets_what_is_new_and_keeps_no_session_young(
    sqlite: Database, clock: FixedClock, arrive: Arrive
) -> None:
    number, editor = await calls(sqlite, clock, "第一句"), await arrive("li", Role.EDITOR)
    page = await editor.get(f"/desk/handover/{number}")
    seen = re.search(r'data-seen="(\w+)"', page)
    assert seen
    part = f"/desk/handover/{number}/part"
    headers = {"X-Live": "1"}
    assert (await editor.client.get(f"{part}?seen={seen[1]}", headers=headers)).status == 204
    clock.move(timedelta(hours=7))
    await calls(sqlite, clock, "第二句")
    fresh = await editor.client.get(f"{part}?seen={seen[1]}", headers=headers)
    assert "第二句" in await fresh.text()
    clock.move(timedelta(hours=1, minutes=1))
    over = await editor.client.get(part, headers=headers, allow_redirects=False)
    assert over.status == 303


async def test_hours_and_who_is_told_are_set_by_the_admin(sqlite: Database, clock: FixedClock, arrive: Arrive) -> None:
    async with sqlite.write() as session:
        session.add(WatchPerson(id=7, name="王芳", role="operator", channels=[]))
    admin, editor = await arrive("zhang", Role.ADMIN), await arrive("li", Role.EDITOR)
    await editor.get("/desk/handover/settings", 403)
    assert "没有开通" in await editor.get("/desk/handover")
    assert "王芳" in await admin.get("/desk/handover/settings")
    wrong = {"revision": 1, "enabled": "1", "hours": "早上", "idle_minutes": "30", "notify": "7"}
    page = await admin.post("/desk/handover/settings", 400, **wrong)
    assert "看不懂" in page
    assert 'value="早上"' in page
    good = wrong | {"hours": "9:00-12:00，14:00-17:30"}
    await admin.post("/desk/handover/settings", **good)
    late = await admin.post("/desk/handover/settings", 409, **good | {"hours": "8:30-16:30"})
    assert "刚被别人改过" in late
    assert late.index("8:30-16:30") < late.index('value="09:00-12:00，14:00-17:30"')
    assert "不是服务时间" in await editor.get("/desk/handover")
    async with sqlite.read() as session:
        kept = await hours.stored(session)
        [entry] = await audit.entries(session, subject="handover settings")
    assert (kept.enabled, kept.notify, kept.hours) == (True, [7], "09:00-12:00，14:00-17:30")
    assert entry.action == "handover.settings"


async def test_stock_phrases_are_at_hand_where_one_writes(sqlite: Database, clock: FixedClock, arrive: Arrive) -> None:
    editor = await arrive("li", Role.EDITOR)
    await editor.post("/desk/handover/phrases", text="您好，请问要咨询什么？")
    assert "已经有这条" in await editor.post("/desk/handover/phrases", 400, text="您好，请问要咨询什么？")
    assert "您好，请问要咨询什么？" in await editor.get(f"/desk/questions/{await asked(sqlite, clock)}/reply")
    await editor.post("/desk/handover/phrases/1/remove")
    await editor.post("/desk/handover/phrases/1/remove", 404)


async def test_the_record_of_one_person_holds_all_of_it_and_goes_whole(
    sqlite: Database, clock: FixedClock, arrive: Arrive
) -> None:
    turn = await asked(sqlite, clock)
    number = await calls(sqlite, clock, "我的电话是0000")
    editor, admin = await arrive("li", Role.EDITOR), await arrive("zhang", Role.ADMIN)
    await editor.post(f"/desk/questions/{turn}/reply", text="17:30。")
    page = await admin.get(f"/desk/questions/person/{ME}")
    assert all(text in page for text in ("几点下班", "我的电话是0000", "17:30"))
    async with sqlite.write() as session:
        await allowance.grant(session, "main", [Grant(ME, AllowanceKind.MESSAGE, clock.now(), "sealed")])
    await admin.post(f"/desk/questions/person/{ME}/forget")
    async with sqlite.read() as session:
        assert await people.export(session, ME) == []
        assert (await session.exec(select(Allowance))).all() == []
    await editor.get(f"/desk/handover/{number}", 404)
    await editor.get("/desk/review")
