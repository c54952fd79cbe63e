"""Rules and answers over the pages: written, reviewed, live, changed by two at once, off and back."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.app import _answer_of
from bot.qa import rules
from bot.settings import BotSettings
from bot.web.desk import setup_desk
from bot.web.desk.common import DESK
from bot.web.desk.knowledge import Knowledge
from bot.web.desk.review import publish_due
from bot.web.passwords import Passwords
from storage.clock import FixedClock
from storage.database import Database
from storage.review.steps import Chains, Step
from storage.snapshot import load_agency
from storage.staff import Role
from tests.bot.web.conftest import CHEAP, Arrive, Person
from tests.bot.web.test_questions import ask
from tests.builders import add_live

RULE = {
    "title": "政务公开专区",
    "text": "专区设在政务服务大厅一楼。",
    "source": "《专区管理办法》第三条",
    "since": "2025-03-01",
    "asks": "政务公开专区在哪里\n专区怎么走",
    "words": "专区 + 在哪 地址",
}


@pytest.fixture
async def desk_server(sqlite: Database, clock: FixedClock) -> AsyncIterator[TestServer]:
    app = web.Application()
    setup_desk(
        app,
        sqlite,
        clock=clock,
        passwords=Passwords(CHEAP),
        chains=Chains((Step.FINAL,)),
        answer=_answer_of(BotSettings(_env_file=None), clock),
        known=Knowledge(rules.texts()),
    )
    async with TestServer(app) as server:
        yield server


async def review(final: Person, page: str) -> str:
    """Sign and publish what a page shows."""
    shown = await final.get(page)
    for what, fields in (("sign", {"step": "final", "statement": "1"}), ("publish", {"when": "now"})):
        item = re.search(r'/desk/review/(\d+)/.*?name="revision" value="(\d+)"', shown, re.DOTALL)
        expected = re.search(r'name="expected" value="(\d*)"', shown)
        more = {"expected": expected.group(1)} if expected else {}
        shown = await final.post(f"/desk/review/{item.group(1)}/{what}", revision=item.group(2), **fields, **more)
    return shown


def entry(page: str) -> str:
    """Where the version that a page shows is."""
    return re.search(r'action="(/desk/entries/\d+)/', page).group(1)


async def test_an_answer_to_a_miss_is_reviewed_before_it_answers(
    sqlite: Database, clock: FixedClock, arrive: Arrive
) -> None:
    agency = (await add_live(sqlite, clock)).agency_id
    await ask(sqlite, clock, agency, "几点下班")
    editor, final = await arrive("li", Role.EDITOR), await arrive("zhou", Role.FINAL_REVIEWER)
    await editor.get("/desk/questions")
    fields = {"agency": agency, "key": "几点下班", "kind": "answer"}
    page = await editor.post("/desk/questions/decide", content="工作日17:30。", **fields)
    path = entry(page)
    assert "答复在写或在审" in await editor.get("/desk/questions")
    assert "没有保存" in await editor.post("/desk/questions/decide", 409, content="别的", **fields)
    await editor.post(f"{path}/submit", proofread="1")
    async with sqlite.read() as session:
        assert not (await load_agency(session)).reviewed_answers
    assert "常见问题“几点下班”第1版" in await final.get("/desk/review")
    assert "已发布" in await review(final, path)
    async with sqlite.read() as session:
        assert (await load_agency(session)).reviewed_answers == {"几点下班": "工作日17:30。"}
    assert "没有待处理的问题" in await editor.get("/desk/questions")
    page = await editor.get("/desk/questions/rulings")
    assert f'href="{path}"' in page
    assert "撤回" not in page
    assert "经审核发布" in await editor.post("/desk/questions/reopen", 400, agency=agency, key="几点下班")
    await editor.post(f"{path}/withdraw", 403, reason="x")
    assert "已撤下" in await final.post(f"{path}/withdraw", reason="作息调整")
    assert "几点下班" in await editor.get("/desk/questions")


async def test_a_new_rule_is_written_checked_reviewed_and_answers(
    sqlite: Database, clock: FixedClock, arrive: Arrive
) -> None:
    agency = (await add_live(sqlite, clock)).agency_id
    await ask(sqlite, clock, agency, "专区地址", "多久答复")
    editor, final = await arrive("li", Role.EDITOR), await arrive("zhou", Role.FINAL_REVIEWER)
    reader = await arrive("chen", Role.READER)
    await reader.get("/desk/knowledge", 403)
    assert "怎样申请公开政府信息" in await editor.get("/desk/knowledge")
    await editor.get("/desk/knowledge/new?kind=rule")
    page = await editor.post("/desk/knowledge/new", 400, kind="rule", agency=agency, **RULE | {"source": ""})
    assert "请填写依据" in page
    assert "政务服务大厅一楼" in page
    page = await editor.post("/desk/knowledge/new", kind="rule", agency=agency, **RULE)
    path = entry(page)
    changes = await editor.get(f"{path}/answers")
    assert "原来答不上，现在能答（3）" in changes
    assert "答复会变（0）" in changes
    await editor.post(f"{path}/submit", proofread="1")
    await review(final, path)
    async with sqlite.read() as session:
        facts = await load_agency(session)
    answer = _answer_of(BotSettings(_env_file=None), clock)
    assert "政务服务大厅一楼" in answer("专区怎么走", facts).text
    assert "专区" in await editor.get("/desk/knowledge")


async def test_a_bundled_rule_is_changed_switched_off_and_restored(
    sqlite: Database, clock: FixedClock, arrive: Arrive
) -> None:
    agency = (await add_live(sqlite, clock)).agency_id
    editor, final = await arrive("li", Role.EDITOR), await arrive("zhou", Role.FINAL_REVIEWER)
    bundled = rules.texts()["period"]
    form = await editor.get("/desk/knowledge/new?kind=rule&key=period")
    assert bundled.text[:20] in form
    fields = RULE | {"title": bundled.title, "text": "新的期限说明。", "asks": bundled.asks[0]}
    page = await editor.post("/desk/knowledge/new", kind="rule", key="period", agency=agency, **fields)
    path = entry(page)
    again = await editor.post("/desk/knowledge/new", 409, kind="rule", key="period", agency=agency, **fields)
    assert "没有保存" in again
    await editor.post("/desk/knowledge/new", 404, kind="rule", key="nonsense", agency=agency, **fields)
    late = await editor.post(f"{path}/save", 409, revision="7", **fields | {"text": "晚到的改动。"})
    assert "刚被别人改过" in late
    assert "晚到的改动。" in late
    await editor.post(f"{path}/save", revision="1", **fields | {"text": "更新的期限说明。"})
    await editor.post(f"{path}/submit", proofread="1")
    await review(final, path)
    answer = _answer_of(BotSettings(_env_file=None), clock)

    async def said() -> str:
        async with sqlite.read() as session:
            return answer(bundled.asks[0], await load_agency(session)).text

    assert "更新的期限说明。" in await said()
    rule = {"key": "period", "agency": agency}
    await editor.post("/desk/knowledge/rule", 403, off="1", reason="x", **rule)
    await final.post("/desk/knowledge/rule", 400, off="1", reason="", **rule)
    await final.post("/desk/knowledge/rule", off="1", reason="条例修订", **rule)
    assert "期限说明" not in await said()
    assert "已停用" in await editor.get("/desk/knowledge")
    await final.post("/desk/knowledge/rule", 409, off="1", reason="条例修订", **rule)
    await final.post("/desk/knowledge/rule", off="", reason="内置的没错", **rule)
    assert bundled.text[:20] in await said()
    assert "已恢复这一版" in await final.post(f"{path}/back", expected="", reason="还是用改过的")
    assert "更新的期限说明。" in await said()


async def test_an_answer_is_published_at_the_ordered_time(
    sqlite: Database, clock: FixedClock, arrive: Arrive, desk_server: TestServer
) -> None:
    agency = (await add_live(sqlite, clock)).agency_id
    editor, final = await arrive("li", Role.EDITOR), await arrive("zhou", Role.FINAL_REVIEWER)
    fields = {"kind": "answer", "agency": agency, "asks": "几点下班", "text": "冬季17:00。"}
    path = entry(await editor.post("/desk/knowledge/new", **fields))
    await editor.post(f"{path}/submit", proofread="1")
    shown = await final.get(path)
    item = re.search(r"/desk/review/(\d+)/sign", shown).group(1)
    await final.post(f"/desk/review/{item}/sign", step="final", statement="1", revision="1")
    local = (clock.now() + timedelta(hours=8, minutes=30)).strftime("%Y-%m-%dT%H:%M")
    page = await final.post(f"/desk/review/{item}/publish", revision="2", when="later", at=local, expected="")
    assert "到时间会自动发布" in page
    app = next(a for a in desk_server.app._subapps if DESK in a)

    async def answers() -> dict[str, str]:
        await publish_due(app[DESK])
        async with sqlite.read() as session:
            return dict((await load_agency(session)).reviewed_answers)

    assert await answers() == {}
    clock.move(timedelta(minutes=31))
    assert await answers() == {"几点下班": "冬季17:00。"}


async def test_without_an_agency_nothing_can_be_written(arrive: Arrive) -> None:
    editor = await arrive("li", Role.EDITOR)
    assert "规则条目" in await editor.get("/desk/knowledge")
    assert "请先载入一份年报" in await editor.get("/desk/knowledge/new", 404)
