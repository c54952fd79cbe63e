"""Staff of the watch in WeChat go before the pipeline for citizens, and only they."""

from __future__ import annotations

from datetime import date

from bot.qa.pipeline import Pipeline
from bot.staffed import Staffed
from bot.wechat.events import Unsubscribed
from bot.wechat.messages import LinkMessage, TextMessage
from bot.wechat.replies import TextReply
from bot.wechat.webhook import Outcome, Turn
from storage import people
from storage.clock import FixedClock
from storage.database import Database
from storage.models.watch import WatchPerson
from storage.staffchat import StaffChat

SPEAKING: set[str] = set()
"""Who speaks with staff."""
ORDINARY = Outcome(TextReply("一个普通的回答"))


async def say(handler: Staffed, who: str, text: str, late: str = "") -> str:
    push = TextMessage("gh", who, 1, text, "1", None, text)
    outcome = handler(push, Turn(who, late=late))
    if not isinstance(outcome, Outcome):
        outcome = await outcome
    return outcome.reply.content


def staffed(sqlite: Database, clock: FixedClock) -> Staffed:
    chat = StaffChat(sqlite, clock)
    return Staffed(
        lambda push, turn: ORDINARY, chat, lambda openid: f"h-{openid}", Pipeline().greets, SPEAKING.__contains__
    )


async def test_staff_are_answered_and_citizens_learn_nothing(sqlite: Database, clock: FixedClock) -> None:
    async with sqlite.write() as session:
        session.add(WatchPerson(id=1, name="张敏", role="owner"))
    async with sqlite.write() as session:
        code = await people.new_code(session, await people.by_name(session, "张敏"), clock)
    handler = staffed(sqlite, clock)
    for text in ("我的待办", "收到", "绑定 WRONGWRG", "解绑", "去年收到多少件"):
        assert await say(handler, "o-citizen", text) == "一个普通的回答"
    assert "已绑定：张敏" in await say(handler, "o-staff", f"绑定 {code}")
    assert await say(handler, "o-staff", "我的待办") == "您没有待办事项。"
    assert await say(handler, "o-staff", "去年收到多少件") == "一个普通的回答"
    left = handler(Unsubscribed("gh", "o-staff", 2, "u", "unsubscribe"), None)
    await left
    async with sqlite.read() as session:
        assert await people.by_openid(session, "o-staff") is None


async def test_staff_who_greet_read_what_staff_can_type(sqlite: Database, clock: FixedClock) -> None:
    async with sqlite.write() as session:
        session.add(WatchPerson(id=1, name="张敏", role="owner", openid="o-staff"))
    handler = staffed(sqlite, clock)
    for text in ("", "在吗", "你好！", "？", "帮助", "你能做什么"):
        assert await say(handler, "o-citizen", text) == "一个普通的回答", text
        said = await say(handler, "o-staff", text)
        assert said.startswith("张敏，您好"), text
        assert "我的待办" in said
    assert await say(handler, "o-staff", "你好，去年收到多少件申请") == "一个普通的回答"
    assert await say(handler, "o-staff", "在吗", late="等着的答复") == "一个普通的回答", "it fetches what waits"
    SPEAKING.add("o-staff")
    assert await say(handler, "o-staff", "在吗") == "一个普通的回答", "it is said to whom they speak with"
    SPEAKING.clear()


async def test_a_forwarded_article_is_staffs_only(sqlite: Database, clock: FixedClock) -> None:
    async def forward(who: str) -> str:
        push = LinkMessage("gh", who, 1, who, "1", None, "招聘会预告", "", "https://mp.weixin.qq.com/s/abc")
        outcome = handler(push, None)
        return (outcome if isinstance(outcome, Outcome) else await outcome).reply.content

    async with sqlite.write() as session:
        session.add(WatchPerson(id=1, name="张敏", role="owner", openid="o-staff"))
    handler = staffed(sqlite, clock)
    assert await forward("o-citizen") == "一个普通的回答"
    assert "您名下没有公开事项" in await forward("o-staff")


def test_a_date_without_a_year_is_the_next_one() -> None:
    from storage.staffchat import day_and_reason

    assert day_and_reason("1月5日 会签", date(2026, 12, 20)) == (date(2027, 1, 5), "会签")
