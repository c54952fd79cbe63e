"""Fixtures of the webhook's tests."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.settings import WeChatMode
from bot.wechat.crypto import AesKey, Envelope
from bot.wechat.simulate import Simulator
from bot.wechat.webhook import Account, LateAnswers, Webhook
from storage.state import MemoryState, State
from tests.bot.wechat.site import APP_ID, KEY, OLD_KEY, TOKEN, Echo, Site, Start, person


@pytest.fixture
def handler() -> Echo:
    return Echo()


@pytest.fixture
async def start(handler: Echo) -> AsyncIterator[Start]:
    """Starts webhooks; each may share its state with another."""
    async with contextlib.AsyncExitStack() as stack:

        async def start(
            mode: WeChatMode = WeChatMode.SECURE,
            *,
            sends: WeChatMode | None = None,
            keys: tuple[str, ...] = (KEY, OLD_KEY),
            sends_key: str = KEY,
            state: State | None = None,
            late: LateAnswers | None = None,
            handler: Echo = handler,
            **options: Any,
        ) -> Site:
            seconds = options.pop("seconds", 4.5)
            envelope = Envelope(TOKEN, APP_ID, tuple(AesKey(k) for k in keys)) if keys else None
            account = Account("main", TOKEN, mode, envelope, **options)
            store = state or MemoryState()
            webhook = Webhook(account, store, handler, key=person, late=late, seconds=seconds)
            app = web.Application()
            app.router.add_get("/wechat", webhook.get)
            app.router.add_post("/wechat", webhook.post)
            server = TestServer(app)
            await server.start_server()
            stack.push_async_callback(server.close)
            stack.push_async_callback(webhook.aclose)
            session = await stack.enter_async_context(aiohttp.ClientSession())
            url = str(server.make_url("/wechat"))
            wechat = Simulator(session, url, token=TOKEN, mode=sends or mode, app_id=APP_ID, aes_key=sends_key)
            return Site(webhook, wechat, session, url, handler, store)

        yield start
