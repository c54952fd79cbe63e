"""Which publication fulfilled an episode of an obligation: asked for many at once, when their cases close."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

import sqlalchemy
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.models.watch import Publication, PublicationLink
from storage.publishing.types import Duty, Kind, windows

Episode = tuple[int, str]
"""An obligation's number and the name of one of its episodes."""
_ORDER = (col(Publication.published_on), col(Publication.id))


async def first_publications(
    session: AsyncSession, wanted: Iterable[tuple[Duty, str]], until: date
) -> dict[Episode, Publication]:
    """The first publication of each episode by a day; an episode without one is left out.

    Args:
        session: for reading.
        wanted: obligations with the names of their episodes.
        until: the last day looked at.
    """
    asked = list(wanted)
    found = await _of_columns(session, [(d, e) for d, e in asked if d.kind is Kind.CYCLE], until)
    found |= await _linked(session, [(d, e) for d, e in asked if d.kind is not Kind.CYCLE and not d.recurring], until)
    for duty, episode in asked:
        if duty.recurring and (number := await _of_window(session, duty, episode, until)) is not None:
            found[duty.id, episode] = number
    rows = await session.exec(select(Publication).where(col(Publication.id).in_(set(found.values()))))
    by_number = {row.id: row for row in rows.all()}
    return {key: by_number[number] for key, number in found.items()}


async def _of_columns(session: AsyncSession, asked: Sequence[tuple[Duty, str]], until: date) -> dict[Episode, int]:
    """Of a column what came after the episode's day; an episode of another kind of rule has no such day."""
    begun = [(duty, episode, since) for duty, episode in asked if (since := _day(episode))]
    if not begun:
        return {}
    query: Any = (
        sqlalchemy.select(col(Publication.column), col(Publication.published_on), col(Publication.id))
        .where(
            col(Publication.column).in_({duty.column for duty, _, _ in begun}),
            col(Publication.published_on) > min(since for _, _, since in begun),
            col(Publication.published_on) <= until,
        )
        .order_by(*_ORDER)
    )
    rows = (await session.exec(query)).all()
    found = {}
    for duty, episode, since in begun:
        number = next((n for column, day, n in rows if column == duty.column and day > since), None)
        if number is not None:
            found[duty.id, episode] = number
    return found


def _day(episode: str) -> date | None:
    try:
        return date.fromisoformat(episode)
    except ValueError:
        return None


async def _linked(session: AsyncSession, asked: Sequence[tuple[Duty, str]], until: date) -> dict[Episode, int]:
    if not asked:
        return {}
    query: Any = (
        sqlalchemy.select(col(PublicationLink.obligation_code), col(Publication.id))
        .join(Publication, col(Publication.id) == col(PublicationLink.publication_id))
        .where(
            col(PublicationLink.obligation_code).in_({duty.code for duty, _ in asked}),
            col(Publication.published_on) <= until,
        )
        .order_by(*_ORDER)
    )
    first: dict[str, int] = {}
    for code, number in (await session.exec(query)).all():
        first.setdefault(code, number)
    return {(duty.id, episode): first[duty.code] for duty, episode in asked if duty.code in first}


async def _of_window(session: AsyncSession, duty: Duty, episode: str, until: date) -> int | None:
    window = next((w for w in windows(duty, until) if w.key == episode), None)
    if window is None:
        return None
    linked = select(PublicationLink.publication_id).where(col(PublicationLink.obligation_code) == duty.code)
    wanted = (duty.title_match or "").replace("{年}", str(window.due.year))
    wanted = wanted.replace("{上年}", str(window.due.year - 1))
    in_column = (col(Publication.column) == duty.column) & col(Publication.title).contains(wanted, autoescape=True)
    query = select(Publication.id).where(
        col(Publication.published_on).between(window.opens, until), in_column | col(Publication.id).in_(linked)
    )
    return (await session.exec(query.order_by(*_ORDER).limit(1))).first()
