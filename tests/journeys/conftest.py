"""A whole web process with WeChat on both sides of it: pushes come in, calls go out, the clock is moved."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from pydantic import SecretStr

from bot.app import create_app
from bot.settings import BotSettings
from bot.wechat.api.capabilities import Feature
from storage.catalogue import Meaning
from storage.clock import FixedClock
from storage.database import Database
from storage.facts import CellReading
from tests.builders import AGENCY, add_live, make_reading
from tests.fakes.wechat import FakeAccount, FakePusher, FakeWeChat

APP_ID, SECRET, TOKEN, AES_KEY = "wx00000000000000aa", "a" * 32, "tokenA", "A" * 43
OTHER_ID, OTHER_SECRET, OTHER_TOKEN, OTHER_KEY = "wx00000000000000bb", "b" * 32, "tokenB", "B" * 43
OTHER_AGENCY = "青石县医疗保障局"
ASKED = sum(bool(f.value.path) for f in Feature)


@dataclass
class Deployment:
    """A running web process; `pusher` is WeChat's side of the main account, `other` of the second."""

    app: web.Application
    wechat: FakeWeChat
    account: FakeAccount
    pusher: FakePusher
    other: FakePusher
    url: str


async def until(true: Callable[[], bool]) -> None:
    """Let the process work until something is seen from outside."""
    async with asyncio.timeout(120):
        while not true():  # noqa: ASYNC110  (what is waited for happens in the process under test)
            await asyncio.sleep(0.01)


Start = Callable[..., Awaitable[Deployment]]


@pytest.fixture
async def wechat(clock: FixedClock) -> AsyncIterator[FakeWeChat]:
    async with FakeWeChat(clock) as fake:
        yield fake


@pytest.fixture
async def data(data_folder: Path, clock: FixedClock) -> Path:
    """A data folder in which two bureaus have told different figures for 2025, one of them also for the years before."""
    database = Database(f"sqlite+aiosqlite:///{data_folder / 'gongkai.db'}")
    told = ((AGENCY, 2023, 21), (AGENCY, 2024, 28), (AGENCY, 2025, 37), (OTHER_AGENCY, 2025, 91))
    for agency, year, number in told:
        reading = make_reading(year, agency=agency)
        reading.cells["t3.new.total"] = CellReading("t3.new.total", Meaning.NUMBER, Decimal(number), str(number))  # type: ignore[index]
        await add_live(database, clock, reading)
    await database.close()
    return data_folder


@pytest.fixture
async def start(wechat: FakeWeChat, data: Path, clock: FixedClock) -> AsyncIterator[Start]:
    """Starts the process; options are settings of the main account, or fields of the fake one."""
    async with contextlib.AsyncExitStack() as stack:

        async def start(*, secret: str | None = SECRET, seconds: float = 5.0, fake: dict[str, Any] | None = None, **settings: Any) -> Deployment:  # fmt: skip
            account = wechat.account(APP_ID, SECRET, **(fake or {}))
            second = wechat.account(OTHER_ID, OTHER_SECRET)
            accounts = data / "accounts.toml"
            accounts.write_text(
                f'[ybj]\nagency = "{OTHER_AGENCY}"\napp_id = "{OTHER_ID}"\napp_secret = "{OTHER_SECRET}"\n'
                f'token = "{OTHER_TOKEN}"\naes_key = "{OTHER_KEY}"\n[ybj.contact]\nphone = "0000-7654321"\n',
                encoding="utf-8",
            )
            values: dict[str, Any] = {
                "data_dir": data,
                "agency": AGENCY,
                "contact_phone": "0000-1234567",
                "wechat_app_id": APP_ID,
                "wechat_app_secret": SecretStr(secret) if secret else None,
                "wechat_token": SecretStr(TOKEN),
                "wechat_aes_key": SecretStr(AES_KEY),
                "wechat_hosts": (wechat.url,),
                "accounts_file": accounts,
                **settings,
            }
            app = create_app(BotSettings(_env_file=None, **values), clock=clock)
            server = TestServer(app)
            await server.start_server()
            stack.push_async_callback(server.close)
            callers = 1 + bool(secret)
            await until(lambda: wechat.count("/cgi-bin/openapi/quota/get") == callers * ASKED)  # asked at the start
            session = await stack.enter_async_context(aiohttp.ClientSession())
            url = str(server.make_url("/wechat"))
            pusher = FakePusher(session, url, account, clock, TOKEN, AES_KEY, "gh_main00000001", seconds)
            other = FakePusher(session, f"{url}/ybj", second, clock, OTHER_TOKEN, OTHER_KEY, "gh_other0000001", seconds)
            return Deployment(app, wechat, account, pusher, other, url)

        yield start
