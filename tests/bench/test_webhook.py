"""CPU per message through the real webhook: secure mode, keep-alive over loopback, real questions, the sample's facts.

`whole` is people who ask what the entries ask, put to the sample's year, each in a conversation of their own and with
the words that people put before and after: the same thing comes again in other words around it, hardly ever in the same
ones. `new` is the same with nothing kept of what was answered before, `known` the six buttons of a menu.

Budget of the whole path (verify, decrypt, repeats, rate, understand, answer, render, log, encrypt) with state in
memory: 500 µs where a bot on wechatpy that says the same to everybody takes 557 µs, so what holds on any machine is
their ratio. The servers' own CPU time is measured, their rounds taken in turn; the client runs in this process.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import random
import re
import statistics
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from urllib.parse import urlencode

import aiohttp

from bot.cli.serve import with_own_account
from bot.settings import BotSettings, WeChatMode
from bot.wechat.simulate import Simulator
from bot.wechat.xml import write
from tests.questions.judge import entries

ROOT = Path(__file__).resolve().parents[2]
BUDGET = 500 / 557
"""Of what the peer takes."""
ROUNDS, CONVERSATIONS = 5, 1500
CONNECTIONS = 8
"""Enough that the server always has work: one that sleeps between messages finds its caches cold on a shared machine."""
KNOWN = (
    "2023年公众号一共发了多少条",
    "行政强制有多少件",
    "2023年行政复议总计几件，维持的几件",
    "怎么申请政府信息公开",
    "存在什么问题",
    "你好",
)
"""As the buttons of a menu ask, again and again."""
_BEFORE = ("", "请问", "您好，", "想问一下，", "麻烦问下")
_AFTER = ("", "？", "啊", "，谢谢", "，急", "。谢谢您")


def _of_the_sample(question: str) -> str:
    """A question put to the one year that the sample has, where it names one year."""
    named = re.findall(r"20[12]\d(?=年)|去年", question)
    return question.replace(named[0], "2023" if named[0] != "去年" else "2023年") if len(named) == 1 else question


def conversations() -> list[list[str]]:
    """Some thirty thousand conversations of one question or more, no two alike, in an order that mixes them."""
    asked = [[_of_the_sample(turn["q"]) for turn in entry["turns"]] for entry in entries("open")]
    found = [[f"{before}{q}{after}" for q in each] for each in asked for before in _BEFORE for after in _AFTER]
    random.Random(1).shuffle(found)
    return found


@contextmanager
def server(folder: Path, *arguments: str) -> Iterator[int]:
    process = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("server.py")), str(folder), *arguments],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert process.stdout is not None
    try:
        yield int(process.stdout.readline())
    finally:
        process.terminate()
        process.communicate(timeout=20)


class Line:
    """One kept-alive connection that sends what it is given and reads the answer's body."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def send(self, request: bytes) -> bytes:
        self._writer.write(request)
        head = await self._reader.readuntil(b"\r\n\r\n")
        assert b" 200 " in head.split(b"\r\n")[0], head
        length = next(int(h.split(b":")[1]) for h in head.split(b"\r\n") if h.lower().startswith(b"content-length"))
        return await self._reader.readexactly(length)

    async def send_all(self, conversations: Iterator[list[bytes]], *, bare: bool) -> None:
        for conversation in conversations:
            for one in conversation:
                answer = await self.send(one)
                assert bare or b"<Encrypt>" in answer

    async def close(self) -> None:
        self._writer.close()
        await self._writer.wait_closed()

    async def cpu(self) -> float:
        return float(json.loads(await self.send(b"GET /cpu HTTP/1.1\r\nHost: x\r\n\r\n"))["seconds"])


_number = itertools.count(1)
_person = itertools.count(1)


def requests(wechat: Simulator, conversation: list[str]) -> list[bytes]:
    """What one person sends."""
    openid = f"oBench{next(_person):022d}"
    return [request(wechat, openid, question) for question in conversation]


def request(wechat: Simulator, openid: str, question: str) -> bytes:
    body = write(wechat.fields("text", openid, Content=question, MsgId=next(_number)))
    signed = wechat.signed(body)
    query = urlencode({**signed.query, "openid": openid})
    head = f"POST /wechat?{query} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: text/xml\r\nAccept: */*\r\n"
    return f"{head}Content-Length: {len(signed.body)}\r\n\r\n".encode() + signed.body


@asynccontextmanager
async def round_of(port: int, folder: Path, kind: str = "whole") -> AsyncIterator[Callable[[], Awaitable[float]]]:
    """What sends `CONVERSATIONS` to a server over kept-alive connections: microseconds of its CPU per message."""
    people = itertools.cycle([[question] for question in KNOWN] if kind == "known" else conversations())
    settings = with_own_account(BotSettings(data_dir=folder, _env_file=None))
    assert settings.wechat_token is not None
    assert settings.wechat_aes_key is not None
    lines = [Line(*await asyncio.open_connection("127.0.0.1", port)) for _ in range(CONNECTIONS)]
    async with aiohttp.ClientSession() as session:
        wechat = Simulator(
            session,
            "http://x",
            token=settings.wechat_token.get_secret_value(),
            mode=WeChatMode.SECURE,
            app_id=settings.wechat_app_id or "",
            aes_key=settings.wechat_aes_key.get_secret_value(),
        )

        async def once() -> float:
            sent = [requests(wechat, next(people)) for _ in range(CONVERSATIONS)]
            each = iter(sent)
            before = await lines[0].cpu()
            await asyncio.gather(*(line.send_all(each, bare=kind == "bare") for line in lines))
            return (await lines[0].cpu() - before) / sum(map(len, sent)) * 1e6

        await once()  # warms up
        yield once
    for line in lines:
        await line.close()


KINDS = {
    "whole": "the whole path",
    "new": "nothing kept",
    "known": "the same six questions",
    "peer": "canned echo, wechatpy",
    "bare": "aiohttp alone",
}


async def test_cpu_per_message(tmp_path: Path) -> None:
    spent: dict[str, list[float]] = {kind: [] for kind in KINDS}
    with ExitStack() as servers:
        async with AsyncExitStack() as clients:
            rounds = {}
            for kind in KINDS:
                folder = tmp_path / kind
                folder.mkdir()
                port = servers.enter_context(server(folder, kind))
                rounds[kind] = await clients.enter_async_context(round_of(port, folder, kind))
            for _ in range(ROUNDS):
                for kind, once in rounds.items():
                    spent[kind].append(await once())
    print("\nCPU per message in µs, median (best) of the rounds, and as a share of the peer's:")
    for kind, name in KINDS.items():
        share = statistics.median(a / b for a, b in zip(spent[kind], spent["peer"], strict=True))
        print(f"  {name:24} {statistics.median(spent[kind]):5.0f} ({min(spent[kind]):.0f})  {share:.2f}")
    assert min(spent["whole"]) < BUDGET * min(spent["peer"])


async def test_cpu_per_message_on_redis(tmp_path: Path, redis_url: str) -> None:
    """No budget: redis-py takes most of it. The figure is here to be watched."""
    with server(tmp_path, "whole", redis_url) as port:
        async with round_of(port, tmp_path) as once:
            spent = [await once() for _ in range(ROUNDS)]
    print(f"\nCPU per message on Redis: {statistics.median(spent):.0f} µs (best {min(spent):.0f})")
