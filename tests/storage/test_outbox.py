"""Delivery: every message once, over the next channel when one fails for good, never over a dead lease's shoulder."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlmodel import col, select

from storage import outbox
from storage.clock import FixedClock
from storage.database import Database
from storage.models.outbox import OutboxMessage
from storage.models.watch import WatchPerson
from storage.outbox import AGAIN, ChannelError, Letter, Outcome


class Recorder:
    """A channel that records what it was given and fails as told."""

    def __init__(self, *errors: ChannelError, repeatable: bool = True) -> None:
        self.repeatable = repeatable
        self.errors = list(errors)
        self.texts: list[str] = []

    async def send(self, message: OutboxMessage) -> None:
        if self.errors:
            raise self.errors.pop(0)
        self.texts.append(message.body)


@pytest.fixture
async def person(database: Database) -> WatchPerson:
    channels = [{"kind": "robot", "to": "r"}, {"kind": "mail", "to": "m"}]
    async with database.write() as session:
        session.add(WatchPerson(id=9, name="运维", role="operator", channels=[{"kind": "mail", "to": "o"}]))
        session.add(WatchPerson(id=1, name="张敏", role="owner", channels=channels))
    async with database.read() as session:
        return await session.get_one(WatchPerson, 1)


async def put(database: Database, person: WatchPerson, clock: FixedClock, *keys: str) -> None:
    async with database.write() as session:
        for key in keys:
            await outbox.put(session, person, Letter(key, "题", f"正文{key}"), clock)


async def states(database: Database) -> list[tuple[str, str, str]]:
    async with database.read() as session:
        rows = (await session.exec(select(OutboxMessage).order_by(col(OutboxMessage.id)))).all()
    return [(m.key, m.channel, m.status) for m in rows]


async def test_the_same_key_is_one_message(database: Database, clock: FixedClock, person: WatchPerson) -> None:
    await put(database, person, clock, "a", "a", "b")
    robot = Recorder()
    assert await outbox.deliver(database, {"robot": robot}, "p1", clock) == 2
    assert await outbox.deliver(database, {"robot": robot}, "p1", clock) == 0
    assert robot.texts == ["正文a", "正文b"]


async def test_many_senders_send_each_once(database: Database, clock: FixedClock, person: WatchPerson) -> None:
    await put(database, person, clock, *map(str, range(20)))
    robot = Recorder()
    await asyncio.gather(*(outbox.deliver(database, {"robot": robot}, f"p{n}", clock) for n in range(4)))
    assert sorted(robot.texts) == sorted(f"正文{n}" for n in range(20))


async def test_a_passing_failure_is_tried_again_later(
    database: Database, clock: FixedClock, person: WatchPerson
) -> None:
    await put(database, person, clock, "a")
    robot = Recorder(ChannelError(Outcome.RETRY, "忙", after=timedelta(seconds=65)))
    await outbox.deliver(database, {"robot": robot}, "p1", clock)
    clock.move(timedelta(seconds=64))
    assert await outbox.deliver(database, {"robot": robot}, "p1", clock) == 0
    clock.move(timedelta(seconds=2))
    assert await outbox.deliver(database, {"robot": robot}, "p1", clock) == 1


async def test_a_refusal_goes_to_the_next_channel_and_to_the_operator(
    database: Database, clock: FixedClock, person: WatchPerson
) -> None:
    await put(database, person, clock, "a")
    robot, mail = Recorder(ChannelError(Outcome.REFUSED, "群机器人拒收（93000）")), Recorder()
    await outbox.deliver(database, {"robot": robot, "mail": mail}, "p1", clock)
    await outbox.deliver(database, {"robot": robot, "mail": mail}, "p1", clock)
    assert mail.texts[0] == "正文a" or mail.texts[1] == "正文a"
    assert any("93000" in t and "张敏" in t for t in mail.texts)
    assert len(mail.texts) == 2


async def test_the_last_channel_closed_holds_the_message(
    database: Database, clock: FixedClock, person: WatchPerson
) -> None:
    await put(database, person, clock, "a")
    closed = ChannelError(Outcome.CLOSED, "48小时窗口已过")
    await outbox.deliver(database, {"robot": Recorder(closed), "mail": Recorder(closed)}, "p1", clock)
    assert await states(database) == [("a", "robot", "failed"), ("a>", "mail", "held")]


@pytest.mark.parametrize("repeatable", [True, False])
async def test_after_a_death_in_the_middle(
    database: Database, clock: FixedClock, person: WatchPerson, repeatable: bool
) -> None:
    await put(database, person, clock, "a")
    assert await outbox.claim(database, ["robot"], "dead", clock) is not None
    robot, mail = Recorder(repeatable=repeatable), Recorder(repeatable=repeatable)
    both = {"robot": robot, "mail": mail}
    assert await outbox.deliver(database, both, "p2", clock) == 0, "the lease still holds"
    clock.move(outbox.LEASE + timedelta(seconds=1))
    assert await outbox.deliver(database, both, "p2", clock) == 1
    assert (robot.texts, mail.texts) == ((["正文a"], []) if repeatable else ([], ["正文a"]))


async def test_an_uncertain_last_channel_says_so_and_is_tried_once_more(
    database: Database, clock: FixedClock, person: WatchPerson
) -> None:
    person.channels = person.channels[:1]
    async with database.write() as session:
        session.add(person)
    await put(database, person, clock, "a")
    robot = Recorder(ChannelError(Outcome.UNCERTAIN, "没有应答"), repeatable=False)
    await outbox.deliver(database, {"robot": robot}, "p1", clock)
    clock.move(timedelta(minutes=2))
    await outbox.deliver(database, {"robot": robot}, "p1", clock)
    assert robot.texts == [AGAIN + "正文a"]


async def test_what_never_goes_through_ends_with_the_operator(
    database: Database, clock: FixedClock, person: WatchPerson
) -> None:
    person.channels = person.channels[:1]
    async with database.write() as session:
        session.add(person)
    await put(database, person, clock, "a")
    robot = Recorder(*[ChannelError(Outcome.RETRY, "忙")] * 50)
    for _ in range(30):
        await outbox.deliver(database, {"robot": robot}, "p1", clock)
        clock.move(timedelta(hours=2))
    assert [s for s in await states(database) if s[1] == "robot"] == [("a", "robot", "held")]


def test_waits_grow_and_are_spread() -> None:
    waits = [[outbox.backoff(n).total_seconds() for _ in range(50)] for n in (1, 4, 20)]
    assert [round(max(w)) > round(min(w)) for w in waits] == [True] * 3
    assert max(waits[0]) < min(waits[1]) < max(waits[1]) < min(waits[2]) <= max(waits[2]) <= 4500
