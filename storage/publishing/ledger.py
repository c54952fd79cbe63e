"""Questions to the ledger. Each costs an index probe per column or obligation, whatever the ledger's size."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

import sqlalchemy
from sqlalchemy import Date, String, func, literal
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.models.watch import HolidayNotice, Obligation, Publication, PublicationLink, Standing
from storage.publishing.types import DEFAULT_SERIOUS, Duty, Kind, Period, State, Window, default_lead, windows

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
"""The columns that say what an obligation means, in the order in which `_read` takes them."""
_known: dict[int, tuple[tuple[Any, ...], Duty]] = {}
"""Obligations as last read: one that has not changed keeps its `Duty`."""
_WINDOWS_AT_ONCE = 200


def _meaning(fields: tuple[Any, ...]) -> Duty:
    kept = _known.get(fields[0])
    if kept is None or kept[0] != fields:
        kept = _known[fields[0]] = (fields, _read(*fields))
    return kept[1]


def _read(
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
    return [_meaning(tuple(row)) for row in (await session.exec(query)).all()]


async def duties_of(session: AsyncSession, ids: Iterable[int]) -> dict[int, Duty]:
    """Obligations by their numbers, switched on or not."""
    query: Any = sqlalchemy.select(*_FIELDS).where(col(Obligation.id).in_(ids))
    return {row[0]: _meaning(tuple(row)) for row in (await session.exec(query)).all()}


@dataclass(frozen=True, slots=True)
class Unsettled:
    """An obligation that a check must judge.

    Attributes:
        duty: the obligation.
        first: the first day on which something linked to it was published.
        stood: state, due day and newest publication as the last check left them; `None` each where there was none.
    """

    duty: Duty
    first: date | None
    stood: tuple[str | None, date | None, date | None]


async def unsettled(session: AsyncSession, day: date) -> tuple[list[Unsettled], int]:
    """The obligations to be judged on a day, in the order of their codes, and how many others are switched on.

    The others are items that an earlier check found in order, by the same wording and the same calendar, and that have
    the same first publication still, or are not formed yet.
    """
    first = _first(day, date.min).correlate(Obligation).scalar_subquery()
    notice = select(func.max(HolidayNotice.loaded_at)).scalar_subquery()
    settled: Any = (
        (col(Obligation.kind) == Kind.WITHIN)
        & (col(Standing.state) == State.OK)
        & (col(Standing.changed_at) > col(Obligation.updated_at))
        & (col(Standing.changed_at) > func.coalesce(notice, col(Obligation.updated_at)))
        & ((col(Obligation.starts_on) > day) | (col(Standing.last_on) == first))
    )
    stood: tuple[Any, ...] = (Standing.state, Standing.due_on, Standing.last_on)
    query: Any = (
        sqlalchemy.select(*_FIELDS, *stood, first)
        .outerjoin(Standing, col(Standing.obligation_id) == col(Obligation.id))
        .where(col(Obligation.enabled), sqlalchemy.not_(func.coalesce(settled, sqlalchemy.false())))
        .order_by(col(Obligation.code))
    )
    found = []
    for row in (await session.exec(query)).all():
        *fields, state, due, last, published = row
        found.append(Unsettled(_meaning(tuple(fields)), published, (state, due, last)))
    total = (await session.exec(select(func.count()).select_from(Obligation).where(col(Obligation.enabled)))).one()
    return found, total - len(found)


@dataclass(frozen=True, slots=True)
class Ledger:
    """What the ledger says about all obligations that are switched on, as of a day.

    Attributes:
        columns: column -> days of publication, sorted: the newest on or before the span's first day, and all after it.
        items: obligation code -> the first day on which something linked to it was published.
        turns: obligation code -> (window key, first day) for recurring obligations.
    """

    columns: dict[str, tuple[date, ...]]
    items: dict[str, date]
    turns: dict[str, list[tuple[str, date]]]


async def as_of(
    session: AsyncSession, listed: Sequence[Duty], day: date, items: dict[str, date] | None = None
) -> Ledger:
    """The ledger as of a day; `items` where they are known already."""
    return Ledger(
        {name: (newest,) for name, newest in await _newest(session, day)},
        await _first_linked(session, day) if items is None else items,
        await _turns(session, [d for d in listed if d.kind is Kind.FIXED and d.recurring], day),
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
    days_of = {name: tuple(found) for name, found in columns.items()}
    return Ledger(days_of, await _first_linked(session, last), turns)


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


def _first(day: date, opens: Any) -> Any:
    """The first publication linked to an obligation between two days."""
    return (
        select(func.min(Publication.published_on))
        .join(PublicationLink, col(PublicationLink.publication_id) == col(Publication.id))
        .where(
            col(PublicationLink.obligation_code) == col(Obligation.code),
            col(Publication.published_on) >= opens,
            col(Publication.published_on) <= day,
        )
    )


async def _first_linked(session: AsyncSession, day: date) -> dict[str, date]:
    earliest = _first(day, date.min).correlate(Obligation).scalar_subquery()
    query = select(Obligation.code, earliest).where(col(Obligation.enabled), col(Obligation.kind) != Kind.CYCLE)
    return {code: found for code, found in (await session.exec(query)).all() if found is not None}


async def _turns(session: AsyncSession, listed: Sequence[Duty], day: date) -> dict[str, list[tuple[str, date]]]:
    """One query for all windows, whatever the number of obligations that share them."""
    by_window: dict[Window, set[str]] = defaultdict(set)
    alike: dict[tuple[Period, date], list[Duty]] = defaultdict(list)
    for duty in listed:
        alike[duty.period, duty.starts_on].append(duty)
    for some_alike in alike.values():
        for window in windows(some_alike[0], day):
            by_window[window].update(duty.code for duty in some_alike)
    found: dict[str, list[tuple[str, date]]] = defaultdict(list)
    every = list(by_window)
    for start in range(0, len(every), _WINDOWS_AT_ONCE):
        some = every[start : start + _WINDOWS_AT_ONCE]
        for code, number, titled, linked in (await session.exec(_in_windows(some, day))).all():
            first = min(titled or linked, linked or titled) if titled or linked else None
            if first is not None and code in by_window[some[number]]:
                found[code].append((some[number].key, first))
    return dict(found)


def _literally(text: Any) -> Any:
    """A text of the database as a pattern that means nothing but itself, with `/` before what LIKE reads otherwise."""
    for sign in "/%_":
        text = func.replace(text, sign, f"/{sign}")
    return text


def _in_windows(some: Sequence[Window], day: date) -> Any:
    """For each obligation and window the first publication with its title, and the first one linked to it.

    Both scans of the column stop at the first match, so that they cost the same in a ledger of any size.
    """
    rows = [
        sqlalchemy.select(
            literal(number).label("number"),
            literal(window.opens, Date).label("opens"),
            literal(str(window.due.year), String).label("year"),
            literal(str(window.due.year - 1), String).label("year_before"),
        )
        for number, window in enumerate(some)
    ]
    turn = sqlalchemy.union_all(*rows).cte("turn")
    around, opens, title_match = (Obligation, turn), cast("Any", turn.c.opens), col(Obligation.title_match)
    wanted = func.replace(func.replace(title_match, "{年}", turn.c.year), "{上年}", turn.c.year_before)
    within = (
        col(Publication.column) == col(Obligation.column),
        col(Publication.published_on) >= opens,
        col(Publication.published_on) <= day,
    )
    any_title: Any = select(func.min(Publication.published_on)).where(*within)
    titled: Any = (
        select(col(Publication.published_on))
        .where(*within, col(Publication.title).like(literal("%") + _literally(wanted) + literal("%"), escape="/"))
        .order_by(col(Publication.published_on))
        .limit(1)
    )
    return (
        sqlalchemy.select(
            col(Obligation.code),
            turn.c.number,
            sqlalchemy.case(
                (title_match.is_(None), any_title.correlate(*around).scalar_subquery()),
                else_=titled.correlate(*around).scalar_subquery(),
            ),
            _first(day, opens).correlate(*around).scalar_subquery(),
        )
        .join_from(Obligation, turn, sqlalchemy.true())
        .where(col(Obligation.kind) == Kind.FIXED, col(Obligation.enabled))
        .order_by(turn.c.number)
    )
