"""What the form is made of: editions, terms, cross-checks, indicators."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from itertools import product


class Edition(StrEnum):
    """Which format a report follows. `OTHER`: before 2019, or not recognisable."""

    E2021 = "2021"
    E2019 = "2019"
    OTHER = "other"


BOTH = frozenset({Edition.E2021, Edition.E2019})
ONLY_2021 = frozenset({Edition.E2021})
ONLY_2019 = frozenset({Edition.E2019})


class Meaning(StrEnum):
    """What the report says in a cell. The four are different facts and never stand in for each other."""

    NUMBER = "number"
    BLANK = "blank"
    UNREADABLE = "unreadable"
    NOT_IN_EDITION = "not_in_edition"


@dataclass(frozen=True, slots=True)
class Term:
    """A row, a column or a group of the tables.

    Attributes:
        id: the word in the cell id.
        label: the official label with full-width punctuation.
        short: what a citizen reads.
        spoken: what people say for it; understanding of questions is built from these.
        clues: words that say it only together and in any order, joined by a plus sign (补正+不补).
        signs: words that hint at it where an outcome of applications is asked for and no row is named (年鉴, 盖章).
        group: the id of the level above in table three (`refused` for 不予公开), else empty.
        article: article of the Regulation (条例) behind it, else empty.
    """

    id: str
    label: str
    short: str
    spoken: tuple[str, ...] = ()
    group: str = ""
    article: str = ""
    clues: tuple[str, ...] = ()
    signs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sum:
    """A cross-check (勾稽): the cells of `left` and of `right` must add up to the same.

    `rule` names it: T3-1 一+二=三(七)+四, T3-2 三(七)=sum of its rows,
    T3-3 总计=sum of the six kinds of applicant, T4-1 总计=sum of the four results.
    """

    rule: str
    left: tuple[str, ...]
    right: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Indicator:
    """A figure that reports state in their narrative, outside the tables (`f.wechat`)."""

    id: str
    label: str
    unit: str
    spoken: tuple[str, ...] = ()
    clues: tuple[str, ...] = ()


def ways(*parts: str) -> tuple[str, ...]:
    """Every joining of one word out of each part; the words of a part stand with spaces between, `_` is nothing."""
    return tuple("".join(p for p in way if p != "_") for way in product(*(part.split() for part in parts)))
