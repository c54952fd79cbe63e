"""Composes the web process, and nothing else."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import aiohttp
from aiohttp import web
from yarl import URL

from bot import keys
from bot.contacts import contacts_of
from bot.handlers import Handlers
from bot.health import setup_health
from bot.qa.pipeline import Pipeline
from bot.settings import BotSettings, WeChatMode
from bot.web.demo import setup_demo
from bot.web.desk import setup_desk
from bot.wechat.crypto import AesKey, BadKey, Envelope
from bot.wechat.simulate import Simulator
from bot.wechat.webhook import Account, Webhook
from storage import review
from storage.clock import Clock, SystemClock
from storage.database import DATABASE_ERRORS, Database
from storage.errors import Refused, StorageError
from storage.questions.log import QuestionLog
from storage.questions.people import person_key
from storage.secrets import secret_for
from storage.snapshot import Snapshots
from storage.state import MemoryState, RedisState, ResilientState, State

log = logging.getLogger(__name__)

WEBHOOK_PATH = "/wechat"


def create_app(settings: BotSettings, *, clock: Clock | None = None, address: URL | None = None) -> web.Application:
    """The web process: webhook, health, the desk, and in development mode the chat page.

    Opens nothing before it starts. Without a Token in the settings there is no webhook.

    Args:
        settings: see `BotSettings`.
        clock: the system's, unless a test moves it.
        address: where this process will listen; the chat page pushes to it.

    Raises:
        Refused: the settings contradict each other; the message says which and what to do.
    """
    app = web.Application()
    clock = clock or SystemClock()
    app[keys.SETTINGS], app[keys.CLOCK] = settings, clock
    app[keys.DATABASE] = Database(settings.sqlalchemy_url)
    app[keys.SNAPSHOTS] = Snapshots(app[keys.DATABASE])
    app[keys.QUESTIONS] = QuestionLog(app[keys.DATABASE])
    app[keys.STATE] = state_of(settings)
    app.cleanup_ctx.extend((_storage, _facts))
    setup_health(app)
    setup_desk(
        app,
        app[keys.DATABASE],
        clock=clock,
        base_url=settings.base_url,
        behind_proxy=settings.behind_proxy,
        max_bytes=settings.max_file_mb * 2**20,
        steps=review.steps(settings.review_levels, secrecy=settings.review_secrecy),
    )
    account = account_of(settings)
    if account is not None:
        _setup_webhook(app, account)
    if settings.development and account is not None and address is not None:
        _setup_demo(app, address)
    return app


def account_of(settings: BotSettings) -> Account | None:
    """The account that the settings describe; `None` without a Token.

    Raises:
        Refused: a key or AppID is missing or wrong for the mode.
    """
    if settings.wechat_token is None:
        return None
    token = settings.wechat_token.get_secret_value()
    given = [k.get_secret_value() for k in (settings.wechat_aes_key, settings.wechat_aes_key_previous) if k]
    envelope = None
    if given:
        if not settings.wechat_app_id:
            raise Refused("设置了 GONGKAI_WECHAT_AES_KEY，还需要 GONGKAI_WECHAT_APP_ID（公众号的 AppID，wx 开头）。")
        try:
            envelope = Envelope(token, settings.wechat_app_id, tuple(map(AesKey, given)))
        except BadKey as error:
            raise Refused("GONGKAI_WECHAT_AES_KEY 必须是 43 位字母或数字，请从公众号后台原样复制。") from error
    elif settings.wechat_mode is not WeChatMode.PLAIN:
        raise Refused(
            f"消息加解密方式是 {settings.wechat_mode}，需要 GONGKAI_WECHAT_AES_KEY；"
            "公众号后台选的是明文模式时，请设 GONGKAI_WECHAT_MODE=plain。"
        )
    return Account(
        "main",
        token,
        settings.wechat_mode,
        envelope,
        replay_seconds=settings.wechat_replay_seconds,
        per_minute=settings.wechat_per_minute,
    )


def state_of(settings: BotSettings) -> State:
    """Redis where one is set, with memory behind it; else memory."""
    if settings.redis_url is None:
        return MemoryState()
    try:
        return ResilientState(RedisState(settings.redis_url.get_secret_value()))
    except ValueError as error:
        raise Refused("GONGKAI_REDIS_URL 不是 Redis 地址，应像 redis://127.0.0.1:6379/0。") from error


def _setup_webhook(app: web.Application, account: Account) -> None:
    settings = app[keys.SETTINGS]
    secret = secret_for(settings, "people")
    state, clock = app[keys.STATE], app[keys.CLOCK]
    handlers = Handlers(
        Pipeline(contacts_of(settings)), app[keys.SNAPSHOTS], app[keys.QUESTIONS], state, clock, settings.agency
    )
    webhook = Webhook(account, state, handlers, key=partial(person_key, secret))
    app.router.add_get(WEBHOOK_PATH, webhook.get, allow_head=False)
    app.router.add_post(WEBHOOK_PATH, webhook.post)

    async def finish_late(_app: web.Application) -> AsyncIterator[None]:
        yield
        await webhook.aclose()

    app.cleanup_ctx.append(finish_late)


def _setup_demo(app: web.Application, address: URL) -> None:
    settings = app[keys.SETTINGS]
    simulators: list[Simulator] = []

    async def simulate(_app: web.Application) -> AsyncIterator[None]:
        async with aiohttp.ClientSession() as session:
            assert settings.wechat_token is not None
            simulators.append(
                Simulator(
                    session,
                    address / WEBHOOK_PATH.lstrip("/"),
                    token=settings.wechat_token.get_secret_value(),
                    mode=settings.wechat_mode,
                    app_id=settings.wechat_app_id or "",
                    aes_key=settings.wechat_aes_key.get_secret_value() if settings.wechat_aes_key else "",
                )
            )
            yield

    async def push(kind: str, **message: str) -> list[dict[str, Any]]:
        return await simulators[0](kind, **message)

    app.cleanup_ctx.append(simulate)
    setup_demo(app, push)


async def _storage(app: web.Application) -> AsyncIterator[None]:
    yield
    await app[keys.STATE].aclose()
    await app[keys.DATABASE].close()


async def _facts(app: web.Application) -> AsyncIterator[None]:
    async with app[keys.SNAPSHOTS] as snapshots, app[keys.QUESTIONS]:
        with contextlib.suppress(StorageError, *DATABASE_ERRORS):  # the first question looks again and says why
            await snapshots.load(app[keys.SETTINGS].agency)
        yield
