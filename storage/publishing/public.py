"""What citizens may be told of the publishing ledger, kept in memory: answers must not wait for the database.

Which columns are public is a setting; without it nothing is told. The newest items of each public column and the
annual reports by year are read again every minute.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Sequence
from types import MappingProxyType, TracebackType

from sqlmodel import col, select

from storage.database import DATABASE_ERRORS, Database
from storage.models.watch import Publication
from storage.publishing.types import Published

PER_COLUMN = 10
SHOWN = 5
_REPORT_YEAR = re.compile(r"(20\d{2})年?.{0,12}政府信息公开(?:工作)?年(?:度报告|报)")


def split_columns(text: str) -> tuple[str, ...]:
    """The names in the setting, separated by commas of either width."""
    return tuple(name for part in re.split(r"[,，、]", text) if (name := part.strip()))


class PublicLedger:
    """The public part of the ledger, in memory; used as an async context manager it keeps itself fresh."""

    def __init__(self, database: Database, columns: Sequence[str], *, seconds: float = 60.0) -> None:
        """Nothing is read yet.

        Args:
            database: where the ledger is.
            columns: names of the columns that citizens may be told of.
            seconds: between two readings.
        """
        self._database = database
        self._columns = tuple(columns)
        self._seconds = seconds
        self._items = MappingProxyType[str, tuple[Published, ...]]({})
        self._reports = MappingProxyType[int, Published]({})
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> PublicLedger:
        self._task = asyncio.create_task(self._keep(), name="public ledger")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def refresh(self) -> None:
        """Read the newest items of the public columns."""
        items: dict[str, tuple[Published, ...]] = {}
        reports: dict[int, Published] = {}
        async with self._database.read() as session:
            for column in self._columns:
                query = select(Publication).where(col(Publication.column) == column)
                newest = query.order_by(col(Publication.published_on).desc(), col(Publication.id).desc())
                found = (await session.exec(newest.limit(PER_COLUMN))).all()
                items[column] = tuple(Published(p.title, p.published_on, p.column, p.url or "") for p in found)
                for item in items[column]:
                    if match := _REPORT_YEAR.search(item.title):
                        reports.setdefault(int(match[1]), item)
        self._items, self._reports = MappingProxyType(items), MappingProxyType(reports)

    def report(self, year: int) -> Published | None:
        """The annual report of a year, if its publication is on record in a public column."""
        return self._reports.get(year)

    def latest(self, question: str) -> Sequence[Published]:
        """The newest items of the public columns that the question names; without one, of all of them."""
        named = [c for c in self._items if c in question]
        found = [item for column in named or self._items for item in self._items[column]]
        return sorted(found, key=lambda item: item.day, reverse=True)[:SHOWN]

    async def _keep(self) -> None:
        while True:
            with contextlib.suppress(*DATABASE_ERRORS):
                await self.refresh()
            await asyncio.sleep(self._seconds)
