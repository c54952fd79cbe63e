"""What WeChat knows of one account: its tokens, quotas, followers, sending windows, media, menu and templates.

Written from the public protocol pages alone, not from the code under test.
"""

from __future__ import annotations

import itertools
import secrets
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from storage.clock import FixedClock

LIFE = timedelta(seconds=7200)
OVERLAP = timedelta(minutes=5)
MEDIA_LIFE = timedelta(days=3)
WINDOWS = {
    "message": (5, timedelta(hours=48)),
    "tap": (3, timedelta(minutes=1)),
    "follow": (3, timedelta(minutes=1)),
    "scan": (3, timedelta(minutes=1)),
}
"""What a person's action allows: messages, and for how long (客服消息)."""
TYPING_LASTS = timedelta(seconds=15)
QUOTAS = {
    "/cgi-bin/token": 2_000,
    "/cgi-bin/stable_token": 500_000,
    "/cgi-bin/menu/create": 1_000,
    "/cgi-bin/menu/get": 10_000,
    "/cgi-bin/menu/delete": 1_000,
    "/cgi-bin/menu/addconditional": 2_000,
    "/cgi-bin/menu/delconditional": 2_000,
    "/cgi-bin/menu/trymatch": 20_000,
    "/cgi-bin/message/custom/send": 500_000,
    "/cgi-bin/message/template/send": 100_000,
    "/cgi-bin/media/upload": 100_000,
    "/cgi-bin/user/info": 5_000_000,
}
"""Calls a day by default (接口调用频次)."""
FORCED_A_DAY, FORCED_APART = 20, timedelta(seconds=30)


class Kind(StrEnum):
    SUBSCRIPTION = "subscription"
    SERVICE = "service"


class Errcode(Exception):
    """The fake answers with this errcode."""

    def __init__(self, code: int, message: str = "") -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message or f"error {code}"


@dataclass
class Token:
    value: str
    ends_at: datetime
    stable: bool


@dataclass
class Window:
    kind: str
    left: int
    ends_at: datetime


@dataclass
class FakeAccount:
    """One account. Tests set the fields and read them."""

    app_id: str
    secret: str
    clock: FixedClock
    kind: Kind = Kind.SERVICE
    verified: bool = True
    allow_ips: set[str] | None = None
    """`None`: every address may fetch tokens."""
    frozen_secret: bool = False
    followers: set[str] = field(default_factory=set)
    quotas: dict[str, int] = field(default_factory=dict)
    per_minute: dict[str, int] = field(default_factory=dict)
    callback_url: str = ""
    templates: set[str] = field(default_factory=set)
    consents: Counter[tuple[str, str]] = field(default_factory=Counter)
    tags: dict[int, str] = field(default_factory=dict)
    web_domains: set[str] = field(default_factory=set)
    """网页授权域名 and JS接口安全域名."""

    def __post_init__(self) -> None:
        self.tokens: dict[str, Token] = {}
        self.dead: set[str] = set()
        self.current: Token | None = None
        self.forced_at: datetime | None = None
        self.used: Counter[tuple[str, str]] = Counter()
        self.windows: dict[str, list[Window]] = {}
        self.last_seen: dict[str, datetime] = {}
        self.typing: dict[str, datetime] = {}
        self.tagged: dict[int, list[str]] = {}
        self.media: dict[str, datetime] = {}
        self.sent: list[dict[str, Any]] = []
        self.published: list[dict[str, Any]] = []
        self.client_ids: set[str] = set()
        self.menu: dict[str, Any] | None = None
        self.conditional: dict[str, dict[str, Any]] = {}
        self.codes: dict[str, dict[str, Any]] = {}
        self.ticket: Token | None = None
        self._ids = itertools.count(1)

    # --- tokens -----------------------------------------------------------------------------------

    def stable_token(self, *, force: bool) -> tuple[str, int]:
        now = self.clock.now()
        current = self.current
        forced = ("force_refresh", self.clock.today().isoformat())
        apart = self.forced_at is None or now - self.forced_at >= FORCED_APART
        if force and apart and self.used[forced] < FORCED_A_DAY:
            self.forced_at = now
            self.used[forced] += 1
            if current is not None:
                self.kill(current.value)
            current = None
        if current is None or current.ends_at - now < OVERLAP:
            current = self.current = self._issue(stable=True)
        return current.value, int((current.ends_at - now).total_seconds())

    def plain_token(self) -> tuple[str, int]:
        now = self.clock.now()
        for token in self.tokens.values():
            if not token.stable:
                token.ends_at = min(token.ends_at, now + OVERLAP)
        return self._issue(stable=False).value, int(LIFE.total_seconds())

    def kill(self, value: str) -> None:
        """The token is no longer the latest: 40001 from now on."""
        self.tokens.pop(value, None)
        self.dead.add(value)
        if self.current is not None and self.current.value == value:
            self.current = None

    def check_token(self, value: str) -> None:
        if not value:
            raise Errcode(41001, "access_token missing")
        token = self.tokens.get(value)
        if token is None:
            raise Errcode(40001 if value in self.dead else 40014, "invalid credential, access_token is invalid")
        if token.ends_at <= self.clock.now():
            raise Errcode(42001, "access_token expired")

    def _issue(self, *, stable: bool) -> Token:
        token = Token(secrets.token_urlsafe(96), self.clock.now() + LIFE, stable)
        self.tokens[token.value] = token
        return token

    # --- quotas -----------------------------------------------------------------------------------

    def count(self, path: str) -> None:
        """Count a call; the day is Beijing's."""
        day = (path, self.clock.today().isoformat())
        minute = (path, f"{self.clock.now():%Y-%m-%dT%H:%M}")
        if self.used[minute] >= self.per_minute.get(path, 10**9):
            raise Errcode(45011, "api minute-quota reach limit")
        if self.used[day] >= self.quotas.get(path, QUOTAS.get(path, 10**9)):
            raise Errcode(45009, "reach max api daily quota limit")
        self.used[day] += 1
        self.used[minute] += 1

    def limit(self, path: str) -> int:
        return self.quotas.get(path, QUOTAS.get(path, 100_000))

    def used_today(self, path: str) -> int:
        return self.used[(path, self.clock.today().isoformat())]

    # --- people -----------------------------------------------------------------------------------

    def acted(self, openid: str, kind: str) -> None:
        """A person did something that allows messages to them."""
        if kind == "follow":
            self.followers.add(openid)
        left, life = WINDOWS[kind]
        now = self.clock.now()
        kept = [w for w in self.windows.get(openid, []) if w.kind != kind and w.ends_at > now]
        self.windows[openid] = [*kept, Window(kind, left, now + life)]
        self.last_seen[openid] = now

    def unfollowed(self, openid: str) -> None:
        self.followers.discard(openid)
        self.windows.pop(openid, None)

    def take_window(self, openid: str) -> None:
        if openid not in self.followers:
            raise Errcode(40003 if not openid.startswith("o") else 45015, "not a follower")
        alive = [w for w in self.windows.get(openid, []) if w.ends_at > self.clock.now()]
        if not alive:
            raise Errcode(45015, "response out of time limit or subscription is canceled")
        able = sorted((w for w in alive if w.left), key=lambda w: w.ends_at)
        if not able:
            raise Errcode(45047, "out of response count limit")
        able[0].left -= 1

    # --- media ------------------------------------------------------------------------------------

    def keep_media(self) -> str:
        media_id = f"media-{next(self._ids)}-{secrets.token_hex(8)}"
        self.media[media_id] = self.clock.now()
        return media_id

    def check_media(self, media_id: str) -> None:
        created = self.media.get(media_id)
        if created is None or self.clock.now() - created >= MEDIA_LIFE:
            raise Errcode(40007, "invalid media_id")

    def next_id(self) -> int:
        return next(self._ids)
