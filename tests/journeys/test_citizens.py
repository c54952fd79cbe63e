"""What people live through on an account: slow answers, dead servers, hostile pushes, a day of mixed traffic."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

import bot.endpoints
from bot import keys
from bot.sender import NotAllowed
from bot.wechat.api.messages import CUSTOM, Notice, Text
from bot.wechat.webhook import Webhook
from storage.clock import FixedClock
from storage.snapshot import Snapshots
from tests.fakes.wechat import Kind
from tests.journeys.conftest import Deployment, Start, until

QUESTION = "2025年新收多少件申请"


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[asyncio.Event]:
    """While shut, no answer is found; the webhook gives up after a moment instead of 4.5 s."""
    gate = asyncio.Event()
    load, get = Snapshots.load, Snapshots.get

    async def slow(self: Snapshots, name: str | None = None) -> Any:
        await gate.wait()
        return await load(self, name)

    monkeypatch.setattr(bot.endpoints, "Webhook", partial(Webhook, seconds=0.15))
    monkeypatch.setattr(Snapshots, "load", slow)
    monkeypatch.setattr(Snapshots, "get", lambda self, name=None: get(self, name) if gate.is_set() else None)
    yield gate
    gate.set()


@pytest.fixture
async def opened(gate: asyncio.Event) -> asyncio.Event:
    """The gate, open while the process starts."""
    gate.set()
    return gate


async def test_a_verified_account_sends_the_late_answer_by_itself(start: Start, opened: asyncio.Event) -> None:
    deployment = await start()
    opened.clear()
    reply = await deployment.pusher.text("oOne", QUESTION)
    assert reply
    assert "稍后发给您" in reply["Content"]
    assert deployment.account.sent == []
    opened.set()
    await until(lambda: bool(deployment.account.sent))
    [message] = deployment.account.sent
    assert message["touser"] == "oOne"
    assert "37件" in message["text"]["content"]
    again = await deployment.pusher.text("oOne", "谢谢")
    assert again
    assert "您刚才问的" not in again["Content"]
    assert deployment.wechat.errcodes() == {}


@pytest.mark.parametrize("secret", [None, "a" * 32], ids=["without AppSecret", "unverified"])
async def test_an_unverified_account_gives_it_with_the_next_message(
    start: Start, opened: asyncio.Event, secret: str | None
) -> None:
    deployment = await start(secret=secret, fake={"kind": Kind.SUBSCRIPTION, "verified": False})
    opened.clear()
    reply = await deployment.pusher.text("oOne", QUESTION)
    assert reply
    assert "回复任意内容" in reply["Content"]
    opened.set()
    async with asyncio.timeout(120):
        while True:
            reply = await deployment.pusher.text("oOne", "查看结果", bizmsgmenuid="late")
            assert reply
            if "37件" in reply["Content"]:
                break
            await asyncio.sleep(0.02)
    assert deployment.wechat.count(CUSTOM) == 0


async def test_a_late_answer_that_wechat_refuses_is_given_with_the_next_message(
    start: Start, opened: asyncio.Event
) -> None:
    deployment = await start()
    opened.clear()
    deployment.wechat.inject(CUSTOM, *[45047] * 5)
    await deployment.pusher.text("oOne", QUESTION)
    opened.set()
    await until(lambda: bool(deployment.wechat.count(CUSTOM)))
    async with asyncio.timeout(120):
        while True:
            reply = await deployment.pusher.text("oOne", "查看结果", bizmsgmenuid="late")
            assert reply
            if "37件" in reply["Content"]:
                break
            await asyncio.sleep(0.02)
    assert deployment.account.sent == []


async def test_a_series_over_three_years_comes_with_its_chart_where_the_account_may(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.sender.PICTURE_AFTER", 0.0)
    deployment = await start()
    for openid in ("oOne", "oTwo"):
        reply = await deployment.pusher.text(openid, "2023年到2025年每年新收多少件申请")
        assert reply
        assert all(number in reply["Content"] for number in ("21件", "28件", "37件"))
        await until(lambda: len(deployment.account.sent) == {"oOne": 1, "oTwo": 2}[openid])  # noqa: B023
    assert [m["touser"] for m in deployment.account.sent] == ["oOne", "oTwo"]
    assert deployment.wechat.count("/cgi-bin/media/upload") == 1
    assert deployment.wechat.errcodes() == {}


async def test_an_account_that_may_not_send_answers_in_words_alone(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.sender.PICTURE_AFTER", 0.0)
    deployment = await start(fake={"verified": False})
    reply = await deployment.pusher.text("oOne", "2023年到2025年每年新收多少件申请")
    assert reply
    assert "28件" in reply["Content"]
    await deployment.pusher.text("oOne", QUESTION)
    assert deployment.wechat.count("/cgi-bin/media/upload") == 0


async def test_pushes_stop_for_a_minute_after_many_failures_and_come_again(start: Start, clock: FixedClock) -> None:
    deployment = await start()
    good, deployment.pusher.url = deployment.pusher.url, deployment.url.replace("/wechat", "/nothing")
    for _ in range(25):
        await deployment.pusher.text("oOne", QUESTION)
    assert len(deployment.pusher.notices) == 20
    assert deployment.pusher.skipped == 5
    deployment.pusher.url = good
    assert await deployment.pusher.text("oOne", QUESTION) is None
    clock.move(timedelta(minutes=1))
    reply = await deployment.pusher.text("oOne", QUESTION)
    assert reply
    assert "37件" in reply["Content"]


HOSTILE = [
    "",
    "<xml></xml>",
    "<xml><MsgType>text</MsgType></xml>",
    "not xml at all",
    "<xml>" + "<a>" * 5000,
    '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><xml><Content>&e;</Content></xml>',
    '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]><xml><Content>&b;</Content></xml>',
    "<xml><ToUserName>gh</ToUserName><FromUserName>o</FromUserName><MsgType>hologram</MsgType></xml>",
    "<xml><ToUserName>gh</ToUserName><FromUserName>o</FromUserName><MsgType>event</MsgType></xml>",
    '{"ToUserName": "gh", "FromUserName": "o", "MsgType": "text", "Content": ["x"], "CreateTime": "never"}',
    "\x00\x01\x02",
]


async def test_hostile_pushes_are_answered_and_forgotten(start: Start) -> None:
    deployment = await start()
    pusher = deployment.pusher
    for body in HOSTILE:
        assert await pusher.post(*pusher.signed(body))
        query, sealed = pusher.signed(body)
        for wrong in ({**query, "msg_signature": "0" * 40}, {k: v for k, v in query.items() if "sig" not in k}):
            with pytest.raises(ValueError, match="403"):
                await pusher.post(wrong, sealed)
    for strange in ("\x02控制\x0c字符", "]]>", "<xml>", "😀" * 500, "&lt;a&gt;", "字" * 3000):
        assert await pusher.text("oOne", strange)
    assert pusher.notices == []
    reply = await pusher.text("oOne", QUESTION)
    assert reply
    assert "37件" in reply["Content"]


TEXTS = (
    QUESTION,
    "去年公众号发了多少条信息",
    "继续",
    "怎么申请政府信息公开",
    "谢谢",
    "1",
    "😀",
    "那前年呢",
    "年报公布了吗",
    "转人工",
)
OTHERS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("image", {"PicUrl": "https://example.cn/p", "MediaId": "m"}),
    ("voice", {"MediaId": "m", "Format": "amr", "MediaId16K": "n"}),
    ("location", {"Location_X": "25.1", "Location_Y": "102.7", "Scale": 15, "Label": "云岭县"}),
    ("link", {"Title": "t", "Description": "d", "Url": "https://example.cn"}),
    ("file", {"Title": "f"}),
)
EVENTS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("CLICK", {"EventKey": "去年新收多少件申请"}),
    ("VIEW", {"EventKey": "https://example.cn", "MenuId": 1}),
    ("SCAN", {"EventKey": "12", "Ticket": "t"}),
    ("LOCATION", {"Latitude": "25.1", "Longitude": "102.7", "Precision": "10"}),
    ("subscribe", {"EventKey": ""}),
    ("unsubscribe", {"EventKey": ""}),
    ("scancode_waitmsg", {"EventKey": "k", "ScanCodeInfo": {"ScanType": "qrcode", "ScanResult": "1"}}),
    ("something_new", {"Whatever": "x"}),
)


async def mixed_run(deployment: Deployment, clock: FixedClock, messages: int, seed: int) -> dict[str, int]:
    """People of all sorts write, tap, leave and come back over days; the account answers and sends when it may."""
    rng = random.Random(seed)
    pushers = (deployment.pusher, deployment.other)
    for pusher in pushers:
        pusher.account.templates.add("SUB")
    senders = deployment.app[keys.SENDERS]
    counts = {"pushed": 0, "sent": 0, "not allowed": 0}
    while counts["pushed"] < messages:
        clock.move(timedelta(seconds=rng.choice((0, 1, 5, 30, 60, 3600, 12 * 3600))))
        which = rng.random() < 0.2
        pusher, name = pushers[which], ("main", "ybj")[which]
        openid = f"o{name}{rng.randrange(25)}"
        act = rng.random()
        if act < 0.55:
            extra = {"bizmsgmenuid": "ask"} if rng.random() < 0.2 else {}
            assert await pusher.text(openid, rng.choice(TEXTS), **extra)
        elif act < 0.65:
            kind, fields = rng.choice(OTHERS)
            await pusher.message(openid, kind, **fields)
        elif act < 0.68:
            await pusher.chose_notices(openid, "SUB", accepts=rng.random() < 0.7)
        elif act < 0.82:
            event, fields = rng.choice(EVENTS)
            if event != "unsubscribe":
                pusher.account.followers.add(openid)
            await pusher.event(openid, event, **fields)
        else:
            notice = Notice("SUB", {"thing1": rng.choice(TEXTS) * 3, "time2": "2026-06-10"}, "https://example.cn/r")
            sending = (
                senders[name].notify(openid, notice) if act > 0.92 else senders[name].send(openid, Text("办好了。"))
            )
            try:
                await sending
                counts["sent"] += 1
            except NotAllowed:
                counts["not allowed"] += 1
            continue
        counts["pushed"] += 1
    return counts


def assert_no_fault(deployment: Deployment, counts: dict[str, int]) -> None:
    assert deployment.pusher.notices + deployment.other.notices == []
    assert deployment.wechat.errcodes() == {}
    assert counts["sent"] > counts["pushed"] / 50
    assert counts["not allowed"] > 0


async def test_wechat_finds_no_fault_in_five_hundred_mixed_messages(start: Start, clock: FixedClock) -> None:
    deployment = await start(wechat_per_minute=10**6)
    assert_no_fault(deployment, await mixed_run(deployment, clock, 500, seed=7))
