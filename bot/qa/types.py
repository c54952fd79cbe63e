"""What goes into the question pipeline and what comes out of it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from storage.values import immutable


class Kind(StrEnum):
    """What a reply is: the answer, a question back with choices, an honest "not held", or a greeting or help."""

    ANSWER = "answer"
    CHOICE = "choice"
    NONE = "none"
    GUIDE = "guide"


@dataclass(frozen=True, slots=True)
class CitedFigure:
    """A figure in a reply with the cell that it comes from; computed figures cite every cell they use."""

    value: Decimal
    unit: str
    agency: str
    year: int
    cell: str
    source: str


@immutable
class Reply:
    """A reply before it is fitted to a channel.

    Attributes:
        kind: see `Kind`.
        text: the whole text in plain Chinese, without links and of any length.
        figures: every stored figure that the text states or uses.
        suggestions: what a citizen may tap next; each is itself a question that the pipeline understands.
        topic: a stable key of what was asked (`t3.new.total`, `rule.fee`, `out.pension`), for the log and for grouping.
    """

    kind: Kind
    text: str
    figures: tuple[CitedFigure, ...] = ()
    suggestions: tuple[str, ...] = ()
    topic: str = ""
