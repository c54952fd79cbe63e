"""Composes the web process, and nothing else."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from functools import partial
from typing import Any

import aiohttp
from aiohttp import web
from yarl import URL

from bot import keys
from bot.accounts import MAIN, OfficialAccount, accounts_of
from bot.contacts import contacts_of
from bot.endpoints import setup_accounts
from bot.handlers import examples
from bot.health import setup_health
from bot.identity import sign_page
from bot.qa import rules
from bot.qa.normalise import normalise
from bot.qa.pipeline import Pipeline
from bot.qa.types import Reply
from bot.settings import VERIFY, BotSettings
from bot.web.bind import setup_bind
from bot.web.demo import MenuButton, setup_demo
from bot.web.desk import setup_desk
from bot.web.desk.health import TokenState
from bot.web.desk.knowledge import Knowledge
from bot.web.public import setup_public
from bot.web.taps import setup_taps
from bot.web.verification import setup_verification
from bot.wechat.api import menu
from bot.wechat.simulate import Simulator
from storage.clock import Clock, SystemClock
from storage.database import DATABASE_ERRORS, Database
from storage.errors import Refused, StorageError
from storage.facts import AgencyFacts
from storage.publishing.public import PublicLedger, split_columns
from storage.questions.log import QuestionLog
from storage.questions.rulings import fold
from storage.review import steps
from storage.review.steps import Chains
from storage.secrets import secret_for
from storage.snapshot import Snapshots
from storage.state import MemoryState, RedisState, ResilientState, State

log = logging.getLogger(__name__)
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


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
    accounts = accounts_of(settings)
    app[keys.SETTINGS], app[keys.CLOCK] = settings, clock
    app[keys.DATABASE] = Database(settings.sqlalchemy_url)
    app[keys.SNAPSHOTS] = Snapshots(app[keys.DATABASE])
    app[keys.QUESTIONS] = QuestionLog(app[keys.DATABASE])
    app[keys.PUBLIC_LEDGER] = PublicLedger(app[keys.DATABASE], split_columns(settings.public_columns))
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
        chains=Chains(
            steps.steps(settings.review_levels, secrecy=settings.review_secrecy),
            steps.steps(settings.reply_levels, secrecy=False),
            settings.review_days,
        ),
        conversation_review=settings.conversation_review,
        answer=_answer_of(settings, clock),
        unremember=partial(_unremember, app),
        known=Knowledge(rules.texts(), lambda question: fold(normalise(question))),
        may_bind=lambda name: name in app[keys.IDENTITIES] and app[keys.IDENTITIES][name].may(),
        tokens=partial(_tokens, app),
        private_sources=settings.source_private,
        accounts={a.name: f"{a.agency}（{a.name}）" if a.agency else a.name for a in accounts},
    )
    setup_taps(app, app[keys.DATABASE], clock, secret_for(settings, "taps"))
    setup_accounts(app, accounts)
    identities = app[keys.IDENTITIES]
    sign = partial(sign_page, identities) if identities else None
    setup_verification(app, settings.data_dir / VERIFY)
    setup_bind(app, app[keys.DATABASE], clock, lambda: identities, settings.base_url)
    setup_public(app, app[keys.DATABASE], base_url=settings.base_url, sign=sign)
    main = next((a for a in accounts if a.name == MAIN and a.token is not None), None)
    if settings.development and main is not None and address is not None:
        if settings.host in _LOOPBACK:
            _setup_demo(app, main, address)
        else:
            log.warning("the chat page /demo stays off: it is for this machine only, and %s is not", settings.host)
    return app


def _answer_of(settings: BotSettings, clock: Clock) -> Callable[[str, AgencyFacts], Reply]:
    """The question pipeline without a conversation, for the desk."""
    pipeline = Pipeline(contacts_of(settings))
    return lambda question, facts: pipeline.respond(question, facts, None, clock.today())[0]


async def _tokens(app: web.Application) -> list[TokenState]:
    """How it stands with the access tokens, for the desk."""
    found = []
    for name, tokens in app[keys.TOKENS].items():
        health = await tokens.health()
        found.append(
            TokenState(
                name,
                health.token.fetched_at if health.token else None,
                health.token.ends_at if health.token else None,
                health.failed_at,
                health.failure,
            )
        )
    return found


async def _unremember(app: web.Application, person: str) -> None:
    """Let go of a person's conversation, late answer and questions not written yet."""
    await app[keys.STATE].forget(person)
    await app[keys.QUESTIONS].drop(person)


def state_of(settings: BotSettings) -> State:
    """Redis where one is set, with memory behind it; else memory."""
    if settings.redis_url is None:
        return MemoryState()
    try:
        return ResilientState(RedisState(settings.redis_url.get_secret_value()))
    except ValueError as error:
        raise Refused("GONGKAI_REDIS_URL 不是 Redis 地址，应像 redis://127.0.0.1:6379/0。") from error


def _setup_demo(app: web.Application, account: OfficialAccount, address: URL) -> None:
    token, aes_key = (secret.get_secret_value() if secret else "" for secret in (account.token, account.aes_key))
    simulators: list[Simulator] = []

    async def simulate(_app: web.Application) -> AsyncIterator[None]:
        async with aiohttp.ClientSession() as session:
            url = address / account.path.lstrip("/")
            simulators.append(
                Simulator(session, url, token=token, mode=account.mode, app_id=account.app_id or "", aes_key=aes_key)
            )
            yield

    async def push(kind: str, **message: str) -> list[dict[str, Any]]:
        return await simulators[0](kind, **message)

    app.cleanup_ctx.append(simulate)

    def offered() -> tuple[str, ...]:
        return examples(app[keys.SNAPSHOTS].get(account.agency))

    setup_demo(app, push, menu=_menu_of(account, app[keys.SETTINGS].base_url), examples=offered)


def _menu_of(account: OfficialAccount, base_url: str | None) -> tuple[MenuButton, ...]:
    try:
        return shown(menu.load(account.menu_file, base_url=base_url).buttons)
    except menu.MenuError as error:
        raise Refused(f"{error}。") from error


def shown(buttons: Sequence[menu.Button]) -> tuple[MenuButton, ...]:
    """The account's menu on the chat page: the buttons that ask."""
    found = (MenuButton(b.name, b.ask, shown(b.children)) for b in buttons)
    return tuple(b for b in found if b.key or b.children)


async def _storage(app: web.Application) -> AsyncIterator[None]:
    yield
    await app[keys.STATE].aclose()
    await app[keys.DATABASE].close()


async def _facts(app: web.Application) -> AsyncIterator[None]:
    async with app[keys.SNAPSHOTS] as snapshots, app[keys.QUESTIONS], app[keys.PUBLIC_LEDGER]:
        with contextlib.suppress(StorageError, *DATABASE_ERRORS):  # the first question looks again and says why
            await snapshots.load(app[keys.SETTINGS].agency)
        yield
