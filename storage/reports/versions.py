"""Looking at reports and their versions: lists, one version whole, its file; every version for ever."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.catalogue import Meaning
from storage.errors import NotFound
from storage.facts import Place
from storage.models.reports import Agency, LiveVersion, Report, ReportCell, ReportVersion, SourceFile
from storage.reports.encoding import place_from


@dataclass(frozen=True, slots=True)
class VersionRow:
    """A version in a list. `live`: citizens are answered from it."""

    id: int
    report_id: int
    agency_id: int
    agency: str
    year: int
    number: int
    state: str
    live: bool
    sample: bool
    created_by: str
    created_at: datetime
    published_at: datetime | None
    title: str | None
    source_url: str | None
    file_name: str | None
    file_sha256: str | None


@dataclass(frozen=True, slots=True)
class StoredCell:
    """A cell of a version with its evidence: what was read, where, and what a person made of it."""

    id: str
    meaning: Meaning
    value: Decimal | None
    raw: str | None
    place: Place | None
    settled_by: str | None = None
    settled_reason: str | None = None
    read_meaning: Meaning | None = None
    read_value: Decimal | None = None


async def list_versions(
    session: AsyncSession,
    *,
    agency: str | None = None,
    year: int | None = None,
    version_id: int | None = None,
    limit: int = 1000,
) -> list[VersionRow]:
    """Versions, newest year and newest version first."""
    statement = (
        select(ReportVersion, Agency.name, Report, LiveVersion.version_id)
        .join(Report, col(Report.id) == col(ReportVersion.report_id))
        .join(Agency, col(Agency.id) == col(Report.agency_id))
        .join(LiveVersion, col(LiveVersion.report_id) == col(Report.id), isouter=True)
        .order_by(col(Agency.name), col(Report.year).desc(), col(ReportVersion.number).desc())
        .limit(limit)
    )
    for column, wanted in ((Agency.name, agency), (Report.year, year), (ReportVersion.id, version_id)):
        if wanted is not None:
            statement = statement.where(col(column) == wanted)
    found = (await session.exec(statement)).all()
    file_ids = {version.file_id for version, _, _, _ in found if version.file_id is not None}
    files = select(SourceFile.id, SourceFile.name, SourceFile.sha256).where(col(SourceFile.id).in_(file_ids))
    named = {i: (file_name, sha256) for i, file_name, sha256 in await session.exec(files)}
    return [
        _row(version, name, report, live, *named.get(version.file_id, (None, None)))
        for version, name, report, live in found
    ]


def _row(
    version: ReportVersion, agency: str, report: Report, live: int | None, file_name: str | None, sha256: str | None
) -> VersionRow:
    assert version.id is not None
    own = {n: getattr(version, n) for n in VersionRow.__dataclass_fields__ if n in ReportVersion.model_fields}
    return VersionRow(
        **own,
        agency_id=report.agency_id,
        agency=agency,
        year=report.year,
        live=live == version.id,
        file_name=file_name,
        file_sha256=sha256,
    )


async def get_version(session: AsyncSession, version_id: int) -> VersionRow:
    """One version.

    Raises:
        NotFound: there is none of that id.
    """
    found = await list_versions(session, version_id=version_id)
    if not found:
        raise NotFound(f"没有编号为 {version_id} 的版本。")
    return found[0]


async def cells_of_version(session: AsyncSession, version_id: int) -> dict[str, StoredCell]:
    """Every cell of a version with its evidence, by id."""
    rows = await session.exec(select(ReportCell).where(col(ReportCell.version_id) == version_id))
    return {
        r.cell: StoredCell(
            r.cell,
            Meaning(r.meaning),
            r.value,
            r.raw,
            place_from(r.place),
            r.settled_by,
            r.settled_reason,
            None if r.read_meaning is None else Meaning(r.read_meaning),
            r.read_value,
        )
        for r in rows
    }


async def source_file(session: AsyncSession, version_id: int) -> SourceFile:
    """The file that a version was read from, with its bytes.

    Raises:
        NotFound: no such version, or it has no file.
    """
    statement = (
        select(SourceFile)
        .join(ReportVersion, col(ReportVersion.file_id) == col(SourceFile.id))
        .where(col(ReportVersion.id) == version_id)
    )
    found = (await session.exec(statement)).one_or_none()
    if found is None:
        raise NotFound(f"版本 {version_id} 没有原文件。")
    return found
