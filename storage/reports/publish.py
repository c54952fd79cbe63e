"""Taking a version live, back, or off: one pointer per report, moved in one unit of work with its audit entry."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage import audit
from storage.errors import Conflict, NotFound, Refused
from storage.facts import Finding, Level
from storage.models.reports import LiveVersion, Report, ReportVersion, VersionState
from storage.reports.agencies import insert, mark_changed
from storage.reports.settling import open_findings


async def live_version(session: AsyncSession, report_id: int) -> int | None:
    """The id of the report's live version, `None` where none is live."""
    statement = select(LiveVersion.version_id).where(col(LiveVersion.report_id) == report_id)
    return (await session.exec(statement)).one_or_none()


def unaccepted(findings: Iterable[Finding], accept: Collection[str]) -> list[Finding]:
    """The errors that stand in the way of publishing."""
    return [f for f in findings if f.level is Level.ERROR and f.code not in accept]


async def publish(
    session: AsyncSession,
    version_id: int,
    *,
    expected: int | None,
    actor: str,
    now: datetime,
    accept: Collection[str] = (),
    origin: str | None = None,
) -> None:
    """Take a version live.

    1. Errors that nobody settled or accepted refuse it.
    2. The pointer moves only if it still stands where the caller saw it: of two that publish at once one wins.
    3. State, change counter and audit entry go with it into the same unit of work.

    Args:
        session: of the caller's unit of work.
        version_id: the version to take live; one that was live before may come back (rollback).
        expected: the live version that the caller saw, `None` where none was.
        actor: who publishes.
        now: the moment, UTC.
        accept: codes of errors that the actor takes responsibility for.
        origin: where the step came from, for the audit log.

    Raises:
        NotFound: no such version.
        Conflict: somebody else published meanwhile, or the version is live already, or it was discarded.
        Refused: there are errors that were neither settled nor accepted.
    """
    version, report = await _version(session, version_id)
    if version.state == VersionState.DISCARDED:
        raise Conflict(f"第{version.number}版已作废，不能发布。")
    if expected == version_id:
        raise Conflict(f"第{version.number}版已经是在线版本。")
    open_ = await open_findings(session, version)
    errors = unaccepted(open_, accept)
    if errors and version.published_at is None:
        codes = "、".join(dict.fromkeys(f.code for f in errors))
        raise Refused(f"还有{len(errors)}处错误没有处理，不能发布：{codes}。请先更正，或逐项用 --accept 确认。")
    await _move(session, report, version_id, expected=expected, actor=actor, now=now)
    first = version.published_at is None
    version.state = VersionState.PUBLISHED
    version.published_at = version.published_at or now
    session.add(version)
    accepted = sorted({f.code for f in open_ if f.level is Level.ERROR and f.code in accept})
    await _finish(
        session,
        report,
        action="report.publish" if first else "report.rollback",
        actor=actor,
        origin=origin,
        before={"version": expected},
        after={"version": version_id, "number": version.number, "accepted": accepted},
        now=now,
    )


async def withdraw(
    session: AsyncSession,
    report_id: int,
    *,
    expected: int,
    actor: str,
    reason: str,
    now: datetime,
    origin: str | None = None,
) -> None:
    """Take a report's live version off; nothing of the report answers until a version is published again.

    Raises:
        NotFound: no such version.
        Conflict: the live version is no longer the one that the caller saw.
        Refused: no reason was given.
    """
    if not reason.strip():
        raise Refused("撤下年报要写明原因。")
    version, report = await _version(session, expected)
    gone = await session.exec(
        sa.delete(LiveVersion).where(col(LiveVersion.report_id) == report_id, col(LiveVersion.version_id) == expected)
    )
    if gone.rowcount != 1:
        raise Conflict("在线版本刚刚被别人改动，请刷新后再试。")
    version.state = VersionState.WITHDRAWN
    session.add(version)
    await _finish(
        session,
        report,
        action="report.withdraw",
        actor=actor,
        origin=origin,
        before={"version": expected},
        after={"version": None, "reason": reason.strip()},
        now=now,
    )


async def _version(session: AsyncSession, version_id: int) -> tuple[ReportVersion, Report]:
    statement = (
        select(ReportVersion, Report)
        .join(Report, col(Report.id) == col(ReportVersion.report_id))
        .where(col(ReportVersion.id) == version_id)
    )
    found = (await session.exec(statement)).one_or_none()
    if found is None:
        raise NotFound(f"没有编号为 {version_id} 的版本。")
    return found[0], found[1]


async def _move(
    session: AsyncSession, report: Report, version_id: int, *, expected: int | None, actor: str, now: datetime
) -> None:
    values = {"version_id": version_id, "published_at": now, "published_by": actor}
    if expected is None:
        row = insert(session, LiveVersion).values(report_id=report.id, **values)
        moved = await session.exec(row.on_conflict_do_nothing(index_elements=["report_id"]))
    else:
        moved = await session.exec(
            sa.update(LiveVersion)
            .where(col(LiveVersion.report_id) == report.id, col(LiveVersion.version_id) == expected)
            .values(**values)
        )
    if moved.rowcount != 1:
        raise Conflict("在线版本刚刚被别人改动，请查看最新版本后再发布。")


async def _finish(
    session: AsyncSession,
    report: Report,
    *,
    action: str,
    actor: str,
    origin: str | None,
    before: dict[str, Any],
    after: dict[str, Any],
    now: datetime,
) -> None:
    await session.flush()
    await mark_changed(session, report.agency_id)
    subject = f"report {report.id} ({report.year})"
    await audit.record(
        session, actor=actor, action=action, subject=subject, before=before, after=after, origin=origin, at=now
    )
