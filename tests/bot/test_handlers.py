"""What a citizen reads for each kind of push: the sample's facts, the real pipeline, a real question log."""

from __future__ import annotations

import re
from collections.abc import Coroutine
from dataclasses import replace
from datetime import date
from typing import Any
from urllib.parse import unquote

import pytest
from sqlmodel import select

from bot import handlers as words
from bot.answers import USEFUL_ID, USELESS_ID, Answers, compose, vote_links
from bot.handlers import Handlers
from bot.qa.pipeline import Contacts, Pipeline
from bot.qa.types import Kind
from bot.qa.types import Reply as Finding
from bot.wechat import texts
from bot.wechat.messages import parse
from bot.wechat.replies import TEXT_LIMIT, TextReply
from bot.wechat.webhook import Outcome, Turn
from storage.clock import FixedClock
from storage.database import Database
from storage.models.questions import Turn as Row
from storage.publishing.types import Published
from storage.questions.log import QuestionLog, new_key
from storage.sample import load_sample
from storage.snapshot import Snapshots
from storage.state import MemoryState

PERSON = Turn("hashed")


class Bureau:
    """The handlers with everything behind them."""

    def __init__(self, database: Database, clock: FixedClock) -> None:
        self.database = database
        self.questions = QuestionLog(database)
        self.state = MemoryState()
        facts = Snapshots(database)
        self.handlers = Handlers(Pipeline(), facts, self.questions, self.state, clock, None)

    async def push(self, turn: Turn = PERSON, **fields: Any) -> Outcome:
        coming = self.handlers(parse({"ToUserName": "gh", "FromUserName": "o", "CreateTime": "1", **fields}), turn)
        return await coming if isinstance(coming, Coroutine) else coming

    async def read(self, turn: Turn = PERSON, **fields: Any) -> str:
        reply = (await self.push(turn, **fields)).reply
        assert isinstance(reply, TextReply)
        return reply.content

    async def ask(self, question: str, turn: Turn = PERSON, menu_id: str = "") -> str:
        return await self.read(turn, MsgType="text", Content=question, MsgId="1", bizmsgmenuid=menu_id)

    async def rows(self) -> list[Row]:
        await self.questions.flush()
        async with self.database.read() as session:
            return list((await session.exec(select(Row).order_by(Row.id))).all())  # type: ignore[arg-type]


@pytest.fixture
async def bureau(sqlite: Database, clock: FixedClock) -> Bureau:
    await load_sample(sqlite, clock)
    return Bureau(sqlite, clock)


def links(text: str) -> dict[str, str]:
    """What each link sends, by the id that comes with it; several of one id give the last."""
    found = re.findall(r'msgmenucontent=([^&"]+)&msgmenuid=([^"]+)"', text)
    return {unquote(menu_id): unquote(sends) for sends, menu_id in found}


async def test_a_question_is_answered_with_its_figure_and_place(bureau: Bureau) -> None:
    text = await bureau.ask("2023年公众号发了多少条信息")
    assert "118" in text
    assert "2023年" in text


async def test_every_offered_link_is_itself_answered(bureau: Bureau) -> None:
    text = await bureau.read(MsgType="event", Event="subscribe")
    offered = [unquote(q) for q in re.findall(r"msgmenucontent=([^&]+)&msgmenuid=ask", text)]
    assert offered
    facts = await Snapshots(bureau.database).load(None)
    for question in (*offered, *words.examples(facts), *words.examples(None)):
        text = await bureau.ask(question)
        assert words.NO_DATA not in text
        assert text != texts.APOLOGY
    for question in words.examples(facts):
        assert (await bureau.ask(question)).count("2023年") or "申请" in question


@pytest.mark.parametrize(
    ("fields", "begins"),
    [
        ({"MsgType": "image", "PicUrl": "u", "MediaId": "m"}, words.IMAGE),
        ({"MsgType": "voice", "MediaId": "m", "Recognition": ""}, words.VOICE),
        ({"MsgType": "video", "MediaId": "m"}, words.VIDEO),
        ({"MsgType": "shortvideo", "MediaId": "m"}, words.VIDEO),
        ({"MsgType": "location", "Label": "x"}, words.LOCATION),
        ({"MsgType": "link", "Url": "u"}, words.LINK),
        ({"MsgType": "file"}, words.FILE),
        ({"MsgType": "from_the_future"}, words.UNSUPPORTED),
        ({"MsgType": "text", "Content": "【收到不支持的消息类型，暂无法显示】"}, words.UNSUPPORTED),
        ({"MsgType": "event", "Event": "scancode_waitmsg", "EventKey": "k"}, words.SCANNED),
    ],
)
async def test_what_cannot_be_read_gets_a_useful_reply(bureau: Bureau, fields: dict[str, str], begins: str) -> None:
    text = await bureau.read(**fields)
    assert text.startswith(begins)
    assert links(text)


async def test_speech_that_wechat_transcribed_is_a_question(bureau: Bureau) -> None:
    assert "118" in await bureau.read(MsgType="voice", MediaId="m", Recognition="2023年公众号发了多少条信息")


@pytest.mark.parametrize("event", ["LOCATION", "VIEW", "pic_weixin", "TEMPLATESENDJOBFINISH", "brand_new"])
async def test_events_that_ask_nothing_get_no_reply(bureau: Bureau, event: str) -> None:
    assert (await bureau.push(MsgType="event", Event=event)).reply is None


async def test_a_menu_button_asks_its_key(bureau: Bureau) -> None:
    text = await bureau.read(MsgType="event", Event="CLICK", EventKey="2023年公众号发了多少条信息")
    assert "118" in text


async def test_a_conversation_goes_on(bureau: Bureau) -> None:
    first = await bureau.push(MsgType="text", Content="2023年公众号发了多少条信息", MsgId="1")
    assert first.context is not None
    again = await bureau.ask("那重点领域呢", replace(PERSON, context=first.context))
    assert "61" in again
    assert await bureau.ask("那重点领域呢", replace(PERSON, context=b"\xff not ours")) != ""


async def test_questions_and_votes_reach_the_log_under_the_hash_alone(bureau: Bureau) -> None:
    text = await bureau.ask("2023年公众号发了多少条信息")
    menu_id = next(i for i in links(text) if i.startswith(USEFUL_ID))
    assert await bureau.ask("有用", replace(PERSON, person="somebody else"), menu_id) == words.THANKS
    assert [r.useful for r in await bureau.rows()] == [None]
    useless = menu_id.replace(USEFUL_ID, USELESS_ID)
    assert await bureau.ask("没用", menu_id=useless) == words.SORRY
    (row,) = await bureau.rows()
    assert (row.person, row.useful, row.topic) == ("hashed", False, "f.wechat")
    assert [f["value"] for f in row.figures] == ["118"]
    assert len(row.versions) == 1


@pytest.mark.parametrize("event", ["unsubscribe", "user_authorization_revoke"])
async def test_who_leaves_is_forgotten(bureau: Bureau, event: str) -> None:
    await bureau.ask("2023年公众号发了多少条信息")
    await bureau.rows()
    await bureau.ask("还没有写下的一句")
    await bureau.ask("别人的", replace(PERSON, person="other"))
    await bureau.state.finish("m", "hashed", b"r", b"context")
    assert (await bureau.push(MsgType="event", Event=event)).reply is None
    assert [r.person for r in await bureau.rows()] == ["other"]
    assert (await bureau.state.begin("m2", "hashed")).context is None


async def test_without_reports_the_account_says_so(sqlite: Database, clock: FixedClock) -> None:
    bureau = Bureau(sqlite, clock)
    assert (await bureau.ask("去年收到多少件申请")).startswith(words.NO_DATA)
    assert "条例" in await bureau.ask("怎么申请政府信息公开")
    greeting = await bureau.read(MsgType="event", Event="subscribe")
    assert greeting.startswith(words.GREETING)
    assert "没有载入" not in greeting
    for question in words.examples(None):
        assert words.NO_DATA not in await bureau.ask(question)


async def test_who_scans_the_accounts_code_is_greeted(bureau: Bureau) -> None:
    scanned = await bureau.read(MsgType="event", Event="SCAN", EventKey="hall", Ticket="t")
    assert scanned == await bureau.read(MsgType="event", Event="subscribe")


@pytest.mark.parametrize("asked", ["转人工", "人工客服", "我要找人工", "有没有人工服务？"])
async def test_who_wants_a_human_being_is_told_where_there_is_one(bureau: Bureau, asked: str) -> None:
    assert await bureau.ask(asked) == words.HUMAN_UNKNOWN
    bureau.handlers._contacts = Contacts(office="政务公开办", phone="0917-1234567")
    assert "0917-1234567" in await bureau.ask(asked)


# --- late answers -----------------------------------------------------------------------------


@pytest.mark.parametrize("nudge", ["继续", "好的", "查到了吗"])
async def test_a_nudge_fetches_the_late_answer(bureau: Bureau, nudge: str) -> None:
    outcome = await bureau.push(replace(PERSON, late="118条"), MsgType="text", Content=nudge, MsgId="1")
    assert outcome == Outcome(TextReply("118条"), late="")


async def test_a_nudge_answers_the_question_that_was_lost(bureau: Bureau) -> None:
    turn = replace(PERSON, unanswered="2023年公众号发了多少条信息")
    outcome = await bureau.push(turn, MsgType="text", Content="查看结果", MsgId="1", bizmsgmenuid=texts.HOLDING_ID)
    assert isinstance(outcome.reply, TextReply)
    assert "118" in outcome.reply.content
    assert outcome.late == ""


async def test_a_new_question_brings_the_late_answer_along(bureau: Bureau) -> None:
    outcome = await bureau.push(
        replace(PERSON, late="旧答案"), MsgType="text", Content="2023年公众号发了多少条信息", MsgId="1"
    )
    assert isinstance(outcome.reply, TextReply)
    assert outcome.reply.content.index("旧答案") < outcome.reply.content.index("118")
    assert outcome.late == ""


async def test_where_both_do_not_fit_the_new_answer_waits_in_turn(bureau: Bureau) -> None:
    outcome = await bureau.push(
        replace(PERSON, late="旧" * 600), MsgType="text", Content="2023年公众号发了多少条信息", MsgId="1"
    )
    assert isinstance(outcome.reply, TextReply)
    assert "旧" * 600 in outcome.reply.content
    assert texts.HOLDING_ID in links(outcome.reply.content)
    assert len(outcome.reply.content.encode()) <= TEXT_LIMIT
    assert outcome.late is not None
    assert "118" in outcome.late


async def test_the_link_to_a_result_that_was_fetched_already(bureau: Bureau) -> None:
    assert await bureau.ask("查看结果", menu_id=texts.HOLDING_ID) == words.NOTHING_WAITS


# --- composing --------------------------------------------------------------------------------


def test_a_reply_never_exceeds_the_limit_and_keeps_its_votes() -> None:
    finding = Finding(Kind.ANSWER, "答" * 2000, suggestions=tuple(f"{'问' * 30}{n}" for n in range(9)))
    key = new_key()
    text = compose(finding) + vote_links(key)
    assert len(text.encode()) <= TEXT_LIMIT
    assert {USEFUL_ID + key, USELESS_ID + key} <= set(links(text))
    assert text.count("<a ") == text.count("</a>")


def test_choices_are_numbered_and_not_voted_on() -> None:
    text = compose(Finding(Kind.CHOICE, "您问的是哪一项？", suggestions=("新收", "办结")))
    assert ">1. 新收</a>" in text
    assert ">2. 办结</a>" in text
    assert set(links(text)) == {"ask"}


async def test_what_is_kept_of_an_answer_ends_with_its_facts_and_its_day(bureau: Bureau) -> None:
    facts = await Snapshots(bureau.database).load(None)
    answers, day = Answers(Pipeline()), date(2024, 6, 15)
    first = answers.find("去年公众号发了多少条信息", facts, None, day)
    assert "118" in first.text
    assert answers.find("去年公众号发了多少条信息", facts, None, day) is first
    follow = answers.find("网站呢", facts, first.context, day)
    assert "97" in follow.text
    assert answers.find("网站呢", facts, None, day).text != follow.text
    assert "118" not in answers.find("去年公众号发了多少条信息", facts, None, date(2025, 6, 15)).text
    other = replace(facts, reports={})
    assert "118" not in answers.find("去年公众号发了多少条信息", other, None, day).text


async def test_what_the_ledger_answers_is_never_kept(bureau: Bureau) -> None:
    class Ledger:
        entry: Published | None = None

        def report(self, year: int) -> Published | None:
            return self.entry

        def latest(self, question: str) -> tuple[Published, ...]:
            return ()

    facts, ledger = await Snapshots(bureau.database).load(None), Ledger()
    answers = Answers(Pipeline(None, ledger))
    asked = "2024年的年报公布了吗", facts, None, date(2025, 6, 15)
    before = answers.find(*asked)
    ledger.entry = Published("2024年年报", date(2025, 1, 20), "年报")
    assert "2025年1月20日" in answers.find(*asked).text
    assert "2025年1月20日" not in before.text
