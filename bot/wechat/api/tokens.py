"""The access token of one account: fetched once per lifetime for all processes, renewed before it ends.

Uses `stable_token` in normal mode (获取稳定版接口调用凭据): repeated calls return the same token, so that processes
never invalidate each other's. Rules kept here, each learnt from a failure in the field:

1. One fetch at a time in the process (a lock, looked into again after waiting) and across processes (a short lock in
   the shared store).
2. A failing token is dropped only if it is still the one in the store: late 40001 answers for the old token must not
   expire the new one.
3. The new token is fetched first and then swapped in; meanwhile the others go on with the old one.
4. Errors that only a person can mend (wrong secret, address not listed) are not tried again for a while, by any
   process.
5. A token that WeChat gave a moment ago, though it refuses it or though its life is short, is not fetched again: the
   same one would come, and every call would fetch.
"""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from bot.wechat.api.errors import Action, Unreachable, WeChatError
from storage.clock import Clock

log = logging.getLogger(__name__)

RENEW_BEFORE = timedelta(minutes=4)
"""From five minutes before its end WeChat hands out the next token while both work; a minute on, it surely does."""
LOCAL = timedelta(minutes=1)
"""How long a process trusts its own copy before it looks into the shared store again."""
FRESH = timedelta(seconds=30)
"""A token fetched so lately is not fetched again because its life is short or because it is still refused."""
REFUSED = timedelta(minutes=2)
"""How long nobody asks again after a refusal that only a person can mend …"""
REFUSED_LONGER = {89506: timedelta(hours=24), 89507: timedelta(hours=1)}
"""… and after those that WeChat itself holds for a time."""
LOCK_SECONDS = 15.0
"""Longer than a fetch with both hosts takes at worst, so that a lock without owner means a dead process."""
WAIT_STEP, WAIT_SECONDS = 0.05, 12.0
FAILURE_SHOWN = timedelta(days=7)
"""How long the last failure is told to people."""
FAILED = timedelta(seconds=3)
"""After a fetch without answer, those who waited for it share its failure instead of waiting one after the other."""


class Store(Protocol):
    """What is needed of the shared state."""

    async def get(self, key: str) -> bytes | None:
        """A value."""
        ...

    async def put(self, key: str, value: bytes, seconds: float) -> None:
        """Keep a value for a time."""
        ...

    async def add(self, key: str, value: bytes, seconds: float) -> bool:
        """Keep a value unless there is one."""
        ...

    async def remove(self, key: str, value: bytes | None = None) -> None:
        """Remove a value if it is still that one."""
        ...


@dataclass(frozen=True, slots=True)
class Fetched:
    """What WeChat gives: the token and the seconds that it still lives."""

    value: str
    seconds: int


class Fetch(Protocol):
    """Asks WeChat for a token."""

    async def __call__(self) -> Fetched:
        """Fetch.

        Raises:
            WeChatError: refused.
        """
        ...


@dataclass(frozen=True, slots=True)
class Token:
    """A token.

    Attributes:
        ends_at: when it ends (UTC).
        fetched_at: when WeChat gave it (UTC).
        confirmed: WeChat gave it again although it had just refused it.
    """

    value: str
    ends_at: datetime
    fetched_at: datetime
    confirmed: bool = False

    def good(self, now: datetime) -> bool:
        """Whether it is to be used: well before its end, or so fresh that WeChat has no better one."""
        return now < self.ends_at and (now < self.ends_at - RENEW_BEFORE or now - self.fetched_at < FRESH)

    def dump(self) -> bytes:
        """As kept in the store."""
        moments = self.ends_at.isoformat(), self.fetched_at.isoformat()
        return json.dumps([self.value, *moments, self.confirmed]).encode()

    @classmethod
    def load(cls, data: bytes | None) -> Token | None:
        """From the store; `None` for anything unusable."""
        try:
            value, ends_at, fetched_at, confirmed = json.loads(data or b"")
            return cls(value, datetime.fromisoformat(ends_at), datetime.fromisoformat(fetched_at), confirmed)
        except (ValueError, TypeError):
            return None


@dataclass(frozen=True, slots=True)
class Health:
    """How it stands with the token, for people to see.

    Attributes:
        token: the one in use, `None` where there is none.
        failed_at: when fetching failed last (UTC), `None`: not of late.
        failure: why and what to do, in Chinese; empty where it did not fail.
    """

    token: Token | None = None
    failed_at: datetime | None = None
    failure: str = ""


class TokenKeeper:
    """Hands out the token of one account."""

    def __init__(self, app_id: str, fetch: Fetch, store: Store, clock: Clock) -> None:
        self._key = f"token:{app_id}"
        self._lock_key = f"token-lock:{app_id}"
        self._refused_key = f"token-refused:{app_id}"
        self._failed_key = f"token-failed:{app_id}"
        self._fetch = fetch
        self._store = store
        self._clock = clock
        self._lock = asyncio.Lock()
        self._token: Token | None = None
        self._looked_at: datetime | None = None
        self._failure: tuple[datetime, WeChatError] | None = None

    async def get(self) -> str:
        """A token that is good for some minutes.

        Raises:
            WeChatError: WeChat does not give one; `action` and `advice` say what to do.
        """
        token = self._own()
        if token is None:
            async with self._lock:
                token = self._own() or await self._shared_or_new(None)
        return token.value

    async def replace(self, failed: str) -> str:
        """Another token than the one that WeChat has just refused: the store's, if it differs, else a new one.

        The same one comes back where WeChat itself says, or said a moment ago, that it is the current one.

        Raises:
            WeChatError: WeChat does not give one.
        """
        async with self._lock:
            token = self._own()
            if token is None or token.value == failed:
                token = await self._shared_or_new(failed)
        return token.value

    async def health(self) -> Health:
        """The token and the last failure, of whichever process; asks WeChat nothing."""
        kept = await self._store.get(self._failed_key)
        if kept is None:
            return Health(await self._shared())
        at, failure = json.loads(kept)
        return Health(await self._shared(), datetime.fromisoformat(at), failure)

    def _own(self) -> Token | None:
        now = self._clock.now()
        if self._token is None or self._looked_at is None or now - self._looked_at >= LOCAL:
            return None
        return self._token if self._token.good(now) else None

    async def _shared_or_new(self, failed: str | None) -> Token:
        """What the store has or, if that will not do, what WeChat gives.

        1. Look into the store.
        2. Try for the lock. Whoever does not get it goes on with the old token while that lives, and otherwise looks
           again until there is a new one or the lock is free: its holder failed or died.
        3. With the lock, look again (another process may have been quicker), fetch, and only then swap.
        """
        owner = secrets.token_bytes(8)
        end = time.monotonic() + WAIT_SECONDS
        while True:
            shared = await self._shared()
            if shared is not None and self._will_do(shared, failed):
                return self._keep(shared)
            if await self._store.add(self._lock_key, owner, LOCK_SECONDS):
                break
            if shared is not None and shared.value != failed:
                return self._keep(shared)
            if time.monotonic() > end:
                raise Unreachable("token", "另一个进程没有取到 access_token", maybe_done=False)
            await asyncio.sleep(WAIT_STEP)
        try:
            shared = await self._shared()
            if shared is None or not self._will_do(shared, failed):
                shared = await self._new(failed)
            return self._keep(shared)
        finally:
            await self._store.remove(self._lock_key, owner)

    def _will_do(self, token: Token, failed: str | None) -> bool:
        now = self._clock.now()
        return token.good(now) and (token.value != failed or (token.confirmed and now - token.fetched_at < FRESH))

    async def _shared(self) -> Token | None:
        token = Token.load(await self._store.get(self._key))
        return None if token is None or token.ends_at <= self._clock.now() else token

    async def _new(self, failed: str | None) -> Token:
        now = self._clock.now()
        if self._failure is not None and now - self._failure[0] < FAILED:
            raise self._failure[1].with_traceback(None)
        await self._raise_refusal()
        try:
            answer = await self._fetch()
        except WeChatError as error:
            self._failure = (now, error)
            shown = json.dumps([now.isoformat(), f"{error.meaning}。{error.advice}"]).encode()
            await self._store.put(self._failed_key, shown, FAILURE_SHOWN.total_seconds())
            if error.action is Action.TELL_ADMIN:
                kept = json.dumps([now.isoformat(), error.code, error.path, error.detail]).encode()
                await self._store.put(self._refused_key, kept, _pause(error.code).total_seconds())
            raise
        token = Token(answer.value, now + timedelta(seconds=answer.seconds), now, answer.value == failed)
        await self._store.put(self._key, token.dump(), answer.seconds)
        log.info("access token renewed, good for %d s", answer.seconds)
        return token

    async def _raise_refusal(self) -> None:
        """Repeat a late refusal instead of asking again: each try with a wrong secret or address counts against us."""
        kept = await self._store.get(self._refused_key)
        if kept is not None:
            at, code, path, detail = json.loads(kept)
            if self._clock.now() - datetime.fromisoformat(at) < _pause(code):
                raise WeChatError(code, path, detail)

    def _keep(self, token: Token) -> Token:
        self._token, self._looked_at = token, self._clock.now()
        return token


def _pause(code: int) -> timedelta:
    return REFUSED_LONGER.get(code, REFUSED)
