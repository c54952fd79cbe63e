"""How each obligation stands, kept by the scan for pages that may not compute it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.models.watch import Standing
from storage.publishing.rules import Finding
from storage.publishing.types import Kind

Stood = tuple[str | None, date | None, date | None]
"""State, due day and newest publication."""
_TABLE = Standing.__table__  # type: ignore[attr-defined]
_CHANGING = ("state", "due_on", "last_on", "note", "changed_at")


def changed(findings: Sequence[Finding], stood: Mapping[int, Stood], began: datetime) -> list[dict[str, Any]]:
    """The rows that a check has to write: of several findings of an obligation the first, and only what changed.

    Args:
        findings: those of one obligation follow each other.
        stood: how each stood at the check before.
        began: when the check began to read; what is changed later is looked at again by the next.
    """
    rows: list[dict[str, Any]] = []
    seen = 0
    for finding in findings:
        if finding.duty.id == seen:
            continue
        seen = finding.duty.id
        how = _standing(finding)
        if stood[seen] != how:
            note = f"缺少{finding.missing_year}年放假通知" if finding.missing_year else ""
            named = dict(zip(("state", "due_on", "last_on"), how, strict=True))
            rows.append({"obligation_id": seen, "note": note, "changed_at": began} | named)
    return rows


async def keep(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write them, in the caller's unit of work."""
    if not rows:
        return
    upsert = (postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert)(_TABLE)
    new = {name: upsert.excluded[name] for name in _CHANGING}
    await session.exec(upsert.on_conflict_do_update(index_elements=["obligation_id"], set_=new), params=rows)


def _standing(finding: Finding) -> Stood:
    """State, due day and newest publication of an obligation, as they are stored."""
    one = finding.occurrence
    if one is None:
        return finding.state, None, None
    last = one.published
    if finding.duty.kind is Kind.CYCLE:
        last = one.since if one.since > finding.duty.starts_on else None
    return finding.state, one.due, last
