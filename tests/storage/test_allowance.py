"""The ledger never promises more than WeChat allows: counts, windows, order, races."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from storage import allowance
from storage.allowance import Grant
from storage.clock import FixedClock
from storage.database import Database
from storage.models.allowance import AllowanceKind

MESSAGE, TAP = AllowanceKind.MESSAGE, AllowanceKind.TAP


async def granted(database: Database, clock: FixedClock, kind: AllowanceKind = MESSAGE, person: str = "p") -> None:
    async with database.write() as session:
        await allowance.grant(session, "main", [Grant(person, kind, clock.now())])


async def take(database: Database, clock: FixedClock, person: str = "p", account: str = "main") -> AllowanceKind | None:
    async with database.write() as session:
        return await allowance.take(session, account, person, clock.now())


async def left(database: Database, clock: FixedClock, person: str = "p", account: str = "main") -> int:
    async with database.read() as session:
        return await allowance.left(session, account, person, clock.now())


async def test_a_message_allows_five_within_48_hours(database: Database, clock: FixedClock) -> None:
    assert await take(database, clock) is None
    await granted(database, clock)
    assert [await take(database, clock) for _ in range(6)] == [MESSAGE] * 5 + [None]
    clock.move(timedelta(seconds=1))
    await granted(database, clock)
    clock.move(timedelta(hours=47, minutes=59))
    assert await take(database, clock) is MESSAGE
    clock.move(timedelta(minutes=1))
    assert await take(database, clock) is None


async def test_a_tap_allows_three_within_a_minute_and_is_used_first(database: Database, clock: FixedClock) -> None:
    await granted(database, clock)
    await granted(database, clock, TAP)
    assert await left(database, clock) == 8
    assert [await take(database, clock) for _ in range(4)] == [TAP, TAP, TAP, MESSAGE]
    clock.move(timedelta(minutes=2))
    assert await left(database, clock) == 4


async def test_the_same_or_an_older_push_grants_nothing_again(database: Database, clock: FixedClock) -> None:
    first = Grant("p", MESSAGE, clock.now())
    older = Grant("p", MESSAGE, clock.now() - timedelta(hours=1))
    async with database.write() as session:
        await allowance.grant(session, "main", [older, first])
    assert await take(database, clock) is MESSAGE
    async with database.write() as session:
        await allowance.grant(session, "main", [first, older])
    assert await left(database, clock) == 4


async def test_five_messages_are_given_to_thirty_takers_at_once(database: Database, clock: FixedClock) -> None:
    await granted(database, clock)
    taken = await asyncio.gather(*(take(database, clock) for _ in range(30)))
    assert sum(t is not None for t in taken) == 5
    assert await left(database, clock) == 0


async def test_what_did_not_go_out_is_given_back_but_never_more_than_was_granted(
    database: Database, clock: FixedClock
) -> None:
    await granted(database, clock)
    assert await take(database, clock) is MESSAGE
    for _ in range(3):
        async with database.write() as session:
            await allowance.give_back(session, "main", "p", MESSAGE)
    assert await left(database, clock) == 5


async def test_wechat_saying_no_is_believed_until_the_person_writes_again(
    database: Database, clock: FixedClock
) -> None:
    await granted(database, clock)
    async with database.write() as session:
        await allowance.exhaust(session, "main", "p")
    assert await take(database, clock) is None
    clock.move(timedelta(seconds=1))
    await granted(database, clock)
    assert await left(database, clock) == 5


async def test_accounts_and_people_are_apart(database: Database, clock: FixedClock) -> None:
    await granted(database, clock)
    assert await left(database, clock, account="other") == 0
    assert await left(database, clock, person="q") == 0


async def test_one_acceptance_pays_for_one_notice_and_a_refusal_ends_them_all(
    database: Database, clock: FixedClock
) -> None:
    async def agree(*, accepted: bool) -> None:
        async with database.write() as session:
            await allowance.consent(session, "main", "p", "T1", accepted=accepted, now=clock.now())

    async def use(template_id: str = "T1") -> bool:
        async with database.write() as session:
            return await allowance.take_consent(session, "main", "p", template_id)

    assert not await use()
    await agree(accepted=True)
    await agree(accepted=True)
    assert not await use("T2")
    assert [await use(), await use(), await use()] == [True, True, False]
    await agree(accepted=True)
    await agree(accepted=False)
    assert not await use()


async def test_a_person_who_leaves_leaves_nothing(database: Database, clock: FixedClock) -> None:
    for person in ("p", "q"):
        await granted(database, clock, person=person)
        async with database.write() as session:
            await allowance.consent(session, "main", person, "T1", accepted=True, now=clock.now())
    async with database.write() as session:
        await allowance.forget(session, "main", "p")
    assert await left(database, clock) == 0
    assert await left(database, clock, person="q") == 5
    async with database.write() as session:
        assert not await allowance.take_consent(session, "main", "p", "T1")
        assert await allowance.take_consent(session, "main", "q", "T1")


async def test_ended_windows_are_swept_and_open_ones_stay(database: Database, clock: FixedClock) -> None:
    await granted(database, clock)
    await granted(database, clock, TAP)
    clock.move(timedelta(hours=1))
    async with database.write() as session:
        await allowance.sweep(session, clock.now())
    assert await left(database, clock) == 5
