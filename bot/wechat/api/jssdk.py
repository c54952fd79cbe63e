"""JS-SDK: the signature by which a page of ours may call WeChat's functions inside WeChat.

Source: developers.weixin.qq.com, JS-SDK 说明文档 (附录 1, 签名算法). The ticket is kept like the access token, shared
by all processes and fetched once per lifetime.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.wechat.api.client import WeChatClient
from bot.wechat.api.errors import Unreachable, WeChatError
from bot.wechat.api.tokens import Store
from storage.clock import Clock

TICKET = "/cgi-bin/ticket/getticket"
MARGIN_SECONDS = 300
"""A ticket is not used in its last minutes: the page that it signs lives on for a while."""


REFUSED = timedelta(minutes=1)
"""After a ticket that did not come none is asked for: pages are opened by anybody, as often as they like."""


@dataclass(frozen=True, slots=True)
class PageConfig:
    """What a page hands to `wx.config`."""

    app_id: str
    timestamp: int
    nonce: str
    signature: str


class JsSdk:
    """Signs pages of one account."""

    def __init__(self, client: WeChatClient, app_id: str, store: Store, clock: Clock) -> None:
        self._client = client
        self._app_id = app_id
        self._store = store
        self._clock = clock
        self._lock = asyncio.Lock()
        self._failure: tuple[datetime, WeChatError] | None = None

    async def config(self, url: str) -> PageConfig:
        """Sign a page.

        Args:
            url: exactly as the browser shows it; what follows `#` is left out.

        Raises:
            WeChatError: no ticket.
        """
        timestamp, nonce = int(self._clock.now().timestamp()), secrets.token_hex(8)
        signature = sign(await self._ticket(), nonce, timestamp, url)
        return PageConfig(self._app_id, timestamp, nonce, signature)

    async def _ticket(self) -> str:
        key = f"ticket:{self._app_id}"
        async with self._lock:
            known = await self._store.get(key)
            if known is not None:
                return known.decode()
            now = self._clock.now()
            if self._failure is not None and now - self._failure[0] < REFUSED:
                raise self._failure[1].with_traceback(None)
            try:
                answer = await self._client.get(TICKET, type="jsapi")
            except WeChatError as error:
                self._failure = now, error
                raise
            ticket, seconds = answer.get("ticket"), answer.get("expires_in")
            if not isinstance(ticket, str) or not isinstance(seconds, int):
                raise Unreachable(TICKET, "应答里没有 ticket", maybe_done=False)
            if seconds > MARGIN_SECONDS:
                await self._store.put(key, ticket.encode(), seconds - MARGIN_SECONDS)
            return ticket


def sign(ticket: str, nonce: str, timestamp: int, url: str) -> str:
    """The sha1 over ticket, nonce, time and address in this order, raw."""
    text = f"jsapi_ticket={ticket}&noncestr={nonce}&timestamp={timestamp}&url={url.partition('#')[0]}"
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()
