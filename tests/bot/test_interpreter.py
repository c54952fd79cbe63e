"""A language model may say how a question is meant; it never says a figure, and nothing depends on it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from datetime import date
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from hypothesis import given
from hypothesis import strategies as st

from bot.handlers import Handlers
from bot.interpreter import AT_ONCE, ModelInterpreter
from bot.qa import proposal
from bot.qa.pipeline import Pipeline
from bot.qa.query import Action
from bot.wechat.messages import parse
from bot.wechat.replies import TextReply
from bot.wechat.webhook import Outcome, Turn
from storage import catalogue
from storage.clock import FixedClock
from storage.database import Database
from storage.models.questions import Turn as Row
from storage.questions.log import QuestionLog
from storage.sample import load_sample
from storage.snapshot import Snapshots
from storage.state import MemoryState
from tests.questions import world

ODD = "喵喵喵那个绿色的小图标里面蹦出来几回"
"""Nothing that the pipeline understands."""
UNDERSTOOD_NOT = "没有听懂"


class Model:
    """An OpenAI-compatible server that says what it is told to say."""

    def __init__(self) -> None:
        self.says: str | web.Response = ""
        self.asked: list[dict[str, Any]] = []
        self.keys: list[str | None] = []
        self.gate = asyncio.Event()
        self.gate.set()

    async def complete(self, request: web.Request) -> web.Response:
        self.asked.append(await request.json())
        self.keys.append(request.headers.get("Authorization"))
        await self.gate.wait()
        if isinstance(self.says, web.Response):
            return self.says
        return web.json_response({"choices": [{"message": {"content": self.says}}]})


class Bureau:
    def __init__(
        self,
        model: Model,
        interpreter: ModelInterpreter,
        handlers: Handlers,
        questions: QuestionLog,
        database: Database,
    ) -> None:
        self.model, self.interpreter, self.handlers = model, interpreter, handlers
        self.questions, self.database = questions, database

    async def ask(self, question: str) -> str:
        fields = {"ToUserName": "gh", "FromUserName": "oSecretPerson", "CreateTime": "1", "MsgType": "text"}
        coming = self.handlers(parse({**fields, "Content": question, "MsgId": "1"}), Turn("hashed"))
        outcome = coming if isinstance(coming, Outcome) else await coming
        assert isinstance(outcome.reply, TextReply)
        return outcome.reply.content

    async def row(self) -> Row:
        await self.questions.flush()
        async with self.database.read() as session:
            return await session.get_one(Row, 1)


@pytest.fixture
async def bureau(sqlite: Database, clock: FixedClock) -> AsyncIterator[Bureau]:
    await load_sample(sqlite, clock)
    model = Model()
    app = web.Application()
    app.router.add_post("/v1/chat/completions", model.complete)
    async with TestServer(app) as server, aiohttp.ClientSession() as session:
        interpreter = ModelInterpreter(session, str(server.make_url("/v1/")), "small", "sk-1", 5)
        questions = QuestionLog(sqlite)
        handlers = Handlers(
            Pipeline(), Snapshots(sqlite), questions, MemoryState(), clock, None, interpreter=interpreter
        )
        yield Bureau(model, interpreter, handlers, questions, sqlite)


async def test_a_proposal_is_answered_from_the_report_and_named(bureau: Bureau) -> None:
    bureau.model.says = '好的：{"action": "value", "items": ["f.wechat"], "years": [2023], "whole": ""}'
    text = await bureau.ask(ODD)
    assert "118条" in text
    assert "由语言模型协助理解" in text
    row = await bureau.row()
    assert (row.aided, row.topic, row.figures[0]["cell"]) == (True, "f.wechat", "f.wechat")


async def test_the_model_learns_the_question_and_nothing_of_who_asked(bureau: Bureau) -> None:
    await bureau.ask(ODD)
    (asked,) = bureau.model.asked
    assert json.loads(asked["messages"][1]["content"]) == {"提问": ODD, "今年": 2026, "可查年份": [2023]}
    assert "oSecretPerson" not in json.dumps(asked)
    assert "hashed" not in json.dumps(asked)
    assert (asked["model"], bureau.model.keys) == ("small", ["Bearer sk-1"])


@pytest.mark.parametrize(
    ("private", "sent"),
    [
        ("我身份证11010519491231002X", "我身份证…"),
        ("打我电话139 1234-5678", "打我电话…"),
        ("卡号6222020200112233445谢谢", "卡号…谢谢"),
        ("发到li.si+a@example.com吧", "发到…吧"),
        ("2019到2023年的", "2019到2023年的"),
    ],
)
async def test_numbers_that_tell_of_a_person_stay_here(bureau: Bureau, private: str, sent: str) -> None:
    await bureau.interpreter.propose(private, [2023], date(2026, 6, 15))
    assert json.loads(bureau.model.asked[0]["messages"][1]["content"])["提问"] == sent


async def test_a_slow_model_is_not_asked_by_everybody_at_once(bureau: Bureau) -> None:
    gate = bureau.model.gate
    gate.clear()
    crowd = [asyncio.create_task(bureau.ask(ODD)) for _ in range(AT_ONCE + 5)]
    done, _ = await asyncio.wait(crowd, return_when=asyncio.FIRST_COMPLETED)
    assert all(UNDERSTOOD_NOT in task.result() for task in done)
    gate.set()
    assert all(UNDERSTOOD_NOT in text for text in await asyncio.gather(*crowd))
    assert len(bureau.model.asked) == AT_ONCE
    await bureau.ask(ODD)
    assert len(bureau.model.asked) == AT_ONCE + 1


async def test_what_is_understood_is_not_sent_anywhere(bureau: Bureau) -> None:
    assert "118" in await bureau.ask("2023年公众号发了多少条信息")
    assert bureau.model.asked == []
    assert not (await bureau.row()).aided


@pytest.mark.parametrize(
    "says",
    [
        "",
        "118条",
        '{"action": null}',
        '{"action": "value", "items": ["f.wechat"], "years": [2024]}',
        '{"action": "value", "items": ["f.visitors"], "years": [2023]}',
        '{"action": "text", "items": ["f.wechat"], "years": [2023]}',
        '{"action": "value", "items": ["f.wechat", "t2.fee"], "years": [2023]}',
        '{"action": "share", "items": ["t3.new.business"], "years": [2023]}',
        '{"action": "difference", "items": ["f.wechat"], "years": [2023]}',
        '{"action": "value", "items": 7, "years": [2023]}',
        '{"action": "value", "items": ["f.wechat"], "years": [1e999]}',
        "[" * 5000,
    ],
)
async def test_anything_but_a_query_of_the_catalogue_leaves_the_honest_answer(bureau: Bureau, says: str) -> None:
    bureau.model.says = says
    assert UNDERSTOOD_NOT in await bureau.ask(ODD)
    assert not (await bureau.row()).aided


@pytest.mark.parametrize(
    "response",
    [
        lambda: web.Response(status=500),
        lambda: web.Response(status=302, headers={"Location": "http://127.0.0.1:1/"}),
        lambda: web.Response(text="<html>"),
        lambda: web.json_response({"choices": []}),
        lambda: web.json_response({"choices": [{"message": {"content": 5}}]}),
        lambda: web.json_response([1]),
        lambda: web.Response(body=b"[" * 100_000),
    ],
)
async def test_a_model_that_is_broken_leaves_the_honest_answer(bureau: Bureau, response: Any) -> None:
    bureau.model.says = response()
    assert UNDERSTOOD_NOT in await bureau.ask(ODD)


MEASURES = st.sampled_from([*catalogue.CELLS, *catalogue.INDICATORS, *catalogue.TEXTS, "t3.refused.orgs", "t9.x", ""])


@given(
    st.sampled_from([*(a.value for a in Action), "drop"]),
    st.lists(MEASURES, max_size=5),
    st.lists(st.integers(2016, 2030), max_size=4),
    MEASURES,
)
def test_every_proposal_that_passes_can_be_answered(
    action: str, items: Sequence[str], years: Sequence[int], whole: str
) -> None:
    facts, today = FACTS, date(2026, 6, 15)
    found = proposal.read(
        json.dumps({"action": action, "items": items, "years": years, "whole": whole}), tuple(facts.reports)
    )
    if found is not None:
        reply, _ = PIPELINE.respond_to(found, facts, None, today)
        assert {f.year for f in reply.figures} <= set(years)


FACTS, PIPELINE = world.build().facts, Pipeline()
