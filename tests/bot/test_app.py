"""The whole web process over HTTP: a signed, encrypted question in, the sample's figure out; and what it survives."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import unused_port
from yarl import URL

from bot.app import create_app
from bot.cli.serve import with_own_account
from bot.settings import BotSettings
from bot.wechat.simulate import Simulator
from storage import migrate
from storage.clock import BEIJING, FixedClock
from storage.database import Database
from storage.errors import Refused
from storage.sample import load_sample

ROOT = Path(__file__).resolve().parents[2]
CLOCK = FixedClock(datetime(2024, 6, 15, 12, 0, tzinfo=BEIJING))


def settings_in(folder: Path, **values: Any) -> BotSettings:
    return with_own_account(BotSettings(_env_file=None, data_dir=folder, **values))  # type: ignore[call-arg]


@contextlib.asynccontextmanager
async def running(settings: BotSettings) -> AsyncIterator[tuple[aiohttp.ClientSession, URL, Simulator]]:
    database = Database(settings.sqlalchemy_url)
    await migrate.upgrade(database)
    await load_sample(database, CLOCK)
    await database.close()
    address = URL(f"http://127.0.0.1:{unused_port()}")
    runner = web.AppRunner(create_app(settings, clock=CLOCK, address=address))
    await runner.setup()
    assert address.port is not None
    await web.TCPSite(runner, "127.0.0.1", address.port).start()
    assert settings.wechat_token is not None
    assert settings.wechat_aes_key is not None
    async with aiohttp.ClientSession() as session:
        yield (
            session,
            address,
            Simulator(
                session,
                address / "wechat",
                token=settings.wechat_token.get_secret_value(),
                mode=settings.wechat_mode,
                app_id=settings.wechat_app_id or "",
                aes_key=settings.wechat_aes_key.get_secret_value(),
            ),
        )
    await runner.cleanup()


async def test_a_question_over_the_webhook_is_answered_from_the_sample(tmp_path: Path) -> None:
    async with running(settings_in(tmp_path)) as (session, address, wechat):
        (reply,) = await wechat("text", openid="oPerson", content="去年公众号发了多少条信息")
        assert "118" in reply["content"]
        (reply,) = await wechat("text", openid="oPerson", content="2023年行政强制有多少件")
        assert "空白" in reply["content"]
        async with session.get(address / "healthz") as live, session.get(address / "readyz") as ready:
            assert live.status == ready.status == 200
            assert (await ready.json())["status"] == "ok"
        async with session.get(address / "demo") as response:
            assert response.status == 404, "the chat page is for development only"


async def test_the_chat_page_goes_through_the_webhook(tmp_path: Path) -> None:
    async with running(settings_in(tmp_path, development=True)) as (session, address, _):
        async with session.get(address / "demo") as response:
            assert response.status == 200
            cookie = re.search(r"gongkai_demo=([^;]+)", response.headers["Set-Cookie"])
        assert cookie is not None
        async with session.post(
            address / "demo/send",
            json={"kind": "text", "content": "去年公众号发了多少条信息"},
            headers={"X-Gongkai-Demo": "1", "Cookie": cookie[0]},
        ) as response:
            assert "118" in (await response.json())["replies"][0]["content"]


async def test_with_redis_away_it_answers_and_says_so(tmp_path: Path) -> None:
    async with running(settings_in(tmp_path, redis_url="redis://127.0.0.1:1/0")) as (session, address, wechat):
        (reply,) = await wechat("text", openid="oPerson", content="去年公众号发了多少条信息")
        assert "118" in reply["content"]
        async with session.get(address / "readyz") as ready:
            assert ready.status == 200
            assert (await ready.json())["status"] == "degraded"


async def test_the_openid_is_nowhere_on_disk(tmp_path: Path) -> None:
    async with running(settings_in(tmp_path)) as (_, _, wechat):
        await wechat("text", openid="oVeryPersonalIdentifier", content="去年公众号发了多少条信息")
    kept = await asyncio.to_thread(lambda: {p.name: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()})
    assert "gongkai.db" in kept
    assert not any(b"oVeryPersonalIdentifier" in content for content in kept.values())


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"wechat_aes_key": "short"}, "43"),
        ({"redis_url": "http://wrong"}, "REDIS"),
    ],
)
def test_settings_that_cannot_work_are_refused_in_words(tmp_path: Path, values: dict[str, Any], said: str) -> None:
    with pytest.raises(Refused, match=said):
        create_app(settings_in(tmp_path, **values))


def test_python_m_bot_starts_on_a_fresh_folder_and_stops_quietly_at_a_signal(tmp_path: Path) -> None:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("GONGKAI_")}
    process = subprocess.Popen(
        [sys.executable, "-m", "bot"],
        cwd=tmp_path,
        env={**environment, "PYTHONPATH": str(ROOT), "GONGKAI_PORT": str(unused_port())},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    printed = ""
    for line in process.stdout:
        printed += line
        if "Ctrl+C" in line:
            break
    while process.poll() is None:  # as often as somebody in a hurry may send it
        process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(0.05)
    rest, errors = process.communicate(timeout=30)
    assert "Traceback" not in errors
    assert "/demo" in printed, errors
    assert "样例" in printed
    assert process.returncode == 0, rest + errors
    assert (tmp_path / "data" / "secrets" / "wechat_token").stat().st_mode & 0o077 == 0
