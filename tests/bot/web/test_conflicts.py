"""Two people at the same thing at the same moment, on both databases: one is done, the other told, nothing overwritten."""

from __future__ import annotations

import asyncio
import re

import pytest
from sqlmodel import select

from storage.clock import FixedClock
from storage.database import Database
from storage.models.review import ReviewEntry
from storage.reports.doubts import figures_of
from storage.reports.publish import live_version
from storage.reports.versions import cells_of_version, get_version
from storage.staff import Role
from tests.bot.web.conftest import Arrive, Person
from tests.builders import add_draft, figure, make_reading

LOST = {f"t3.granted.{column}": "？" for column in ("natural", "total")}


@pytest.fixture
def sqlite(database: Database) -> Database:
    """The desk of these tests stands on either database."""
    return database


@pytest.fixture
async def two(arrive: Arrive) -> tuple[Person, Person]:
    return await arrive("li", Role.EDITOR), await arrive("wang", Role.EDITOR)


async def at_once(people: tuple[Person, Person], path: str, *forms: dict[str, object]) -> list[int]:
    """Both send at the same moment; the statuses, sorted."""

    async def send(person: Person, form: dict[str, object]) -> int:
        origin = str(person.client.make_url("/")).rstrip("/")
        data = {"csrf": person.csrf} | form
        async with person.client.post(path, data=data, headers={"Origin": origin}, allow_redirects=False) as response:
            await response.read()
            return response.status

    return sorted(await asyncio.gather(*(send(p, f) for p, f in zip(people, forms, strict=True))))


async def test_a_row_and_a_block(database: Database, clock: FixedClock, two: tuple[Person, Person]) -> None:
    draft = await add_draft(database, clock, make_reading(cells=LOST))
    path = f"/desk/reports/{draft.version_id}"
    page = await two[0].get(f"{path}?row=t3.granted")
    await two[1].get(f"{path}?row=t3.granted")
    seen = re.search(r'settle\?row=.*?name="seen" value="(\w+)"', page, re.DOTALL).group(1)
    typed = dict(re.findall(r'name="(t3\.granted\.\w+)" value="([^"]*)"', page))
    forms = [typed | {"seen": seen, "reason": name, "t3.granted.total": n} for name, n in (("甲", "3"), ("乙", "4"))]
    assert await at_once(two, f"{path}/settle?row=t3.granted", *forms) == [303, 409]
    async with database.read() as session:
        cell = (await cells_of_version(session, draft.version_id))["t3.granted.total"]
    assert (str(cell.value), cell.settled_reason) in {("3", "甲"), ("4", "乙")}

    page = await two[0].get(path)
    seen = re.search(r'/together".*?name="seen" value="(\w+)"', page, re.DOTALL).group(1)
    form = {"row": "t3.granted", "seen": seen, "decision": "keep"}
    assert await at_once(two, f"{path}/together", form | {"reason": "甲"}, form | {"reason": "乙"}) == [303, 409]


async def test_a_figure_and_whose_report_it_is(
    database: Database, clock: FixedClock, two: tuple[Person, Person]
) -> None:
    draft = await add_draft(database, clock, make_reading(figures=(figure("f.wechat", 118),)))
    path = f"/desk/reports/{draft.version_id}"
    form = {"seen": "118|f.wechat|False|None", "decision": "correct", "indicator": "f.wechat"}
    forms = [form | {"value": value, "reason": value} for value in ("119", "120")]
    assert await at_once(two, f"{path}/figures/0", *forms) == [303, 409]
    async with database.read() as session:
        (stored,) = await figures_of(session, draft.version_id)
        row = await get_version(session, draft.version_id)
    assert str(stored.value) == stored.settled_reason
    form = {"seen_agency": row.agency, "seen_year": row.year, "agency": row.agency, "reason": "封面"}
    assert await at_once(two, f"{path}/whose", form | {"year": "2021"}, form | {"year": "2022"}) == [303, 409]


async def test_handing_in_and_giving_up(database: Database, clock: FixedClock, two: tuple[Person, Person]) -> None:
    draft = await add_draft(database, clock)
    path = f"/desk/reports/{draft.version_id}"
    assert await at_once(two, f"{path}/submit", {"proofread": "1"}, {"proofread": "1"}) == [303, 409]
    async with database.read() as session:
        assert len((await session.exec(select(ReviewEntry))).all()) == 1
    other = await add_draft(database, clock, make_reading(cells={"t3.new.total": 5}))
    path = f"/desk/reports/{other.version_id}"
    assert await at_once(two, f"{path}/discard", {"reason": "甲"}, {"reason": "乙"}) == [303, 409]


async def test_signing_and_publishing(
    database: Database, clock: FixedClock, arrive: Arrive, two: tuple[Person, Person]
) -> None:
    draft = await add_draft(database, clock)
    path = f"/desk/reports/{draft.version_id}"
    await two[0].post(f"{path}/submit", proofread="1")
    steps = (
        ("first", Role.FIRST_REVIEWER),
        ("second", Role.SECOND_REVIEWER),
        ("secrecy", Role.SUPERVISOR),
        ("final", Role.FINAL_REVIEWER),
    )
    pairs: dict[str, tuple[Person, Person]] = {}
    for n, (step, role) in enumerate(steps, 1):
        pairs[step] = await arrive(f"{step}1", role), await arrive(f"{step}2", role)
        form = {"step": step, "statement": "1", "revision": n}
        assert await at_once(pairs[step], "/desk/review/1/sign", form, form) == [303, 409], step
    async with database.read() as session:
        signed = [e.signed_step for e in await session.exec(select(ReviewEntry)) if e.act == "sign"]
    assert signed == [step for step, _ in steps]
    form = {"when": "now", "revision": 5, "expected": ""}
    assert await at_once(pairs["final"], "/desk/review/1/publish", form, form) == [303, 409]
    assert await at_once(pairs["final"], f"{path}/withdraw", {"reason": "甲"}, {"reason": "乙"}) == [303, 409]
    async with database.read() as session:
        assert await live_version(session, draft.report_id) is None
