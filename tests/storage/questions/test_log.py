"""The log keeps every turn, loses none to an outage, and holds nobody up."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage import migrate
from storage.clock import FixedClock
from storage.database import Database
from storage.models.questions import Turn
from storage.questions import people
from storage.questions.log import Asked, QuestionLog, Vote, _clean
from storage.reports.agencies import ensure_agency
from tests.builders import AGENCY

CITED = SimpleNamespace(value=Decimal("17.76"), unit="万元", agency=AGENCY, year=2023, cell="t2.fee", source="表二")


def asked(clock: FixedClock, text: str = "去年收了多少件", person: str = "p1", **more: object) -> Asked:
    values: dict[str, object] = {
        "agency_id": None,
        "asked_at": clock.now(),
        "person": person,
        "text": text,
        "normalised": text,
        "kind": "answer",
        "topic": "t3.new.total",
        "reply": "收到5件。",
        "elapsed_us": 120,
    }
    return Asked(**(values | more))  # type: ignore[arg-type]


async def turns(database: Database) -> list[Turn]:
    async with database.read() as session:
        return list((await session.exec(select(Turn).order_by(Turn.id))).all())  # type: ignore[arg-type]


async def test_what_was_taken_is_stored_whole_at_the_end(database: Database, clock: FixedClock) -> None:
    async with database.write() as session:
        agency = await ensure_agency(session, AGENCY, clock.now())
    async with QuestionLog(database, seconds=60) as log:
        log.record(asked(clock, "收费多少？", agency_id=agency.id, figures=(CITED,), versions=(3, 4)))
    (turn,) = await turns(database)
    assert (turn.agency_id, turn.text, turn.normalised, turn.versions) == (agency.id, "收费多少？", "收费多少", [3, 4])
    assert turn.figures == [
        {"value": "17.76", "unit": "万元", "agency": AGENCY, "year": 2023, "cell": "t2.fee", "source": "表二"}
    ]


class Watched(Database):
    """Says when something was written."""

    written: asyncio.Event

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncSession]:
        async with super().write() as session:
            yield session
        self.written.set()


async def test_a_full_batch_is_written_before_its_time(sqlite: Database, clock: FixedClock) -> None:
    watched = Watched(sqlite.url.render_as_string())
    written = watched.written = asyncio.Event()
    async with QuestionLog(watched, seconds=600, batch=3) as log:
        for _ in range(3):
            log.record(asked(clock))
        async with asyncio.timeout(120):
            await written.wait()
        assert len(await turns(sqlite)) == 3
    await watched.close()


async def test_only_who_asked_can_vote_and_the_last_vote_counts(database: Database, clock: FixedClock) -> None:
    turn = asked(clock)
    async with QuestionLog(database, seconds=60) as log:
        log.record(turn)
        log.vote(Vote(turn.key, "p1", useful=True, at=clock.now()))
        await log.flush()
        log.vote(Vote(turn.key, "p1", useful=False, at=clock.now(), reason="看不懂"))
        log.vote(Vote(turn.key, "somebody else", useful=True, at=clock.now()))
        log.vote(Vote("no such turn", "p1", useful=True, at=clock.now()))
    (stored,) = await turns(database)
    assert (stored.useful, stored.reason) == (False, "看不懂")


async def test_an_outage_is_waited_out_and_nothing_comes_twice(empty_database_url: str, clock: FixedClock) -> None:
    database = Database(empty_database_url)
    try:
        async with QuestionLog(database, seconds=0.02) as log:
            for n in range(5):
                log.record(asked(clock, f"问题{n}"))
            with pytest.raises(Exception, match="question_turn"):
                await log.flush()  # there are no tables yet
            assert log.waiting == 5
            await migrate.upgrade(database)
        assert [t.text for t in await turns(database)] == [f"问题{n}" for n in range(5)]
        assert log.dropped == 0
        async with QuestionLog(database) as log:  # a commit whose confirmation was lost is tried again
            again = asked(clock, "再来")
            log.record(again)
            log.record(again)
        assert len(await turns(database)) == 6
    finally:
        await database.close()


async def test_what_does_not_fit_is_counted(sqlite: Database, clock: FixedClock) -> None:
    async with QuestionLog(sqlite, seconds=60, waiting=2) as log:
        for _ in range(5):
            log.record(asked(clock))
    assert log.dropped == 3
    assert len(await turns(sqlite)) == 2


async def test_one_entry_that_the_database_refuses_does_not_hold_up_the_others(
    database: Database, clock: FixedClock
) -> None:
    async with QuestionLog(database, seconds=60) as log:
        log.record(asked(clock, "前"))
        log.record(asked(clock, "无此机关", agency_id=999))
        log.record(asked(clock, "没有时区", asked_at=datetime(2026, 1, 1)))  # noqa: DTZ001
        log.record(asked(clock, "没有数字", figures=(None,)))
        log.vote(Vote("\x00", "p1", useful=True, at=clock.now()))
        log.record(asked(clock, "后", elapsed_us=2**40))
    assert [t.text for t in await turns(database)] == ["前", "后"]
    assert log.waiting == 0


@pytest.mark.parametrize("text", ["a\x00b", "半个\ud83d字", "长" * 10_000])
async def test_hostile_text_is_stored(database: Database, clock: FixedClock, text: str) -> None:
    async with QuestionLog(database, seconds=60) as log:
        log.record(asked(clock, text, reply=text))
    assert len(await turns(database)) == 1


@given(st.text(st.characters(exclude_categories=())))
def test_cleaned_text_is_valid_for_every_database(text: str) -> None:
    cleaned = _clean(text)
    assert "\x00" not in cleaned
    assert cleaned.encode("utf-8").decode("utf-8") == cleaned


async def test_one_persons_data_is_exported_and_deleted_whole(database: Database, clock: FixedClock) -> None:
    me, other = people.person_key(b"s" * 32, "openid-1"), people.person_key(b"s" * 32, "openid-2")
    async with QuestionLog(database, seconds=60) as log:
        log.record(asked(clock, "我的", person=me))
        log.record(asked(clock, "别人的", person=other))
        await log.flush()
        async with database.read() as session:
            mine = await people.export(session, me)
        assert [m["text"] for m in mine] == ["我的"]
        assert "openid" not in str(mine)
        log.record(asked(clock, "还没写下的", person=me))
        assert await log.forget(me) == 1
    assert [t.text for t in await turns(database)] == ["别人的"]


async def test_what_waits_of_a_person_is_dropped_and_nothing_else(database: Database, clock: FixedClock) -> None:
    async with QuestionLog(database, seconds=60) as log:
        log.record(asked(clock, "我的", person="me"))
        log.record(asked(clock, "别人的", person="other"))
        await log.drop("me")
    assert [t.text for t in await turns(database)] == ["别人的"]


def test_a_person_is_known_only_with_the_secret() -> None:
    assert people.person_key(b"a" * 32, "o1") == people.person_key(b"a" * 32, "o1")
    assert len({people.person_key(s, o) for s in (b"a" * 32, b"b" * 32) for o in ("o1", "o2")}) == 4


async def test_old_turns_go_and_young_ones_stay(database: Database, clock: FixedClock) -> None:
    async with QuestionLog(database, seconds=60) as log:
        log.record(asked(clock, "旧", asked_at=clock.now() - timedelta(days=181)))
        log.record(asked(clock, "新", asked_at=clock.now() - timedelta(days=179)))
    async with database.write() as session:
        assert await people.purge(session, clock.now() - timedelta(days=180)) == 1
        assert await people.purge(session, clock.now() - timedelta(days=180)) == 0
    assert [t.text for t in await turns(database)] == ["新"]
