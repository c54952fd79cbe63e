"""Sending by itself: inside each person's allowance, nothing tried that must fail, nothing lost, typing meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import aiohttp
import pytest
from sqlmodel import select

from bot.ledger import Ledger
from bot.sender import Attended, LateSender, NotAllowed, Sender
from bot.settings import AccountKind
from bot.wechat.api import Unreachable, WeChatClient, WeChatError
from bot.wechat.api.capabilities import Capabilities
from bot.wechat.api.media import Media
from bot.wechat.api.messages import CUSTOM, SUBSCRIPTION, TYPING, Notice, Text, Unsendable
from bot.wechat.messages import parse
from bot.wechat.push import Push
from bot.wechat.replies import ImageReply, MusicReply, NewsReply, TextReply
from bot.wechat.webhook import Outcome, Turn
from storage.clock import FixedClock
from storage.database import Database
from storage.models.allowance import Allowance
from storage.state import MemoryState
from tests.fakes.wechat import FakeAccount, FakeWeChat

PERSON = "oCitizen"


class Desk:
    """An account with everything that sends."""

    def __init__(self, client: WeChatClient, fake: FakeAccount, database: Database, clock: FixedClock) -> None:
        self.fake, self.clock = fake, clock
        self.capabilities = Capabilities(AccountKind.SERVICE, True, can_call=True)
        self.ledger = Ledger(database, "main", lambda openid: f"hash of {openid}", clock)
        self.sender = Sender(client, self.capabilities, self.ledger, Media(client, "main", MemoryState()))
        self.late = LateSender(self.sender, self.capabilities)

    def push(self, kind: str = "text", **fields: str) -> Push:
        created = str(int(self.clock.now().timestamp()))
        base = {"ToUserName": "gh_1", "FromUserName": PERSON, "CreateTime": created, "MsgType": kind, "MsgId": "1"}
        return parse({**base, "Content": "去年", **fields})

    def hear(self, kind: str = "text", act: str = "message", **fields: str) -> Push:
        """A person acts; WeChat and the ledger both see it."""
        self.fake.acted(PERSON, act)
        push = self.push(kind, **fields)
        self.ledger.seen(push)
        return push


@pytest.fixture
async def wechat(clock: FixedClock) -> AsyncIterator[FakeWeChat]:
    async with FakeWeChat(clock) as fake:
        yield fake


@pytest.fixture
async def desk(wechat: FakeWeChat, sqlite: Database, clock: FixedClock) -> AsyncIterator[Desk]:
    fake = wechat.account(followers={PERSON})
    async with aiohttp.ClientSession() as session:
        state = MemoryState(lambda: clock.now().timestamp())
        client = WeChatClient(session, fake.app_id, fake.secret, state, clock, hosts=(wechat.url,), pause=0)
        yield Desk(client, fake, sqlite, clock)


async def test_nothing_is_tried_that_must_fail(desk: Desk, wechat: FakeWeChat, clock: FixedClock) -> None:
    with pytest.raises(NotAllowed):
        await desk.sender.send(PERSON, Text("一"))
    desk.hear()
    for _ in range(5):
        await desk.sender.send(PERSON, Text("一"))
    with pytest.raises(NotAllowed):
        await desk.sender.send(PERSON, Text("六"))
    clock.move(timedelta(hours=1))
    desk.hear()
    clock.move(timedelta(hours=48))
    with pytest.raises(NotAllowed):
        await desk.sender.send(PERSON, Text("晚了"))
    assert wechat.count(CUSTOM) == len(desk.fake.sent) == 5
    assert wechat.errcodes() == {}


async def test_a_tap_on_a_menu_message_counts_as_a_tap(desk: Desk, wechat: FakeWeChat, clock: FixedClock) -> None:
    desk.hear(act="tap", bizmsgmenuid="ask")
    clock.move(timedelta(seconds=58))
    with pytest.raises(NotAllowed):
        await desk.sender.send(PERSON, Text("一"))
    desk.hear("event", "tap", Event="CLICK", EventKey="x")
    assert await desk.ledger.left(PERSON) == 3
    desk.hear("event", "message", Event="VIEW", EventKey="https://example.cn")
    assert await desk.ledger.left(PERSON) == 3
    assert wechat.errcodes() == {}


async def test_a_push_from_the_future_does_not_open_the_window_for_longer(desk: Desk, clock: FixedClock) -> None:
    push = desk.push(CreateTime="4102444800")
    desk.ledger.seen(push)
    assert await desk.ledger.left(PERSON) == 5
    clock.move(timedelta(hours=48))
    assert await desk.ledger.left(PERSON) == 0


async def test_wechats_own_count_is_believed(desk: Desk, wechat: FakeWeChat) -> None:
    desk.hear()
    wechat.inject(CUSTOM, 45047)
    with pytest.raises(NotAllowed, match="条数已用完"):
        await desk.sender.send(PERSON, Text("一"))
    with pytest.raises(NotAllowed):
        await desk.sender.send(PERSON, Text("二"))
    assert wechat.count(CUSTOM) == 1


async def test_what_surely_did_not_go_out_costs_nothing_and_what_may_have_does(desk: Desk, wechat: FakeWeChat) -> None:
    desk.hear()
    wechat.inject(CUSTOM, 45002)
    with pytest.raises(WeChatError, match="45002"):
        await desk.sender.send(PERSON, Text("一"))
    assert await desk.ledger.left(PERSON) == 5
    wechat.inject(CUSTOM, "hang up after doing")
    with pytest.raises(Unreachable):
        await desk.sender.send(PERSON, Text("一"))
    assert await desk.ledger.left(PERSON) == 4
    with pytest.raises(Unsendable):
        await desk.sender.send(PERSON, Text(" "))
    assert await desk.ledger.left(PERSON) == 4


async def test_an_account_without_the_permission_finds_out_once(desk: Desk, wechat: FakeWeChat) -> None:
    desk.fake.verified = False
    push = desk.hear()
    assert desk.late.may_send(push)
    assert not await desk.late.send(push, TextReply("查到了"))
    assert not desk.late.may_send(push)
    assert not await desk.late.send(push, TextReply("查到了"))
    assert wechat.count(CUSTOM) == 1


async def test_a_late_answer_is_sent_whole_or_kept(desk: Desk, wechat: FakeWeChat) -> None:
    push = desk.hear()
    assert await desk.late.send(push, TextReply("2023年新收 0 件。" * 200))
    texts = [m["text"]["content"] for m in desk.fake.sent]
    assert len(texts) == 3
    assert "".join(texts) == "2023年新收 0 件。" * 200
    assert await desk.late.send(push, NewsReply("年报", "2023年", "", "https://example.cn/2023"))
    assert not await desk.late.send(push, MusicReply("m"))
    wechat.inject(CUSTOM, "html", 40007)
    assert not await desk.late.send(push, TextReply("丢了也不要紧"))
    assert not desk.late.may_send(desk.push("event", Event="CLICK", EventKey="x"))
    assert not await desk.late.send(push, ImageReply("gone"))


@pytest.mark.parametrize("event", ["unsubscribe", "user_authorization_revoke"])
async def test_a_person_who_leaves_or_takes_back_consent_is_forgotten(desk: Desk, event: str) -> None:
    desk.hear()
    desk.ledger.seen(desk.push("event", Event="user_info_modified"))
    assert await desk.ledger.left(PERSON) == 5
    desk.hear()
    desk.ledger.seen(desk.push("event", Event=event))
    assert await desk.ledger.left(PERSON) == 0


async def test_ended_windows_are_swept_while_the_process_runs(desk: Desk, sqlite: Database, clock: FixedClock) -> None:
    desk.hear()
    await desk.ledger.enter()
    clock.move(timedelta(hours=49))
    running = asyncio.create_task(desk.ledger.run())
    async with asyncio.timeout(120):
        while True:
            async with sqlite.read() as session:
                if (await session.exec(select(Allowance))).first() is None:
                    break
            await asyncio.sleep(0.01)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


async def test_consents_come_from_the_popup_and_pay_for_one_notice_each(desk: Desk) -> None:
    choice = {"TemplateId": "T1", "SubscribeStatusString": "accept", "PopupScene": "1"}
    desk.ledger.seen(desk.push("event", Event="subscribe_msg_popup_event", SubscribeMsgPopupEvent={"List": choice}))
    assert await desk.ledger.take_consent(PERSON, "T1")
    assert not await desk.ledger.take_consent(PERSON, "T1")


NOTICE = Notice("T1", {"thing1": "2025年年报已公布"}, "https://example.cn/r/2025")


async def test_a_notice_goes_out_for_each_consent_and_never_without_one(desk: Desk, wechat: FakeWeChat) -> None:
    desk.fake.templates.add("T1")
    with pytest.raises(NotAllowed):
        await desk.sender.notify(PERSON, NOTICE)
    assert wechat.count(SUBSCRIPTION) == 0
    desk.fake.consents[PERSON, "T1"] = 2
    for _ in range(2):
        await desk.ledger.consent(PERSON, "T1", accepted=True)
    wechat.inject(SUBSCRIPTION, 47003)
    with pytest.raises(WeChatError, match="47003"):
        await desk.sender.notify(PERSON, NOTICE)
    for _ in range(2):
        await desk.sender.notify(PERSON, NOTICE)
    with pytest.raises(NotAllowed):
        await desk.sender.notify(PERSON, NOTICE)
    assert len(desk.fake.sent) == 2


async def test_a_consent_that_wechat_does_not_know_is_cleared(desk: Desk, wechat: FakeWeChat) -> None:
    desk.fake.templates.add("T1")
    for _ in range(2):
        await desk.ledger.consent(PERSON, "T1", accepted=True)
    for _ in range(2):
        with pytest.raises(NotAllowed):
            await desk.sender.notify(PERSON, NOTICE)
    assert wechat.errcodes() == {43101: 1}


async def test_what_was_noted_survives_a_database_that_is_away_for_a_moment(
    desk: Desk, sqlite: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.hear()

    async def away(*_: object) -> None:
        raise OSError("database is away")

    with monkeypatch.context() as broken:
        broken.setattr(desk.ledger, "_enter", away)
        with pytest.raises(OSError, match="away"):
            await desk.ledger.left(PERSON)
    assert await desk.ledger.left(PERSON) == 5


async def test_typing_is_shown_while_an_answer_is_slow_and_not_when_it_is_quick(
    desk: Desk, wechat: FakeWeChat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.sender.TYPING_AFTER", 0.0)

    async def slow(push: Push, turn: Turn) -> Outcome:
        while not wechat.count(TYPING):  # noqa: ASYNC110  (the fake server has no event)
            await asyncio.sleep(0)
        return Outcome(TextReply("好"))

    async def quick(push: Push, turn: Turn) -> Outcome:
        return Outcome(TextReply("好"))

    push = desk.hear()
    coming = Attended(slow, desk.ledger, desk.sender)(push, Turn("p"))
    assert not isinstance(coming, Outcome)
    assert await asyncio.wait_for(coming, 120) == Outcome(TextReply("好"))
    monkeypatch.setattr("bot.sender.TYPING_AFTER", 60.0)
    coming = Attended(quick, desk.ledger, desk.sender)(push, Turn("p"))
    assert not isinstance(coming, Outcome)
    await coming
    now = Attended(lambda *_: Outcome(TextReply("好")), desk.ledger, desk.sender)(push, Turn("p"))
    assert now == Outcome(TextReply("好"))
    assert wechat.count(TYPING) == 1
    assert await desk.ledger.left(PERSON) == 5
