"""One of several processes that share an account's token; run by `test_tokens`.

Reads a time and a number of calls per line, makes the calls at that time, prints how they ended.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections import Counter
from datetime import datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[4]))

import aiohttp

from bot.wechat.api import WeChatClient, WeChatError
from storage.clock import FixedClock
from storage.state import MemoryState, RedisState


async def main() -> None:
    url, app_id, secret, redis_url, prefix = sys.argv[1:]
    clock = FixedClock(datetime.fromisoformat("2000-01-01T00:00:00+00:00"))
    state = (
        RedisState(redis_url, prefix=prefix, timeout=10) if redis_url else MemoryState(lambda: clock.now().timestamp())
    )
    async with aiohttp.ClientSession() as session:
        client = WeChatClient(session, app_id, secret, state, clock, hosts=(url,), pause=0)
        while line := await asyncio.to_thread(sys.stdin.readline):
            at, calls = line.split()
            clock.move(datetime.fromisoformat(at) - clock.now())
            ended = Counter(await asyncio.gather(*(call(client) for _ in range(int(calls)))))
            sys.stdout.write(json.dumps(ended) + "\n")
            sys.stdout.flush()
    await state.aclose()


async def call(client: WeChatClient) -> str:
    try:
        await client.get("/cgi-bin/get_api_domain_ip")
    except WeChatError as error:
        return str(error.code)
    return "ok"


asyncio.run(main())
