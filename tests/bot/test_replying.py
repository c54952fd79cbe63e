"""A process killed while it sends a reply to a citizen; seals that are not ours."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sealing import BadSeal, Seal
from bot.wechat.api.messages import CUSTOM
from storage import allowance
from storage.allowance import Grant
from storage.clock import FixedClock
from storage.database import Database
from storage.handover import replies
from storage.models.allowance import AllowanceKind
from storage.models.handover import ReplyState, StaffReply
from tests.fakes.wechat import FakeAccount, FakeWeChat

KEY = bytes(range(32))
OPENID = "oCitizen"


@pytest.fixture
async def wechat(clock: FixedClock) -> AsyncIterator[FakeWeChat]:
    async with FakeWeChat(clock) as fake:
        yield fake


@pytest.fixture
def account(wechat: FakeWeChat) -> FakeAccount:
    account = wechat.account()
    account.followers.add(OPENID)
    account.acted(OPENID, "message")
    return account


async def worker(database: Database, clock: FixedClock, wechat: FakeWeChat) -> asyncio.subprocess.Process:
    script = str(Path(__file__).with_name("reply_worker.py"))
    [account] = wechat.accounts.values()
    address = database.url.render_as_string(hide_password=False)
    arguments = [wechat.url, account.app_id, account.secret, address, clock.now().isoformat(), KEY.hex()]
    return await asyncio.create_subprocess_exec(sys.executable, script, *arguments)


async def written(database: Database, clock: FixedClock) -> int:
    async with database.write() as session:
        grant = Grant(OPENID, AllowanceKind.MESSAGE, clock.now(), Seal(KEY).seal(OPENID))
        await allowance.grant(session, "main", [grant])
        row = StaffReply(
            person=OPENID,
            text="请看",
            body="【工作人员回复】\n请看",
            state=ReplyState.WAITING,
            created_at=clock.now(),
            not_before=clock.now(),
        )
        session.add(row)
        await session.flush()
        assert row.id is not None
        return row.id


async def state(database: Database, reply_id: int) -> tuple[str, str]:
    async with database.read() as session:
        row = await replies.get(session, reply_id)
        return row.state, row.error


async def test_a_process_killed_while_sending_never_sends_it_twice(
    sqlite: Database, clock: FixedClock, wechat: FakeWeChat, account: FakeAccount
) -> None:
    number = await written(sqlite, clock)
    wechat.inject(CUSTOM, "never answer after doing")
    first = await worker(sqlite, clock, wechat)
    async with asyncio.timeout(30):
        while not account.sent:  # noqa: ASYNC110  (what is waited for happens in another process)
            await asyncio.sleep(0.02)
    first.send_signal(signal.SIGKILL)
    await first.wait()
    assert (await state(sqlite, number))[0] == ReplyState.LEASED
    for _ in range(2):
        clock.move(timedelta(minutes=5))
        assert await (await worker(sqlite, clock, wechat)).wait() == 0
    assert len(account.sent) == 1
    assert await state(sqlite, number) == (ReplyState.FAILED, replies.INTERRUPTED)
    async with sqlite.write() as session:  # staff decide to send it again
        await replies.move(session, number, [ReplyState.FAILED], ReplyState.WAITING, now=clock.now())
    assert await (await worker(sqlite, clock, wechat)).wait() == 0
    assert [m["text"]["content"] for m in account.sent] == ["【工作人员回复】\n请看"] * 2
    assert (await state(sqlite, number))[0] == ReplyState.SENT


@given(st.text(max_size=60), st.text(max_size=60))
def test_a_seal_opens_with_its_key_only_and_tells_nothing(openid: str, other: str) -> None:
    seal = Seal(KEY)
    sealed = seal.seal(openid)
    assert sealed != seal.seal(openid)
    if openid.isprintable():
        assert seal.open(sealed) == openid
    for wrong in (other, sealed[:-5], sealed[4:], ""):
        with pytest.raises(BadSeal):
            Seal(KEY).open(wrong)
    with pytest.raises(BadSeal):
        Seal(bytes(32)).open(sealed)
