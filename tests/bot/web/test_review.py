"""Review over the pages: from a draft to live, later, off and back again; and who may not."""

import re
from datetime import timedelta

import pytest
from aiohttp.test_utils import TestServer

from bot.web.desk import review as pages
from bot.web.desk.common import DESK
from bot.web.desk.review import publish_due
from storage.clock import FixedClock
from storage.database import Database
from storage.facts import Finding, Level
from storage.reports.publish import live_version
from storage.reports.versions import get_version
from storage.review.steps import SIGNERS
from storage.staff import Role
from tests.bot.web.conftest import Arrive, Person
from tests.builders import add_draft, add_live, make_reading

REVIEWERS = {
    "first": Role.FIRST_REVIEWER,
    "second": Role.SECOND_REVIEWER,
    "secrecy": Role.SUPERVISOR,
    "final": Role.FINAL_REVIEWER,
}


class Desk:
    """The people of a review and the version they work on."""

    def __init__(self, arrive: Arrive, database: Database, version: int) -> None:
        self.arrive, self.database, self.version = arrive, database, version
        self.people: dict[str, Person] = {}

    async def person(self, name: str) -> Person:
        if name not in self.people:
            self.people[name] = await self.arrive(name, REVIEWERS.get(name, Role.EDITOR))
        return self.people[name]

    async def act(self, name: str, what: str, status: int = 200, **fields: object) -> str:
        """Open the version and send the form with the revision that the page shows."""
        person = await self.person(name)
        page = await person.get(f"/desk/reports/{self.version}")
        found = re.search(r'/desk/review/(\d+)/.*?name="revision" value="(\d+)"', page, re.DOTALL)
        if found is None:
            found = re.search(r"/desk/review/(\d+)/", page)
        path = f"/desk/reports/{self.version}/{what}" if what in ("submit", "withdraw", "back", "discard") else None
        if path is None:
            path = f"/desk/review/{found.group(1)}/{what}"
            if found.re.groups == 2:
                fields.setdefault("revision", found.group(2))
        return await person.post(path, status, **fields)

    async def sign(self, *names: str, **fields: object) -> str:
        page = ""
        for name in names:
            page = await self.act(name, "sign", step=name, statement="1", **fields)
        return page

    async def live(self) -> int | None:
        async with self.database.read() as session:
            row = await get_version(session, self.version)
            return await live_version(session, row.report_id)


@pytest.fixture
async def desk(arrive: Arrive, sqlite: Database, clock: FixedClock) -> Desk:
    return Desk(arrive, sqlite, (await add_draft(sqlite, clock)).version_id)


async def test_from_draft_to_live_through_four_hands(desk: Desk) -> None:
    assert "请先勾选" in await desk.act("editor", "submit", 400)
    assert "等待初审" in await desk.act("editor", "submit", proofread="1")
    assert "等我签字（1）" in await (await desk.person("first")).get("/desk/review")
    await desk.sign("first", "second", "secrecy")
    assert await desk.live() is None
    assert "可以发布" in await desk.sign("final")
    assert "已发布" in await desk.act("final", "publish", when="now", expected="")
    assert await desk.live() == desk.version
    page = await (await desk.person("editor")).get(f"/desk/reports/{desk.version}")
    for name in ("拟稿（一校）", "初审", "复审（二校）", "保密审查", "终审（三校）"):
        assert name in page


async def test_roles_decide_who_signs(desk: Desk) -> None:
    await desk.act("editor", "submit", proofread="1")
    await desk.act("second", "sign", 403, step="first", statement="1", revision="1")
    await desk.act("editor", "sign", 403, step="first", statement="1", revision="1")
    await desk.act("first", "sign", 400, step="first")
    await desk.act("first", "sign", 404, step="zeroth", statement="1")
    await desk.act("first", "publish", 403, when="now")
    assert "不是草稿" in await desk.act("editor", "submit", 409, proofread="1")
    person = await desk.person("editor")
    await person.post(f"/desk/reports/{desk.version}/settle?row=t3.new", 409, seen="x")


async def test_returned_is_a_draft_again(desk: Desk) -> None:
    await desk.act("editor", "submit", proofread="1")
    await desk.sign("first")
    assert "要写明原因" in await desk.act("second", "return", 400)
    assert "已退回" in await desk.act("second", "return", reason="表三请再核对")
    page = await (await desk.person("editor")).get(f"/desk/reports/{desk.version}")
    assert "表三请再核对" in page
    assert "提交审核" in page
    await desk.act("editor", "comment", text="已核对，原文如此")
    await desk.act("editor", "submit", proofread="1")
    await desk.sign("first", "second")


async def test_stale_page_signs_nothing(desk: Desk) -> None:
    await desk.act("editor", "submit", proofread="1")
    await desk.sign("first")
    page = await desk.act("second", "sign", 409, step="second", statement="1", revision="1")
    assert "没有生效" in page


async def test_open_errors_are_accepted_one_by_one(arrive: Arrive, sqlite: Database, clock: FixedClock) -> None:
    findings = (Finding(Level.ERROR, "table.missing", "没有找到表四。"),)
    draft = await add_draft(sqlite, clock, make_reading(findings=findings))
    desk = Desk(arrive, sqlite, draft.version_id)
    await desk.act("editor", "submit", proofread="1")
    await desk.sign("first", "second", "secrecy")
    assert "还有1处错误" in await desk.act("final", "sign", 400, step="final", statement="1")
    await desk.sign("final", accept="table.missing")
    await desk.act("final", "publish", when="now")
    assert await desk.live() == draft.version_id


async def test_ordered_publishing(desk: Desk, clock: FixedClock, desk_server: TestServer) -> None:
    await desk.act("editor", "submit", proofread="1")
    await desk.sign("first", "second", "secrecy", "final")
    assert "选择定时发布" in await desk.act("final", "publish", 400, when="later", at="")
    local = (clock.now() + timedelta(hours=8, minutes=30)).strftime("%Y-%m-%dT%H:%M")
    assert "自动发布" in await desk.act("final", "publish", when="later", at=local)
    await desk.act("final", "cancel")
    await desk.act("final", "publish", when="later", at=local)
    app = next(a for a in desk_server.app._subapps if DESK in a)
    await publish_due(app[DESK])
    assert await desk.live() is None
    clock.move(timedelta(minutes=31))
    await publish_due(app[DESK])
    await publish_due(app[DESK])
    assert await desk.live() == desk.version


async def test_ordered_publishing_over_a_newer_one_is_told(
    desk: Desk, sqlite: Database, clock: FixedClock, desk_server: TestServer
) -> None:
    await desk.act("editor", "submit", proofread="1")
    await desk.sign("first", "second", "secrecy", "final")
    local = (clock.now() + timedelta(hours=8, minutes=30)).strftime("%Y-%m-%dT%H:%M")
    await desk.act("final", "publish", when="later", at=local, expected="")
    other = await add_live(sqlite, clock, make_reading(cells={"t3.new.total": 5}))
    clock.move(timedelta(minutes=31))
    app = next(a for a in desk_server.app._subapps if DESK in a)
    await publish_due(app[DESK])
    assert await desk.live() == other.version_id
    assert "定时发布没有成功" in await (await desk.person("final")).get(f"/desk/reports/{desk.version}")


async def test_off_and_back(desk: Desk, sqlite: Database, clock: FixedClock) -> None:
    await desk.act("editor", "submit", proofread="1")
    await desk.sign("first", "second", "secrecy", "final")
    await desk.act("final", "publish", when="now", expected="")
    first = desk.version
    second = await add_live(sqlite, clock, make_reading(cells={"t2.coercion": None}))
    assert await desk.live() == second.version_id
    await desk.act("editor", "back", 403, reason="x")
    assert "要写明原因" in await desk.act("final", "back", 400, expected=str(second.version_id))
    assert "刚刚被别人改动" in await desk.act("final", "back", 409, reason="新版有误", expected="")
    await desk.act("final", "back", reason="新版有误", expected=str(second.version_id))
    assert await desk.live() == first
    await desk.act("second", "withdraw", 403, reason="x")
    assert "已撤下" in await desk.act("final", "withdraw", reason="内容有误")
    assert await desk.live() is None
    page = await (await desk.person("final")).get("/desk/review")
    assert "已撤下" in page


async def test_a_draft_is_given_up_with_its_file(desk: Desk, sqlite: Database, clock: FixedClock) -> None:
    assert "要写明原因" in await desk.act("editor", "discard", 400, reason=" ")
    await desk.act("first", "discard", 403, reason="不要了")
    await desk.act("editor", "submit", proofread="1")
    assert "不是草稿" in await desk.act("editor", "discard", 409, reason="不要了")
    await desk.act("first", "return", reason="文件拿错了")
    assert "已作废" in await desk.act("editor", "discard", reason="文件拿错了")
    assert "不是草稿" in await desk.act("editor", "submit", 409, proofread="1")
    editor = await desk.person("editor")
    await editor.get(f"/desk/reports/{desk.version}/source", 404)
    assert "作废草稿" in await editor.get(f"/desk/reports/{desk.version}")
    assert "退回要改" not in await editor.get("/desk/")
    again = await add_draft(sqlite, clock)
    assert (again.created, again.number) == (True, 2)


async def test_file_of_a_discarded_draft_stays_for_another_version(
    desk: Desk, sqlite: Database, clock: FixedClock
) -> None:
    same = repr(make_reading()).encode()
    other = await add_draft(sqlite, clock, make_reading(cells={"t3.new.total": 5}), content=same)
    await desk.act("editor", "discard", reason="重新读过了")
    editor = await desk.person("editor")
    await editor.get(f"/desk/reports/{desk.version}/source", 404)
    await editor.get(f"/desk/reports/{other.version_id}/source")


def test_every_step_has_an_action_and_words() -> None:
    assert set(pages.STEP_ACTIONS) == set(pages.STATEMENTS) == set(pages.STEP_NAMES) == set(SIGNERS)


async def test_first_page_says_what_waits_for_whom(desk: Desk) -> None:
    assert "没有等您办的事" in await (await desk.person("first")).get("/desk/")
    await desk.act("editor", "submit", proofread="1")
    assert "等我签字" in await (await desk.person("first")).get("/desk/")
    assert "没有等您办的事" in await (await desk.person("second")).get("/desk/")
    await desk.act("first", "return", reason="请核对")
    assert "退回要改" in await (await desk.person("editor")).get("/desk/")
    await desk.act("editor", "submit", proofread="1")
    await desk.sign("first", "second", "secrecy", "final")
    assert "审定待发布" in await (await desk.person("final")).get("/desk/")
