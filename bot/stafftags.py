"""The tag (标签) by which WeChat shows the staff's menu: an account's bound staff have it, and nobody else."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress

from bot.wechat.api import WeChatClient, WeChatError
from bot.wechat.api.capabilities import Capabilities, Feature
from bot.wechat.api.menu import mark_staff
from storage import people
from storage.database import DATABASE_ERRORS, Database

log = logging.getLogger(__name__)

EVERY = 3600.0
"""Seconds after which it is looked at again: people are also unbound at the desk, and by other processes."""


class StaffTags:
    """Keeps one account's tag."""

    def __init__(
        self,
        database: Database,
        account: str,
        client: WeChatClient,
        capabilities: Capabilities,
        changed: asyncio.Event,
    ) -> None:
        """Take where the staff are, what asks WeChat, and what tells that somebody was bound or unbound."""
        self._database = database
        self._account = account
        self._client = client
        self._capabilities = capabilities
        self._changed = changed

    async def run(self, tag: str) -> None:
        """Keep the tag, at once after each change and every hour, until cancelled."""
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), EVERY)
            self._changed.clear()
            if self._capabilities.may(Feature.CONDITIONAL_MENU):
                await self._keep(tag)

    async def _keep(self, tag: str) -> None:
        try:
            async with self._database.read() as session:
                bound = await people.bound(session, self._account)
            await mark_staff(self._client, tag, bound)
        except WeChatError as error:
            self._capabilities.refused(Feature.CONDITIONAL_MENU.value.path, error)
            log.warning("account %s: the staff's tag was not kept: %s", self._account, error)
        except DATABASE_ERRORS as error:
            log.warning("account %s: the staff's tag waits: %s", self._account, type(error).__name__)
