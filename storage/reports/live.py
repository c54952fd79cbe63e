"""The reports that are live, as everybody may see them: what the public pages list and show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.models.reports import Agency, LiveVersion, Report, ReportVersion, SourceFile


@dataclass(frozen=True, slots=True)
class LiveReport:
    """A live report without its cells. `live_since`: when this version was last taken live."""

    agency_id: int
    agency: str
    year: int
    version_id: int
    number: int
    title: str | None
    source_url: str | None
    file_sha256: str | None
    sample: bool
    live_since: datetime


async def live_reports(session: AsyncSession, agency_id: int | None = None) -> list[LiveReport]:
    """Every live report, or one agency's: by agency, the newest year first."""
    statement = (
        sa.select(
            col(Agency.id),
            col(Agency.name),
            col(Report.year),
            col(ReportVersion.id),
            col(ReportVersion.number),
            col(ReportVersion.title),
            col(ReportVersion.source_url),
            col(SourceFile.sha256),
            col(ReportVersion.sample),
            col(LiveVersion.published_at),
        )
        .join(Report, col(Report.agency_id) == col(Agency.id))
        .join(LiveVersion, col(LiveVersion.report_id) == col(Report.id))
        .join(ReportVersion, col(ReportVersion.id) == col(LiveVersion.version_id))
        .join(SourceFile, col(SourceFile.id) == col(ReportVersion.file_id), isouter=True)
        .order_by(col(Agency.id), col(Report.year).desc())
    )
    if agency_id is not None:
        statement = statement.where(col(Agency.id) == agency_id)
    connection = await session.connection()  # plain rows: a version's texts are long and not wanted here
    rows: Sequence[Any] = (await connection.execute(statement)).all()
    return [LiveReport(*row) for row in rows]
