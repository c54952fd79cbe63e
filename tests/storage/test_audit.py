"""The audit log is written with the change, cannot be altered, and shows it when somebody altered it all the same."""

import asyncio
import json
from decimal import Decimal

import pytest
from sqlalchemy.exc import DBAPIError

from storage import audit
from storage.audit import Head
from storage.database import Database
from storage.errors import Refused


async def note(database: Database, subject: str, **more: object) -> None:
    async with database.write() as session:
        await audit.record(session, actor="staff:1 张敏", action="report.publish", subject=subject, **more)


async def forge(database: Database, statement: str) -> None:
    """What somebody with the database in hand would do: take the guard off first."""
    async with database.engine.begin() as connection:
        if database.is_sqlite:
            await connection.exec_driver_sql("DROP TRIGGER audit_entry_no_update")
            await connection.exec_driver_sql("DROP TRIGGER audit_entry_no_delete")
        else:
            await connection.exec_driver_sql("ALTER TABLE audit_entry DISABLE TRIGGER ALL")
        await connection.exec_driver_sql(statement)


async def test_writers_at_the_same_time_make_one_unbroken_chain(database: Database) -> None:
    await asyncio.gather(*(note(database, f"report {n}", after={"amount": Decimal("1.50")}) for n in range(12)))
    async with database.read() as session:
        assert await audit.verify(session) is None
        assert (await audit.head(session)).number == 12
        assert {e.subject for e in await audit.entries(session)} == {f"report {n}" for n in range(12)}


async def test_entry_goes_with_its_change(database: Database) -> None:
    async def change_that_fails() -> None:
        async with database.write() as session:
            await audit.record(session, actor="a", action="b", subject="c")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await change_that_fails()
    async with database.read() as session:
        assert await audit.head(session) == Head(0, audit.START)


@pytest.mark.parametrize("statement", ["UPDATE audit_entry SET actor = 'x'", "DELETE FROM audit_entry"])
async def test_database_refuses_changes(database: Database, statement: str) -> None:
    await note(database, "report 1")
    with pytest.raises(DBAPIError, match="never changed"):
        async with database.engine.begin() as connection:
            await connection.exec_driver_sql(statement)


@pytest.mark.parametrize(
    ("statement", "number"),
    [
        ("UPDATE audit_entry SET actor = 'staff:2 李强' WHERE number = 2", 2),
        ("UPDATE audit_entry SET after = NULL WHERE number = 3", 3),
        ("DELETE FROM audit_entry WHERE number = 2", 2),
        ("DELETE FROM audit_entry WHERE number = 4", 4),
    ],
)
async def test_forged_log_is_found_out(database: Database, statement: str, number: int) -> None:
    for n in range(4):
        await note(database, f"report {n}", after={"live": n})
    async with database.read() as session:
        known = await audit.head(session)
        assert await audit.verify(session, known=known) is None
    await forge(database, statement)
    async with database.read() as session:
        broken = await audit.verify(session, known=known)
    assert broken is not None
    assert broken.number == number


async def test_export_holds_everything_and_the_head(sqlite: Database) -> None:
    await note(sqlite, "report 1", before={"live": None}, after={"live": 3}, origin="10.0.0.7")
    async with sqlite.read() as session:
        lines = [json.loads(line) async for line in audit.export(session)]
        head = await audit.head(session)
    assert json.loads(lines[0]["after"]) == {"live": 3}
    assert lines[0]["origin"] == "10.0.0.7"
    assert lines[-1] == {"head": {"number": 1, "hash": head.hash}}
    assert audit.read_head(json.dumps(lines[-1])) == head
    for wrong in ("", "x", "[]", "{}", '{"head": 1}', '{"head": {"number": "1", "hash": "a"}}', json.dumps(lines[0])):
        with pytest.raises(Refused):
            audit.read_head(wrong)
