"""What a report says, as plain values: the types that reading, checking, storing and answering share.

A `Reading` is what a reader got out of a file, doubts included; nothing in it is live. A `ReportFacts` is one
published version as answers use it, and an `AgencyFacts` all published reports of one agency.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from storage.catalogue import Edition, Meaning


class Level(StrEnum):
    """How much a finding weighs. An error blocks publishing until it is settled or accepted."""

    ERROR = "error"
    WARNING = "warning"
    NOTICE = "notice"


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the file something was read; every number counts from one, `None` where it does not apply."""

    page: int | None = None
    table: int | None = None
    row: int | None = None
    column: int | None = None
    line: int | None = None

    def __str__(self) -> str:
        """The place as an office worker reads it: 第2页·表1·第5行·第3列."""
        names = (
            ("第{}页", self.page),
            ("表{}", self.table),
            ("第{}行", self.row),
            ("第{}列", self.column),
            ("正文第{}行", self.line),
        )
        return "·".join(name.format(n) for name, n in names if n is not None)


@dataclass(frozen=True, slots=True)
class CellReading:
    """One cell as read.

    Attributes:
        id: the catalogue's cell id.
        meaning: number, blank or unreadable; the raw text is kept beside every one of them.
        value: the number where `meaning` is NUMBER, else `None`.
        raw: the text as it stands in the file; `None` where nothing was found.
        place: where it stands.
    """

    id: str
    meaning: Meaning
    value: Decimal | None = None
    raw: str | None = None
    place: Place | None = None

    def __post_init__(self) -> None:
        if (self.value is not None) != (self.meaning is Meaning.NUMBER):
            raise ValueError(f"{self.id}: a value goes with NUMBER and with nothing else")


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of the narrative: 新闻稿件97条.

    Attributes:
        id: an `f.*` id of the catalogue where it means the same, else `None`.
        label: what it counts, in the report's words.
        value: the number; 1.2万 is stored as 12000.
        unit: 条, 件, 次, 元 …
        sentence: the sentence it stands in, word for word, with a note behind it where the number was corrected.
        approximate: 余, 约, 近, 多 stood beside it.
        raw: the number as printed.
        section: 1 or 6, the section it stands in.
    """

    id: str | None
    label: str
    value: Decimal
    unit: str
    sentence: str
    approximate: bool = False
    raw: str = ""
    section: int = 1


@dataclass(frozen=True, slots=True)
class Finding:
    """A doubt or an error found while reading or checking, with its place and a message in Chinese for the admin."""

    level: Level
    code: str
    message: str
    cell: str | None = None
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """All that was read from one file.

    `cells` holds every cell of the edition's form, each with its meaning, none left out. `texts` is keyed by the
    catalogue's `x.*` ids. `agency` and `year` are `None` where the file does not say.
    """

    agency: str | None
    year: int | None
    edition: Edition
    cells: Mapping[str, CellReading]
    figures: tuple[Figure, ...] = ()
    texts: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    findings: tuple[Finding, ...] = ()
    title: str | None = None


@dataclass(frozen=True, slots=True)
class Fact:
    """A published cell or narrative figure as answers use it."""

    meaning: Meaning
    value: Decimal | None
    raw: str | None = None
    sentence: str | None = None
    approximate: bool = False
    label: str | None = None
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class ReportFacts:
    """One published report version.

    Attributes:
        facts: by cell id (`t3.new.total`) and by indicator id (`f.wechat`).
        other_figures: narrative figures that no indicator of the catalogue covers, under their own label.
        texts: by `x.*` id.
        doubtful: ids of cells that a failed cross-check names; answers say so in a clause.
        source_url: where the bureau published the report, if known.
        published_on: the day this version went live here, where known.
        worked_out: what answers made of the facts, by their own keys; kept here since it lives as long as they do.
    """

    agency: str
    year: int
    edition: Edition
    version_id: int
    facts: Mapping[str, Fact]
    other_figures: tuple[Figure, ...] = ()
    texts: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    doubtful: frozenset[str] = frozenset()
    source_url: str | None = None
    title: str | None = None
    published_on: date | None = None
    worked_out: dict[str, Any] = field(default_factory=dict, init=False, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class RuleText:
    """A rule of disclosure (规则条目) as the desk keeps it.

    Attributes:
        title: what it is about.
        text: the answer in plain Chinese.
        source: law and article.
        since: the day from which the law in this form is in force, or on which it was issued; ISO.
        issued_only: `since` is the day of issue.
        asks: ways of asking; each of them word for word gets this rule.
        words: combinations of words that point at it: groups parted by +, one word of each group must stand in the
            question; for a bundled rule in addition to its own.
        contacts: the bureau's contact data follow the text.
    """

    title: str
    text: str
    source: str
    since: str
    asks: tuple[str, ...]
    issued_only: bool = False
    words: tuple[str, ...] = ()
    contacts: bool = False


@dataclass(frozen=True, slots=True)
class AgencyFacts:
    """All published reports of one agency, by year; an immutable snapshot that many tasks may share.

    Attributes:
        reports: by year.
        alias_questions: what admins decided that a way of asking means: a question by the other's key
            (`storage.questions.rulings.fold` of the normalised text).
        reviewed_answers: answers that people wrote and reviewed, by the same kind of key.
        rules: rules that the desk wrote, on top of the bundled ones, by their key; `None`: taken off.
    """

    id: int
    name: str
    aliases: tuple[str, ...] = ()
    reports: Mapping[int, ReportFacts] = field(default_factory=lambda: MappingProxyType({}))
    alias_questions: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    reviewed_answers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    rules: Mapping[str, RuleText | None] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def years(self) -> tuple[int, ...]:
        """Years with a published report, oldest first."""
        return tuple(sorted(self.reports))
