"""Plan before change: what publishing a version would change, cell by cell, and what it says beside last year."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.catalogue import CELLS, INDICATORS, TEXTS, Edition, Meaning
from storage.checks import YearCells, check_years
from storage.errors import NotFound
from storage.facts import Fact, Figure, Finding, ReportFacts
from storage.models.reports import Report, ReportVersion
from storage.reports.loading import live_versions, load_reports
from storage.reports.settling import open_findings


@dataclass(frozen=True, slots=True)
class CellChange:
    """A cell or narrative figure that two reports say different things about; `None`: not in that report."""

    id: str
    label: str
    before: Fact | None
    after: Fact | None

    @property
    def difference(self) -> Decimal | None:
        """How much more it is, where both sides hold a number."""
        if self.before is None or self.after is None or self.before.value is None or self.after.value is None:
            return None
        return self.after.value - self.before.value


@dataclass(frozen=True, slots=True)
class Plan:
    """What a version would change.

    Attributes:
        version_id: the version.
        live_id: the live version of the same year, which publishing would replace; hand it to `publish` as `expected`.
        against_live: changes against it; empty where none is live.
        texts: ids of the passages that differ from the live version.
        last_year: the year that `against_last_year` compares with, `None` where no earlier report is live.
        against_last_year: what differs from the live report of the year before.
        findings: doubts and errors that are still open, and what does not fit the live reports of other years.
    """

    version_id: int
    live_id: int | None
    against_live: tuple[CellChange, ...]
    texts: tuple[str, ...]
    last_year: int | None
    against_last_year: tuple[CellChange, ...]
    findings: tuple[Finding, ...]


async def make_plan(session: AsyncSession, version_id: int) -> Plan:
    """The plan for taking a version live. Reads only.

    Raises:
        NotFound: no such version.
    """
    statement = (
        select(ReportVersion, Report)
        .join(Report, col(Report.id) == col(ReportVersion.report_id))
        .where(col(ReportVersion.id) == version_id)
    )
    found = (await session.exec(statement)).one_or_none()
    if found is None:
        raise NotFound(f"没有编号为 {version_id} 的版本。")
    version, report = found
    live = await live_versions(session, report.agency_id)
    near = {year: live[year] for year in (report.year - 1, report.year, report.year + 1) if year in live}
    reports = await load_reports(session, sorted({version_id, *near.values()}))
    new, now = reports[version_id], reports.get(near.get(report.year, 0))
    last = reports.get(near.get(report.year - 1, 0))
    others = [
        _year(reports[near[y]]) if y in near else YearCells(y, Edition.OTHER, {}) for y in live if y != report.year
    ]
    return Plan(
        version_id=version_id,
        live_id=live.get(report.year),
        against_live=() if now is None else differences(now, new),
        texts=() if now is None else tuple(i for i in TEXTS if now.texts.get(i) != new.texts.get(i)),
        last_year=None if last is None else last.year,
        against_last_year=() if last is None else differences(last, new),
        findings=(*await open_findings(session, version), *check_years(_year(new), others)),
    )


def _year(report: ReportFacts) -> YearCells:
    return YearCells(report.year, report.edition, report.facts)


def differences(before: ReportFacts, after: ReportFacts) -> tuple[CellChange, ...]:
    """Cells, then narrative figures, that the two say different things about, in the order of the form.

    Only meaning, number and unit count: the same number printed differently is no change.
    """
    old, new = _all(before), _all(after)
    order = [*(i for i in (*CELLS, *INDICATORS) if i in old or i in new)]
    order += [i for i in dict.fromkeys((*old, *new)) if i not in CELLS and i not in INDICATORS]
    return tuple(
        CellChange(i, _label(i), old.get(i), new.get(i)) for i in order if _said(old.get(i)) != _said(new.get(i))
    )


def _said(fact: Fact | None) -> tuple[Meaning, Decimal | None, str | None, bool] | None:
    if fact is None or fact.meaning is Meaning.NOT_IN_EDITION:
        return None
    return fact.meaning, fact.value, fact.unit, fact.approximate


def _all(report: ReportFacts) -> Mapping[str, Fact]:
    """Facts by id; figures without an indicator under their label, numbered where a label comes again."""
    found = dict(report.facts)
    for figure in report.other_figures:
        number, key = 1, figure.label
        while key in found:
            number += 1
            key = f"{figure.label}（{number}）"
        found[key] = _fact(figure)
    return found


def _fact(figure: Figure) -> Fact:
    return Fact(
        Meaning.NUMBER, figure.value, figure.raw, figure.sentence, figure.approximate, figure.label, figure.unit
    )


def _label(cell: str) -> str:
    if cell in CELLS:
        return CELLS[cell].place
    return INDICATORS[cell].label if cell in INDICATORS else cell
