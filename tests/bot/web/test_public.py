"""Public pages of published reports: what is live and nothing else, by permanent links, as page, data and feed."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import AsyncIterator
from typing import Any
from xml.etree import ElementTree as ET

import lxml.html
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.web.public import setup_public
from storage.catalogue import Edition, cells_of
from storage.clock import FixedClock
from storage.database import Database
from storage.reports.publish import withdraw
from tests.builders import AGENCY, add_draft, add_live, figure, make_reading

BASE = "https://xxgk.example.cn"
ATOM = "{http://www.w3.org/2005/Atom}"
SIGNED = {"appId": "wx1", "timestamp": 1, "nonceStr": "n", "signature": "s"}


async def sign(agency: str, url: str) -> dict[str, Any] | None:
    return SIGNED | {"url": url} if agency == AGENCY else None


@pytest.fixture
async def client(sqlite: Database) -> AsyncIterator[TestClient]:
    app = web.Application()
    setup_public(app, sqlite, base_url=BASE, sign=sign)
    async with TestClient(TestServer(app)) as client:
        yield client


def reading(year: int = 2024, **values: Any) -> Any:
    cells = {"t3.new.total": 37, "t3.new.natural": 37, "t2.coercion": None, "t3.safety.ngo": "1O"}
    return make_reading(
        year,
        cells=cells,
        figures=(figure("f.wechat", 118), figure(None, 12, "<b>会议</b>", "次")),
        texts={"x.overview": "一句。\n<script>alert(1)</script>", "x.problems": "更新不及时。"},
        **values,
    )


def boxes(page: str) -> dict[str, str]:
    return {td.get("id"): td.text or "" for td in lxml.html.fromstring(page).iter("td") if td.get("id")}


@pytest.mark.parametrize("edition", [Edition.E2021, Edition.E2019])
async def test_every_cell_of_the_form_has_its_permanent_place(
    client: TestClient, sqlite: Database, clock: FixedClock, edition: Edition
) -> None:
    await add_live(sqlite, clock, make_reading(2020, edition=edition))
    shown = boxes(await (await client.get("/reports/1/2020")).text())
    assert set(shown) == set(cells_of(edition))
    assert set(shown.values()) == {"0"}


async def test_rows_of_the_form_are_as_wide_as_their_headings(
    client: TestClient, sqlite: Database, clock: FixedClock
) -> None:
    for year, edition in ((2020, Edition.E2019), (2023, Edition.E2021)):
        await add_live(sqlite, clock, make_reading(year, edition=edition))
        page = lxml.html.fromstring(await (await client.get(f"/reports/1/{year}")).text())
        tables = [t for t in page.iter("table") if "form" in t.get("class")]
        assert [_widths(t) for t in tables] == [{4}, {10}, {15}]


def _widths(table: Any) -> set[int]:
    """The width of each row, with what hangs down from the rows above."""
    hanging: list[tuple[int, int]] = []
    widths = set()
    for row in table.iter("tr"):
        cells = [(int(c.get("rowspan", 1)), int(c.get("colspan", 1))) for c in row]
        widths.add(sum(w for _, w in cells) + sum(w for _, w in hanging))
        hanging = [(n - 1, w) for n, w in (*hanging, *cells) if n > 1]
    assert hanging == []
    return widths


async def test_blank_unreadable_and_zero_are_three_things(
    client: TestClient, sqlite: Database, clock: FixedClock
) -> None:
    await add_live(sqlite, clock, reading())
    page = await (await client.get("/reports/1/2024")).text()
    shown = boxes(page)
    words = [shown[c] for c in ("t3.new.total", "t2.coercion", "t3.safety.ngo", "t2.licence", "f.wechat")]
    assert words == ["37", "空白", "未认清", "0", "118条"]
    assert "勾稽关系" in page
    assert "<script>alert" not in page
    assert "<b>会议" not in page
    data = json.loads(await (await client.get("/reports/1/2024.json")).text())
    cells = {c["cell"]: c for c in data["cells"]}
    assert (cells["t2.coercion"]["meaning"], cells["t2.coercion"]["value"]) == ("blank", None)
    assert (cells["t3.safety.ngo"]["meaning"], cells["t3.safety.ngo"]["value"]) == ("unreadable", None)
    assert (cells["t2.licence"]["meaning"], cells["t2.licence"]["value"]) == ("number", 0)
    assert cells["t3.new.total"]["url"] == f"{BASE}/reports/1/2024#t3.new.total"
    assert cells["t3.new.total"]["doubtful"]
    assert [f["value"] for f in data["figures"]] == [118, 12]


async def test_csv_says_the_same(client: TestClient, sqlite: Database, clock: FixedClock) -> None:
    await add_live(sqlite, clock, make_reading(2020, edition=Edition.E2019, cells={"t2.licence.change": -3}))
    answer = await client.get("/reports/1/2020.csv")
    content = await answer.read()
    assert content.startswith("\ufeff".encode())
    rows = {r["编号"]: r for r in csv.DictReader(io.StringIO(content.decode("utf-8-sig")))}
    assert set(rows) == set(cells_of(Edition.E2019))
    assert rows["t2.licence.change"]["数值"] == "-3"
    assert rows["t3.new.total"] | {"链接": ""} == {
        "机关": AGENCY,
        "年度": "2020",
        "编号": "t3.new.total",
        "位置": "表三·本年新收·总计",
        "数值": "0",
        "单位": "件",
        "状态": "数字",
        "原文": "0",
        "链接": "",
    }
    assert "filename*=UTF-8''" in answer.headers["Content-Disposition"]


async def test_only_what_is_live_is_shown_and_a_cache_has_to_ask(
    client: TestClient, sqlite: Database, clock: FixedClock
) -> None:
    await add_draft(sqlite, clock, reading())
    paths = ("/reports/1/2024", "/reports/1/2024.json", "/reports/1/2024.csv", "/reports/1/", "/reports/1/feed.atom")
    assert {(await client.get(p)).status for p in paths} == {404}
    assert "还没有发布" in await (await client.get("/reports/")).text()
    draft = await add_live(sqlite, clock, make_reading(2024, cells={"t3.new.total": 5}))
    for path in paths:
        first = await client.get(path)
        assert first.status == 200, path
        assert first.headers["Cache-Control"] == "public, no-cache"
        again = await client.get(path, headers={"If-None-Match": first.headers["ETag"]})
        assert (again.status, await again.read()) == (304, b"")
        weak = await client.get(path, headers={"If-None-Match": f'"x", W/{first.headers["ETag"]}'})
        assert weak.status == 304
    before = (await client.get("/reports/1/2024")).headers["ETag"]
    await add_live(sqlite, clock, make_reading(2024, cells={"t3.new.total": 6}))
    changed = await client.get("/reports/1/2024", headers={"If-None-Match": before})
    assert boxes(await changed.text())["t3.new.total"] == "6"
    async with sqlite.write() as session:
        await withdraw(
            session, draft.report_id, expected=draft.version_id + 1, actor="t", reason="有误", now=clock.now()
        )
    assert {(await client.get(p)).status for p in paths} == {404}


async def test_the_feed_has_an_entry_for_each_live_version(
    client: TestClient, sqlite: Database, clock: FixedClock
) -> None:
    for value in (1, 2):
        await add_live(sqlite, clock, make_reading(2023, cells={"t3.new.total": value}))
    await add_live(sqlite, clock, make_reading(2024, agency="青石县\x0b医疗保障局"))
    feed = ET.fromstring(await (await client.get("/reports/feed.atom")).read())
    entries = feed.findall(f"{ATOM}entry")
    assert sorted(e.findtext(f"{ATOM}id") or "" for e in entries) == [
        f"{BASE}/reports/1/2023#v2",
        f"{BASE}/reports/2/2024#v1",
    ]
    assert all(e.findtext(f"{ATOM}updated") and e.find(f"{ATOM}author/{ATOM}name") is not None for e in entries)
    own = ET.fromstring(await (await client.get("/reports/1/feed.atom")).read())
    assert len(own.findall(f"{ATOM}entry")) == 1
    assert own.findtext(f"{ATOM}title") == AGENCY


@pytest.mark.parametrize("path", ["/reports/9/2024", "/reports/x/2024", "/reports/1/24", "/reports/1/2024.xml", "/reports/0"])  # fmt: skip
async def test_what_is_not_there_is_said_in_chinese(client: TestClient, path: str) -> None:
    answer = await client.get(path)
    assert answer.status == 404
    assert "没有这份年报" in await answer.text()


async def test_the_bare_address_leads_to_the_reports(client: TestClient) -> None:
    answer = await client.get("/")
    assert (answer.status, answer.url.path) == (200, "/reports/")


async def test_the_database_away_is_a_sentence(client: TestClient, sqlite: Database, clock: FixedClock) -> None:
    await add_live(sqlite, clock, reading())
    async with sqlite.write() as session:
        await (await session.connection()).exec_driver_sql("DROP TABLE live_version")
    answer = await client.get("/reports/1/2024")
    assert (answer.status, answer.headers["Retry-After"]) == (503, "120")
    assert "暂时打不开" in await answer.text()


async def test_signatures_are_for_our_own_pages_alone(client: TestClient, sqlite: Database, clock: FixedClock) -> None:
    await add_live(sqlite, clock, reading())
    await add_live(sqlite, clock, make_reading(2024, agency="青石县医疗保障局"))
    page = f"{BASE}/reports/1/2024"
    given = await client.get("/reports/signature", params={"url": f"{page}?from=timeline#t3.new.total"})
    assert await given.json() == SIGNED | {"url": f"{page}?from=timeline"}
    assert given.headers["Cache-Control"] == "no-store"
    for wrong in (
        "",
        "https://evil.example.cn/reports/1/2024",
        f"{BASE}.evil.cn/reports/1/2024",
        f"{BASE}/desk/",
        f"{BASE}/reports/2/2024",
        f"{BASE}/reports/9/2024",
        f"{BASE}/reports/1/2024?{'x' * 600}",
        f"{BASE}/reports/²/2024",
    ):
        assert (await client.get("/reports/signature", params={"url": wrong})).status == 204, wrong


async def test_scripts_of_wechat_are_let_in_only_where_pages_are_signed(client: TestClient, sqlite: Database) -> None:
    assert "https://res.wx.qq.com" in (await client.get("/reports/")).headers["Content-Security-Policy"]
    app = web.Application()
    setup_public(app, sqlite)
    async with TestClient(TestServer(app)) as plain:
        policy = (await plain.get("/reports/")).headers["Content-Security-Policy"]
        assert "qq.com" not in policy
        assert "script-src 'self'" in policy
