"""Settling doubts over the form: what counts, what is refused, and two people on one row."""

import re
from decimal import Decimal

from storage.catalogue import Meaning
from storage.clock import FixedClock
from storage.database import Database
from storage.reports.versions import StoredCell, cells_of_version
from storage.staff import Role
from tests.bot.web.conftest import Arrive, Person
from tests.builders import add_draft, make_reading


async def draft(database: Database, clock: FixedClock, **cells: str) -> int:
    """A version with these cells of 属于国家秘密 unreadable."""
    reading = make_reading(cells={f"t3.secret.{c}": raw for c, raw in cells.items()})
    return (await add_draft(database, clock, reading, content=b"file")).version_id


async def cells(database: Database, version: int) -> dict[str, StoredCell]:
    async with database.read() as session:
        return await cells_of_version(session, version)


async def open_row(person: Person, version: int, row: str) -> str:
    page = await person.get(f"/desk/reports/{version}?row={row}")
    return re.search(r'name="seen" value="(\w+)"', page).group(1)


def zeros(row: str, **other: str) -> dict[str, str]:
    columns = ("natural", "business", "research", "ngo", "legal", "other", "total")
    return {f"t3.{row}.{c}": "0" for c in columns} | {f"t3.{row}.{c}": v for c, v in other.items()}


async def test_number_blank_and_untouched_stay_three_things(
    sqlite: Database, clock: FixedClock, arrive: Arrive
) -> None:
    version = await draft(sqlite, clock, natural="?", business="?", total="?")
    person = await arrive("li", Role.EDITOR)
    seen = await open_row(person, version, "t3.secret")
    form = zeros("secret", natural="1,2", business="空", total="")
    path = f"/desk/reports/{version}/settle?row=t3.secret"
    page = await person.post(path, seen=seen, reason="对照原文件", **form)
    assert "已处理" in page
    stored = await cells(sqlite, version)
    assert stored["t3.secret.natural"].value == Decimal(12)
    assert stored["t3.secret.business"].meaning is Meaning.BLANK
    assert stored["t3.secret.total"].meaning is Meaning.UNREADABLE
    assert stored["t3.secret.legal"].settled_by is None
    assert "li" in (stored["t3.secret.natural"].settled_by or "")


async def test_wrong_input_changes_nothing(sqlite: Database, clock: FixedClock, arrive: Arrive) -> None:
    version = await draft(sqlite, clock)
    person = await arrive("li", Role.EDITOR)
    path = f"/desk/reports/{version}/settle?row=t3.new"
    seen = await open_row(person, version, "t3.new")
    for typed, reason, message in (
        ("十二", "x", "不是数字"),
        ("", "x", "不能留空"),
        ("-1", "x", "不会是这一格的数字"),
        ("1.5", "x", "应为整数"),
        ("NaN", "x", "更正要写明数字"),
        ("3", "", "更正要写明理由"),
    ):
        page = await person.post(path, 400, seen=seen, reason=reason, **zeros("new", natural="7", total=typed))
        assert message in page
    stored = await cells(sqlite, version)
    assert stored["t3.new.natural"].value == 0
    assert stored["t3.new.total"].settled_by is None


async def test_two_people_on_one_row(sqlite: Database, clock: FixedClock, arrive: Arrive) -> None:
    version = await draft(sqlite, clock)
    first, second = await arrive("li", Role.EDITOR), await arrive("wang", Role.EDITOR)
    path = f"/desk/reports/{version}/settle?row=t3.new"
    seen = await open_row(first, version, "t3.new"), await open_row(second, version, "t3.new")
    await first.post(path, seen=seen[0], reason="x", **zeros("new", total="3"))
    page = await second.post(path, 409, seen=seen[1], reason="x", **zeros("new", total="4"))
    assert "刚被别人处理过" in page
    assert (await cells(sqlite, version))["t3.new.total"].value == 3


async def test_readers_look_and_do_not_touch(sqlite: Database, clock: FixedClock, arrive: Arrive) -> None:
    version = await draft(sqlite, clock)
    person = await arrive("chen", Role.READER)
    page = await person.get(f"/desk/reports/{version}?row=t3.new")
    assert "保存" not in page
    await person.post(f"/desk/reports/{version}/settle?row=t3.new", 403, seen="x")
    await person.post("/desk/reports/load", 403, url="https://example.com/a.html")
    response = await person.client.get(f"/desk/reports/{version}/source")
    assert await response.read() == b"file"
    assert response.headers["Content-Disposition"].startswith("attachment")
