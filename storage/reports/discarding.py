"""What becomes of the file of a draft that was given up."""

from __future__ import annotations

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.models.reports import ReportVersion, SourceFile


async def let_file_go(session: AsyncSession, version: ReportVersion) -> None:
    """Take a discarded version's file from it; the file itself goes unless another version was read from it."""
    if version.file_id is None:
        return
    file_id = version.file_id
    await session.exec(select(SourceFile.id).where(col(SourceFile.id) == file_id).with_for_update())
    version.file_id = None
    session.add(version)
    await session.flush()
    others = select(ReportVersion.id).where(col(ReportVersion.file_id) == file_id).limit(1)
    if (await session.exec(others)).first() is None:
        await session.exec(sa.delete(SourceFile).where(col(SourceFile.id) == file_id))
