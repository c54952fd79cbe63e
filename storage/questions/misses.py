"""The queue of misses: questions that were asked back or refused and that nobody has decided about, grouped.

Questions of the same key are one; near-duplicates are put together by what they mean (the topic that the pipeline gave
them, where it is a specific one) or by their characters (bigrams in common).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.models.questions import Ruling, Turn
from storage.questions.rulings import Phrase

MISSED = ("choice", "none")
"""Kinds of reply that count as a miss: asked back, or not held."""
ALIKE = 0.55
"""Share of character bigrams in common (Jaccard) from which two questions are near-duplicates."""
_MOST = 2000


@dataclass(frozen=True, slots=True)
class Miss:
    """One question by its key: how it was typed last, how often and by how many people it was asked."""

    key: str
    text: str
    kind: str
    topic: str
    count: int
    people: int
    latest: datetime


@dataclass(frozen=True, slots=True)
class MissGroup:
    """Misses that ask the same, the most frequent first."""

    misses: tuple[Miss, ...]

    @property
    def count(self) -> int:
        """How often they were asked, all together."""
        return sum(m.count for m in self.misses)

    @property
    def latest(self) -> datetime:
        """When one of them was asked last."""
        return max(m.latest for m in self.misses)

    @property
    def phrases(self) -> list[Phrase]:
        """Each way of asking, to decide about."""
        return [Phrase(m.text, m.key) for m in self.misses]


async def list_misses(session: AsyncSession, agency_id: int, *, since: datetime | None = None) -> list[MissGroup]:
    """The queue of an agency, most asked first; of very many the 2,000 most frequent questions."""
    turn, ruling = Turn.__table__, Ruling.__table__  # type: ignore[attr-defined]
    decided = sa.exists().where(ruling.c.agency_id == agency_id, ruling.c.normalised == turn.c.normalised)
    count = sa.func.count().label("times")
    statement = (
        sa.select(
            turn.c.normalised,
            sa.func.max(turn.c.id).label("last"),
            count,
            sa.func.count(turn.c.person.distinct()).label("people"),
        )
        .where(turn.c.agency_id == agency_id, turn.c.kind.in_(MISSED), turn.c.normalised != "", ~decided)
        .group_by(turn.c.normalised)
        .order_by(count.desc(), sa.desc("last"))
        .limit(_MOST)
    )
    if since is not None:
        statement = statement.where(turn.c.asked_at >= since)
    rows = (await (await session.connection()).execute(statement)).all()
    last = {t.id: t for t in await session.exec(select(Turn).where(col(Turn.id).in_([r.last for r in rows])))}
    return group(
        Miss(r.normalised, t.text, t.kind, t.topic, r.times, r.people, t.asked_at)
        for r in rows
        if (t := last.get(r.last)) is not None
    )


def group(misses: Iterable[Miss]) -> list[MissGroup]:
    """Put near-duplicates together: each miss joins the first group whose leader means or looks the same.

    Leaders are met by what they share (topic or a bigram), so that a long queue stays quick.
    """
    groups: list[list[Miss]] = []
    by_topic: dict[str, int] = {}
    by_bigram: dict[str, set[int]] = {}
    for miss in sorted(misses, key=lambda m: (-m.count, m.key)):
        grams = bigrams(miss.key)
        home = by_topic.get(miss.topic) if _specific(miss.topic) else None
        if home is None:
            near = {n for gram in grams for n in by_bigram.get(gram, ())}
            home = next((n for n in sorted(near) if _alike(groups[n][0], miss, grams)), None)
        if home is None:
            home = len(groups)
            groups.append([])
            for gram in grams:
                by_bigram.setdefault(gram, set()).add(home)
        if _specific(miss.topic):
            by_topic.setdefault(miss.topic, home)
        groups[home].append(miss)
    found = [MissGroup(tuple(g)) for g in groups]
    return sorted(found, key=lambda g: (-g.count, g.misses[0].key))


def _specific(topic: str) -> bool:
    """A topic with a part after the dot says what was asked; one without only says of which sort."""
    return "." in topic


def _alike(leader: Miss, miss: Miss, grams: frozenset[str]) -> bool:
    """Years and numbers tell questions apart that differ in nothing else; two different specific topics do too."""
    if _specific(leader.topic) and _specific(miss.topic) and leader.topic != miss.topic:
        return False
    if _digits(leader.key) != _digits(miss.key):
        return False
    theirs = bigrams(leader.key)
    return len(grams & theirs) >= ALIKE * len(grams | theirs)


def _digits(text: str) -> Sequence[str]:
    return [c for c in text if c.isdigit()]


_FILLER = re.compile("你好|您好|请问|麻烦|我想(?:问|知道|了解)?|一下|[吗呢啊呀吧嘛哦了的]")
"""What is said around a question without changing it."""


def bigrams(text: str) -> frozenset[str]:
    """Pairs of neighbouring characters of what is asked; a single character stands for itself."""
    text = _FILLER.sub("", text) or text
    return frozenset(text[n : n + 2] for n in range(max(len(text) - 1, 1)))
