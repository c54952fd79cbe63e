"""One token for everybody: one fetch per lifetime, in one process and in eight, and no storm when it dies early."""

from __future__ import annotations

import asyncio
import json
import sys
import uuid
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest

from bot.wechat.api import Unreachable, WeChatClient, WeChatError
from bot.wechat.api.tokens import Health, Token
from storage.clock import FixedClock
from storage.state import MemoryState
from tests.fakes.wechat import FakeAccount, FakeWeChat

PING = "/cgi-bin/get_api_domain_ip"
TOKEN = "/cgi-bin/stable_token"
PROCESSES = 8
CALLS = 20


async def test_a_hundred_calls_at_once_fetch_one_token_per_lifetime(
    wechat: FakeWeChat, client: WeChatClient, clock: FixedClock
) -> None:
    for lifetime in range(1, 6):
        await asyncio.gather(*(client.get(PING) for _ in range(100)))
        assert wechat.count(TOKEN) == lifetime
        clock.move(timedelta(minutes=117))
    assert wechat.errcodes() == {}


async def test_people_see_the_token_and_why_it_could_not_be_fetched(
    wechat: FakeWeChat, account: FakeAccount, client: WeChatClient, clock: FixedClock
) -> None:
    assert await client.tokens.health() == Health()
    account.allow_ips = {"203.0.113.200"}
    with pytest.raises(WeChatError):
        await client.tokens.get()
    failed = await client.tokens.health()
    assert (failed.token, failed.failed_at) == (None, clock.now())
    assert "203.0.113.7 加入 IP 白名单" in failed.failure
    account.allow_ips = None
    clock.move(timedelta(hours=1))
    value = await client.tokens.get()
    health = await client.tokens.health()
    assert health.token
    assert (health.token.value, health.token.fetched_at) == (value, clock.now())
    assert health.failed_at == clock.now() - timedelta(hours=1)
    asked = wechat.count(TOKEN)
    await client.tokens.health()
    assert wechat.count(TOKEN) == asked


async def test_calls_all_day_long_never_meet_a_dead_token(
    wechat: FakeWeChat, client: WeChatClient, clock: FixedClock
) -> None:
    for _ in range(24 * 60):
        await client.get(PING)
        clock.move(timedelta(minutes=1))
    assert wechat.errcodes() == {}
    assert wechat.count(TOKEN) == 13  # a lifetime of 120 minutes is renewed after 116


async def test_a_killed_token_is_replaced_once_for_everybody(
    wechat: FakeWeChat, account: FakeAccount, client: WeChatClient
) -> None:
    account.kill(await client.tokens.get())
    await asyncio.gather(*(client.get(PING) for _ in range(50)))
    assert wechat.count(TOKEN) == 2
    assert wechat.errcodes() == {40001: 50}
    await asyncio.gather(*(client.get(PING) for _ in range(50)))
    assert wechat.errcodes() == {40001: 50}


async def test_a_late_refusal_of_the_old_token_does_not_cost_the_new_one(
    wechat: FakeWeChat, account: FakeAccount, client: WeChatClient
) -> None:
    old = await client.tokens.get()
    account.kill(old)
    new = await client.tokens.replace(old)
    assert [await client.tokens.replace(old) for _ in range(10)] == [new] * 10
    assert wechat.count(TOKEN) == 2


async def test_a_token_that_wechat_refuses_but_gives_again_is_not_fetched_in_a_loop(
    wechat: FakeWeChat, client: WeChatClient, clock: FixedClock
) -> None:
    await client.get(PING)
    clock.move(timedelta(minutes=10))
    wechat.inject(PING, *[40001] * 60)
    for _ in range(20):
        with pytest.raises(WeChatError, match="40001"):
            await client.get(PING)
    assert wechat.count(TOKEN) == 2
    assert wechat.count(PING) == 21


async def test_a_call_is_repeated_once_and_never_again(
    wechat: FakeWeChat, client: WeChatClient, account: FakeAccount
) -> None:
    account.kill(await client.tokens.get())
    wechat.inject(PING, 42001, 40014, 40001)
    with pytest.raises(WeChatError, match="40014"):
        await client.get(PING)
    assert wechat.count(PING) == 2


async def test_a_short_lived_token_is_used_and_not_fetched_by_every_call(
    wechat: FakeWeChat, account: FakeAccount, client: WeChatClient, clock: FixedClock
) -> None:
    account.stable_token(force=False)
    clock.move(timedelta(minutes=115))  # somebody else's token with exactly five minutes left
    for _ in range(20):
        await client.get(PING)
        clock.move(timedelta(seconds=1))
    assert wechat.count(TOKEN) == 1
    clock.move(timedelta(minutes=1))
    await client.get(PING)
    assert wechat.count(TOKEN) == 2
    assert wechat.errcodes() == {}


@pytest.mark.parametrize(
    ("code", "minutes"), [(40125, 2), (40164, 2), (40243, 2), (50004, 2), (89507, 60), (89506, 24 * 60)]
)
async def test_a_refusal_that_a_person_must_mend_is_not_asked_again_at_once(
    wechat: FakeWeChat, client: WeChatClient, clock: FixedClock, code: int, minutes: int
) -> None:
    wechat.inject(TOKEN, code)
    for _ in range(10):
        with pytest.raises(WeChatError) as caught:
            await client.get(PING)
        assert caught.value.code == code
    assert wechat.count(TOKEN) == 1
    clock.move(timedelta(minutes=minutes))
    assert await client.get(PING)


@pytest.mark.parametrize("answer", ["html", "array", "close"])
async def test_a_hundred_calls_share_the_failure_of_one_fetch_and_the_next_second_tries_again(
    wechat: FakeWeChat, client: WeChatClient, clock: FixedClock, answer: str
) -> None:
    wechat.inject(TOKEN, answer)
    ended = await asyncio.gather(*(client.get(PING) for _ in range(100)), return_exceptions=True)
    assert {type(e) for e in ended} == {Unreachable}
    assert wechat.count(TOKEN) == 1
    clock.move(timedelta(seconds=5))
    assert await client.get(PING)


async def test_the_others_go_on_with_the_old_token_while_one_process_fetches(
    wechat: FakeWeChat, client: WeChatClient, state: MemoryState, clock: FixedClock
) -> None:
    old = await client.tokens.get()
    clock.move(timedelta(minutes=117))
    assert await state.add("token-lock:wx0123456789abcdef", b"another process", 15)
    assert await client.tokens.get() == old
    await state.remove("token-lock:wx0123456789abcdef")
    clock.move(timedelta(minutes=1))
    assert await client.tokens.get() != old


@pytest.mark.parametrize("rubbish", [b"", b"{}", b"[1]", b'["a","b","c",false]', b"\xff", b"null"])
def test_rubbish_in_the_store_counts_as_no_token(rubbish: bytes) -> None:
    assert Token.load(rubbish) is None


# --- eight processes --------------------------------------------------------------------------------


class Worker:
    """A real process that calls WeChat when it is told the time."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def round(self, clock: FixedClock) -> dict[str, int]:
        """Make calls at the clock's time; how many ended how."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(f"{clock.now().isoformat()} {CALLS}\n".encode())
        line = await asyncio.wait_for(self._process.stdout.readline(), 120)
        return dict(json.loads(line))

    async def end(self) -> bytes:
        assert self._process.stdin
        self._process.stdin.close()
        assert self._process.stderr
        told = await self._process.stderr.read()
        await self._process.wait()
        return told


@asynccontextmanager
async def workers(wechat: FakeWeChat, account: FakeAccount, redis_url: str) -> AsyncIterator[list[Worker]]:
    prefix = f"test:{uuid.uuid4().hex}:" if redis_url else ""
    script = str(Path(__file__).with_name("token_worker.py"))
    arguments = [sys.executable, script, wechat.url, account.app_id, account.secret, redis_url, prefix]
    pipes = {"stdin": asyncio.subprocess.PIPE, "stdout": asyncio.subprocess.PIPE, "stderr": asyncio.subprocess.PIPE}
    started = [Worker(await asyncio.create_subprocess_exec(*arguments, **pipes)) for _ in range(PROCESSES)]
    try:
        yield started
    finally:
        told = await asyncio.gather(*(w.end() for w in started))
    assert [t for t in told if t] == []


async def round_of_all(started: list[Worker], clock: FixedClock) -> Counter[str]:
    total: Counter[str] = Counter()
    for counts in await asyncio.gather(*(w.round(clock) for w in started)):
        total.update(counts)
    return total


async def test_eight_processes_over_redis_fetch_once_per_lifetime_and_survive_a_killed_token(
    wechat: FakeWeChat, account: FakeAccount, redis_url: str, clock: FixedClock
) -> None:
    everybody = PROCESSES * CALLS
    async with workers(wechat, account, redis_url) as started:
        for lifetime in range(1, 4):
            assert await round_of_all(started, clock) == {"ok": everybody}
            assert wechat.count(TOKEN) == lifetime
            clock.move(timedelta(minutes=117))
        assert wechat.errcodes() == {}
        assert await round_of_all(started, clock) == {"ok": everybody}
        assert account.current is not None
        account.kill(account.current.value)
        assert await round_of_all(started, clock) == {"ok": everybody}
        assert wechat.count(TOKEN) == 5
        assert wechat.errcodes().keys() == {40001}
        assert wechat.errcodes()[40001] <= everybody  # each call meets the dead token at most once
        before = wechat.errcodes()
        assert await round_of_all(started, clock) == {"ok": everybody}
        assert wechat.errcodes() == before


async def test_eight_processes_without_redis_fetch_once_each_and_do_not_fight(
    wechat: FakeWeChat, account: FakeAccount, clock: FixedClock
) -> None:
    async with workers(wechat, account, "") as started:
        for lifetime in (1, 2):
            assert await round_of_all(started, clock) == {"ok": PROCESSES * CALLS}
            assert wechat.count(TOKEN) == lifetime * PROCESSES
            clock.move(timedelta(minutes=117))
    assert wechat.errcodes() == {}
    assert len(account.tokens) == 2


async def test_eight_processes_with_a_wrong_secret_ask_once(
    wechat: FakeWeChat, account: FakeAccount, redis_url: str, clock: FixedClock
) -> None:
    wechat.inject(TOKEN, *[40125] * 1000)
    async with workers(wechat, account, redis_url) as started:
        assert await round_of_all(started, clock) == {"40125": PROCESSES * CALLS}
    assert wechat.count(TOKEN) == 1


async def test_a_process_that_dies_with_the_lock_stops_nobody_for_long(
    wechat: FakeWeChat, account: FakeAccount, session: aiohttp.ClientSession, clock: FixedClock
) -> None:
    state = MemoryState(lambda: clock.now().timestamp())
    await state.add(f"token-lock:{account.app_id}", b"dead", 15)
    client = WeChatClient(session, account.app_id, account.secret, state, clock, hosts=(wechat.url,))
    waiting = asyncio.create_task(client.get(PING))
    while not waiting.done():
        clock.move(timedelta(seconds=1))
        await asyncio.sleep(0)
    assert (await waiting)["ip_list"]
