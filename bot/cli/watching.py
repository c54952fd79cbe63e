"""The watch within the web process; its messages over the official account are delivered by `bot.endpoints`."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager

from aiohttp import web

from bot import keys
from bot.settings import BotSettings
from scheduler.app import WatchProcess
from scheduler.settings import SchedulerSettings


def settings_of(settings: BotSettings) -> SchedulerSettings:
    """The watch's settings, those that both have as the web process has them."""
    shared = SchedulerSettings.model_fields.keys() & BotSettings.model_fields.keys()
    return SchedulerSettings(**{name: getattr(settings, name) for name in shared})


def keep_watch(settings: SchedulerSettings) -> Callable[[web.Application], AsyncIterator[None]]:
    """A clean-up context for the web application: the watch lives as long as it does."""

    async def context(app: web.Application) -> AsyncIterator[None]:
        async with _watch(app, settings):
            yield

    return context


def _watch(app: web.Application, settings: SchedulerSettings) -> AbstractAsyncContextManager[None]:
    @contextlib.asynccontextmanager
    async def running() -> AsyncIterator[None]:
        process = WatchProcess(settings, app[keys.DATABASE], clock=app[keys.CLOCK])
        await process.start()
        yield
        await process.stop()

    return running() if settings.watch else contextlib.nullcontext()
