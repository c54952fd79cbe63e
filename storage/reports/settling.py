"""Settling the doubts of a draft: a person keeps, corrects or blanks a cell; what was read stays beside it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage import audit
from storage.catalogue import CELLS, Meaning
from storage.errors import Conflict, NotFound, Refused
from storage.facts import Finding
from storage.models.reports import ReportCell, ReportVersion, VersionState
from storage.reports.encoding import finding_from


class Decision(StrEnum):
    """What a person decides about a cell in doubt."""

    KEEP = "keep"
    CORRECT = "correct"
    BLANK = "blank"


_LARGEST = Decimal(10) ** 15


async def settle(
    session: AsyncSession,
    version_id: int,
    cell_id: str,
    decision: Decision,
    *,
    actor: str,
    value: Decimal | None = None,
    reason: str = "",
    origin: str | None = None,
    at: datetime | None = None,
) -> ReportCell:
    """Settle one cell of a version that was never live.

    What the reader said is kept in `read_meaning` and `read_value`; settling again replaces the decision, not that.

    Raises:
        NotFound: no such version or cell.
        Conflict: the version is or was live, waits for review, or was discarded.
        Refused: a correction without number or reason, or a number that no report can hold.
    """
    version = (
        await session.exec(select(ReportVersion).where(col(ReportVersion.id) == version_id).with_for_update())
    ).one_or_none()
    if version is None:
        raise NotFound(f"没有编号为 {version_id} 的版本。")
    if version.published_at is not None or version.state != VersionState.DRAFT:
        raise Conflict(f"第{version.number}版不是草稿，不能再改；请重新导入后更正。")
    cell = await session.get(ReportCell, (version_id, cell_id))
    if cell is None:
        raise NotFound(f"这一版没有单元格 {cell_id}。")
    _check(cell, decision, value, reason)
    before = {"meaning": cell.meaning, "value": cell.value}
    if cell.read_meaning is None:
        cell.read_meaning, cell.read_value = cell.meaning, cell.value
    if decision is Decision.KEEP:
        cell.meaning, cell.value = cell.read_meaning, cell.read_value
    elif decision is Decision.CORRECT:
        cell.meaning, cell.value = Meaning.NUMBER.value, value
    else:
        cell.meaning, cell.value = Meaning.BLANK.value, None
    cell.settled_by, cell.settled_reason = actor, reason.strip() or None
    session.add(cell)
    await session.flush()
    await audit.record(
        session,
        actor=actor,
        action=f"cell.{decision.value}",
        subject=f"version {version_id} {cell_id}",
        before=before,
        after={"meaning": cell.meaning, "value": cell.value, "reason": cell.settled_reason},
        origin=origin,
        at=at,
    )
    return cell


def _check(cell: ReportCell, decision: Decision, value: Decimal | None, reason: str) -> None:
    if decision is not Decision.CORRECT:
        return
    if value is None or not value.is_finite():
        raise Refused("更正要写明数字。")
    if not reason.strip():
        raise Refused("更正要写明理由。")
    known = CELLS.get(cell.cell)
    signed = cell.cell.endswith(".change")
    if abs(value) >= _LARGEST or (value < 0 and not signed):
        raise Refused(f"{value} 不会是这一格的数字。")
    whole = known is not None and known.unit in ("件", "项")
    if whole and value != value.to_integral_value():
        raise Refused(f"这一格以“{known.unit if known else ''}”计，应为整数。")


async def open_findings(session: AsyncSession, version: ReportVersion) -> list[Finding]:
    """The findings of a version that no settled cell has answered, as they stand now."""
    statement = select(ReportCell.cell, ReportCell.settled_by).where(
        col(ReportCell.version_id) == version.id, col(ReportCell.settled_by).is_not(None)
    )
    return still_open(version.findings, dict((await session.exec(statement)).all()))


def still_open(findings: list[dict[str, object]], settled: Mapping[str, object]) -> list[Finding]:
    """The stored findings without those about a cell that a person settled."""
    return [finding_from(f) for f in findings if f["cell"] is None or f["cell"] not in settled]
