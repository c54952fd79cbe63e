"""One question as it comes in: its words, years and parts, before anything is decided."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from bot.qa import compose, normalise, positions, years
from bot.qa.lexicon import Sense, Span, Token, Word
from bot.qa.session import Context
from bot.qa.vocabulary import lexicon
from storage.facts import AgencyFacts

_HAN = re.compile("[\u4e00-\u9fff]+")
_LATIN = re.compile(r"[a-z]{2,}")
_PLACE = re.compile(r"^(?:中华人民共和国)?(?:.*?(?:省|自治区))?(?:.*?(?:市|州|盟))?(.{1,8}?)(县|区|市|旗)(.*)$")


@dataclass(frozen=True, slots=True)
class Turn:
    """A question read into words.

    Attributes:
        text: the normalised question.
        tokens: its words.
        present: all words of the vocabulary in it, also those that longer words cover.
        kinds: the kinds of meaning among `tokens`.
        ops: the operations named.
        years: the years named.
        parts: the measures named.
        left: stretches of the question that no word covers.
        latest: the newest report year that may answer on the day of asking; `None` without reports.
    """

    text: str
    tokens: tuple[Token, ...]
    present: frozenset[str]
    kinds: frozenset[str]
    ops: frozenset[str]
    years: years.Years
    parts: compose.Parts
    left: tuple[tuple[int, int], ...]
    facts: AgencyFacts
    context: Context
    today: date
    latest: int | None

    def has(self, *ops: str) -> bool:
        """Whether one of the operations is named."""
        return not self.ops.isdisjoint(ops)

    def words(self, kind: str) -> list[str]:
        """The words of a kind, in order."""
        return [t.text for t in self.tokens if any(s.kind == kind for s in t.senses)]


def available(facts: AgencyFacts, today: date) -> list[int]:
    """The report years that may answer on a day: published, and of a year that is over."""
    return [y for y in facts.years if y < today.year]


def read(text: str, facts: AgencyFacts, context: Context, today: date) -> Turn:
    """Read a normalised question into words, years and parts."""
    numbers = normalise.digits(text)
    spans = years.spans(text, numbers)
    spans += _own_names(text, facts)
    spans += positions.spans(text, context.query.items if context.query else ())
    tokens, present = lexicon().read(text, spans)
    open_years = available(facts, today)
    spoken = context.query.years if context.query else ()
    if context.focus:
        spoken = (*spoken, context.focus)
    parts = compose.gather(tokens, present, text)
    named = [*parts.anchors, *parts.columns4, *parts.columns3]
    ops = {s.id for t in tokens for s in t.senses if s.kind == "op"}
    if any(a.end and text.startswith("率", a.end) for a in named):
        ops.add("share")
    return Turn(
        text=text,
        tokens=tuple(tokens),
        present=present,
        kinds=frozenset(s.kind for t in tokens for s in t.senses),
        ops=frozenset(ops),
        years=years.read(
            tokens,
            numbers,
            today=today,
            latest=open_years[-1] if open_years else None,
            first=open_years[0] if open_years else None,
            spoken=spoken,
        ),
        parts=parts,
        left=tuple(_left(text, tokens)),
        facts=facts,
        context=context,
        today=today,
        latest=open_years[-1] if open_years else None,
    )


_OWN = (Sense("self", ""),)


@lru_cache(maxsize=256)
def _names(name: str, aliases: tuple[str, ...]) -> tuple[str, ...]:
    """How the agency and its place are called: 凤县人力资源和社会保障局, 凤县人社局, 凤县."""
    found = {name, *aliases}
    match = _PLACE.match(name)
    if match:
        place = match[1] + match[2]
        found |= {place, place + "人社局", place + "人社", place + "人力资源和社会保障局", place + "人社部门"}
        if len(match[1]) > 1:
            found |= {match[1], match[1] + "人社局", match[1] + "人社"}
    return tuple(sorted((n for n in found if len(n) > 1), key=len, reverse=True))


def _own_names(text: str, facts: AgencyFacts) -> list[Span]:
    spans = []
    for name in _names(facts.name, facts.aliases):
        start = text.find(name)
        if start >= 0:
            weight = len(name) * 2 + 1.0
            spans.append(Span(start, start + len(name), weight, Word(name, _OWN, weight)))
    return spans


def _left(text: str, tokens: Collection[Token]) -> list[tuple[int, int]]:
    """Stretches of Chinese or Latin letters between the words."""
    found = []
    at = 0
    for start, end in [*((t.start, t.end) for t in tokens), (len(text), len(text))]:
        if start > at:
            for pattern in (_HAN, _LATIN):
                found += [m.span() for m in pattern.finditer(text, at, start)]
        at = end
    return found
