"""Puts the official accounts of the web process together: webhook, handlers, and what each may send by itself."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, suppress
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import aiohttp
from aiohttp import web

from bot import keys
from bot.accounts import OfficialAccount
from bot.attention import Attention
from bot.forgetting import Forgetting
from bot.handlers import Handlers
from bot.handover import HandOver
from bot.identity import WebIdentity
from bot.interpreter import interpreter_of
from bot.ledger import Ledger
from bot.notices import AccountChannel, NoticeTemplate, Outbound, deliver_notices
from bot.published import AccountArticles, MassMessages
from bot.qa.pipeline import Pipeline
from bot.replying import ReplySender
from bot.sealing import Seal
from bot.sender import Attended, LateSender, Sender
from bot.staffed import Staffed
from bot.stafftags import StaffTags
from bot.web.public import permalink
from bot.wechat.api import WeChatClient, WeChatError, menu
from bot.wechat.api.capabilities import Capabilities, Feature
from bot.wechat.api.jssdk import JsSdk
from bot.wechat.api.media import Media
from bot.wechat.api.oauth import OAuth
from bot.wechat.webhook import Handler, Webhook
from storage import outbox
from storage.database import DATABASE_ERRORS
from storage.errors import Refused
from storage.questions.people import person_keys
from storage.secrets import secret_for
from storage.staffchat import StaffChat
from storage.state import State

log = logging.getLogger(__name__)

ARTICLES_EVERY = 3600.0
ARTICLES_AFTER = 60.0
"""Seconds between two looks whether it is time; the account has been asked what it may by then."""


class Connections:
    """The outgoing connections of the process, opened at its start and shared by its accounts."""

    def __init__(self) -> None:
        self._session: aiohttp.ClientSession | None = None

    def request(self, method: str, url: str, **options: Any) -> AbstractAsyncContextManager[aiohttp.ClientResponse]:
        """See `bot.wechat.api.client.Session`."""
        if self._session is None:
            raise aiohttp.ClientConnectionError("the process has not started or has ended")
        return self._session.request(method, url, **options)

    async def opened(self, _app: web.Application) -> AsyncIterator[None]:
        """Open them for the life of the application."""
        async with aiohttp.ClientSession() as self._session:
            yield
        self._session = None


def setup_accounts(app: web.Application, accounts: tuple[OfficialAccount, ...]) -> None:
    """Add the endpoint of each account that has a Token.

    Raises:
        Refused: an account's settings contradict each other.
    """
    connections = Connections()
    app[keys.SENDERS], app[keys.IDENTITIES], app[keys.TOKENS] = {}, {}, {}
    app[keys.ATTENTION] = Attention(app[keys.DATABASE], app[keys.CLOCK])
    app.cleanup_ctx.append(partial(_while_running, app[keys.ATTENTION].run))
    app.cleanup_ctx.append(connections.opened)
    for account in accounts:
        _setup_account(app, account, connections)


def _setup_account(app: web.Application, account: OfficialAccount, connections: Connections) -> None:
    settings = app[keys.SETTINGS]
    endpoint = account.endpoint(replay_seconds=settings.wechat_replay_seconds, per_minute=settings.wechat_per_minute)
    if endpoint is None:
        return
    state, clock = app[keys.STATE], app[keys.CLOCK]
    person = person_keys(account.person_secret(secret_for(settings, "people")))
    pipeline = Pipeline(account.contacts(), app[keys.PUBLIC_LEDGER])
    forgetting = Forgetting(settings.data_dir / "forget" / account.name, app[keys.QUESTIONS].forget)
    articles = AccountArticles(app[keys.DATABASE], clock, account.column)
    mass_messages = MassMessages(settings.data_dir / "mass" / account.name, articles)
    handler: Handler = Handlers(
        pipeline,
        app[keys.SNAPSHOTS],
        app[keys.QUESTIONS],
        state,
        clock,
        account.agency,
        contacts=account.contacts(),
        forget=forgetting.forget,
        mass_sent=mass_messages.sent,
        page_of=partial(permalink, settings.base_url) if settings.base_url else None,
        interpreter=interpreter_of(settings, connections),
    )
    app.cleanup_ctx.append(partial(_while_running, forgetting.run))
    app.cleanup_ctx.append(partial(_while_running, mass_messages.run))
    capabilities = Capabilities(account.kind, account.verified, can_call=account.can_call)
    handler = HandOver(
        handler,
        app[keys.DATABASE],
        clock,
        account.name,
        app[keys.ATTENTION],
        timezone=ZoneInfo(settings.timezone),
        may_send=partial(capabilities.may, Feature.CUSTOM_MESSAGE),
        base_url=settings.base_url,
    )
    staff_changed = asyncio.Event()
    chat = StaffChat(app[keys.DATABASE], clock, account.name, staff_changed.set)
    handler = Staffed(handler, chat, person, pipeline.greets, app[keys.ATTENTION].listens)
    outbound, late = None, None
    if account.app_id and account.app_secret:
        secret = account.app_secret.get_secret_value()
        client = WeChatClient(connections, account.app_id, secret, state, clock, hosts=settings.wechat_hosts)
        seal = Seal(secret_for(settings, "addresses"))
        app[keys.TOKENS][account.name] = client.tokens
        ledger = Ledger(app[keys.DATABASE], account.name, person, clock, seal.seal)
        app[keys.SENDERS][account.name] = sender = Sender(
            client, capabilities, ledger, Media(client, account.name, state)
        )
        outbound = Outbound(client, capabilities, sender)
        jssdk, oauth = JsSdk(client, account.app_id, state, clock), OAuth(client, account.app_id, state)
        app[keys.IDENTITIES][account.name] = WebIdentity(account, capabilities, jssdk, oauth, chat, person)
        if tag := _staff_tag(account, settings.base_url):
            tags = StaffTags(app[keys.DATABASE], account.name, client, capabilities, staff_changed)
            app.cleanup_ctx.append(partial(_while_running, partial(tags.run, tag)))
        handler, late = Attended(handler, ledger, sender), LateSender(sender, capabilities)
        app.cleanup_ctx.append(partial(_keep_ledger, account.name, outbound, ledger))
        replying = ReplySender(app[keys.DATABASE], account.name, outbound, seal, _holder(account.name), clock)
        app.cleanup_ctx.append(partial(_send_replies, replying))
        reading = partial(_read_articles, account.name, outbound, articles, state)
        app.cleanup_ctx.append(partial(_while_running, reading))
    texts = account.notice_template, account.subscription_template
    templates = [NoticeTemplate.parse(text) if text else None for text in texts]
    app.cleanup_ctx.append(partial(_deliver_notices, account.name, AccountChannel(outbound, *templates)))
    webhook = Webhook(endpoint, state, handler, key=person, late=late)
    app.router.add_get(account.path, webhook.get, allow_head=False)
    app.router.add_post(account.path, webhook.post)
    app.cleanup_ctx.append(partial(_finish_late, webhook))


def _staff_tag(account: OfficialAccount, base_url: str | None) -> str:
    """The tag that marks the staff in the account's menu.

    Raises:
        Refused: the menu file cannot be used; says why.
    """
    try:
        return menu.load(account.menu_file, base_url=base_url).staff_tag
    except menu.MenuError as error:
        raise Refused(f"{error}。") from error


async def _while_running(work: Callable[[], Coroutine[Any, Any, None]], _app: web.Application) -> AsyncIterator[None]:
    task = asyncio.create_task(work())
    yield
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def _read_articles(name: str, outbound: Outbound, articles: AccountArticles, state: State) -> None:
    """Enter the account's own articles every hour, one process for all, until cancelled."""
    while True:
        await asyncio.sleep(ARTICLES_AFTER)
        if outbound.capabilities.may(Feature.ARTICLES) and await state.add(f"articles:{name}", b"1", ARTICLES_EVERY):
            try:
                await articles.read(outbound.client)
            except WeChatError as error:
                outbound.capabilities.refused(Feature.ARTICLES.value.path, error)
                log.warning("account %s: its articles were not read: %s", name, error)
            except DATABASE_ERRORS as error:
                log.warning("account %s: its articles were not entered: %s", name, type(error).__name__)
            except Exception:  # what the interface answers is not ours: the web process lives on
                log.exception("account %s: its articles could not be read", name)


async def _finish_late(webhook: Webhook, _app: web.Application) -> AsyncIterator[None]:
    yield
    await webhook.aclose()


def _holder(what: str) -> str:
    return f"{socket.gethostname()}:{os.getpid()}:{what}"[-100:]


async def _send_replies(replying: ReplySender, app: web.Application) -> AsyncIterator[None]:
    stop = asyncio.Event()
    work = asyncio.create_task(replying.run(app[keys.ATTENTION], stop))
    yield
    stop.set()
    await work


async def _deliver_notices(name: str, channel: AccountChannel, app: web.Application) -> AsyncIterator[None]:
    stop, holder = asyncio.Event(), _holder(outbox.wechat_of(name))
    work = asyncio.create_task(deliver_notices(app[keys.DATABASE], name, channel, holder, app[keys.CLOCK], stop))
    yield
    stop.set()
    await work


async def _keep_ledger(name: str, outbound: Outbound, ledger: Ledger, _app: web.Application) -> AsyncIterator[None]:
    """Keep the ledger, and find out what the account may, while the process lives."""
    tasks = [asyncio.create_task(ledger.run()), asyncio.create_task(_probe(name, outbound))]
    yield
    for task in tasks:
        task.cancel()
    for task in tasks:
        with suppress(asyncio.CancelledError):
            await task


async def _probe(name: str, outbound: Outbound) -> None:
    """Ask once; the settings serve until there is an answer. `gongkai doctor` tells people more."""
    try:
        await outbound.capabilities.probe(outbound.client)
    except WeChatError as error:
        log.warning("account %s: what it may do was not asked: %s", name, error)
