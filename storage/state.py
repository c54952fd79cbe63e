"""Short-lived state that the processes of one deployment share: seen messages, conversations, counts, locks.

`MemoryState` serves one process and needs no server; `RedisState` serves many; `ResilientState` is a Redis that may go
away: it then works on in memory. Nothing here is a record: whatever must survive for years is in the database.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, Protocol, TypeVar, cast

import redis.asyncio
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from storage.values import immutable

log = logging.getLogger(__name__)

CLAIM_SECONDS = 4.8
"""How long a message counts as being worked on. WeChat repeats after 5 s: by then a dead worker's claim is free."""
REPLY_SECONDS = 120
"""How long a reply is kept for repeats, which come for about 15 s."""
CONTEXT_SECONDS = 1800
WINDOW_SECONDS = 60
_WORKING, _DONE = b"w", b"r"

T = TypeVar("T")


@immutable
class Opening:
    """What the store knows when a message arrives.

    Attributes:
        mine: the caller has claimed the message and must `finish` it.
        reply: what was answered before; `None` while another task or process is at work on it (or `mine`).
        count: messages of this person in the present minute, this one included.
        context: the person's conversation, as last given to `finish`.
        late: an answer that came too late for its own message (`late_key`).
    """

    mine: bool
    reply: bytes | None = None
    count: int = 0
    context: bytes | None = None
    late: bytes | None = None


def late_key(person: str) -> str:
    """Where the late answer of a person waits for their next message."""
    return f"late:{person}"


def _context_key(person: str) -> str:
    return f"context:{person}"


def _message_key(message: str) -> str:
    return f"message:{message}"


def _rate_key(person: str, now: float) -> str:
    return f"rate:{person}:{int(now // WINDOW_SECONDS)}"


class State(Protocol):
    """The store. Keys are text, values bytes; people appear only under a keyed hash."""

    async def begin(self, message: str, person: str, *, counts: bool = True) -> Opening:
        """Claim a message for this caller, unless it is claimed or answered already.

        `counts`: whether it counts towards the person's messages per minute.
        """
        ...

    async def wait(self, message: str, seconds: float) -> bytes | None:
        """The reply to a message that somebody else works on; `None` when time is up or their claim has lapsed."""
        ...

    async def finish(self, message: str, person: str, reply: bytes, context: bytes | None) -> None:
        """Keep the reply for repeats and the conversation (`None` leaves it as it is); ends the claim."""
        ...

    async def get(self, key: str) -> bytes | None:
        """A value, `None` once its time is over."""
        ...

    async def put(self, key: str, value: bytes, seconds: float) -> None:
        """Keep a value for a time."""
        ...

    async def add(self, key: str, value: bytes, seconds: float) -> bool:
        """Keep a value unless there is one; whether it was kept. The base of small locks."""
        ...

    async def remove(self, key: str, value: bytes | None = None) -> None:
        """Remove a value; with `value` only if it is still that one, as the owner of a lock does."""
        ...

    async def forget(self, person: str) -> None:
        """Remove the conversation and the waiting answer of a person."""
        ...

    async def ping(self) -> bool:
        """Whether the store works as configured; false where it has fallen back to memory."""
        ...

    async def aclose(self) -> None:
        """Write what waits and close connections."""
        ...


class MemoryState:
    """State in this process. Lapsed values are swept as new ones come."""

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        self._now = now
        self._values: dict[str, tuple[float, bytes]] = {}
        self._counts: dict[str, int] = {}
        self._window = 0
        self._changed: dict[str, asyncio.Event] = {}
        self._full = 1000

    async def begin(self, message: str, person: str, *, counts: bool = True) -> Opening:
        """See `State`."""
        key = _message_key(message)
        known = self._get(key)
        if known is not None:
            return Opening(False, known[1:] if known[:1] == _DONE else None)
        self._put(key, _WORKING, CLAIM_SECONDS)
        count = self._count(person) if counts else 0
        return Opening(True, None, count, self._get(_context_key(person)), self._get(late_key(person)))

    async def wait(self, message: str, seconds: float) -> bytes | None:
        """See `State`."""
        key = _message_key(message)
        claim = self._values.get(key)
        if claim is not None and claim[1][:1] == _WORKING:
            event = self._changed.setdefault(key, asyncio.Event())
            try:
                async with asyncio.timeout(min(seconds, max(claim[0] - self._now(), 0.0))):
                    await event.wait()
            except TimeoutError:
                return None
        done = self._get(key)
        return done[1:] if done is not None and done[:1] == _DONE else None

    async def finish(self, message: str, person: str, reply: bytes, context: bytes | None) -> None:
        """See `State`."""
        key = _message_key(message)
        self._put(key, _DONE + reply, REPLY_SECONDS)
        if context is not None:
            self._put(_context_key(person), context, CONTEXT_SECONDS)
        event = self._changed.pop(key, None) if self._changed else None
        if event is not None:
            event.set()

    async def get(self, key: str) -> bytes | None:
        """See `State`."""
        return self._get(key)

    async def put(self, key: str, value: bytes, seconds: float) -> None:
        """See `State`."""
        self._put(key, value, seconds)

    async def add(self, key: str, value: bytes, seconds: float) -> bool:
        """See `State`."""
        if self._get(key) is not None:
            return False
        self._put(key, value, seconds)
        return True

    async def remove(self, key: str, value: bytes | None = None) -> None:
        """See `State`."""
        if value is None or self._get(key) == value:
            self._values.pop(key, None)

    async def forget(self, person: str) -> None:
        """See `State`."""
        self._values.pop(_context_key(person), None)
        self._values.pop(late_key(person), None)

    async def ping(self) -> bool:
        """Memory always works."""
        return True

    async def aclose(self) -> None:
        """Nothing to close."""

    def _get(self, key: str) -> bytes | None:
        kept = self._values.get(key)
        if kept is None or kept[0] <= self._now():
            return None
        return kept[1]

    def _put(self, key: str, value: bytes, seconds: float) -> None:
        self._values[key] = (self._now() + seconds, value)
        if len(self._values) > self._full:
            self._sweep()

    def _sweep(self) -> None:
        now = self._now()
        self._values = {k: v for k, v in self._values.items() if v[0] > now}
        self._changed = {k: e for k, e in self._changed.items() if k in self._values}
        self._full = 2 * len(self._values) + 1000

    def _count(self, person: str) -> int:
        window = int(self._now() // WINDOW_SECONDS)
        if window != self._window:
            self._window, self._counts = window, {}
        self._counts[person] = count = self._counts.get(person, 0) + 1
        return count


class RedisState:
    """State in Redis: one pipeline per message.

    What `finish` writes travels with the next message's pipeline or, when none comes, after a few milliseconds. A
    process that dies in between has sent its reply already, or WeChat repeats the message and it is answered anew.
    """

    def __init__(self, url: str, *, prefix: str = "gongkai:", timeout: float = 0.25) -> None:
        self._prefix = prefix
        self._waiting: list[tuple[Any, ...]] = []
        self._flushing: asyncio.Task[None] | None = None
        self._redis: Any = redis.asyncio.from_url(
            url, socket_timeout=timeout, socket_connect_timeout=timeout, retry=Retry(NoBackoff(), 1)
        )
        self._compare_and_delete = self._redis.register_script(
            "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0"
        )

    async def begin(self, message: str, person: str, *, counts: bool = True) -> Opening:
        """See `State`."""
        claim = _WORKING + secrets.token_bytes(8)
        key, rate = self._key(_message_key(message)), self._key(_rate_key(person, time.time()))
        pipeline = self._pipeline()
        if counts:
            pipeline.execute_command("SET", rate, 0, "NX", "EX", 2 * WINDOW_SECONDS)
            pipeline.execute_command("INCR", rate)
        pipeline.execute_command("SET", key, claim, "NX", "PX", int(CLAIM_SECONDS * 1000))
        pipeline.execute_command("MGET", key, self._key(_context_key(person)), self._key(late_key(person)))
        results = await pipeline.execute()
        known, context, late = results[-1]
        if known == claim or known is None:
            return Opening(True, None, results[-3] if counts else 0, context, late)
        return Opening(False, known[1:] if known[:1] == _DONE else None)

    async def wait(self, message: str, seconds: float) -> bytes | None:
        """See `State`. Asks twenty times a second: repeats that meet work in progress are rare."""
        key = self._key(_message_key(message))
        end = time.monotonic() + seconds
        while True:
            known = await self._redis.get(key)
            if known is None or known[:1] == _DONE:
                return None if known is None else cast(bytes, known[1:])
            if time.monotonic() >= end:
                return None
            await asyncio.sleep(0.05)

    async def finish(self, message: str, person: str, reply: bytes, context: bytes | None) -> None:
        """See `State`."""
        self._later("SET", self._key(_message_key(message)), _DONE + reply, "EX", REPLY_SECONDS)
        if context is not None:
            self._later("SET", self._key(_context_key(person)), context, "EX", CONTEXT_SECONDS)

    async def get(self, key: str) -> bytes | None:
        """See `State`."""
        value: bytes | None = await self._redis.get(self._key(key))
        return value

    async def put(self, key: str, value: bytes, seconds: float) -> None:
        """See `State`."""
        await self._redis.set(self._key(key), value, px=int(seconds * 1000))

    async def add(self, key: str, value: bytes, seconds: float) -> bool:
        """See `State`."""
        return bool(await self._redis.set(self._key(key), value, px=int(seconds * 1000), nx=True))

    async def remove(self, key: str, value: bytes | None = None) -> None:
        """See `State`."""
        if value is None:
            await self._redis.delete(self._key(key))
        else:
            await self._compare_and_delete(keys=[self._key(key)], args=[value])

    async def forget(self, person: str) -> None:
        """See `State`."""
        pipeline = self._pipeline()
        pipeline.execute_command("DEL", self._key(_context_key(person)), self._key(late_key(person)))
        await pipeline.execute()

    async def ping(self) -> bool:
        """Whether Redis answers."""
        try:
            return bool(await self._redis.ping())
        except (redis.RedisError, OSError):
            return False

    async def flush(self) -> None:
        """Write what waits, at once."""
        if self._waiting:
            await self._pipeline().execute()

    async def aclose(self) -> None:
        """See `State`."""
        if self._flushing is not None:
            await self._flushing
        await self.flush()
        await self._redis.aclose()

    def _key(self, key: str) -> str:
        return self._prefix + key

    def _pipeline(self) -> Any:
        pipeline = self._redis.pipeline(transaction=False)
        for command in self._waiting:
            pipeline.execute_command(*command)
        self._waiting = []
        return pipeline

    def _later(self, *command: Any) -> None:
        self._waiting.append(command)
        if self._flushing is None or self._flushing.done():
            self._flushing = asyncio.create_task(self._flush_soon())

    async def _flush_soon(self) -> None:
        await asyncio.sleep(0.01)
        try:
            await self.flush()
        except (redis.RedisError, OSError) as error:
            log.warning("state of answered messages was not written to Redis: %s", type(error).__name__)


class ResilientState:
    """Redis while it answers, memory while it does not: a citizen never waits for a store that is down.

    What `finish` keeps is kept in memory too, so that conversations go on in this process when Redis goes away.
    """

    RETRY_SECONDS = 5.0
    PATIENCE_SECONDS = 1.0
    """The longest that any call to Redis may take, beyond what it was asked to wait."""

    def __init__(self, shared: State, memory: MemoryState | None = None) -> None:
        self._shared = shared
        self._memory = memory or MemoryState()
        self._down_until: float | None = None

    async def begin(self, message: str, person: str, *, counts: bool = True) -> Opening:
        """See `State`; an answer that was kept while Redis was away is found as well."""
        opening = await self._try(lambda s: s.begin(message, person, counts=counts))
        if opening.mine and opening.late is None:
            late = await self._memory.get(late_key(person))
            return opening if late is None else replace(opening, late=late)
        return opening

    async def wait(self, message: str, seconds: float) -> bytes | None:
        """See `State`."""
        return await self._try(lambda s: s.wait(message, seconds), seconds)

    async def finish(self, message: str, person: str, reply: bytes, context: bytes | None) -> None:
        """See `State`."""
        await self._memory.finish(message, person, reply, context)
        await self._try(lambda s: s.finish(message, person, reply, context))

    async def get(self, key: str) -> bytes | None:
        """See `State`; what was put while Redis was away is found as well."""
        value = await self._try(lambda s: s.get(key))
        return await self._memory.get(key) if value is None else value

    async def put(self, key: str, value: bytes, seconds: float) -> None:
        """See `State`."""
        await self._try(lambda s: s.put(key, value, seconds))

    async def add(self, key: str, value: bytes, seconds: float) -> bool:
        """See `State`."""
        return await self._try(lambda s: s.add(key, value, seconds))

    async def remove(self, key: str, value: bytes | None = None) -> None:
        """See `State`."""
        await self._memory.remove(key, value)
        await self._try(lambda s: s.remove(key, value))

    async def forget(self, person: str) -> None:
        """See `State`."""
        await self._memory.forget(person)
        await self._try(lambda s: s.forget(person))

    async def ping(self) -> bool:
        """Whether Redis answers; when it does again, it is used again."""
        alive = await self._shared.ping()
        if alive:
            self._up()
        else:
            self._down("ping")
        return alive

    async def aclose(self) -> None:
        """See `State`."""
        try:
            await self._shared.aclose()
        except (redis.RedisError, OSError):
            log.warning("Redis was away at the end")

    async def _try(self, action: Callable[[State], Awaitable[T]], wait: float = 0.0) -> T:
        if self._down_until is not None and time.monotonic() < self._down_until:
            return await action(self._memory)
        try:
            async with asyncio.timeout(self.PATIENCE_SECONDS + wait):
                result = await action(self._shared)
        except (redis.RedisError, OSError) as error:
            self._down(type(error).__name__)
            return await action(self._memory)
        self._up()
        return result

    def _down(self, reason: str) -> None:
        if self._down_until is None:
            log.error("Redis does not answer (%s): state is kept in this process until it does", reason)
        self._down_until = time.monotonic() + self.RETRY_SECONDS

    def _up(self) -> None:
        if self._down_until is not None:
            log.warning("Redis answers again")
            self._down_until = None
