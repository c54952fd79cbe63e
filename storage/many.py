"""Many rows at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.reports.agencies import insert


async def insert_new(session: AsyncSession, table: sa.Table, rows: Sequence[Mapping[str, Any]], unique: str) -> None:
    """Insert rows that name the same columns, except those whose value in the column `unique` is stored already.

    On SQLite all go in one statement. Its driver lets go of the interpreter for each statement and in a busy process
    waits to get it back: row by row that costs several times what the row does.

    Raises:
        SQLAlchemyError: see `AsyncConnection.execute`.
    """
    connection = await session.connection()
    statement = insert(session, table).on_conflict_do_nothing(index_elements=[unique])
    dialect = connection.dialect
    if dialect.name != "sqlite":
        await connection.execute(statement, rows)
        return
    columns = [c for c in table.columns if c.name in rows[0]]
    one = str(statement.compile(dialect=dialect, column_keys=[c.name for c in columns]))
    places = f"({', '.join('?' * len(columns))})"
    bind = [(c.name, c.type.dialect_impl(dialect).bind_processor(dialect) or _as_it_is) for c in columns]
    values = tuple(convert(row[name]) for row in rows for name, convert in bind)
    await connection.exec_driver_sql(one.replace(places, ", ".join([places] * len(rows))), values)


def _as_it_is(value: Any) -> Any:
    return value
