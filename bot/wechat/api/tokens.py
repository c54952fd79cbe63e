"""The access token of one account: fetched once per lifetime for all processes, renewed before it ends.

Uses `stable_token` in normal mode (获取稳定版接口调用凭据): repeated calls return the same token, so that processes
never invalidate each other's. Rules kept here, each learnt from a failure in the field:

1. One fetch at a time in the process (a lock, looked into again after waiting) and across processes (a short lock in
   the shared store).
2. A failing token is dropped only if it is still the one in the store: late 40001 answers for the old token must not
   expire the new one.
3. The new token is fetched first and then swapped in; meanwhile the others go on with the old one.
4. Errors that only a person can mend (wrong secret, address not listed) are not tried again for a while.
"""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from bot.wechat.api.errors import Action, WeChatError
from storage.clock import Clock

log = logging.getLogger(__name__)

RENEW_BEFORE = timedelta(minutes=5)
"""From five minutes before its end WeChat hands out the next token while both work."""
LOCAL = timedelta(minutes=1)
"""How long a process trusts its own copy before it looks into the shared store again."""
LOCK_SECONDS = 15.0
REFUSED = timedelta(minutes=2)


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


class Fetch(Protocol):
    """Asks WeChat for a token: the answer's JSON with `access_token` and `expires_in`."""

    async def __call__(self) -> dict[str, Any]:
        """Fetch."""
        ...


@dataclass(frozen=True, slots=True)
class Token:
    """A token and the moment (UTC) at which it ends."""

    value: str
    ends_at: datetime

    def dump(self) -> bytes:
        """As kept in the store."""
        return json.dumps([self.value, self.ends_at.isoformat()]).encode()

    @classmethod
    def load(cls, data: bytes | None) -> Token | None:
        """From the store; `None` for anything unusable."""
        try:
            value, ends_at = json.loads(data or b"")
            return cls(value, datetime.fromisoformat(ends_at))
        except (ValueError, TypeError):
            return None


class TokenKeeper:
    """Hands out the token of one account."""

    def __init__(self, app_id: str, fetch: Fetch, store: Store, clock: Clock) -> None:
        self._key = f"token:{app_id}"
        self._lock_key = f"token-lock:{app_id}"
        self._fetch = fetch
        self._store = store
        self._clock = clock
        self._lock = asyncio.Lock()
        self._token: Token | None = None
        self._looked_at: datetime | None = None
        self._refused: tuple[datetime, WeChatError] | None = None

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

        Raises:
            WeChatError: WeChat does not give one.
        """
        async with self._lock:
            token = self._own()
            if token is None or token.value == failed:
                token = await self._shared_or_new(failed)
        return token.value

    def _own(self) -> Token | None:
        now = self._clock.now()
        if self._token is None or self._looked_at is None or now - self._looked_at >= LOCAL:
            return None
        return self._token if self._good(self._token) else None

    def _good(self, token: Token) -> bool:
        return self._clock.now() < token.ends_at - RENEW_BEFORE

    async def _shared_or_new(self, failed: str | None) -> Token:
        shared = await self._shared(failed)
        if shared is not None and self._good(shared):
            return self._keep(shared)
        owner = secrets.token_bytes(8)
        if not await self._store.add(self._lock_key, owner, LOCK_SECONDS):
            waited = await self._wait_for_other(failed)
            if waited is not None:
                return self._keep(waited)
        try:
            return self._keep(await self._new(failed))
        finally:
            await self._store.remove(self._lock_key, owner)

    async def _shared(self, failed: str | None) -> Token | None:
        token = Token.load(await self._store.get(self._key))
        return None if token is None or token.value == failed or token.ends_at <= self._clock.now() else token

    async def _wait_for_other(self, failed: str | None) -> Token | None:
        """What the process that holds the lock has put down; the old token serves while it still lives."""
        for _ in range(60):
            shared = await self._shared(failed)
            if shared is not None and (self._good(shared) or failed is None):
                return shared
            if await self._store.get(self._lock_key) is None:
                return None
            await asyncio.sleep(0.05)
        return None

    async def _new(self, failed: str | None) -> Token:
        shared = await self._shared(failed)  # another process may have been quicker
        if shared is not None and self._good(shared):
            return shared
        if self._refused and self._clock.now() - self._refused[0] < REFUSED:
            raise self._refused[1]
        try:
            answer = await self._fetch()
        except WeChatError as error:
            if error.action is Action.TELL_ADMIN:
                self._refused = (self._clock.now(), error)
            raise
        self._refused = None
        seconds = int(answer["expires_in"])
        token = Token(str(answer["access_token"]), self._clock.now() + timedelta(seconds=seconds))
        await self._store.put(self._key, token.dump(), seconds)
        log.info("access token renewed, good for %d s", seconds)
        return token

    def _keep(self, token: Token) -> Token:
        self._token, self._looked_at = token, self._clock.now()
        return token
