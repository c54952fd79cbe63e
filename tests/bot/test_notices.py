"""Notices to the staff's WeChat: by template or inside the allowance, once, onward where it cannot be."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from sqlmodel import col, select

from bot.ledger import Ledger
from bot.notices import AccountChannel, NoticeTemplate, Outbound, channel_error
from bot.sender import Sender
from bot.settings import AccountKind
from bot.wechat.api import Unreachable, WeChatClient, WeChatError
from bot.wechat.api.capabilities import Capabilities
from bot.wechat.api.media import Media
from bot.wechat.api.messages import CUSTOM, TEMPLATE
from storage import allowance, outbox
from storage.allowance import Grant
from storage.clock import FixedClock
from storage.database import Database
from storage.errors import Refused
from storage.models.allowance import AllowanceKind
from storage.models.outbox import OutboxMessage
from storage.models.watch import WatchPerson
from storage.outbox import Letter, Outcome
from storage.state import MemoryState
from tests.fakes.wechat import FakeAccount, FakeWeChat

OPENID = "oStaff"
WORDS = "TPL thing1=title time2=due thing3=subject"
LETTER = Letter(
    "case:1:v1:1",
    "逾期：规范性文件栏目",
    "“规范性文件”栏目应在6月10日前更新，已逾期5天。",
    data={"title": "规范性文件栏目", "due": "2026-06-10", "link": "https://example.cn/t/abc"},
)


@pytest.fixture
async def wechat(clock: FixedClock) -> AsyncIterator[FakeWeChat]:
    async with FakeWeChat(clock) as fake:
        yield fake


@pytest.fixture
def account(wechat: FakeWeChat) -> FakeAccount:
    return wechat.account(followers={OPENID}, templates={"TPL"})


class Office:
    """A person with a bound WeChat, and the account as their channel."""

    def __init__(
        self, database: Database, clock: FixedClock, wechat: FakeWeChat, session: aiohttp.ClientSession
    ) -> None:
        self.database, self.clock = database, clock
        [account] = wechat.accounts.values()
        state = MemoryState(lambda: clock.now().timestamp())
        client = WeChatClient(session, account.app_id, account.secret, state, clock, hosts=(wechat.url,), pause=0)
        capabilities = Capabilities(AccountKind.SERVICE, True, can_call=True)
        ledger = Ledger(database, "main", str, clock)
        sender = Sender(client, capabilities, ledger, Media(client, "main", MemoryState()))
        self.outbound = Outbound(client, capabilities, sender)

    async def put(self, letter: Letter = LETTER, **person: Any) -> None:
        async with self.database.write() as session:
            row = await session.get(WatchPerson, 1)
            if row is None:
                row = WatchPerson(id=1, name="张敏", role="owner", openid=OPENID, **person)
                session.add(row)
                await session.flush()
            await outbox.put(session, row, letter, self.clock)

    async def writes(self) -> None:
        async with self.database.write() as session:
            await allowance.grant(session, "main", [Grant(OPENID, AllowanceKind.MESSAGE, self.clock.now())])

    async def deliver(self, channel: AccountChannel) -> int:
        return await outbox.deliver(self.database, {outbox.WECHAT: channel}, "test", self.clock)

    async def rows(self) -> list[OutboxMessage]:
        async with self.database.read() as session:
            return list((await session.exec(select(OutboxMessage).order_by(col(OutboxMessage.id)))).all())


@pytest.fixture
async def office(
    sqlite: Database, clock: FixedClock, wechat: FakeWeChat, account: FakeAccount
) -> AsyncIterator[Office]:
    async with aiohttp.ClientSession() as session:
        yield Office(sqlite, clock, wechat, session)


async def test_a_template_message_shows_the_obligation_and_its_day(office: Office, account: FakeAccount) -> None:
    await office.put()
    assert await office.deliver(AccountChannel(office.outbound, NoticeTemplate.parse(WORDS))) == 1
    [sent] = account.sent
    assert sent["url"] == "https://example.cn/t/abc"
    assert {k: v["value"] for k, v in sent["data"].items()} == {
        "thing1": "规范性文件栏目",
        "time2": "2026-06-10",
        "thing3": "逾期：规范性文件栏目",
    }


async def test_without_a_template_text_goes_inside_the_allowance_and_is_held_outside_it(
    office: Office, account: FakeAccount, wechat: FakeWeChat
) -> None:
    channel = AccountChannel(office.outbound, None)
    await office.writes()
    account.acted(OPENID, "message")
    await office.put()
    assert await office.deliver(channel) == 1
    assert "已逾期5天" in account.sent[0]["text"]["content"]
    office.clock.move(timedelta(days=3))
    await office.put(Letter("case:1:v2:1", "再次逾期", "请处理。"))
    assert await office.deliver(channel) == 0
    assert [r.status for r in await office.rows()] == ["sent", "held"]
    assert wechat.count(CUSTOM) == 1


@pytest.mark.parametrize("reachable", [True, False], ids=["window closed", "no AppSecret"])
async def test_who_cannot_be_reached_here_is_told_over_the_next_channel(office: Office, reachable: bool) -> None:
    channels = [{"kind": "wechat", "to": ""}, {"kind": "mail", "to": "a@example.cn"}]
    await office.put(channels=channels)
    await office.deliver(AccountChannel(office.outbound if reachable else None, None))
    assert [(r.channel, r.status) for r in await office.rows()] == [("wechat", "failed"), ("mail", "waiting")]


async def test_a_template_that_the_account_may_not_use_gives_way_to_text(
    office: Office, account: FakeAccount, wechat: FakeWeChat
) -> None:
    channel = AccountChannel(office.outbound, NoticeTemplate.parse(WORDS))
    wechat.inject(TEMPLATE, 48001)
    await office.put()
    await office.deliver(channel)
    assert not channel.repeatable
    await office.writes()
    account.acted(OPENID, "message")
    await office.put(Letter("case:1:v2:1", "再次逾期", "请处理。"))
    assert await office.deliver(channel) == 1
    assert wechat.count(TEMPLATE) == 1


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (WeChatError(43004, "/x"), Outcome.CLOSED),
        (WeChatError(-1, "/x"), Outcome.RETRY),
        (WeChatError(45009, "/x"), Outcome.RETRY),
        (WeChatError(45011, "/x"), Outcome.RETRY),
        (WeChatError(40001, "/x"), Outcome.RETRY),
        (WeChatError(40037, "/x"), Outcome.REFUSED),
        (WeChatError(47003, "/x"), Outcome.REFUSED),
        (WeChatError(12345, "/x"), Outcome.REFUSED),
        (Unreachable("/x", "TimeoutError", maybe_done=True), Outcome.UNCERTAIN),
        (Unreachable("/x", "ClientConnectorError", maybe_done=False), Outcome.RETRY),
    ],
    ids=str,
)
def test_what_an_error_means_for_a_message(error: WeChatError, outcome: Outcome) -> None:
    assert channel_error(error).outcome is outcome


@pytest.mark.parametrize("text", ["TPL", "TPL thing1", "TPL thing1=name", "TPL colour1=title", "TPL thing1=title x"])
def test_a_wrong_template_setting_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(Refused, match="模板ID"):
        NoticeTemplate.parse(text)
