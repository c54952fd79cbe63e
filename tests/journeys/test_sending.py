"""What the account sends by itself, from the push that allows it to WeChat's answer, with the clock moved."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlmodel import select

from bot import keys
from bot.sender import NotAllowed
from bot.wechat.api.messages import CUSTOM, SUBSCRIPTION, TEMPLATE, TYPING, Notice, Text
from storage import outbox
from storage.clock import FixedClock
from storage.models.outbox import OutboxMessage
from storage.models.watch import WatchPerson
from storage.outbox import Letter
from tests.journeys.conftest import Deployment, Start, until
from tests.journeys.test_citizens import QUESTION, gate, opened

__all__ = ["gate", "opened"]

NOTICE = Notice("SUB", {"thing1": "规范性文件栏目", "time2": "2026-06-10"})
WORDS = "SUB thing1=title time2=due"


async def remind(deployment: Deployment, clock: FixedClock, key: str) -> None:
    async with deployment.app[keys.DATABASE].write() as session:
        person = await session.get(WatchPerson, 1)
        if person is None:
            person = WatchPerson(id=1, name="张敏", role="owner", openid="oStaff")
            session.add(person)
            await session.flush()
        data = {"title": "规范性文件栏目", "due": "2026-06-10"}
        await outbox.put(session, person, Letter(key, "逾期：规范性文件", "已逾期5天。", data=data), clock)


async def sent_over(deployment: Deployment, clock: FixedClock, key: str) -> str:
    """Put a reminder into the outbox; the interface by which the running process sends it, or how it ends."""
    before = len(deployment.wechat.calls)
    await remind(deployment, clock, key)
    ended = ""

    async def over() -> bool:
        nonlocal ended
        async with deployment.app[keys.DATABASE].read() as session:
            row = (await session.exec(select(OutboxMessage).where(OutboxMessage.key == key))).one()
        ended = row.status
        return row.status not in ("waiting", "leased")

    async with asyncio.timeout(120):
        while not await over():  # noqa: ASYNC110  (the process under test does it)
            await asyncio.sleep(0.05)
    paths = {c.path for c in deployment.wechat.calls[before:]} & {CUSTOM, TEMPLATE, SUBSCRIPTION}
    return f"{ended} {'+'.join(sorted(paths))}".strip()


async def test_the_allowance_of_a_message_is_five_for_two_days(start: Start, clock: FixedClock) -> None:
    deployment = await start()
    sender = deployment.app[keys.SENDERS]["main"]
    await deployment.pusher.text("oOne", QUESTION)
    clock.move(timedelta(hours=47, minutes=50))
    for _ in range(5):
        await sender.send("oOne", Text("办好了"))
    with pytest.raises(NotAllowed):
        await sender.send("oOne", Text("办好了"))
    await deployment.pusher.text("oOne", QUESTION)
    clock.move(timedelta(hours=48))
    with pytest.raises(NotAllowed):
        await sender.send("oOne", Text("办好了"))
    assert len(deployment.account.sent) == 5
    assert deployment.wechat.errcodes() == {}


async def test_a_tap_allows_three_for_a_minute(start: Start, clock: FixedClock) -> None:
    deployment = await start()
    sender = deployment.app[keys.SENDERS]["main"]
    for event, more in (
        ("CLICK", {"EventKey": QUESTION}),
        ("SCAN", {"EventKey": "1", "Ticket": "t"}),
        ("subscribe", {"EventKey": ""}),
    ):
        deployment.account.followers.add("oTap")
        await deployment.pusher.event("oTap", event, **more)
        for _ in range(3):
            await sender.send("oTap", Text("办好了"))
        with pytest.raises(NotAllowed):
            await sender.send("oTap", Text("办好了"))
        clock.move(timedelta(minutes=1))
    with pytest.raises(NotAllowed):
        await sender.send("oTap", Text("办好了"))
    assert len(deployment.account.sent) == 9
    assert deployment.wechat.errcodes() == {}


async def test_while_a_slow_answer_is_made_the_person_sees_typing(
    start: Start, opened: asyncio.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.sender.TYPING_AFTER", 0.0)
    deployment = await start()
    opened.clear()
    await deployment.pusher.text("oOne", QUESTION)
    await until(lambda: deployment.wechat.count(TYPING) == 1)
    assert "oOne" in deployment.account.typing
    opened.set()
    await until(lambda: bool(deployment.account.sent))
    assert deployment.wechat.errcodes() == {}


async def test_one_consent_is_one_notice(start: Start, clock: FixedClock) -> None:
    deployment = await start(fake={"templates": {"SUB"}})
    sender = deployment.app[keys.SENDERS]["main"]
    with pytest.raises(NotAllowed):
        await sender.notify("oOne", NOTICE)
    await deployment.pusher.chose_notices("oOne", "SUB", accepts=True)
    clock.move(timedelta(days=90))
    await sender.notify("oOne", NOTICE)
    with pytest.raises(NotAllowed):
        await sender.notify("oOne", NOTICE)
    for accepts in (True, True, False):
        await deployment.pusher.chose_notices("oOne", "SUB", accepts=accepts)
    with pytest.raises(NotAllowed):
        await sender.notify("oOne", NOTICE)
    assert deployment.wechat.count(SUBSCRIPTION) == 1
    assert deployment.wechat.errcodes() == {}


async def test_a_reminder_goes_by_the_best_way_that_is_open(start: Start, clock: FixedClock) -> None:
    deployment = await start(wechat_subscription_template=WORDS, fake={"templates": {"SUB"}})
    await deployment.pusher.text("oStaff", QUESTION)
    assert await sent_over(deployment, clock, "a") == f"sent {CUSTOM}"
    clock.move(timedelta(hours=49))
    assert await sent_over(deployment, clock, "b") == "held"
    await deployment.pusher.chose_notices("oStaff", "SUB", accepts=True)
    assert await sent_over(deployment, clock, "c") == f"sent {SUBSCRIPTION}"
    assert await sent_over(deployment, clock, "d") == "held"
    assert deployment.wechat.errcodes() == {}


async def test_a_template_message_needs_no_window(start: Start, clock: FixedClock) -> None:
    deployment = await start(
        wechat_notice_template="TPL thing1=title time2=due", fake={"templates": {"TPL"}, "followers": {"oStaff"}}
    )
    assert await sent_over(deployment, clock, "a") == f"sent {TEMPLATE}"
    assert deployment.wechat.errcodes() == {}


async def test_a_template_message_that_did_not_arrive_goes_over_the_next_channel(
    start: Start, clock: FixedClock
) -> None:
    deployment = await start(
        wechat_notice_template="TPL thing1=title time2=due", fake={"templates": {"TPL"}, "followers": {"oStaff"}}
    )
    async with deployment.app[keys.DATABASE].write() as session:
        channels = [{"kind": "wechat", "to": ""}, {"kind": "email", "to": "zhang@example.cn"}]
        session.add(WatchPerson(id=1, name="张敏", role="owner", openid="oStaff", channels=channels))
    for key in ("blocked", "fine"):
        assert await sent_over(deployment, clock, key) == f"sent {TEMPLATE}"
    blocked, fine = [r.receipt for r in await rows(deployment)]
    await deployment.pusher.event("oStaff", "TEMPLATESENDJOBFINISH", MsgID=fine, Status="success")
    for _ in range(2):
        clock.move(timedelta(seconds=1))
        await deployment.pusher.event("oStaff", "TEMPLATESENDJOBFINISH", MsgID=blocked, Status="failed:user block")
    after = await rows(deployment)
    assert [(r.key, r.channel, r.status) for r in after] == [
        ("blocked", "wechat", "failed"),
        ("fine", "wechat", "sent"),
        ("blocked>", "email", "waiting"),
    ]
    assert "user block" in after[0].error


async def rows(deployment: Deployment) -> list[OutboxMessage]:
    async with deployment.app[keys.DATABASE].read() as session:
        return list((await session.exec(select(OutboxMessage).order_by(OutboxMessage.id))).all())
