"""A fake WeChat, an account on it, and clients that talk to it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import pytest

from bot.wechat.api import WeChatClient
from storage.clock import FixedClock
from storage.state import MemoryState
from tests.fakes.wechat import FakeAccount, FakeWeChat


@pytest.fixture
async def wechat(clock: FixedClock) -> AsyncIterator[FakeWeChat]:
    async with FakeWeChat(clock) as fake:
        yield fake


@pytest.fixture
def account(wechat: FakeWeChat) -> FakeAccount:
    """A verified service account (认证服务号)."""
    return wechat.account()


@pytest.fixture
def state(clock: FixedClock) -> MemoryState:
    return MemoryState(lambda: clock.now().timestamp())


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
def client(
    wechat: FakeWeChat, account: FakeAccount, session: aiohttp.ClientSession, state: MemoryState, clock: FixedClock
) -> WeChatClient:
    return WeChatClient(session, account.app_id, account.secret, state, clock, hosts=(wechat.url,), pause=0)
