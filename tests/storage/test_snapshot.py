"""Answers come from memory: at once, bounded, fresh in every process, and while the database is away."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.catalogue import Edition, Meaning
from storage.clock import FixedClock
from storage.database import Database
from storage.errors import NotFound, Refused
from storage.reports.loading import _indicators
from storage.reports.publish import publish, withdraw
from storage.sample import load_sample
from storage.snapshot import Snapshots, load_agency
from tests.builders import AGENCY, add_draft, add_live, figure, make_reading

OTHER = "某县教育局"


def value(snapshots: Snapshots, cell: str = "t3.new.total", year: int = 2023) -> Decimal | None:
    facts = snapshots.get(AGENCY)
    assert facts is not None
    return facts.reports[year].facts[cell].value


async def until(condition: Callable[[], bool]) -> None:
    """Let other tasks go on until it holds; the snapshot tells nobody that it changed."""
    async with asyncio.timeout(120):
        while not condition():
            await asyncio.get_running_loop().run_in_executor(None, int)


class Flaky(Database):
    """A database that can be taken away."""

    away = False

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        if self.away:
            raise ConnectionRefusedError
        async with super().read() as session:
            yield session


async def test_facts_say_what_was_stored(database: Database, clock: FixedClock) -> None:
    cells = {"t3.new.total": 7, "t2.coercion": None, "t2.licence": "1?"}
    await add_live(
        database, clock, make_reading(cells=cells, figures=(figure("f.wechat", 118), figure(None, 9, "展板")))
    )
    snapshots = Snapshots(database)
    report = (await snapshots.load(AGENCY)).reports[2023]
    assert {i: (report.facts[i].meaning, report.facts[i].value, report.facts[i].raw) for i in cells} == {
        "t3.new.total": (Meaning.NUMBER, 7, "7"),
        "t2.coercion": (Meaning.BLANK, None, ""),
        "t2.licence": (Meaning.UNREADABLE, None, "1?"),
    }
    assert report.facts["f.wechat"].value == 118
    assert report.facts["f.wechat"].sentence == "微信公众号发布信息118条。"
    assert [f.label for f in report.other_figures] == ["展板"]
    assert {"t3.new.total", "t3.done.total"} <= report.doubtful
    assert "t2.licence" not in report.doubtful


async def test_one_row_of_other_handling_is_a_fact(sqlite: Database, clock: FixedClock) -> None:
    reading = make_reading(2020, edition=Edition.E2019, cells={"t3.other_all.total": 4})
    await add_live(sqlite, clock, reading)
    async with sqlite.read() as session:
        facts = (await load_agency(session)).reports[2020].facts
    assert facts["t3.other_all.total"].value == 4
    assert "t3.unpaid.total" not in facts


async def test_an_indicator_stated_twice_differently_is_nobodys_fact() -> None:
    twice = [figure("f.wechat", 118), figure("f.wechat", 130), figure("f.video", 3), figure("f.video", 3)]
    facts, other = _indicators(twice)
    assert set(facts) == {"f.video"}
    assert [f.value for f in other] == [118, 130]


@given(st.lists(st.tuples(st.sampled_from(["f.wechat", "f.video", None]), st.integers(0, 3)), max_size=8))
def test_no_figure_is_lost_and_none_is_made_up(stated: list[tuple[str | None, int]]) -> None:
    facts, other = _indicators([figure(i, n) for i, n in stated])
    for indicator, number in stated:
        assert number in [f.value for f in other] or (indicator in facts and facts[indicator].value == number)
    assert all((i, f.value) in stated for i, f in facts.items())


async def test_another_process_sees_publishing_rolling_back_and_withdrawing(
    database: Database, clock: FixedClock
) -> None:
    theirs = Database(database.url.render_as_string(hide_password=False))
    first = await add_live(database, clock, make_reading(cells={"t3.new.total": 1}))
    async with Snapshots(theirs, poll_seconds=0.01) as snapshots:
        await snapshots.load(AGENCY)
        assert value(snapshots) == 1

        second = await add_live(database, clock, make_reading(cells={"t3.new.total": 2}))
        await until(lambda: value(snapshots) == 2)
        async with database.write() as session:
            await publish(session, first.version_id, expected=second.version_id, actor="a", now=clock.now())
        await until(lambda: value(snapshots) == 1)
        async with database.write() as session:
            await withdraw(session, first.report_id, expected=first.version_id, actor="a", reason="x", now=clock.now())
        await until(lambda: (facts := snapshots.get(AGENCY)) is not None and facts.years == ())
    await theirs.close()


async def test_a_draft_changes_nothing(sqlite: Database, clock: FixedClock) -> None:
    await add_live(sqlite, clock, make_reading(cells={"t3.new.total": 1}))
    snapshots = Snapshots(sqlite)
    await snapshots.load(AGENCY)
    await add_draft(sqlite, clock, make_reading(cells={"t3.new.total": 2}))
    await snapshots.refresh()
    assert value(snapshots) == 1


async def test_while_the_database_is_away_memory_answers(
    sqlite: Database, clock: FixedClock, caplog: pytest.LogCaptureFixture
) -> None:
    await add_live(sqlite, clock, make_reading(cells={"t3.new.total": 1}))
    flaky = Flaky(sqlite.url.render_as_string())
    async with Snapshots(flaky, poll_seconds=0.01) as snapshots:
        await snapshots.load()
        flaky.away = True
        await until(lambda: "does not answer" in caplog.text)
        assert value(snapshots) == 1
        assert snapshots.get() is not None
        with pytest.raises(ConnectionRefusedError):
            await snapshots.load(OTHER)
        await add_live(sqlite, clock, make_reading(cells={"t3.new.total": 2}))
        flaky.away = False
        await until(lambda: value(snapshots) == 2)
    await flaky.close()


async def test_memory_is_bounded_and_what_was_asked_for_last_stays(sqlite: Database, clock: FixedClock) -> None:
    names = ["甲局", "乙局", "丙局"]
    for name in names:
        for year in (2022, 2023):
            await add_live(sqlite, clock, make_reading(year, agency=name))
    snapshots = Snapshots(sqlite, capacity=4)
    for name in ("甲局", "乙局", "甲局", "丙局"):
        await snapshots.load(name)
    assert [snapshots.get(n) is not None for n in names] == [True, False, True]
    tiny = Snapshots(sqlite, capacity=1)
    assert (await tiny.load("甲局")).years == (2022, 2023)
    assert tiny.get("甲局") is not None


async def test_many_that_ask_at_once_share_one_load(sqlite: Database, clock: FixedClock) -> None:
    await add_live(sqlite, clock)
    snapshots = Snapshots(sqlite)
    first, *others = await asyncio.gather(*(snapshots.load(AGENCY) for _ in range(20)))
    assert all(o is first for o in others)


async def test_without_a_name_the_only_agency_answers(sqlite: Database, clock: FixedClock) -> None:
    snapshots = Snapshots(sqlite)
    with pytest.raises(NotFound):
        await snapshots.load()
    await load_sample(sqlite, clock)
    assert (await snapshots.load()).name == "凤县人力资源和社会保障局"
    await add_live(sqlite, clock)
    await snapshots.refresh()
    assert (await snapshots.load()).name == AGENCY  # a real report takes the sample's place
    await add_live(sqlite, clock, make_reading(agency=OTHER))
    await snapshots.refresh()
    running = snapshots.get()
    assert running is not None
    assert running.name == AGENCY  # who runs goes on with the one that it has answered for
    with pytest.raises(Refused, match="GONGKAI_AGENCY"):
        await Snapshots(sqlite).load()


async def test_unchanged_reports_are_not_read_again(sqlite: Database, clock: FixedClock) -> None:
    for year in (2021, 2022, 2023):
        await add_live(sqlite, clock, make_reading(year))
    snapshots = Snapshots(sqlite)
    before = await snapshots.load(AGENCY)
    await add_live(sqlite, clock, make_reading(cells={"t3.new.total": 5}))
    await snapshots.refresh()
    after = snapshots.get(AGENCY)
    assert after is not None
    assert [after.reports[y] is before.reports[y] for y in (2021, 2022, 2023)] == [True, True, False]
