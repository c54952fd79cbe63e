"""What is kept on the web application, by typed keys."""

from __future__ import annotations

from aiohttp import web

from bot.attention import Attention
from bot.identity import WebIdentity
from bot.sender import Sender
from bot.settings import BotSettings
from bot.wechat.api.tokens import TokenKeeper
from storage.clock import Clock
from storage.database import Database
from storage.publishing.public import PublicLedger
from storage.questions.log import QuestionLog
from storage.snapshot import Snapshots
from storage.state import State

SETTINGS: web.AppKey[BotSettings] = web.AppKey("settings", BotSettings)
DATABASE: web.AppKey[Database] = web.AppKey("database", Database)
SNAPSHOTS: web.AppKey[Snapshots] = web.AppKey("snapshots", Snapshots)
QUESTIONS: web.AppKey[QuestionLog] = web.AppKey("questions", QuestionLog)
STATE: web.AppKey[State] = web.AppKey("state", State)
SENDERS: web.AppKey[dict[str, Sender]] = web.AppKey("senders", dict)
"""Customer-service messages of each account that has an AppSecret, by the account's name."""
TOKENS: web.AppKey[dict[str, TokenKeeper]] = web.AppKey("tokens", dict)
"""The access token of each account that has an AppSecret, by the account's name."""
IDENTITIES: web.AppKey[dict[str, WebIdentity]] = web.AppKey("identities", dict)
"""What each account that has an AppSecret is to the web pages, by the account's name."""
ATTENTION: web.AppKey[Attention] = web.AppKey("attention", Attention)
PUBLIC_LEDGER: web.AppKey[PublicLedger] = web.AppKey("public_ledger", PublicLedger)
CLOCK: web.AppKey[Clock] = web.AppKey("clock", Clock)
