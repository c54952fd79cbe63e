"""The watch within the web process, and the delivery of its messages over the official account."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager

from aiohttp import web

from bot import keys
from bot.accounts import MAIN
from bot.notices import AccountChannel
from bot.settings import BotSettings
from scheduler.app import WatchProcess, holder_name
from scheduler.settings import SchedulerSettings
from storage import outbox
from storage.database import DATABASE_ERRORS

log = logging.getLogger(__name__)

_EVERY_SECONDS = 10.0


def settings_of(settings: BotSettings) -> SchedulerSettings:
    """The watch's settings, those that both have as the web process has them."""
    shared = SchedulerSettings.model_fields.keys() & BotSettings.model_fields.keys()
    return SchedulerSettings(**{name: getattr(settings, name) for name in shared})


def keep_watch(settings: SchedulerSettings) -> Callable[[web.Application], AsyncIterator[None]]:
    """A clean-up context for the web application: the watch and the account's messages live as long as it does."""

    async def context(app: web.Application) -> AsyncIterator[None]:
        delivering = asyncio.create_task(_deliver(app))
        async with _watch(app, settings):
            yield
        delivering.cancel()
        await asyncio.gather(delivering, return_exceptions=True)

    return context


def _watch(app: web.Application, settings: SchedulerSettings) -> AbstractAsyncContextManager[None]:
    @contextlib.asynccontextmanager
    async def running() -> AsyncIterator[None]:
        process = WatchProcess(settings, app[keys.DATABASE], clock=app[keys.CLOCK])
        await process.start()
        yield
        await process.stop()

    return running() if settings.watch else contextlib.nullcontext()


async def _deliver(app: web.Application) -> None:
    """Send what waits for the official account; any web process may, each message is claimed by one."""
    sender = app.get(keys.SENDERS, {}).get(MAIN)
    if sender is None:
        return
    channels, holder = {outbox.WECHAT: AccountChannel(sender)}, holder_name()
    while True:
        try:
            await outbox.deliver(app[keys.DATABASE], channels, holder, app[keys.CLOCK])
        except DATABASE_ERRORS as error:
            log.warning("messages of the watch wait: %s", type(error).__name__)
        await asyncio.sleep(_EVERY_SECONDS)
