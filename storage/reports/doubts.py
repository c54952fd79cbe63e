"""Doubts about no single cell: figures of the narrative, whose report it is and of which year, and the rest."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage import audit
from storage.acting import By
from storage.catalogue import CELLS, INDICATORS
from storage.errors import Conflict, NotFound, Refused
from storage.facts import Level
from storage.models.reports import Agency, Report, ReportFigure, ReportVersion
from storage.reports.agencies import ensure_agency
from storage.reports.drafts import FIRST_YEAR, LAST_YEAR, ensure_report
from storage.reports.encoding import finding_from
from storage.reports.settling import LARGEST, draft_version

_IDENTITY = ("agency.", "year.")


class FigureDecision(StrEnum):
    """What a person decides about a figure of the narrative."""

    KEEP = "keep"
    CORRECT = "correct"
    DROP = "drop"
    """It is no figure to answer with."""


async def figures_of(session: AsyncSession, version_id: int) -> list[ReportFigure]:
    """Every figure of a version in the order of the text, the dropped ones too."""
    query = select(ReportFigure).where(col(ReportFigure.version_id) == version_id)
    return list((await session.exec(query.order_by(col(ReportFigure.position)))).all())


async def settle_figure(
    session: AsyncSession,
    version_id: int,
    position: int,
    decision: FigureDecision,
    *,
    seen: str,
    value: Decimal | None = None,
    indicator: str | None = None,
    reason: str,
    by: By,
) -> ReportFigure:
    """Settle one figure of a draft; what was read is kept beside it, and settling again replaces the decision alone.

    Args:
        session: of the caller's unit of work.
        version_id: the draft.
        position: of the figure in the text, from 0.
        decision: see `FigureDecision`.
        seen: `mark` of the figure that the form showed.
        value: the number, for a correction.
        indicator: the id of the catalogue under which it is asked for; `None`: under its own label.
        reason: why.
        by: who.

    Raises:
        NotFound: no such version or figure.
        Conflict: the version is no draft, or somebody settled the figure since the form was opened.
        Refused: no reason, no number, or an indicator that there is not or that another figure has.
    """
    await draft_version(session, version_id)
    figure = await session.get(ReportFigure, (version_id, position))
    if figure is None:
        raise NotFound("这一版没有这个数字。")
    if mark(figure) != seen:
        raise Conflict("这个数字刚被别人处理过，请看过现在的内容再改。您刚才填的没有保存。")
    if not reason.strip():
        raise Refused("请写明理由。")
    before = _state(figure)
    read = figure.read or {"value": format(figure.value, "f"), "indicator": figure.indicator}
    figure.read, figure.dropped = read, decision is FigureDecision.DROP
    figure.value, figure.indicator = Decimal(read["value"]), read["indicator"]
    if decision is FigureDecision.CORRECT:
        figure.value = _number(value)
        figure.indicator = await _indicator(session, figure, indicator)
    figure.settled_by, figure.settled_reason = by.actor, reason.strip()
    session.add(figure)
    await session.flush()
    await audit.record(
        session,
        actor=by.actor,
        action=f"figure.{decision.value}",
        subject=f"version {version_id} figure {position}",
        before=before,
        after=_state(figure) | {"reason": figure.settled_reason},
        origin=by.origin,
        at=by.now,
    )
    return figure


def mark(figure: ReportFigure) -> str:
    """What a form was filled in upon: a decision in between makes another one."""
    return f"{format(figure.value, 'f')}|{figure.indicator}|{figure.dropped}|{figure.settled_by}"


def _state(figure: ReportFigure) -> dict[str, object]:
    return {"value": figure.value, "indicator": figure.indicator, "dropped": figure.dropped}


def _number(value: Decimal | None) -> Decimal:
    if value is None or not value.is_finite():
        raise Refused("更正要写明数字。")
    if value < 0 or value >= LARGEST:
        raise Refused(f"{value} 不会是正文里的数字。")
    return value


async def _indicator(session: AsyncSession, figure: ReportFigure, indicator: str | None) -> str | None:
    if indicator is None:
        return None
    if indicator not in INDICATORS:
        raise Refused("没有这个指标。")
    same = (
        col(ReportFigure.version_id) == figure.version_id,
        col(ReportFigure.position) != figure.position,
        col(ReportFigure.indicator) == indicator,
        col(ReportFigure.dropped).is_(False),
    )
    other = (await session.exec(select(ReportFigure.label).where(*same).limit(1))).first()
    if other is not None:
        raise Refused(f"“{INDICATORS[indicator].label}”已经归给“{other}”，一个指标只能有一个数字。")
    return indicator


async def confirm(session: AsyncSession, version_id: int, code: str, message: str, *, reason: str, by: By) -> None:
    """Note that a person looked into a doubt about no cell; errors are for the final reviewer to accept.

    Raises:
        NotFound: no such version or doubt.
        Conflict: the version is no draft.
        Refused: no reason, the doubt is an error or one about a cell.
    """
    version = await draft_version(session, version_id)
    found = next((f for f in map(finding_from, version.findings) if (f.code, f.message) == (code, message)), None)
    if found is None:
        raise NotFound("这一版没有这条疑点。")
    if found.cell in CELLS:
        raise Refused("请在表格里处理这一格。")
    if found.level is Level.ERROR:
        raise Refused("错误要更正，或者由终审人确认。")
    if not reason.strip():
        raise Refused("请写明理由。")
    entry = {"code": code, "message": message, "by": by.actor, "reason": reason.strip()}
    if all((c["code"], c["message"]) != (code, message) for c in version.confirmed):
        version.confirmed = [*version.confirmed, entry]
        session.add(version)
        await session.flush()
        await _record(session, "finding.confirm", version_id, None, entry, by)


async def reassign(
    session: AsyncSession, version_id: int, *, seen: tuple[str, int], agency: str, year: int, reason: str, by: By
) -> ReportVersion:
    """Say whose report a draft is and of which year; doubts about that are settled by it.

    Args:
        session: of the caller's unit of work.
        version_id: the draft.
        seen: the agency and year that the form showed.
        agency: the full name.
        year: the report's.
        reason: why.
        by: who.

    Raises:
        NotFound: no such version.
        Conflict: it is no draft, or somebody else did so since the form was opened.
        Refused: no name, a year that cannot be a report's, or no reason.
    """
    version = await draft_version(session, version_id)
    agency = agency.strip()
    if not agency or not reason.strip():
        raise Refused("请填写单位全称和理由。")
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise Refused(f"{year} 不会是年度报告的年度。")
    report = await session.get_one(Report, version.report_id)
    owner = await session.get_one(Agency, report.agency_id)
    if (owner.name, report.year) != seen:
        raise Conflict("单位或年度刚被别人改过，请看过现在的内容再改。您刚才填的没有保存。")
    before = {"agency": owner.name, "year": report.year, "number": version.number}
    if (owner.name, report.year) != (agency, year):
        home = await ensure_report(session, await ensure_agency(session, agency, by.now), year)
        numbers = select(sa.func.max(ReportVersion.number)).where(col(ReportVersion.report_id) == home)
        version.report_id, version.number = home, ((await session.exec(numbers)).one() or 0) + 1
    doubts = [f for f in map(finding_from, version.findings) if f.code.startswith(_IDENTITY)]
    entries = [{"code": f.code, "message": f.message, "by": by.actor, "reason": reason.strip()} for f in doubts]
    version.confirmed = [c for c in version.confirmed if not c["code"].startswith(_IDENTITY)] + entries
    session.add(version)
    await session.flush()
    after = {"agency": agency, "year": year, "number": version.number, "reason": reason.strip()}
    await _record(session, "version.reassign", version_id, before, after, by)
    return version


async def _record(session: AsyncSession, action: str, version_id: int, before: object, after: object, by: By) -> None:
    await audit.record(
        session,
        actor=by.actor,
        action=action,
        subject=f"version {version_id}",
        before=before,
        after=after,
        origin=by.origin,
        at=by.now,
    )
