"""Puts the vocabulary together: the catalogue's spoken words, the words of asking, rules, other topics."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from functools import lru_cache
from importlib import resources
from typing import Any

from bot.qa import outside, rules
from bot.qa.lexicon import Lexicon, Sense
from storage import catalogue

BY_SOUND = frozenset({"row3", "row4", "row2", "column3", "column4", "column2", "indicator", "subject", "text"})
SUBJECT = (
    "申请信息公开",
    "申请政府信息公开",
    "申请政府信息",
    "申请公开",
    "依申请公开",
    "信息公开",
    "政府信息公开",
    "申请",
    "公开申请",
    "政务公开",
)


@lru_cache(maxsize=1)
def lexicon() -> Lexicon:
    """The compiled vocabulary of this process."""
    return Lexicon(_entries(), by_sound=BY_SOUND)


def words(name: str) -> dict[str, Any]:
    """A table of the knowledge folder."""
    text = resources.files("bot.qa").joinpath("knowledge", name).read_text(encoding="utf-8")
    return tomllib.loads(text)


def _entries() -> Iterator[tuple[str, Sense]]:
    yield from _catalogue()
    tables = words("words.toml")
    for kind, text in tables.pop("kind").items():
        for word in text.split():
            yield word, Sense(kind, word if kind in {"agency", "finer", "foreign", "unit"} else "")
    for kind, table in tables.items():
        for meaning, text in table.items():
            for word in text.split():
                yield word, Sense(kind, meaning)
    for word in SUBJECT:
        yield word, Sense("subject", "")
    for word, topic in outside.vocabulary():
        yield word, Sense("topic", topic)
    for word in rules.vocabulary():
        yield word, Sense("cue", word)


def _catalogue() -> Iterator[tuple[str, Sense]]:
    groups = (
        ("row3", (*catalogue.T3_ROWS, *catalogue.GROUPS.values())),
        ("row4", (*catalogue.REMEDIES, catalogue.SUITS, catalogue.CASES)),
        (
            "row2",
            (
                catalogue.RULES,
                catalogue.NORMATIVE,
                catalogue.LICENCE,
                catalogue.SERVICES,
                catalogue.PENALTY,
                catalogue.COERCION,
                catalogue.FEE,
                catalogue.PROCUREMENT,
            ),
        ),
        ("column3", catalogue.APPLICANTS),
        ("column4", tuple(t for t in catalogue.RESULTS if t is not catalogue.TOTAL)),
        (
            "column2",
            (catalogue.MADE, catalogue.REPEALED, catalogue.VALID, catalogue.CREATED, catalogue.OPENED, catalogue.HELD),
        ),
        ("indicator", tuple(catalogue.INDICATORS.values())),
    )
    for kind, terms in groups:
        for term in terms:
            for word in (term.label, *term.spoken):
                yield word, Sense(kind, term.id)
            for clue in term.clues:
                for word in clue.split("+"):
                    yield word, Sense("clue", word)
            for sign in getattr(term, "signs", ()):
                yield sign, Sense("sign", term.id)
    for term in catalogue.APPLICANTS:
        for word in (term.label, term.short):
            for place in ("列", "栏", "那列", "那栏", "一列", "一栏", "这列", "这栏"):
                yield word + place, Sense("column3", term.id)
    for word in catalogue.DECIDED_WORDS:
        yield word, Sense("column4", "decided")
    for word in catalogue.ORGANISATION_WORDS:
        yield word, Sense("column3", "orgs")
