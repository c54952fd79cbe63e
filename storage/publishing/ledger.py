"""Questions to the ledger. Each costs an index probe per column or obligation, whatever the ledger's size."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

import sqlalchemy
from sqlalchemy import bindparam, func, literal
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.models.watch import Obligation, Publication, PublicationLink
from storage.publishing.types import DEFAULT_SERIOUS, Duty, Kind, Period, Window, default_lead, windows

_FIELDS: tuple[Any, ...] = (
    Obligation.id,
    Obligation.code,
    Obligation.title,
    Obligation.column,
    Obligation.kind,
    Obligation.period,
    Obligation.starts_on,
    Obligation.basis,
    Obligation.lead_days,
    Obligation.serious_days,
    Obligation.severe,
    Obligation.title_match,
    Obligation.owner_id,
    Obligation.supervisor_id,
)
"""The columns that say what an obligation means, in the order in which `_meaning` takes them."""


@lru_cache(maxsize=20_000)
def _meaning(
    key: int,
    code: str,
    title: str,
    column: str,
    kind: str,
    period_text: str,
    starts_on: date | None,
    basis: str,
    lead_days: int | None,
    serious_days: int | None,
    *rest: Any,
) -> Duty:
    period = Period.parse(period_text, Kind(kind))
    lead = default_lead(period) if lead_days is None else lead_days
    serious = DEFAULT_SERIOUS if serious_days is None else serious_days
    begins = starts_on or date.min
    return Duty(key, code, title, column, Kind(kind), period, begins, basis, lead, serious, *rest)


async def duties(session: AsyncSession, codes: Sequence[str] | None = None) -> list[Duty]:
    """Every obligation that is switched on, or those of these codes, in the order of their codes."""
    wanted = col(Obligation.enabled) if codes is None else col(Obligation.code).in_(codes)
    query: Any = sqlalchemy.select(*_FIELDS).where(wanted).order_by(col(Obligation.code))
    return [_meaning(*row) for row in (await session.exec(query)).all()]


async def duties_of(session: AsyncSession, ids: Iterable[int]) -> dict[int, Duty]:
    """Obligations by their numbers, switched on or not."""
    query: Any = sqlalchemy.select(*_FIELDS).where(col(Obligation.id).in_(ids))
    return {row[0]: _meaning(*row) for row in (await session.exec(query)).all()}


@dataclass(frozen=True, slots=True)
class Ledger:
    """What the ledger says about all obligations that are switched on, as of a day.

    Attributes:
        columns: column -> days of publication, sorted: the newest on or before the span's first day, and all after it.
        items: obligation code -> the first day on which something linked to it was published.
        turns: obligation code -> (window key, first day) for recurring obligations.
    """

    columns: dict[str, list[date]]
    items: dict[str, date]
    turns: dict[str, list[tuple[str, date]]]


async def as_of(session: AsyncSession, listed: Sequence[Duty], day: date) -> Ledger:
    """The ledger as of a day."""
    return Ledger(
        {name: [newest] for name, newest in await _newest(session, day)},
        await _first_linked(session, day),
        await _turns(session, [d for d in listed if d.recurring], day),
    )


async def over(session: AsyncSession, listed: Sequence[Duty], first: date, last: date) -> Ledger:
    """The ledger over a span, for a replay."""
    columns: dict[str, list[date]] = defaultdict(list)
    for name, newest in await _newest(session, first):
        columns[name].append(newest)
    watched = select(Obligation.column).where(Obligation.kind == Kind.CYCLE, col(Obligation.enabled))
    days: Any = (
        select(col(Publication.column), col(Publication.published_on))
        .where(
            col(Publication.column).in_(watched),
            col(Publication.published_on) > first,
            col(Publication.published_on) <= last,
        )
        .distinct()
        .order_by(col(Publication.column), col(Publication.published_on))
    )
    for name, day in (await session.exec(days)).all():
        columns[name].append(day)
    turns = await _turns(session, [d for d in listed if d.recurring], last)
    return Ledger(dict(columns), await _first_linked(session, last), turns)


async def _newest(session: AsyncSession, day: date) -> list[tuple[str, date]]:
    names = (
        select(col(Obligation.column).label("name"))
        .where(col(Obligation.kind) == Kind.CYCLE, col(Obligation.enabled))
        .distinct()
        .subquery("watched")
    )
    newest: Any = (
        select(func.max(Publication.published_on))
        .where(col(Publication.column) == names.c.name, col(Publication.published_on) <= day)
        .scalar_subquery()
    )
    rows = (await session.exec(select(names.c.name, newest))).all()
    return [(name, found) for name, found in rows if found is not None]


def _linked(day: date) -> Any:
    earliest: Any = (
        select(func.min(Publication.published_on))
        .join(PublicationLink, col(PublicationLink.publication_id) == col(Publication.id))
        .where(
            col(PublicationLink.obligation_code) == col(Obligation.code),
            col(Publication.published_on) >= bindparam("opens"),
            col(Publication.published_on) <= day,
        )
        .correlate(Obligation)
        .scalar_subquery()
    )
    return select(Obligation.code, earliest).where(col(Obligation.enabled))


async def _first_linked(session: AsyncSession, day: date) -> dict[str, date]:
    query = _linked(day).where(col(Obligation.kind) != Kind.CYCLE)
    rows = (await session.exec(query, params={"opens": date.min})).all()
    return {code: found for code, found in rows if found is not None}


async def _turns(session: AsyncSession, listed: Sequence[Duty], day: date) -> dict[str, list[tuple[str, date]]]:
    """One pair of queries for each distinct window, whatever the number of obligations that share it."""
    by_window: dict[Window, list[str]] = defaultdict(list)
    for duty in listed:
        for window in windows(duty, day):
            by_window[window].append(duty.code)
    found: dict[str, list[tuple[str, date]]] = defaultdict(list)
    for window, codes in by_window.items():
        first: dict[str, date] = {}
        wanted = set(codes)
        for query in (_in_column(window, day), _linked(day).where(Obligation.kind == Kind.FIXED)):
            for code, published in (await session.exec(query, params={"opens": window.opens})).all():
                if code in wanted and published is not None:
                    first[code] = min(first.get(code, published), published)
        for code, published in first.items():
            found[code].append((window.key, published))
    return dict(found)


def _in_column(window: Window, day: date) -> Any:
    pattern = func.replace(
        func.replace(func.coalesce(Obligation.title_match, ""), "{年}", str(window.due.year)),
        "{上年}",
        str(window.due.year - 1),
    )
    earliest: Any = (
        select(func.min(Publication.published_on))
        .where(
            col(Publication.column) == col(Obligation.column),
            col(Publication.published_on) >= window.opens,
            col(Publication.published_on) <= day,
            col(Publication.title).like(literal("%") + pattern + literal("%")),
        )
        .correlate(Obligation)
        .scalar_subquery()
    )
    return select(Obligation.code, earliest).where(Obligation.kind == Kind.FIXED, col(Obligation.enabled))
