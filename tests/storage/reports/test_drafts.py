"""Drafts: each file once, its bytes kept, numbers in order, nothing without agency and year; plans say what changes."""

import asyncio
import hashlib
from dataclasses import replace
from decimal import Decimal

import pytest
from sqlmodel import func, select

from storage.catalogue import Meaning
from storage.clock import FixedClock
from storage.database import Database
from storage.errors import NotFound, Refused
from storage.facts import CellReading, Finding, Level, Place
from storage.models.reports import SourceFile
from storage.reports.drafts import Upload, complete, store_draft
from storage.reports.plan import make_plan
from storage.reports.settling import Decision, settle
from storage.reports.versions import cells_of_version, get_version, list_versions, source_file
from tests.builders import add_draft, add_live, figure, make_reading


async def test_the_same_file_read_the_same_way_is_the_same_version(database: Database, clock: FixedClock) -> None:
    first = await add_draft(database, clock, content=b"file")
    again = await add_draft(database, clock, content=b"file")
    assert (again.version_id, again.created) == (first.version_id, False)
    other_file = await add_draft(database, clock, content=b"file ")
    read_better = await add_draft(database, clock, make_reading(cells={"t2.fee": 1}), content=b"file")
    assert [other_file.number, read_better.number] == [2, 3]
    async with database.read() as session:
        assert (await session.exec(select(func.count()).select_from(SourceFile))).one() == 2


async def test_imports_at_the_same_time_get_numbers_of_their_own(database: Database, clock: FixedClock) -> None:
    drafts = await asyncio.gather(*(add_draft(database, clock, content=f"file {n}".encode()) for n in range(6)))
    assert sorted(d.number for d in drafts) == [1, 2, 3, 4, 5, 6]
    assert len({d.report_id for d in drafts}) == 1


async def test_the_file_is_kept_whole_with_its_hash(database: Database, clock: FixedClock) -> None:
    content = bytes(range(256)) * 100
    draft = await add_draft(database, clock, content=content)
    async with database.read() as session:
        assert (await source_file(session, draft.version_id)).content == content
        row = await get_version(session, draft.version_id)
        assert row.file_sha256 == hashlib.sha256(content).hexdigest()
        with pytest.raises(NotFound):
            await get_version(session, 999)


async def test_evidence_stays_with_each_cell(sqlite: Database, clock: FixedClock) -> None:
    reading = make_reading()
    place = Place(page=2, table=1, row=5, column=3)
    cell = reading.cells["t3.new.total"]
    cells = dict(reading.cells) | {cell.id: CellReading(cell.id, Meaning.UNREADABLE, None, "l2", place)}
    draft = await add_draft(sqlite, clock, replace(reading, cells=cells))
    async with sqlite.read() as session:
        stored = (await cells_of_version(session, draft.version_id))[cell.id]
    assert (stored.meaning, stored.raw, stored.place) == (Meaning.UNREADABLE, "l2", place)


@pytest.mark.parametrize("upload", [Upload(b"", "a.html"), Upload(b"x" * 11, "a.html")])
async def test_empty_and_oversized_files_leave_nothing(sqlite: Database, clock: FixedClock, upload: Upload) -> None:
    with pytest.raises(Refused):
        async with sqlite.write() as session:
            await store_draft(session, make_reading(), upload, actor="a", now=clock.now(), max_bytes=10)
    async with sqlite.read() as session:
        assert await list_versions(session) == []


def test_what_a_person_states_settles_the_doubts_about_it() -> None:
    doubts = (
        Finding(Level.ERROR, "year.missing", "没有年度。"),
        Finding(Level.WARNING, "agency.missing", "没有机关。"),
        Finding(Level.WARNING, "t3.sum.row", "不等。", "t3.new.total"),
    )
    reading = complete(make_reading(None, agency=None, findings=doubts), agency=" 某局 ", year=2022)
    assert (reading.agency, reading.year) == ("某局", 2022)
    assert [f.code for f in reading.findings] == ["t3.sum.row"]
    assert complete(make_reading(findings=doubts), agency=None, year=None).findings == doubts


@pytest.mark.parametrize(
    ("agency", "year", "sentence"), [(None, 2023, "--agency"), ("某局", None, "--year"), ("某局", 23, "年度")]
)
def test_without_agency_or_year_nothing_is_stored(agency: str | None, year: int | None, sentence: str) -> None:
    with pytest.raises(Refused, match=sentence):
        complete(make_reading(year, agency=agency), agency=None, year=None)


async def test_the_plan_says_what_changes_against_the_live_version_and_last_year(
    database: Database, clock: FixedClock
) -> None:
    await add_live(database, clock, make_reading(2022, cells={"t3.carried_out.total": 3}))
    live = await add_live(
        database,
        clock,
        make_reading(cells={"t3.new.total": 5}, figures=(figure("f.wechat", 118),), texts={"x.other": "甲"}),
    )
    draft = await add_draft(
        database,
        clock,
        make_reading(
            cells={"t3.new.total": 6, "t2.coercion": None},
            figures=(figure("f.wechat", 119), figure(None, 2, "展板")),
            texts={"x.other": "乙"},
        ),
    )
    async with database.read() as session:
        plan = await make_plan(session, draft.version_id)
    assert plan.live_id == live.version_id
    assert [(c.id, c.difference) for c in plan.against_live] == [
        ("t2.coercion", None),
        ("t3.new.total", Decimal(1)),
        ("f.wechat", Decimal(1)),
        ("展板", None),
    ]
    assert plan.texts == ("x.other",)
    assert plan.last_year == 2022
    assert ("t3.carried_out.total", Decimal(-3)) in [(c.id, c.difference) for c in plan.against_last_year]
    assert "years.carried" in {f.code for f in plan.findings}


async def test_a_cell_that_neither_form_prints_is_no_change(sqlite: Database, clock: FixedClock) -> None:
    plain = make_reading()
    printed = {"t3.other_all.total": CellReading("t3.other_all.total", Meaning.NOT_IN_EDITION)}
    await add_live(sqlite, clock, plain)
    draft = await add_draft(sqlite, clock, replace(plain, cells=dict(plain.cells) | printed))
    async with sqlite.read() as session:
        assert (await make_plan(session, draft.version_id)).against_live == ()


async def test_the_first_version_replaces_nothing(sqlite: Database, clock: FixedClock) -> None:
    draft = await add_draft(sqlite, clock)
    async with sqlite.read() as session:
        plan = await make_plan(session, draft.version_id)
        with pytest.raises(NotFound):
            await make_plan(session, 999)
    assert (plan.live_id, plan.against_live, plan.last_year, plan.findings) == (None, (), None, ())


LOST_ROW = Finding(Level.ERROR, "t3.row.lost", "整行没有读出。", "t3.new.total")


async def test_a_lost_row_is_in_doubt_until_every_cell_of_it_is_settled(sqlite: Database, clock: FixedClock) -> None:
    row = {f"t3.new.{c}": "?" for c in ("natural", "total")}
    draft = await add_draft(sqlite, clock, make_reading(cells=row, findings=(LOST_ROW,)))

    async def codes(cell: str, number: int) -> list[str]:
        async with sqlite.write() as session:
            await settle(
                session, draft.version_id, cell, Decision.CORRECT, actor="a", value=Decimal(number), reason="原件"
            )
            return [f.code for f in (await make_plan(session, draft.version_id)).findings]

    assert "t3.row.lost" in await codes("t3.new.total", 4)
    after = await codes("t3.new.natural", 3)
    assert "t3.row.lost" not in after
    assert "t3.sum.row" in after  # 3 is not 4: what a person entered is checked as well
    assert await codes("t3.new.natural", 4) == ["t3.sum.balance", "t3.sum.balance"]
