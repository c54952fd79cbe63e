"""Many rows at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine import Dialect
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.reports.agencies import insert
from storage.values import immutable


@immutable
class _Single:
    """The insertion of one row on SQLite.

    Attributes:
        statement: its SQL.
        places: the part of it that stands for the row's values.
        values: takes them out of a row, in their order.
        conversions: what has to be done to which of them.
    """

    statement: str
    places: str
    values: Callable[[Mapping[str, Any]], tuple[Any, ...]]
    conversions: tuple[tuple[int, Callable[[Any], Any]], ...]


async def insert_new(session: AsyncSession, table: sa.Table, rows: Sequence[Mapping[str, Any]], unique: str) -> None:
    """Insert rows that name the same columns, except those whose value in the column `unique` is stored already.

    On SQLite all go in one statement. Its driver lets go of the interpreter for each statement and in a busy process
    waits to get it back: row by row that costs several times what the row does.

    Raises:
        SQLAlchemyError: see `AsyncConnection.execute`.
    """
    connection = await session.connection()
    if connection.dialect.name != "sqlite":
        await connection.execute(insert(session, table).on_conflict_do_nothing(index_elements=[unique]), rows)
        return
    single = _single(connection.dialect, table, frozenset(rows[0]), unique)
    values: list[Any] = []
    for row in rows:
        bound = list(single.values(row))
        for place, convert in single.conversions:
            bound[place] = convert(bound[place])
        values += bound
    places = ", ".join([single.places] * len(rows))
    await connection.exec_driver_sql(single.statement.replace(single.places, places), tuple(values))


@lru_cache(maxsize=16)
def _single(dialect: Dialect, table: sa.Table, names: frozenset[str], unique: str) -> _Single:
    statement = sqlite.insert(table).on_conflict_do_nothing(index_elements=[unique])
    columns = [c for c in table.columns if c.name in names]
    bind = [c.type.dialect_impl(dialect).bind_processor(dialect) for c in columns]
    return _Single(
        str(statement.compile(dialect=dialect, column_keys=[c.name for c in columns])),
        f"({', '.join('?' * len(columns))})",
        itemgetter(*(c.name for c in columns)),
        tuple((place, convert) for place, convert in enumerate(bind) if convert is not None),
    )
