"""Readings and stored reports with good defaults, for tests of any room."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from storage.catalogue import Edition, Meaning, cells_of
from storage.clock import FixedClock
from storage.database import Database
from storage.facts import CellReading, Figure, Finding, Reading
from storage.reports.drafts import Draft, Upload, store_draft
from storage.reports.publish import live_version, publish

AGENCY = "云岭县人力资源和社会保障局"
MAX_BYTES = 50 * 2**20


def make_reading(
    year: int | None = 2023,
    *,
    agency: str | None = AGENCY,
    cells: Mapping[str, int | str | None] | None = None,
    edition: Edition = Edition.E2021,
    figures: tuple[Figure, ...] = (),
    texts: Mapping[str, str] | None = None,
    findings: tuple[Finding, ...] = (),
) -> Reading:
    """A reading whose cells are zero but for `cells`: a number, `None` for blank, other text for unreadable."""
    read = {i: CellReading(i, Meaning.NUMBER, Decimal(0), "0") for i in cells_of(edition)}
    for cell, value in (cells or {}).items():
        if value is None:
            read[cell] = CellReading(cell, Meaning.BLANK, raw="")
        elif isinstance(value, int):
            read[cell] = CellReading(cell, Meaning.NUMBER, Decimal(value), str(value))
        else:
            read[cell] = CellReading(cell, Meaning.UNREADABLE, raw=value)
    return Reading(agency, year, edition, read, figures, dict(texts or {}), findings, f"{agency}{year}年年度报告")


def figure(indicator: str | None, value: int, label: str = "微信公众号发布信息", unit: str = "条") -> Figure:
    """A narrative figure in a sentence of its own."""
    return Figure(indicator, label, Decimal(value), unit, f"{label}{value}{unit}。", raw=str(value))


async def add_draft(
    database: Database, clock: FixedClock, reading: Reading | None = None, *, content: bytes | None = None
) -> Draft:
    """Store a reading as a draft; each reading counts as a file of its own unless `content` is given."""
    reading = reading or make_reading()
    upload = Upload(content or repr(reading).encode(), "report.html")
    async with database.write() as session:
        return await store_draft(session, reading, upload, actor="tester", now=clock.now(), max_bytes=MAX_BYTES)


async def add_live(database: Database, clock: FixedClock, reading: Reading | None = None) -> Draft:
    """Store a reading and take it live, whatever was live before."""
    draft = await add_draft(database, clock, reading)
    async with database.write() as session:
        expected = await live_version(session, draft.report_id)
        await publish(session, draft.version_id, expected=expected, actor="tester", now=clock.now())
    return draft
