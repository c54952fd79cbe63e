"""Settling the doubts of a draft: a person keeps, corrects or blanks a cell; what was read stays beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage import audit
from storage.catalogue import CELLS, Meaning
from storage.checks import check_cells
from storage.errors import Conflict, NotFound, Refused
from storage.facts import Finding
from storage.models.reports import ReportCell, ReportFigure, ReportVersion, VersionState
from storage.reports.encoding import finding_from
from storage.reports.versions import StoredCell, cells_of_version


class Decision(StrEnum):
    """What a person decides about a cell in doubt."""

    KEEP = "keep"
    CORRECT = "correct"
    BLANK = "blank"


LARGEST = Decimal(10) ** 15


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
    await draft_version(session, version_id)
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
    if abs(value) >= LARGEST or (value < 0 and not signed):
        raise Refused(f"{value} 不会是这一格的数字。")
    whole = known is not None and known.unit in ("件", "项")
    if whole and value != value.to_integral_value():
        raise Refused(f"这一格以“{known.unit if known else ''}”计，应为整数。")


async def settle_together(
    session: AsyncSession,
    version_id: int,
    cells: Sequence[str],
    decision: Decision,
    *,
    actor: str,
    reason: str,
    origin: str | None = None,
    at: datetime | None = None,
) -> None:
    """Settle cells alike (整行、整块): keep them as read or leave them blank, for one reason; recorded cell by cell.

    Raises:
        NotFound, Conflict: as `settle`.
        Refused: no cells, no reason, or a correction, which is one cell's.
    """
    if not cells:
        raise Refused("请先选要一起处理的行。")
    if decision is Decision.CORRECT:
        raise Refused("更正要逐格填写。")
    if not reason.strip():
        raise Refused("整块处理要写明理由。")
    for cell in cells:
        await settle(session, version_id, cell, decision, actor=actor, reason=reason, origin=origin, at=at)


async def draft_version(session: AsyncSession, version_id: int) -> ReportVersion:
    """A version whose content may still change, locked.

    Raises:
        NotFound: no such version.
        Conflict: it is or was live, waits for review, or was discarded.
    """
    version = (
        await session.exec(select(ReportVersion).where(col(ReportVersion.id) == version_id).with_for_update())
    ).one_or_none()
    if version is None:
        raise NotFound(f"没有编号为 {version_id} 的版本。")
    if version.published_at is not None or version.state != VersionState.DRAFT:
        raise Conflict(f"第{version.number}版不是草稿，不能再改；请重新导入后更正。")
    return version


async def open_findings(session: AsyncSession, version: ReportVersion) -> list[Finding]:
    """The findings of a version as they stand now: what no person has answered, sums checked anew."""
    assert version.id is not None
    cells = await cells_of_version(session, version.id)
    confirmed = {(c["code"], c["message"]) for c in version.confirmed}
    settled = select(ReportFigure.indicator).where(
        col(ReportFigure.version_id) == version.id, col(ReportFigure.settled_by).is_not(None)
    )
    indicators = set((await session.exec(settled)).all())
    found = [finding_from(f) for f in version.findings]
    found = [f for f in found if (f.code, f.message) not in confirmed and (f.cell is None or f.cell not in indicators)]
    return still_open(found, cells)


def still_open(findings: list[Finding], cells: Mapping[str, StoredCell]) -> list[Finding]:
    """What is left of the findings after people settled cells.

    A finding about a cell is answered when the cell is settled and no other cell of its row is still unreadable, since
    one finding may stand for a row; one about rows without names stands for all of its table. Sums are checked anew
    over what the cells hold now.
    """
    settled = {i for i, c in cells.items() if c.settled_by is not None}
    if not settled:
        return findings
    changed = {i for i in settled if (cells[i].meaning, cells[i].value) != (cells[i].read_meaning, cells[i].read_value)}
    as_read = {i: StoredCell(i, c.read_meaning or c.meaning, c.read_value, c.raw, c.place) for i, c in cells.items()}
    as_read |= {i: c for i, c in cells.items() if i not in settled}
    sums_before, sums_now = check_cells(as_read), check_cells(cells)
    kept = [f for f in findings if (f.code, f.cell) not in {(s.code, s.cell) for s in sums_before}]
    kept = [f for f in kept if f.cell not in settled or _near_in_doubt(f, cells)]
    return kept + [f for f in sums_now if f.cell not in settled or f.cell in changed]


def _near_in_doubt(finding: Finding, cells: Mapping[str, StoredCell]) -> bool:
    """Whether a cell that the finding speaks of beside its own is still unreadable."""
    known = CELLS.get(finding.cell or "")
    if known is None:
        return False
    whole = finding.code.endswith(_UNNAMED)
    near = [i for i, c in CELLS.items() if i in cells and c.table == known.table and (whole or c.row is known.row)]
    return any(cells[i].meaning is Meaning.UNREADABLE and cells[i].settled_by is None for i in near)


_UNNAMED = ".row.unnamed"
"""The code of a finding about rows whose names the file lost."""
