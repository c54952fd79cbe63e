"""One person's data: all of it is exported and all of it is deleted, whichever table holds it."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
from sqlmodel import SQLModel

from storage import allowance
from storage.allowance import Grant
from storage.clock import FixedClock
from storage.database import Database
from storage.handover import conversations, replies
from storage.models.allowance import AllowanceKind
from storage.models.questions import Turn
from storage.questions import people

ME, OTHER = "a" * 32, "b" * 32
HELD = {t.name: t for t in SQLModel.metadata.tables.values() if "person" in t.columns}


async def known(database: Database, clock: FixedClock, person: str) -> None:
    """Somebody asks, is handed over and answered, and allows messages."""
    now, idle = clock.now(), timedelta(minutes=30)
    async with database.write() as session:
        turn = {"text": "几点下班", "normalised": "几点下班", "kind": "none", "topic": "", "reply": "没有。"}
        session.add(Turn(key=person[:16], asked_at=now, person=person, elapsed_us=1, **turn))
        found = await conversations.open_(session, "main", person, as_message=False, idle=idle, now=now)
        await conversations.hear(session, person, "有人吗", person, idle=idle, now=now)
        await replies.tell(session, found.id, person, "在的。", now)
        await allowance.grant(session, "main", [Grant(person, AllowanceKind.MESSAGE, now, "sealed openid")])
        await allowance.consent(session, "second", person, "TPL", accepted=True, now=now)


async def counts(database: Database, person: str) -> dict[str, int]:
    async with database.read() as session:
        connection = await session.connection()
        found = {}
        for name, table in HELD.items():
            mine = sa.select(sa.func.count()).select_from(table).where(table.c.person == person)
            found[name] = (await connection.execute(mine)).scalar_one()
        lines = sa.text("SELECT count(*) FROM conversation_line WHERE push = :push")
        return found | {"conversation_line": (await connection.execute(lines, {"push": person})).scalar_one()}


async def test_every_table_that_names_a_person_is_emptied_of_them_alone(database: Database, clock: FixedClock) -> None:
    for person in (ME, OTHER):
        await known(database, clock, person)
    before = await counts(database, ME)
    assert set(before.values()) == {1}, "a table that names a person must be filled here and deleted from"
    async with database.write() as session:
        assert await people.forget(session, ME) == len(HELD)
    assert set((await counts(database, ME)).values()) == {0}
    assert await counts(database, OTHER) == before


async def test_the_export_tells_all_but_not_how_the_person_is_reached(database: Database, clock: FixedClock) -> None:
    await known(database, clock, ME)
    async with database.read() as session:
        rows = await people.export(session, ME)
    assert {row["record"] for row in rows} == {"question", "said", "reply", "consent", "allowance"}
    assert "sealed openid" not in str(rows)
    assert ME not in str(rows)
