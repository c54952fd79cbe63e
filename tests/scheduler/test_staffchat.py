"""Staff in WeChat: bound by a one-time code, they see and settle what is theirs; a citizen learns nothing."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlmodel import select

from scheduler import jobs
from storage import cases, people, staffchat
from storage.models.cases import WatchCase
from storage.models.outbox import OutboxMessage
from storage.models.watch import Publication, PublicationLink, WatchPerson
from storage.staffchat import Command, StaffChat, Verb

OWNER, SUPERVISOR = "o-zhang", "o-li"


async def bound(bureau, name: str, openid: str) -> StaffChat:
    async with bureau.database.write() as session:
        code = await people.new_code(session, await people.by_name(session, name), bureau.clock)
    chat = StaffChat(bureau.database, bureau.clock)
    assert name in (await chat.answer(openid, f"h-{openid}", f"绑定 {code.lower()}") or "")
    return chat


async def test_a_citizen_gets_an_ordinary_answer_to_all_of_it(bureau) -> None:
    await bureau.oblige("D1", "形成后限时", "20天", date(2024, 5, 13))
    await jobs.scan(bureau.watch)
    chat = StaffChat(bureau.database, bureau.clock)
    for text in (
        "我的待办",
        "收到",
        "收到 1",
        "已发布 1 https://a.cn",
        "延期 1 5天 忙",
        "暂缓",
        "解绑",
        "绑定 ABCDEFGH",
        "绑定",
    ):
        assert await chat.answer("o-citizen", "h", text) is None
    assert not chat.concerns("o-citizen", "收到多少件申请"), "a citizen's message costs no query"


async def test_a_code_is_good_once_and_for_ten_minutes(bureau) -> None:
    chat = StaffChat(bureau.database, bureau.clock)
    async with bureau.database.write() as session:
        code = await people.new_code(session, await people.by_name(session, "张敏"), bureau.clock)
    bureau.clock.move(timedelta(minutes=11))
    assert await chat.answer(OWNER, "h1", f"绑定 {code}") is None
    async with bureau.database.write() as session:
        code = await people.new_code(session, await people.by_name(session, "张敏"), bureau.clock)
    assert "已绑定：张敏" in (await chat.answer(OWNER, "h1", f"绑定{code}") or "")
    assert await chat.answer("o-other", "h2", f"绑定 {code}") is None


async def test_guessing_codes_is_slowed(bureau) -> None:
    chat = StaffChat(bureau.database, bureau.clock)
    async with bureau.database.write() as session:
        code = await people.new_code(session, await people.by_name(session, "张敏"), bureau.clock)
    for n in range(5):
        assert await chat.answer(OWNER, "h1", f"绑定 WRONG{n}AA") is None
    assert await chat.answer(OWNER, "h1", f"绑定 {code}") is None
    assert await chat.answer("o-else", "h2", f"绑定 {code}") is not None


async def test_the_day_of_an_owner(bureau) -> None:
    for code in ("D1", "D2"):
        await bureau.oblige(code, "形成后限时", "20天", date(2024, 5, 13))
    await jobs.scan(bureau.watch)
    chat = await bound(bureau, "张敏", OWNER)
    listed = await chat.answer(OWNER, "h", "我的待办") or ""
    assert listed.splitlines()[:3] == ["您有2件待办：", "1. D1号文件（已逾期1天）", "2. D2号文件（已逾期1天）"]
    assert "请写明编号" in (await chat.answer(OWNER, "h", "收到") or "")
    assert "由张敏办理" in (await chat.answer(OWNER, "h", "收到 1") or "")
    assert "请附上公开的链接" in (await chat.answer(OWNER, "h", "已发布 2") or "")
    assert "已登记公开并办结" in (await chat.answer(OWNER, "h", "已发布 2 https://a.gov.cn/2.html") or "")
    assert await chat.answer(OWNER, "h", "去年收到多少件申请") is None, "a question stays a question"
    async with bureau.database.read() as session:
        (item,) = (await session.exec(select(Publication))).all()
        assert (item.url, item.origin, item.recorded_by) == ("https://a.gov.cn/2.html", "staff", "张敏")
        assert [e.actor for e in await cases.history(session, 1)] == ["scheduler", "张敏"]
    assert (await jobs.scan(bureau.watch))["opened"] == 0
    assert "没有编号2" in (await chat.answer(OWNER, "h", "收到 2") or "")


async def test_an_owners_extension_goes_to_the_supervisor(bureau) -> None:
    await bureau.oblige("D1", "形成后限时", "20天", date(2024, 5, 13))
    await jobs.scan(bureau.watch)
    owner, supervisor = await bound(bureau, "张敏", OWNER), await bound(bureau, "李强", SUPERVISOR)
    assert "转给李强" in (await owner.answer(OWNER, "h", "延期 1 6月20日 待会签") or "")
    async with bureau.database.read() as session:
        assert (await session.exec(select(WatchCase.extended_until))).one() is None
        asked = [m for m in (await session.exec(select(OutboxMessage))).all() if m.key.startswith("extend")]
    command = asked[0].body.splitlines()[1].split("：", 1)[1]
    assert "已延期至6月20日" in (await supervisor.answer(SUPERVISOR, "h", command) or "")
    async with bureau.database.read() as session:
        assert (await session.exec(select(WatchCase.extended_until))).one() == date(2024, 6, 20)


async def test_held_reminders_are_shown_at_the_next_message_once(bureau) -> None:
    async with bureau.database.write() as session:
        person = await session.get_one(WatchPerson, 1)
        person.channels = []
        session.add(person)
    await bureau.oblige("D1", "形成后限时", "20天", date(2024, 5, 13))
    await jobs.scan(bureau.watch)
    chat = await bound(bureau, "张敏", OWNER)
    assert "【逾期提醒】D1号文件" in (await chat.answer(OWNER, "h", "你好") or "")
    assert await chat.answer(OWNER, "h", "你好") is None


async def test_unbound_is_forgotten(bureau) -> None:
    chat = await bound(bureau, "张敏", OWNER)
    assert "已解绑" in (await chat.answer(OWNER, "h", "解绑") or "")
    assert await chat.answer(OWNER, "h", "我的待办") is None
    async with bureau.database.read() as session:
        assert await people.by_openid(session, OWNER) is None


async def test_what_the_ledger_holds_already_keeps_its_day(bureau) -> None:
    await bureau.oblige("D1", "形成后限时", "20天", date(2024, 5, 13))
    await jobs.scan(bureau.watch)
    await bureau.publish(date(2024, 5, 31), title="关于公布办法的通知")
    chat = await bound(bureau, "张敏", OWNER)
    url = "https://a.gov.cn/政策文件关于公布办法的通知2024-05-31"
    assert "已登记公开并办结" in (await chat.answer(OWNER, "h", f"已发布 1 {url}") or "")
    async with bureau.database.read() as session:
        (item,) = (await session.exec(select(Publication))).all()
        (case,) = (await session.exec(select(WatchCase))).all()
        links = (await session.exec(select(PublicationLink.obligation_code))).all()
    assert (item.published_on, item.title, links) == (date(2024, 5, 31), "关于公布办法的通知", ["D1"])
    assert case.days_late == 0


ARTICLE = "https://mp.weixin.qq.com/s?__biz=MzA4&mid=265&idx=1&sn=ab#rd"


async def test_a_forwarded_article_is_recorded_once_and_closes_what_it_fulfils(bureau) -> None:
    await bureau.oblige("C1", "更新周期", "14天", date(2024, 5, 10), column="微信公众号")
    assert (await jobs.scan(bureau.watch))["opened"] == 1
    chat = await bound(bureau, "张敏", OWNER)
    said = await chat.forwarded(OWNER, "招聘会预告", ARTICLE) or ""
    assert said == "已登记到栏目“微信公众号”：“招聘会预告”，公开日期按转发当天2024年6月3日记。"
    assert (await jobs.scan(bureau.watch))["closed"] == 1
    bureau.clock.move(timedelta(days=3))
    again = await chat.forwarded(OWNER, "招聘会预告", ARTICLE) or ""
    assert again == "台账里已有这一条：“招聘会预告”，栏目“微信公众号”，2024年6月3日公开。"
    async with bureau.database.read() as session:
        (item,) = (await session.exec(select(Publication))).all()
    assert (item.url, item.published_on, item.origin, item.recorded_by) == (ARTICLE, date(2024, 6, 3), "staff", "张敏")


async def test_where_the_column_is_unclear_it_is_asked_for(bureau) -> None:
    await bureau.oblige("C1", "更新周期", "14天", date(2024, 6, 1), column="微信公众号")
    await bureau.oblige("D1", "形成后限时", "20天", date(2024, 6, 1), title="就业补助办法")
    chat = await bound(bureau, "张敏", OWNER)
    assert await chat.answer(OWNER, "h", "登记 1") is None, "nothing waits: an ordinary answer"
    asked = await chat.forwarded(OWNER, "招聘会预告", ARTICLE) or ""
    assert asked.splitlines() == [
        "“招聘会预告”公开在哪个栏目？请回复“登记 序号”或“登记 栏目名称”：",
        "1. 微信公众号",
        "2. 政策文件",
    ]
    assert "没有这个栏目" in (await chat.answer(OWNER, "h", "登记 3") or "")
    bureau.clock.move(timedelta(days=1))
    assert "已登记到栏目“微信公众号”" in (await chat.answer(OWNER, "h", "登记 微信公众号") or "")
    assert await chat.answer(OWNER, "h", "登记 1") is None
    titled = await chat.forwarded(OWNER, "《就业补助办法》", "https://a.gov.cn/2.html") or ""
    assert "已登记到栏目“政策文件”" in titled, "its title is that of an obligation"
    async with bureau.database.read() as session:
        items = (await session.exec(select(Publication).order_by("id"))).all()
        links = (await session.exec(select(PublicationLink.obligation_code))).all()
    assert [(i.column, i.published_on.day) for i in items] == [("微信公众号", 3), ("政策文件", 4)]
    assert links == ["D1"]


async def test_an_article_waits_a_day_for_its_column(bureau) -> None:
    for code, column in (("C1", "微信公众号"), ("C2", "政策解读")):
        await bureau.oblige(code, "更新周期", "14天", date(2024, 6, 1), column=column)
    chat = await bound(bureau, "张敏", OWNER)
    await chat.forwarded(OWNER, "招聘会预告", ARTICLE)
    bureau.clock.move(timedelta(days=2))
    assert await chat.answer(OWNER, "h", "登记 1") is None


async def test_a_link_that_is_no_publication_of_the_persons_is_not_recorded(bureau) -> None:
    await bureau.oblige("C1", "更新周期", "14天", date(2024, 6, 1), column="微信公众号", owner_id=2)
    chat = await bound(bureau, "张敏", OWNER)
    assert "没有登记" in (await chat.forwarded(OWNER, "招聘会预告", ARTICLE) or "")
    assert await chat.forwarded(OWNER, "招聘会预告", "javascript:alert(1)") is None
    assert await chat.forwarded("o-citizen", "招聘会预告", ARTICLE) is None
    async with bureau.database.read() as session:
        assert (await session.exec(select(Publication))).all() == []


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("收到12", Command(Verb.ACKNOWLEDGE, 12, "")),
        (" 收到 #12 ", Command(Verb.ACKNOWLEDGE, 12, "")),
        ("已发布 https://a.cn/1", Command(Verb.PUBLISHED, None, "https://a.cn/1")),
        ("延期 3 2024-06-20 待会签", Command(Verb.EXTEND, 3, "2024-06-20 待会签")),
        ("延期 5天 待会签", Command(Verb.EXTEND, None, "5天 待会签")),
        ("待办", Command(Verb.LIST, None, "")),
        ("收到多少件申请", None),
        ("我的待办有哪些", None),
        ("去年收到多少", None),
    ],
)
def test_commands_are_told_from_questions(text: str, command: Command | None) -> None:
    assert staffchat.parse(text) == command
