"""A webhook on a real server, with WeChat simulated on the other side."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from bot.wechat.messages import TextMessage
from bot.wechat.push import Push
from bot.wechat.replies import Reply, TextReply
from bot.wechat.simulate import Simulator
from bot.wechat.webhook import Outcome, Turn, Webhook
from storage.state import MemoryState, State

TOKEN, APP_ID, KEY, OLD_KEY = "token123", "wx0000000000000001", "k" * 43, "o" * 43


def person(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


class Echo:
    """Answers with the text and the number of the call; holds answers back while `gate` is shut."""

    def __init__(self) -> None:
        self.calls: list[tuple[Push, Turn]] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.started = asyncio.Event()
        self.error: Exception | None = None
        self.reply: Reply | None = None
        self.outcome: Callable[[Push, Turn], Outcome] | None = None

    def __call__(self, push: Push, turn: Turn) -> Outcome | Coroutine[Any, Any, Outcome]:
        self.calls.append((push, turn))
        self.started.set()
        number = len(self.calls)
        return self.answer(push, turn, number) if self.gate.is_set() else self.later(push, turn, number)

    async def later(self, push: Push, turn: Turn, number: int) -> Outcome:
        await self.gate.wait()
        return self.answer(push, turn, number)

    def answer(self, push: Push, turn: Turn, number: int) -> Outcome:
        if self.error is not None:
            raise self.error
        if self.outcome is not None:
            return self.outcome(push, turn)
        if isinstance(push, TextMessage):
            return Outcome(TextReply(f"{push.content} ({number})"), context=f"after {push.content}".encode())
        return Outcome(self.reply)


@dataclass
class Site:
    """A running webhook and WeChat's side of it."""

    webhook: Webhook
    wechat: Simulator
    session: aiohttp.ClientSession
    url: str
    handler: Echo
    state: State = field(default_factory=MemoryState)

    async def ask(self, content: str, openid: str = "oPerson", **fields: Any) -> str | None:
        """The text that the person reads, `None` for no reply."""
        reply = await self.wechat.push(self.wechat.fields("text", openid, Content=content, **fields))
        return None if reply is None else str(reply["Content"])


Start = Callable[..., Awaitable[Site]]
