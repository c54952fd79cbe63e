"""Reading the columns' pages politely: robots, conditional requests, one at a time per site, back-off after failures.

What cannot be read is a failure of the watch and is recorded as such; it never makes a column overdue. A page that
showed items before and shows none now counts as unread: its build has changed, or it is an error page.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit
from urllib.robotparser import RobotFileParser

from storage.clock import Clock
from storage.database import DATABASE_ERRORS, Database
from storage.listing import Item as ListItem
from storage.listing import read_list
from storage.models.watch import WatchSource
from storage.publishing import sources
from storage.publishing.importing import Item, record_items
from storage.reading.errors import FetchFailed
from storage.reading.fetch import Fetched, FetchStatus, SafeFetcher

log = logging.getLogger(__name__)

ROBOT = "Gongkai"
MAX_PAGE = 8 * 1024 * 1024
Robots = dict[str, tuple[datetime, RobotFileParser | None]]
"""What each site's robots.txt said, and when it was asked; `None` where it has none."""
ROBOTS_LIFE = timedelta(days=1)
SITES_AT_ONCE = 4
ACTOR = "watch"


@dataclass(frozen=True, slots=True)
class Round:
    """What one round of reading did; part of the watch's proof of work."""

    tried: int = 0
    reached: int = 0
    new_items: int = 0
    failures: tuple[str, ...] = ()

    def __add__(self, other: Round) -> Round:
        """Both together."""
        return Round(
            self.tried + other.tried,
            self.reached + other.reached,
            self.new_items + other.new_items,
            self.failures + other.failures,
        )


class Unreadable(Exception):
    """The page came but holds nothing that can be read, or may not be read; the message is Chinese."""


class SourceReader:
    """Reads sources with one fetcher; several sites at once, each site one request at a time."""

    def __init__(
        self,
        database: Database,
        fetcher: SafeFetcher,
        clock: Clock,
        *,
        pause: float = 1.0,
        robots: Robots | None = None,
    ) -> None:
        """Prepare.

        Args:
            database: where sources and the ledger are.
            fetcher: entered by the caller.
            clock: the time.
            pause: seconds between two requests to one site.
            robots: shared with other readers, else this reader's own.
        """
        self._database = database
        self._fetcher = fetcher
        self._clock = clock
        self._pause = pause
        self._robots: Robots = {} if robots is None else robots

    async def read_due(self, every: timedelta) -> Round:
        """Read every source whose time has come."""
        async with self._database.read() as session:
            found = await sources.due(session, self._clock.now(), every)
        return await self.read(found)

    async def read(self, chosen: Sequence[WatchSource]) -> Round:
        """Read these sources, each recorded as soon as it is done."""
        by_site: dict[str, list[WatchSource]] = defaultdict(list)
        for source in chosen:
            by_site[urlsplit(source.url).netloc.lower()].append(source)
        gate = asyncio.Semaphore(SITES_AT_ONCE)

        async def site(members: list[WatchSource]) -> Round:
            async with gate:
                total = Round()
                for number, source in enumerate(members):
                    if number:
                        await asyncio.sleep(self._pause)
                    total += await self._whatever_it_holds(source)
                return total

        done = await asyncio.gather(*(site(members) for members in by_site.values()))
        return sum(done, Round())

    async def _whatever_it_holds(self, source: WatchSource) -> Round:
        """Read one; what nobody foresaw on its page is its failure, and does not keep the others from being read."""
        try:
            return await self._one(source)
        except DATABASE_ERRORS:
            raise
        except Exception:
            log.exception("source %s holds what was not foreseen", source.id)
            return await self._failed(source, "页面上有读不了的内容，详见日志。")

    async def _failed(self, source: WatchSource, reason: str) -> Round:
        async with self._database.write() as session:
            await sources.note_failure(session, source.id or 0, reason, self._clock.now())
        return Round(tried=1, failures=(f"栏目“{source.column}”（{source.url}）：{reason}",))

    async def _one(self, source: WatchSource) -> Round:
        try:
            page, items = await self._fetch(source)
        except (FetchFailed, Unreadable) as error:
            log.warning("source %s not read: %s", source.id, error)
            return await self._failed(source, str(error))
        found = [Item(source.column, i.title[:500], i.url, i.date) for i in items or () if i.date is not None]
        async with self._database.write() as session:
            plan = await record_items(session, found, origin="site", actor=ACTOR, clock=self._clock)
            await sources.note_success(
                session,
                source.id or 0,
                items=None if items is None else len(items),
                etag=page.headers.get("etag"),
                last_modified=page.headers.get("last-modified"),
                at=self._clock.now(),
            )
        return Round(tried=1, reached=1, new_items=len(plan.new))

    async def _fetch(self, source: WatchSource) -> tuple[Fetched, list[ListItem] | None]:
        """The page and its items; `None` items where the site says that nothing has changed."""
        if not await self._allowed(source.url):
            raise Unreadable("网站的 robots.txt 不允许读取这个页面。")
        conditions = {"If-None-Match": source.etag, "If-Modified-Since": source.last_modified}
        page = await self._fetcher.get(source.url, headers={k: v for k, v in conditions.items() if v})
        if page.status == 304:
            return page, None
        today, selector = self._clock.today(), source.selectors.get("list")
        items = await asyncio.to_thread(read_list, page.content, page.url, today, selector)
        if not items and source.items_seen:
            raise Unreadable(f"页面上没有读到条目（上次读到{source.items_seen}条），页面可能改版或出错。")
        return page, items

    async def _allowed(self, url: str) -> bool:
        """Whether the site's robots.txt lets us read the address; a site without one does, one in trouble does not."""
        parts = urlsplit(url)
        site = f"{parts.scheme}://{parts.netloc}"
        known = self._robots.get(site)
        if known is None or self._clock.now() - known[0] > ROBOTS_LIFE:
            known = self._robots[site] = (self._clock.now(), await self._rules(site))
        return known[1] is None or known[1].can_fetch(ROBOT, url)

    async def _rules(self, site: str) -> RobotFileParser | None:
        try:
            page = await self._fetcher.get(f"{site}/robots.txt")
        except FetchStatus as error:
            if error.status < 500:
                return None
            raise
        rules = RobotFileParser()
        rules.parse(page.content[:500_000].decode("utf-8", "replace").splitlines())
        return rules


def summary(done: Round) -> str:
    """One line for the log and the command line."""
    failed = f"，失败{len(done.failures)}个" if done.failures else ""
    return f"读取来源{done.tried}个，成功{done.reached}个，新增{done.new_items}条{failed}。"
