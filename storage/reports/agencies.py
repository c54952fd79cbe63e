"""Agencies (行政机关): found by name, made on first import, and marked when their answers change."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import func, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from storage.errors import NotFound, Refused
from storage.models.reports import Agency, ChangeCounter, LiveVersion, Report, ReportVersion

_COUNTER = 1


def insert(session: AsyncSession, table: Any) -> sqlite.Insert | postgresql.Insert:
    """An INSERT that knows ON CONFLICT, in the dialect of the session's database."""
    return sqlite.insert(table) if session.get_bind().dialect.name == "sqlite" else postgresql.insert(table)


async def find_agency(session: AsyncSession, name: str | None) -> Agency:
    """The agency of that name, or the only one to answer for.

    Without a name it is the only agency with a live report; an agency of which only a bundled sample is live gives way
    to real ones.

    Raises:
        NotFound: there is no such agency, or none has a live report.
        Refused: no name was given and several agencies have live reports.
    """
    if name is not None:
        agency = (await session.exec(select(Agency).where(col(Agency.name) == name))).one_or_none()
        if agency is None:
            raise NotFound(f"没有名为“{name}”的机关。")
        return agency
    for sample in (False, True):
        ids = (await session.exec(_answering(sample=sample))).all()
        if len(ids) > 1:
            raise Refused("库里有多个机关的年报，请用 GONGKAI_AGENCY（或 --agency）写明由哪个机关作答。")
        if ids:
            return (await session.exec(select(Agency).where(col(Agency.id) == ids[0]))).one()
    raise NotFound("还没有已发布的年报，请先用 gongkai import 文件 --publish 导入。")


def _answering(*, sample: bool) -> SelectOfScalar[int]:
    """At most two agencies with a live report that is, or is not, a sample."""
    return (
        select(Report.agency_id)
        .join(LiveVersion, col(LiveVersion.report_id) == col(Report.id))
        .join(ReportVersion, col(ReportVersion.id) == col(LiveVersion.version_id))
        .where(col(ReportVersion.sample).is_(sample))
        .distinct()
        .limit(2)
    )


async def ensure_agency(session: AsyncSession, name: str, now: datetime) -> Agency:
    """The agency of that name, made where there is none; two that make it at once get the same."""
    row = insert(session, Agency).values(name=name, aliases=[], created_at=now, revision=0)
    await session.exec(row.on_conflict_do_nothing(index_elements=["name"]))
    return await find_agency(session, name)


async def mark_changed(session: AsyncSession, agency_id: int) -> None:
    """Note that what is answered for this agency changes with this unit of work; every process sees it by polling.

    The counter's row stays locked until the unit of work ends, so its values become visible in their order.
    """
    row = insert(session, ChangeCounter).values(id=_COUNTER, value=1)
    await session.exec(row.on_conflict_do_update(index_elements=["id"], set_={"value": col(ChangeCounter.value) + 1}))
    value = select(func.max(ChangeCounter.value)).scalar_subquery()
    await session.exec(update(Agency).where(col(Agency.id) == agency_id).values(revision=value))


async def change_count(session: AsyncSession) -> int:
    """How many changes there have been; 0 in a new database."""
    return (await session.exec(select(ChangeCounter.value).where(col(ChangeCounter.id) == _COUNTER))).one_or_none() or 0
