"""The bundled sample: once, into an empty database only, live at once."""

from decimal import Decimal

from storage.catalogue import Meaning
from storage.clock import FixedClock
from storage.database import Database
from storage.sample import load_sample
from storage.snapshot import load_agency
from tests.builders import add_live


async def test_a_fresh_database_answers_from_the_sample(database: Database, clock: FixedClock) -> None:
    assert await load_sample(database, clock)
    async with database.read() as session:
        facts = await load_agency(session)
    report = facts.reports[2023]
    assert facts.name == "凤县人力资源和社会保障局"
    assert {i: report.facts[i].value for i in ("f.site_news", "f.key_area", "f.wechat")} == {
        "f.site_news": Decimal(97),
        "f.key_area": Decimal(61),
        "f.wechat": Decimal(118),
    }
    assert report.facts["t2.coercion"].meaning is Meaning.BLANK
    numbers = {f.value for i, f in report.facts.items() if i.startswith("t") and i != "t2.coercion"}
    assert numbers == {Decimal(0)}
    assert "不及时" in report.texts["x.problems"]
    assert report.doubtful == frozenset()


async def test_it_is_loaded_once_and_never_beside_a_real_report(database: Database, clock: FixedClock) -> None:
    assert await load_sample(database, clock)
    assert not await load_sample(database, clock)
    await add_live(database, clock)
    async with database.read() as session:
        assert (await load_agency(session)).name == "云岭县人力资源和社会保障局"


async def test_a_database_in_use_gets_no_sample(database: Database, clock: FixedClock) -> None:
    await add_live(database, clock)
    assert not await load_sample(database, clock)
