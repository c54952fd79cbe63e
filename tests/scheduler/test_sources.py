"""Reading columns' pages from a real site on this machine, one that behaves and one that does not."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from sqlmodel import select

from scheduler.jobs import Watch, read
from scheduler.settings import SchedulerSettings
from scheduler.sources import SourceReader
from storage.clock import BEIJING, FixedClock
from storage.database import Database
from storage.errors import NotFound, Refused
from storage.models.watch import Publication, WatchSource
from storage.publishing import sources
from storage.reading.fetch import SafeFetcher

HOUR = timedelta(hours=1)


def list_page(*items: tuple[str, str, str]) -> str:
    rows = "".join(f'<li><a href="{url}">{title}</a><span>{day}</span></li>' for title, url, day in items)
    return f"<html><meta charset='utf-8'><body><ul>{rows}</ul></body></html>"


class Site:
    """A bureau's site: pages by path, every request noted."""

    def __init__(self) -> None:
        self.pages: dict[str, str] = {}
        self.status: dict[str, int] = {}
        self.asked: list[tuple[str, str | None]] = []
        self.at_once = self.most_at_once = 0

    async def answer(self, request: web.Request) -> web.Response:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            self.asked.append((request.path, request.headers.get("If-None-Match")))
            page = self.pages.get(request.path)
            if page is None or request.path in self.status:
                return web.Response(status=self.status.get(request.path, 404))
            tag = f'"{hash(page)}"'
            if request.headers.get("If-None-Match") == tag:
                return web.Response(status=304)
            return web.Response(text=page, content_type="text/html", headers={"ETag": tag})
        finally:
            self.at_once -= 1


@pytest.fixture
def clock() -> FixedClock:
    """Noon of 2026-06-15 in Beijing, after every item of the pages below."""
    return FixedClock(datetime(2026, 6, 15, 12, 0, tzinfo=BEIJING))


@pytest.fixture
async def site() -> AsyncIterator[tuple[Site, str]]:
    site = Site()
    app = web.Application()
    app.router.add_get("/{path:.*}", site.answer)
    async with TestServer(app) as server:
        yield site, str(server.make_url("")).rstrip("/")


@pytest.fixture
async def reader(sqlite: Database, clock: FixedClock) -> AsyncIterator[SourceReader]:
    async with SafeFetcher(allow_private=True) as fetcher:
        yield SourceReader(sqlite, fetcher, clock, pause=0)


async def add(database: Database, clock: FixedClock, column: str, url: str) -> int:
    async with database.write() as session:
        source = await sources.add(session, column, url, actor="t", clock=clock)
        assert source.id is not None
        return source.id


async def ledger(database: Database) -> list[tuple[str, str, date]]:
    async with database.read() as session:
        rows = (await session.exec(select(Publication).order_by(Publication.published_on))).all()  # type: ignore[arg-type]
        return [(p.column, p.title, p.published_on) for p in rows]


async def stored(database: Database, number: int) -> WatchSource:
    async with database.read() as session:
        source = await session.get(WatchSource, number)
        assert source is not None
        return source


async def test_new_items_enter_the_ledger_once_whatever_their_order(
    sqlite: Database, clock: FixedClock, reader: SourceReader, site: tuple[Site, str]
) -> None:
    pages, root = site
    old = ("县人社局召开工作会议", "/n/1.html", "2026-06-01")
    new = ("县人社局开展政策宣讲", "/n/2.html", "2026-06-12")
    pages.pages["/list.html"] = list_page(old)
    await add(sqlite, clock, "工作动态", f"{root}/list.html")
    assert (await reader.read_due(HOUR)).new_items == 1
    clock.move(2 * HOUR)
    pages.pages["/list.html"] = list_page(old, new)
    assert (await reader.read_due(HOUR)).new_items == 1
    clock.move(2 * HOUR)
    pages.pages["/list.html"] = list_page(new, old)
    assert (await reader.read_due(HOUR)).new_items == 0
    assert await ledger(sqlite) == [
        ("工作动态", "县人社局召开工作会议", date(2026, 6, 1)),
        ("工作动态", "县人社局开展政策宣讲", date(2026, 6, 12)),
    ]


async def test_an_unchanged_page_is_not_sent_again(
    sqlite: Database, clock: FixedClock, reader: SourceReader, site: tuple[Site, str]
) -> None:
    pages, root = site
    pages.pages["/list.html"] = list_page(("一条足够长的标题", "/n/1.html", "2026-06-01"))
    number = await add(sqlite, clock, "工作动态", f"{root}/list.html")
    await reader.read_due(HOUR)
    clock.move(2 * HOUR)
    done = await reader.read_due(HOUR)
    assert (done.tried, done.reached, done.new_items) == (1, 1, 0)
    assert [tag is not None for path, tag in pages.asked if path == "/list.html"] == [False, True]
    assert (await stored(sqlite, number)).items_seen == 1


async def test_a_source_is_left_alone_until_its_time_and_longer_after_failures(
    sqlite: Database, clock: FixedClock, reader: SourceReader, site: tuple[Site, str]
) -> None:
    pages, root = site
    pages.status["/list.html"] = 503
    number = await add(sqlite, clock, "工作动态", f"{root}/list.html")
    assert (await reader.read_due(HOUR)).failures
    clock.move(HOUR)
    assert (await reader.read_due(HOUR)).tried == 0
    clock.move(HOUR)
    assert (await reader.read_due(HOUR)).tried == 1
    failed = await stored(sqlite, number)
    assert failed.failures == 2
    assert "503" in failed.error
    pages.status.clear()
    pages.pages["/list.html"] = list_page(("恢复以后的第一条消息", "/n/1.html", "2026-06-14"))
    clock.move(4 * HOUR)
    assert (await reader.read_due(HOUR)).reached == 1
    assert (await stored(sqlite, number)).failures == 0


async def test_a_page_that_suddenly_shows_nothing_is_a_failure_of_the_watch(
    sqlite: Database, clock: FixedClock, reader: SourceReader, site: tuple[Site, str]
) -> None:
    pages, root = site
    pages.pages["/list.html"] = list_page(("一条足够长的标题", "/n/1.html", "2026-06-01"))
    number = await add(sqlite, clock, "工作动态", f"{root}/list.html")
    await reader.read_due(HOUR)
    pages.pages["/list.html"] = "<html><body>系统维护中</body></html>"
    clock.move(2 * HOUR)
    done = await reader.read_due(HOUR)
    assert done.reached == 0
    assert "改版" in done.failures[0]
    assert (await stored(sqlite, number)).items_seen == 1


async def test_robots_are_obeyed_and_asked_for_once_a_day(
    sqlite: Database, clock: FixedClock, reader: SourceReader, site: tuple[Site, str]
) -> None:
    pages, root = site
    pages.pages["/robots.txt"] = "User-agent: *\nDisallow: /inner/"
    pages.pages["/inner/list.html"] = pages.pages["/list.html"] = list_page(
        ("一条足够长的标题", "/n/1.html", "2026-06-01")
    )
    await add(sqlite, clock, "内部", f"{root}/inner/list.html")
    await add(sqlite, clock, "工作动态", f"{root}/list.html")
    done = await reader.read_due(HOUR)
    assert (done.tried, done.reached) == (2, 1)
    assert "robots.txt" in done.failures[0]
    clock.move(10 * HOUR)
    await reader.read_due(HOUR)
    assert [path for path, _ in pages.asked].count("/robots.txt") == 1
    assert ("/inner/list.html", None) not in pages.asked


async def test_one_request_at_a_time_to_one_site(
    sqlite: Database, clock: FixedClock, reader: SourceReader, site: tuple[Site, str]
) -> None:
    pages, root = site
    for n in range(5):
        pages.pages[f"/{n}.html"] = list_page((f"第{n}个栏目的一条消息", f"/n/{n}.html", "2026-06-01"))
        await add(sqlite, clock, f"栏目{n}", f"{root}/{n}.html")
    assert (await reader.read_due(HOUR)).reached == 5
    assert pages.most_at_once == 1


async def test_items_without_a_printed_date_do_not_count_as_published(
    sqlite: Database, clock: FixedClock, reader: SourceReader, site: tuple[Site, str]
) -> None:
    pages, root = site
    pages.pages["/feed.json"] = (
        '[{"title": "没有日期的一条", "url": "/n/a.html"}, {"title": "有日期的一条", "url": "/n/b.html", "date": "2026-06-02"}]'
    )
    await add(sqlite, clock, "通知公告", f"{root}/feed.json")
    await reader.read_due(HOUR)
    assert [title for _, title, _ in await ledger(sqlite)] == ["有日期的一条"]


async def test_addresses_inside_the_network_are_not_read(
    sqlite: Database, clock: FixedClock, site: tuple[Site, str]
) -> None:
    pages, root = site
    await add(sqlite, clock, "工作动态", f"{root}/list.html")
    async with SafeFetcher() as fetcher:
        done = await SourceReader(sqlite, fetcher, clock).read_due(HOUR)
    assert done.failures
    assert pages.asked == []


async def test_sources_are_registered_once_and_can_be_removed(sqlite: Database, clock: FixedClock) -> None:
    number = await add(sqlite, clock, "工作动态", "https://www.example.gov.cn/a/")
    with pytest.raises(Refused):
        await add(sqlite, clock, "工作动态", "https://www.example.gov.cn/a/")
    with pytest.raises(Refused):
        await add(sqlite, clock, "工作动态", "file:///etc/passwd")
    async with sqlite.write() as session:
        await sources.remove(session, number, actor="t")
    with pytest.raises(NotFound):
        async with sqlite.write() as session:
            await sources.remove(session, number, actor="t")


async def test_the_job_reads_what_is_due_and_a_dry_run_only_says_so(
    sqlite: Database, clock: FixedClock, site: tuple[Site, str]
) -> None:
    pages, root = site
    pages.pages["/list.html"] = list_page(("一条足够长的标题", "/n/1.html", "2026-06-01"))
    await add(sqlite, clock, "工作动态", f"{root}/list.html")
    watch = Watch(sqlite, SchedulerSettings(source_private=True), clock, b"k" * 32)
    assert await read(watch, dry_run=True) == {"due": [f"{root}/list.html"]}
    assert pages.asked == []
    assert await read(watch) == {"tried": 1, "reached": 1, "new": 1, "failures": []}
    clock.move(2 * HOUR)
    assert (await read(watch))["new"] == 0
    assert [path for path, _ in pages.asked].count("/robots.txt") == 1


async def test_a_broken_link_on_one_page_keeps_nothing_else_from_being_read(
    sqlite: Database, clock: FixedClock, reader: SourceReader, site: tuple[Site, str]
) -> None:
    pages, root = site
    broken = ("这一条的链接写坏了的标题", "http://www.example.gov.cn:端口/1.html", "2026-06-01")
    nowhere = ("这一条的链接也写坏了的标题", "http://[2001:zz]/1.html", "2026-06-02")
    pages.pages["/a.html"] = list_page(broken, nowhere, ("一条足够长的好标题", "/n/1.html", "2026-06-03"))
    half = '[{"title": "半个字\\ud83d的足够长标题", "url": "/n/9.html", "date": "2026-06-04"}]'
    pages.pages["/b.json"] = half
    pages.pages["/c.html"] = list_page(("另一栏足够长的好标题", "/n/2.html", "2026-06-05"))
    for column, path in (("甲", "a.html"), ("乙", "b.json"), ("丙", "c.html")):
        await add(sqlite, clock, column, f"{root}/{path}")
    done = await reader.read_due(HOUR)
    assert (done.reached, done.failures) == (3, ())
    assert await ledger(sqlite) == [
        ("甲", "一条足够长的好标题", date(2026, 6, 3)),
        ("乙", "半个字的足够长标题", date(2026, 6, 4)),
        ("丙", "另一栏足够长的好标题", date(2026, 6, 5)),
    ]
