"""The desk's loader: takes files from the queue one by one, has each read in a worker process, stores a draft."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from urllib.parse import unquote, urlsplit

from aiohttp import web

from bot.web.desk.common import DESK, Desk
from storage import loads
from storage.database import DATABASE_ERRORS
from storage.errors import Conflict, StorageError
from storage.facts import Reading
from storage.models.loads import LoadState, LoadTask
from storage.reading.fetch import SafeFetcher
from storage.reading.reader import read_report
from storage.reports.drafts import Upload, complete, store_draft

_log = logging.getLogger(__name__)
_LOOK_EVERY = 20.0
"""Seconds between looks into the queue for what another process left."""

NO_AGENCY = "文件里没有写明是哪个单位的年报，请填写后继续。"
NO_YEAR = "文件里没有写明是哪一年的年报，请填写后继续。"

Read = Callable[[bytes, str | None, str | None], Awaitable[Reading]]


class Loader:
    """Works through the queue for as long as the process runs. `wake` after adding to it."""

    def __init__(self, desk: Desk, max_bytes: int, read: Read = read_report) -> None:
        self._desk = desk
        self._max_bytes = max_bytes
        self._read = read
        self._wake = asyncio.Event()

    def wake(self) -> None:
        """There is something to read."""
        self._wake.set()

    async def run(self) -> None:
        """Read what is in the queue, then wait; ends when cancelled."""
        while True:
            self._wake.clear()
            try:
                while await self.one():
                    pass
            except DATABASE_ERRORS:
                _log.warning("the queue of reports cannot be reached; trying again")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), _LOOK_EVERY)

    async def one(self) -> bool:
        """Take one task and bring it to its end; false where there is none."""
        async with self._desk.database.write() as session:
            task = await loads.claim(session, self._desk.clock.now())
        if task is None:
            return False
        if task.state == LoadState.READING:
            try:
                await self._load(task)
            except StorageError as error:
                await self._fail(task, str(error))
            except DATABASE_ERRORS:
                raise
            except Exception:
                _log.exception("reading %s failed", task.name)
                await self._fail(task, "读取时出了意外，请换一种格式的文件再试，并告诉管理员。")
        return True

    async def _load(self, task: LoadTask) -> None:
        upload = await self._upload(task)
        reading = await self._read(upload.content, upload.name, upload.url)
        missing = (task.agency or reading.agency) is None, (task.year or reading.year) is None
        if any(missing):
            await self._fail(task, NO_AGENCY if missing[0] else NO_YEAR, reading)
            return
        reading = complete(reading, agency=task.agency, year=task.year)
        now = self._desk.clock.now()
        with contextlib.suppress(Conflict):
            async with self._desk.database.write() as session:
                draft = await store_draft(
                    session, reading, upload, actor=task.actor, now=now, max_bytes=self._max_bytes
                )
                await loads.finish(session, task, version_id=draft.version_id, created=draft.created, now=now)

    async def _upload(self, task: LoadTask) -> Upload:
        if task.content is not None:
            return Upload(task.content, task.name, None)
        async with SafeFetcher(max_bytes=self._max_bytes) as fetcher:
            fetched = await fetcher.get(task.url or "")
        name = unquote(urlsplit(fetched.url).path.rsplit("/", 1)[-1]) or task.name
        return Upload(fetched.content, name, fetched.url)

    async def _fail(self, task: LoadTask, message: str, reading: Reading | None = None) -> None:
        async with self._desk.database.write() as session:
            await loads.fail(
                session,
                task,
                message,
                now=self._desk.clock.now(),
                found_agency=reading.agency if reading else None,
                found_year=reading.year if reading else None,
            )


LOADER: web.AppKey[Loader] = web.AppKey("loader", Loader)


async def running(app: web.Application) -> AsyncIterator[None]:
    """The loader for as long as the application runs."""
    work = asyncio.create_task(app[LOADER].run())
    yield
    work.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await work


def setup_loader(app: web.Application, max_bytes: int) -> None:
    """Give the desk its loader."""
    app[LOADER] = Loader(app[DESK], max_bytes)
    app.cleanup_ctx.append(running)
