"""The page behind a one-tap link: opening changes nothing, the button does it once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from sqlmodel import select

from bot.web.taps import setup_taps
from storage import taps
from storage.clock import FixedClock
from storage.database import Database
from storage.models.cases import WatchCase
from storage.models.outbox import OutboxMessage
from storage.models.watch import Obligation, Publication, WatchPerson
from storage.taps import Tap, TapAction

SECRET = b"k" * 32


@pytest.fixture
async def client(sqlite: Database, clock: FixedClock) -> AsyncIterator[TestClient]:
    now = clock.now()
    async with sqlite.write() as session:
        session.add_all(
            [WatchPerson(id=1, name="张敏", role="owner"), WatchPerson(id=2, name="李强", role="supervisor")]
        )
        await session.flush()
        session.add(
            Obligation(
                id=1,
                code="D1",
                title="关于<b>补贴</b>的通知",
                column="政策文件",
                kind="形成后限时",
                period="20天",
                starts_on=date(2026, 5, 1),
                owner_id=1,
                supervisor_id=2,
                created_at=now,
                updated_at=now,
            )
        )
        await session.flush()
        session.add(
            WatchCase(
                id=1,
                obligation_id=1,
                episode="once",
                status="open",
                state="overdue",
                due_on=date(2026, 6, 10),
                opened_at=now,
            )
        )
    app = web.Application()
    setup_taps(app, sqlite, clock, SECRET)
    async with TestClient(TestServer(app)) as client:
        yield client


def link(clock: FixedClock, action: TapAction, person: int = 1) -> str:
    return "/t/" + taps.make(SECRET, Tap(1, person, action, clock.now() + taps.LIFE))


async def case_of(sqlite: Database) -> WatchCase:
    async with sqlite.read() as session:
        return (await session.exec(select(WatchCase))).one()


async def test_opening_changes_nothing_and_the_button_works_once(client, sqlite: Database, clock: FixedClock) -> None:
    path = link(clock, TapAction.ACKNOWLEDGE)
    for _ in range(2):
        page = await client.get(path)
        text = await page.text()
        assert (page.status, "已逾期5天" in text, "以张敏的名义" in text, "<b>补贴" in text) == (200, True, True, False)
        assert (page.headers["Cache-Control"], page.headers["Referrer-Policy"]) == ("no-store", "same-origin")
    assert (await case_of(sqlite)).status == "open"
    assert "由张敏办理" in await (await client.post(path)).text()
    assert (await case_of(sqlite)).status == "acknowledged"
    again = await client.post(path)
    assert (again.status, "已经用过" in await again.text()) == (409, True)


async def test_published_needs_a_link_and_a_slip_does_not_spend_it(client, sqlite: Database, clock: FixedClock) -> None:
    path = link(clock, TapAction.PUBLISHED)
    slip = await client.post(path, data={"url": "javascript:alert(1)"})
    assert (slip.status, "请附上公开的链接" in await slip.text()) == (400, True)
    assert "已登记公开并办结" in await (await client.post(path, data={"url": "https://a.gov.cn/1.html"})).text()
    case = await case_of(sqlite)
    assert (case.status, case.evidence, case.days_late) == ("closed", "https://a.gov.cn/1.html", 5)
    async with sqlite.read() as session:
        assert (await session.exec(select(Publication.url))).one() == "https://a.gov.cn/1.html"
    assert (await client.get(link(clock, TapAction.ACKNOWLEDGE))).status == 409


async def test_the_owner_asks_and_the_supervisor_extends(client, sqlite: Database, clock: FixedClock) -> None:
    words = {"until": "2026-06-30", "reason": "待会签"}
    assert "转给李强" in await (await client.post(link(clock, TapAction.EXTEND), data=words)).text()
    assert (await case_of(sqlite)).extended_until is None
    async with sqlite.read() as session:
        assert (await session.exec(select(OutboxMessage.person_id))).all() == [2]
    assert "已延期至6月30日" in await (await client.post(link(clock, TapAction.EXTEND, 2), data=words)).text()
    assert (await case_of(sqlite)).extended_until == date(2026, 6, 30)


async def test_a_forged_or_old_link_does_nothing(client, sqlite: Database, clock: FixedClock) -> None:
    path = link(clock, TapAction.ACKNOWLEDGE)
    assert (await client.post(path[:-2] + "xx")).status == 400
    clock.move(taps.LIFE + timedelta(days=1))
    late = await client.post(path)
    assert (late.status, "已过期" in await late.text()) == (400, True)
    assert (await case_of(sqlite)).status == "open"


@pytest.mark.parametrize("url", ["http://[", "http://[x]/", "http://a:b/1.html", "https://"])
async def test_what_only_looks_like_an_address_is_refused_and_the_link_stays_good(
    client: TestClient, clock: FixedClock, url: str
) -> None:
    token = taps.make(SECRET, Tap(1, 1, TapAction.PUBLISHED, clock.now() + timedelta(days=1)))
    response = await client.post(f"/t/{token}", data={"url": url})
    assert response.status == 400
    assert "请附上公开的链接" in await response.text()
    assert (await client.post(f"/t/{token}", data={"url": "https://gov.example/1.html"})).status == 200


async def test_while_the_database_is_away_the_page_says_so(tmp_path: Path, clock: FixedClock) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'without_tables.db'}")
    app = web.Application()
    setup_taps(app, database, clock, SECRET)
    token = taps.make(SECRET, Tap(1, 1, TapAction.ACKNOWLEDGE, clock.now() + timedelta(days=1)))
    async with TestClient(TestServer(app)) as client:
        for send in (client.get, client.post):
            response = await send(f"/t/{token}")
            assert response.status == 503
            assert "系统正在维护" in await response.text()
            assert response.headers["Content-Security-Policy"]
    await database.close()
