"""From stored rows to the facts that answers use. Published versions never change, so what is loaded stays right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from types import MappingProxyType

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.catalogue import Edition, Meaning
from storage.checks import doubtful
from storage.clock import BEIJING
from storage.facts import Fact, Figure, ReportFacts
from storage.models.reports import Agency, LiveVersion, Report, ReportCell, ReportFigure, ReportVersion

_BATCH = 10
"""Versions read by one query: about 2,000 cells, so that the event loop is never held for long."""


async def live_versions(session: AsyncSession, agency_id: int) -> dict[int, int]:
    """The live version of each year."""
    rows = await session.exec(
        select(Report.year, LiveVersion.version_id)
        .join(LiveVersion, col(LiveVersion.report_id) == col(Report.id))
        .where(col(Report.agency_id) == agency_id)
    )
    return dict(rows.all())


async def load_reports(session: AsyncSession, version_ids: Sequence[int]) -> dict[int, ReportFacts]:
    """The facts of these versions, live or not, by version id."""
    found: dict[int, ReportFacts] = {}
    facts: dict[tuple[str, str | None, str | None], Fact] = {}
    for start in range(0, len(version_ids), _BATCH):
        found |= await _load_batch(session, version_ids[start : start + _BATCH], facts)
    return found


async def _load_batch(
    session: AsyncSession, ids: Sequence[int], shared: dict[tuple[str, str | None, str | None], Fact]
) -> dict[int, ReportFacts]:
    heads = await session.exec(
        select(ReportVersion, Report.year, Agency.name)
        .join(Report, col(Report.id) == col(ReportVersion.report_id))
        .join(Agency, col(Agency.id) == col(Report.agency_id))
        .where(col(ReportVersion.id).in_(ids))
    )
    cells: dict[int, dict[str, Fact]] = {i: {} for i in ids}
    table = ReportCell.__table__  # type: ignore[attr-defined]
    columns = table.c.version_id, table.c.cell, table.c.meaning, table.c.value, table.c.raw
    connection = await session.connection()  # plain rows: there are hundreds a version
    rows = await connection.execute(sa.select(*columns).where(table.c.version_id.in_(ids)))
    for version_id, cell, meaning, value, raw in rows:
        key = (meaning, None if value is None else str(value), raw)
        fact = shared.get(key)
        if fact is None:
            fact = shared[key] = Fact(Meaning(meaning), value, raw)
        cells[version_id][cell] = fact
    figures: dict[int, list[Figure]] = {i: [] for i in ids}
    kept = col(ReportFigure.version_id).in_(ids), col(ReportFigure.dropped).is_(False)
    ordered = select(ReportFigure).where(*kept).order_by(col(ReportFigure.position))
    for row in await session.exec(ordered):
        figures[row.version_id].append(_figure(row))
    return {
        version.id: _report(version, year, name, cells[version.id], figures[version.id])
        for version, year, name in heads
        if version.id is not None
    }


def _figure(row: ReportFigure) -> Figure:
    return Figure(
        id=row.indicator,
        label=row.label,
        value=row.value,
        unit=row.unit,
        sentence=row.sentence + _correction(row),
        approximate=row.approximate,
        raw=row.raw,
        section=row.section,
    )


def _correction(row: ReportFigure) -> str:
    """What the sentence is followed by where a person corrected its number, lest the two seem to disagree."""
    if row.read is None or Decimal(row.read["value"]) == row.value:
        return ""
    return f"（原文写作{row.raw or row.read['value']}，经核对更正为{format(row.value.normalize(), 'f')}）"


def _report(version: ReportVersion, year: int, name: str, cells: dict[str, Fact], figures: list[Figure]) -> ReportFacts:
    assert version.id is not None
    named, other = _indicators(figures)
    return ReportFacts(
        agency=name,
        year=year,
        edition=Edition(version.edition),
        version_id=version.id,
        facts=MappingProxyType(cells | named),
        other_figures=other,
        texts=MappingProxyType(dict(version.texts)),
        doubtful=doubtful(cells),
        source_url=version.source_url,
        title=version.title,
        published_on=version.published_at.astimezone(BEIJING).date() if version.published_at else None,
    )


def _indicators(figures: list[Figure]) -> tuple[dict[str, Fact], tuple[Figure, ...]]:
    """Figures by indicator, and the others.

    Where the narrative states two different numbers for one indicator neither is taken for it: both stay under their
    own label.
    """
    stated: dict[str, list[Figure]] = {}
    for figure in figures:
        if figure.id is not None:
            stated.setdefault(figure.id, []).append(figure)
    clear = {i: same[0] for i, same in stated.items() if len({(f.value, f.unit, f.approximate) for f in same}) == 1}
    facts = {
        i: Fact(Meaning.NUMBER, f.value, f.raw, f.sentence, f.approximate, f.label, f.unit) for i, f in clear.items()
    }
    other = (f if f.id is None else replace(f, id=None) for f in figures if f.id is None or f.id not in clear)
    return facts, tuple(other)
