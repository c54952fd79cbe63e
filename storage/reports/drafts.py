"""Storing what was read as a draft version, together with the file itself."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage import audit
from storage.errors import Refused
from storage.facts import Reading
from storage.models.reports import (
    Agency,
    Report,
    ReportCell,
    ReportFigure,
    ReportVersion,
    SourceFile,
    VersionState,
)
from storage.reports import encoding
from storage.reports.agencies import ensure_agency, insert

FIRST_YEAR, LAST_YEAR = 2008, 2100
"""Annual reports exist since the first Regulation took effect (2008-05-01)."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it came in: its bytes, its name, and where it was fetched from."""

    content: bytes
    name: str
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """Where a reading was stored. `created` is false when the same file, read the same way, was there already."""

    agency_id: int
    report_id: int
    version_id: int
    number: int
    created: bool


def complete(reading: Reading, *, agency: str | None, year: int | None) -> Reading:
    """The reading with agency and year as a person gave them; doubts about what was given are settled by that.

    Raises:
        Refused: agency or year are neither in the file nor given, or the year cannot be one of a report.
    """
    given = tuple(subject for subject, value in (("agency.", agency), ("year.", year)) if value is not None)
    findings = tuple(f for f in reading.findings if not given or not f.code.startswith(given))
    named = replace(
        reading,
        agency=(agency or reading.agency or "").strip() or None,
        year=year if year is not None else reading.year,
        findings=findings,
    )
    if named.agency is None:
        raise Refused("文件里没有找到机关名称，请用 --agency 写明。")
    if named.year is None:
        raise Refused("文件里没有找到年度，请用 --year 写明。")
    if not FIRST_YEAR <= named.year <= LAST_YEAR:
        raise Refused(f"{named.year} 不会是年度报告的年度。")
    return named


async def store_draft(
    session: AsyncSession,
    reading: Reading,
    upload: Upload,
    *,
    actor: str,
    now: datetime,
    max_bytes: int,
    sample: bool = False,
    origin: str | None = None,
) -> Draft:
    """Keep the file and store the reading as the report's next version, a draft.

    1. The file is kept once under its hash.
    2. Agency and report are made where missing; the report's row is locked, so that version numbers follow each other.
    3. The same file read the same way is the same version: nothing changes.

    Args:
        session: of the caller's unit of work.
        reading: with agency and year (`complete`).
        upload: the file that was read.
        actor: who brings it in.
        now: the moment, UTC.
        max_bytes: the largest file that is kept.
        sample: a bundled sample, which gives way to real reports.
        origin: where the file came from, for the audit log.

    Raises:
        Refused: the file is empty or too large, or agency or year are missing.
    """
    if not upload.content:
        raise Refused(f"{upload.name} 是空文件。")
    if len(upload.content) > max_bytes:
        raise Refused(f"{upload.name} 有 {len(upload.content) / 2**20:.0f} MB，超过了上限 {max_bytes // 2**20} MB。")
    if reading.agency is None or reading.year is None:
        raise Refused("没有机关名称或年度的年报不能保存。")
    agency = await ensure_agency(session, reading.agency, now)
    report_id = await ensure_report(session, agency, reading.year)
    file_id = await _keep_file(session, upload, now)
    digest = encoding.reading_hash(reading)
    same = (
        await session.exec(
            select(ReportVersion).where(
                col(ReportVersion.report_id) == report_id,
                col(ReportVersion.file_id) == file_id,
                col(ReportVersion.reading_sha256) == digest,
                col(ReportVersion.state) != VersionState.DISCARDED,
            )
        )
    ).first()
    assert agency.id is not None
    if same is not None and same.id is not None:
        return Draft(agency.id, report_id, same.id, same.number, created=False)
    numbers = select(sa.func.max(ReportVersion.number)).where(col(ReportVersion.report_id) == report_id)
    version = ReportVersion(
        report_id=report_id,
        number=((await session.exec(numbers)).one() or 0) + 1,
        edition=reading.edition.value,
        title=reading.title,
        source_url=upload.url,
        file_id=file_id,
        reading_sha256=digest,
        sample=sample,
        created_by=actor,
        created_at=now,
        findings=[encoding.finding_values(f) for f in reading.findings],
        texts=dict(reading.texts),
    )
    session.add(version)
    await session.flush()
    assert version.id is not None
    await _store_content(session, version.id, reading)
    after = {"agency": agency.name, "year": reading.year, "number": version.number, "file": upload.name}
    await audit.record(
        session,
        actor=actor,
        action="report.import",
        subject=f"version {version.id}",
        after=after,
        origin=origin,
        at=now,
    )
    return Draft(agency.id, report_id, version.id, version.number, created=True)


async def ensure_report(session: AsyncSession, agency: Agency, year: int) -> int:
    """The id of an agency's report of a year, made where there is none, its row locked."""
    row = insert(session, Report).values(agency_id=agency.id, year=year)
    await session.exec(row.on_conflict_do_nothing(index_elements=["agency_id", "year"]))
    locked = (
        select(Report).where(col(Report.agency_id) == agency.id, col(Report.year) == year).with_for_update(of=Report)
    )
    report_id = (await session.exec(locked)).one().id
    assert report_id is not None
    return report_id


async def _keep_file(session: AsyncSession, upload: Upload, now: datetime) -> int:
    digest = hashlib.sha256(upload.content).hexdigest()
    by_hash = select(SourceFile.id).where(col(SourceFile.sha256) == digest).with_for_update()  # none may let it go now
    found = (await session.exec(by_hash)).one_or_none()
    if found is None:
        row = insert(session, SourceFile).values(
            sha256=digest,
            name=upload.name[:300],
            url=upload.url,
            size=len(upload.content),
            content=upload.content,
            created_at=now,
        )
        await session.exec(row.on_conflict_do_nothing(index_elements=["sha256"]))
        found = (await session.exec(by_hash)).one()
    assert found is not None
    return found


async def _store_content(session: AsyncSession, version_id: int, reading: Reading) -> None:
    cells = [encoding.cell_values(c) | {"version_id": version_id} for c in reading.cells.values()]
    if cells:
        await session.exec(sa.insert(ReportCell), params=cells)
    figures = [encoding.figure_values(n, f) | {"version_id": version_id} for n, f in enumerate(reading.figures)]
    if figures:
        await session.exec(sa.insert(ReportFigure), params=figures)
