"""Conversations and replies of staff: nothing is lost, nothing reaches a person twice, one person is served by one."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from storage import allowance, staff
from storage.allowance import Grant
from storage.clock import BEIJING, FixedClock
from storage.database import Database
from storage.errors import Conflict, NotFound, Refused
from storage.handover import conversations, hours, replies
from storage.handover.conversations import End
from storage.models.allowance import AllowanceKind
from storage.models.handover import ConversationLine, ConversationState, ReplyState, StaffReply
from storage.models.questions import Turn
from storage.questions import people
from storage.staff import Role

IDLE = timedelta(minutes=30)
ZONE = ZoneInfo("Asia/Shanghai")


@pytest.fixture
async def clerks(database: Database, clock: FixedClock) -> list[int]:
    """Two who may serve people."""
    found = []
    async with database.write() as session:
        for login in ("li", "wang"):
            member, _ = await staff.add_member(
                session, login=login, name=login, roles=[Role.EDITOR], by="test", now=clock.now(), origin=None
            )
            found.append(member.id)
    return found  # type: ignore[return-value]


async def opened(database: Database, clock: FixedClock, person: str = "p", *, as_message: bool = False) -> int:
    async with database.write() as session:
        found = await conversations.open_(session, "main", person, as_message=as_message, idle=IDLE, now=clock.now())
    return found.id


async def says(database: Database, clock: FixedClock, words: str, push: str, person: str = "p") -> object:
    async with database.write() as session:
        return await conversations.hear(session, person, words, push, idle=IDLE, now=clock.now())


async def reply(database: Database, clock: FixedClock, person: str = "p", text: str = "请看这里") -> int:
    """A reply of the desk itself, ready to go out."""
    async with database.write() as session:
        row = StaffReply(
            person=person, text=text, body=text, state="waiting", created_at=clock.now(), not_before=clock.now()
        )
        session.add(row)
        await session.flush()
        assert row.id is not None
        return row.id


async def state(database: Database, reply_id: int) -> StaffReply:
    async with database.read() as session:
        return await replies.get(session, reply_id)


# --- hours -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "open_", "opening"),
    [
        ("2026-06-15 08:59", False, "2026-06-15 09:00"),
        ("2026-06-15 09:00", True, "2026-06-15 14:00"),
        ("2026-06-15 12:00", False, "2026-06-15 14:00"),
        ("2026-06-15 17:30", False, "2026-06-16 09:00"),
        ("2026-06-19 10:00", False, "2026-06-22 09:00"),  # 端午节, a Friday off
        ("2026-10-10 10:00", True, "2026-10-10 14:00"),  # a Saturday that is worked (国庆节调休)
        ("2026-09-30 18:00", False, "2026-10-08 09:00"),
        ("2035-06-18 10:00", True, "2035-06-18 14:00"),  # no notice of that year: a weekday counts
    ],
)
async def test_office_hours_follow_the_working_day_calendar(
    database: Database, at: str, open_: bool, opening: str
) -> None:
    async with database.read() as session:
        kept = await hours.load(session, ZONE)
    moment = datetime.fromisoformat(at).replace(tzinfo=BEIJING)
    assert kept.is_open(moment) == open_
    assert f"{kept.next_opening(moment):%Y-%m-%d %H:%M}" == opening


def test_times_are_read_as_people_write_them_and_nonsense_is_refused() -> None:
    assert hours.write_spans(hours.read_spans("9:00-12:00, 14：00—17：30")) == "09:00-12:00，14:00-17:30"
    for wrong in ("", "上午", "25:00-26:00", "12:00-09:00", "09:00-12:00,11:00-13:00", "09:00"):
        with pytest.raises(Refused):
            hours.read_spans(wrong)


async def test_two_who_save_the_hours_at_once_do_not_overwrite_each_other(database: Database) -> None:
    async with database.write() as session:
        await hours.save(session, revision=1, enabled=True, hours="9:00-17:00", idle_minutes=20, notify=[])
    with pytest.raises(Conflict):
        async with database.write() as session:
            await hours.save(session, revision=1, enabled=False, hours="9:00-17:00", idle_minutes=20, notify=[])
    async with database.read() as session:
        assert (await hours.load(session, ZONE)).enabled


# --- conversations -----------------------------------------------------------------------------------------------


async def test_of_two_who_claim_at_once_one_serves(database: Database, clock: FixedClock, clerks: list[int]) -> None:
    number = await opened(database, clock)

    async def claim(who: int) -> str:
        try:
            async with database.write() as session:
                await conversations.claim(session, number, who, clock.now())
        except Conflict as error:
            return str(error)
        return ""

    said = await asyncio.gather(*(claim(who) for who in clerks))
    assert sorted(bool(text) for text in said) == [False, True]
    assert any("刚刚接待了这位群众" in text for text in said)


async def test_one_person_has_one_conversation_however_often_they_ask(database: Database, clock: FixedClock) -> None:
    numbers = await asyncio.gather(*(opened(database, clock) for _ in range(4)))
    assert len(set(numbers)) == 1


async def test_words_are_stored_once_and_a_burst_is_acknowledged_once(database: Database, clock: FixedClock) -> None:
    assert await says(database, clock, "在吗", "0") is None
    number = await opened(database, clock)
    first = [await says(database, clock, "我要查社保", push) for push in ("1", "1", "2")]
    assert [f.first for f in first] == [True, False, False]  # type: ignore[attr-defined]
    clock.move(timedelta(minutes=3))
    later = await says(database, clock, "还在吗", "3")
    assert later.first  # type: ignore[attr-defined]
    async with database.read() as session:
        assert [line.text for line in await conversations.lines(session, number)] == ["我要查社保"] * 2 + ["还在吗"]


async def test_the_person_is_told_that_time_ran_out_and_unanswered_words_become_a_message(
    database: Database, clock: FixedClock, clerks: list[int]
) -> None:
    spoken, silent = await opened(database, clock, "p"), await opened(database, clock, "q")
    await says(database, clock, "什么时候答复", "1")
    clock.move(IDLE + timedelta(seconds=1))
    assert await says(database, clock, "喂", "2") is None
    async with database.write() as session:
        assert await conversations.expire(session, clock.now()) == 2
        assert await conversations.expire(session, clock.now()) == 0
    async with database.write() as session:
        kept, over = await conversations.get(session, spoken), await conversations.get(session, silent)
        assert (kept.state, kept.as_message, kept.listening_until) == (ConversationState.WAITING, True, None)
        assert (over.state, over.ended_by) == (ConversationState.CLOSED, "time")
        assert await replies.give(session, "p", "3", 2000, clock.now()) == [conversations.NOW_A_MESSAGE]
        assert await replies.give(session, "q", "3", 2000, clock.now()) == [conversations.ENDED_BY_TIME]


async def test_staff_answer_and_end(database: Database, clock: FixedClock, clerks: list[int]) -> None:
    number, (clerk, other) = await opened(database, clock), clerks
    await says(database, clock, "什么时候答复", "1")

    async def say(text: str, *, by: int = clerk, review: bool = False) -> None:
        async with database.write() as session:
            await conversations.say(
                session, number, text, staff_id=by, review=review, idle=IDLE, now=clock.now(), tail="\n（完）"
            )

    with pytest.raises(Conflict, match="请先接待"):
        await say("您好")
    async with database.write() as session:
        await conversations.claim(session, number, clerk, clock.now())
    with pytest.raises(Conflict):
        await say("您好", by=other)
    for wrong in ("", "字" * 601, "😀" * 500):
        with pytest.raises(Refused):
            await say(wrong)
    await say("20个工作日内。")
    await say("还要审。", review=True)
    with pytest.raises(Refused, match="没有审完"):
        async with database.write() as session:
            await conversations.close(session, number, clerk, clock.now())
    async with database.write() as session:
        last = (await conversations.lines(session, number))[-1]
        await replies.move(session, last.id or 0, [ReplyState.DRAFT], ReplyState.WITHDRAWN, now=clock.now())
        await conversations.close(session, number, clerk, clock.now())
        told = await replies.give(session, "p", "2", 2000, clock.now())
    assert told == ["【工作人员回复】\n20个工作日内。", conversations.ENDED_BY_STAFF]
    assert await says(database, clock, "谢谢", "3") is None


async def test_who_comes_back_does_not_wait_for_somebody_who_is_done(
    database: Database, clock: FixedClock, clerks: list[int]
) -> None:
    first = await opened(database, clock, as_message=True)
    await says(database, clock, "请回电", "1")
    async with database.write() as session:
        await conversations.claim(session, first, clerks[0], clock.now())
    clock.move(timedelta(hours=1))
    assert await opened(database, clock) == first  # a reply is still owed
    clock.move(timedelta(hours=1))
    async with database.write() as session:
        await conversations.say(session, first, "已回电", staff_id=clerks[0], review=False, idle=IDLE, now=clock.now())
    clock.move(timedelta(days=1))
    async with database.write() as session:
        again = await conversations.open_(session, "main", "p", as_message=False, idle=IDLE, now=clock.now())
    assert again.id != first
    assert not again.claimed


async def test_who_ends_a_message_leaves_it_for_staff(database: Database, clock: FixedClock) -> None:
    async def end(person: str) -> End | None:
        async with database.write() as session:
            return await conversations.end_by_person(session, person, clock.now())

    await opened(database, clock, "a", as_message=True)
    await opened(database, clock, "b", as_message=True)
    await opened(database, clock, "c")
    for person in "ac":
        await says(database, clock, "请回电", f"1{person}", person)
    assert [await end(person) for person in "abcd"] == [End.KEPT, End.CLOSED, End.CLOSED, None]
    async with database.read() as session:
        assert [row.person for row, _ in await conversations.queue(session)] == ["a"]
        assert await conversations.listening(session, clock.now()) == set()


# --- replies -----------------------------------------------------------------------------------------------------


async def allow(database: Database, clock: FixedClock, person: str = "p") -> None:
    async with database.write() as session:
        await allowance.grant(session, "main", [Grant(person, AllowanceKind.MESSAGE, clock.now(), f"sealed {person}")])


async def lease(database: Database, clock: FixedClock, holder: str = "h", account: str = "main") -> object:
    async with database.write() as session:
        return await replies.lease(session, account, holder, clock.now())


async def test_a_reply_is_sent_only_inside_the_allowance_of_its_account(database: Database, clock: FixedClock) -> None:
    await reply(database, clock)
    assert await lease(database, clock) is None
    await allow(database, clock)
    assert await lease(database, clock, account="other") is None
    found = await lease(database, clock)
    assert (found.body, found.address) == ("请看这里", "sealed p")  # type: ignore[attr-defined]
    assert await lease(database, clock) is None


async def test_of_many_ways_to_the_person_one_is_taken(database: Database, clock: FixedClock) -> None:
    for _ in range(3):
        number = await reply(database, clock)
        await allow(database, clock)

        async def give(push: str) -> list[str]:
            async with database.write() as session:
                return await replies.give(session, "p", push, 2000, clock.now())

        ways = [lease(database, clock, f"h{n}") for n in range(3)] + [give(f"{number} {n}") for n in range(3)]
        taken = await asyncio.gather(*ways)
        assert sum(bool(t) for t in taken) == 1
        async with database.write() as session:
            await replies.failed(session, number, f"h{[bool(t) for t in taken].index(True)}", "")


async def test_who_dies_while_sending_neither_repeats_nor_hides_it(database: Database, clock: FixedClock) -> None:
    number = await reply(database, clock)
    await allow(database, clock)
    await lease(database, clock, "dead")
    clock.move(replies.LEASE + timedelta(seconds=1))
    async with database.write() as session:
        assert await replies.give(session, "p", "1", 2000, clock.now()) == []
        assert await replies.give_up_lost(session, clock.now()) == 1
    row = await state(database, number)
    assert (row.state, row.error) == (ReplyState.FAILED, replies.INTERRUPTED)
    async with database.write() as session:
        await replies.sent(session, number, "dead", clock.now())  # the dead one comes back
    assert (await state(database, number)).state == ReplyState.FAILED
    async with database.write() as session:
        await replies.move(session, number, [ReplyState.FAILED], ReplyState.WAITING, now=clock.now())
    assert await lease(database, clock, "other") is not None


async def test_a_repeated_push_carries_the_same_replies_and_another_none(database: Database, clock: FixedClock) -> None:
    for text in ("第一条", "第二条", "长" * 300):
        await reply(database, clock, text=text)

    async def give(push: str) -> list[str]:
        async with database.write() as session:
            return await replies.give(session, "p", push, 905, clock.now())

    assert [await give(p) for p in ("1", "1")] == [["第一条", "第二条"]] * 2
    async with database.read() as session:
        assert await replies.expected_by(session, clock.now()) == {"p"}
    assert await give("2") == ["长" * 300]
    assert await give("3") == []
    clock.move(timedelta(minutes=2))
    async with database.read() as session:
        assert await replies.expected_by(session, clock.now()) == set()


async def test_a_reply_to_a_question_names_it_and_goes_with_it(
    database: Database, clock: FixedClock, clerks: list[int]
) -> None:
    me = people.person_key(b"s" * 32, "o1")
    async with database.write() as session:
        turn = Turn(
            key="k",
            asked_at=clock.now(),
            person=me,
            text="几点\n下班",
            normalised="几点下班",
            kind="none",
            topic="",
            reply="没有",
            elapsed_us=1,
        )
        session.add(turn)
        await session.flush()
        assert turn.id is not None
        values = {"author_id": clerks[0], "review": False, "now": clock.now(), "day": "6月15日", "tail": ""}
        row = await replies.answer_turn(session, turn.id, "17:30", **values)  # type: ignore[arg-type]
        assert row.body == "【工作人员回复】您6月15日问的“几点 下班”：\n17:30"
        with pytest.raises(NotFound):
            await replies.answer_turn(session, 9999, "17:30", **values)  # type: ignore[arg-type]
    await opened(database, clock, me)
    await says(database, clock, "我的电话是……", "1", me)
    async with database.write() as session:
        kept = await people.export(session, me)
        assert [r["record"] for r in kept] == ["question", "reply", "said"]
        assert me not in str(kept)
        assert await people.forget(session, me) == 3
        assert await people.export(session, me) == []


async def test_what_is_old_goes_by_itself(database: Database, clock: FixedClock) -> None:
    await opened(database, clock, "old")
    await says(database, clock, "请回电", "1", "old")
    await reply(database, clock, "old")
    clock.move(timedelta(days=181))
    await opened(database, clock, "new")
    assert await people.purge_all(database, clock.now() - timedelta(days=180)) == 2
    async with database.read() as session:
        assert await people.export(session, "old") == []
        assert [row.person for row, _ in await conversations.queue(session)] == ["new"]


async def test_of_a_person_who_sends_thousands_the_last_lines_are_shown(database: Database, clock: FixedClock) -> None:
    idle = timedelta(minutes=30)
    async with database.write() as session:
        found = await conversations.open_(session, "main", "p", as_message=False, idle=idle, now=clock.now())
        for n in range(conversations.SHOWN + 5):
            push, at = f"push {n}", clock.now()
            session.add(ConversationLine(conversation_id=found.id, push=push, text=str(n), at=at))
        await replies.tell(session, found.id, "p", "在的", clock.now() + timedelta(seconds=1))
    async with database.read() as session:
        texts = [line.text for line in await conversations.lines(session, found.id)]
    assert (len(texts), texts[0], texts[-1]) == (conversations.SHOWN, "6", "在的")
