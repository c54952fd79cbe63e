"""Export of obligations in the format that the import reads."""

from __future__ import annotations

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.models.watch import Obligation, WatchPerson
from storage.publishing.importing import OBLIGATION_EXTRA, OBLIGATION_HEADER
from storage.sheets import write_csv, write_xlsx


async def obligations(session: AsyncSession, *, xlsx: bool = False) -> tuple[bytes, int]:
    """All obligations as a file, and how many they are."""
    names = dict((await session.exec(select(WatchPerson.id, WatchPerson.name))).all())
    rows = (await session.exec(select(Obligation).order_by(col(Obligation.code)))).all()
    header = (*OBLIGATION_HEADER, *OBLIGATION_EXTRA)
    table = [_line(row, names) for row in rows]
    return (write_xlsx if xlsx else write_csv)(header, table), len(table)


def _line(row: Obligation, names: dict[int | None, str]) -> tuple[object, ...]:
    return (
        row.code,
        row.title,
        row.column,
        row.kind,
        row.period,
        row.starts_on,
        row.basis,
        names.get(row.owner_id, ""),
        names.get(row.supervisor_id, ""),
        row.lead_days,
        row.serious_days,
        "是" if row.severe else "",
        row.title_match,
        "" if row.enabled else "否",
        row.note,
    )
