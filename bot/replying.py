"""Sends replies of staff to citizens as customer-service messages, where the account and the person allow it.

Lease, send, mark (`storage.handover.replies`). What surely did not go out waits: for a later try, or for the person's
next message. What may have gone out is never sent again by itself; staff see it and decide.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from datetime import timedelta

from bot.attention import Attention
from bot.notices import Outbound, channel_error
from bot.sealing import BadSeal, Seal
from bot.sender import NotAllowed
from bot.wechat.api.capabilities import Feature
from bot.wechat.api.errors import WeChatError
from bot.wechat.api.messages import Text, Unsendable
from storage import outbox
from storage.clock import Clock
from storage.database import DATABASE_ERRORS, Database
from storage.handover import replies
from storage.handover.replies import Leased
from storage.outbox import Outcome

log = logging.getLogger(__name__)

EVERY_SECONDS = 1.0
_NOT_ALLOWED = timedelta(minutes=1)
UNKNOWN = "发送时没有收到微信的回音，不知道对方收到没有。为避免重复，没有自动再发。"


class ReplySender:
    """Sends the replies of one account."""

    def __init__(
        self, database: Database, account: str, outbound: Outbound, seal: Seal, holder: str, clock: Clock
    ) -> None:
        """Take where replies are and what they are sent with; `holder` names the process."""
        self._database = database
        self._account = account
        self._outbound = outbound
        self._seal = seal
        self._holder = holder
        self._clock = clock

    async def run(self, attention: Attention, stop: asyncio.Event) -> None:
        """Send what waits, every second, until `stop`; it stops between replies."""
        while not stop.is_set():
            try:
                if attention.anything_waits:
                    await self.deliver()
            except DATABASE_ERRORS as error:
                log.warning("replies to citizens wait: %s", type(error).__name__)
            except Exception:
                log.exception("replies to citizens wait")
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), EVERY_SECONDS)

    async def deliver(self) -> int:
        """Send every reply that may go out now; how many did."""
        count = 0
        while self._outbound.capabilities.may(Feature.CUSTOM_MESSAGE):
            now = self._clock.now()
            async with self._database.read() as session:
                if not await replies.waits(session, self._account, now):
                    break
            async with self._database.write() as session:
                leased = await replies.lease(session, self._account, self._holder, now)
            if leased is not None:
                count += await self._send(leased)
        return count

    async def _send(self, leased: Leased) -> bool:
        try:
            await self._outbound.sender.send(self._seal.open(leased.address), Text(leased.body))
        except NotAllowed:
            await self._put_off(leased, _NOT_ALLOWED, "")
        except (BadSeal, Unsendable) as error:
            await self._failed(leased, f"这条消息发不出去：{error}")
        except WeChatError as error:
            await self._refused(leased, error)
        except DATABASE_ERRORS:
            await self._failed(leased, UNKNOWN)
        else:
            async with self._database.write() as session:
                await replies.sent(session, leased.id, self._holder, self._clock.now())
            return True
        return False

    async def _refused(self, leased: Leased, error: WeChatError) -> None:
        means = channel_error(error)
        if means.outcome is Outcome.UNCERTAIN:
            await self._failed(leased, UNKNOWN)
        elif means.outcome is Outcome.RETRY and leased.attempts < replies.MAX_ATTEMPTS:
            await self._put_off(leased, means.after or outbox.backoff(leased.attempts), str(means))
        elif means.outcome is Outcome.CLOSED:
            await self._put_off(leased, _NOT_ALLOWED, "")
        else:
            await self._failed(leased, str(means))

    async def _put_off(self, leased: Leased, wait: timedelta, error: str) -> None:
        async with self._database.write() as session:
            await replies.put_off(session, leased.id, self._holder, self._clock.now() + wait, error)

    async def _failed(self, leased: Leased, error: str) -> None:
        async with self._database.write() as session:
            await replies.failed(session, leased.id, self._holder, error)
