"""What a question means: a query, a rule of disclosure, a topic outside, a command, or nothing that is sure enough."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum

from bot.qa import operate, rules
from bot.qa.query import Action, Query
from bot.qa.turn import Turn


class Sort(StrEnum):
    """What sort of utterance it is."""

    QUERY = "query"
    RULE = "rule"
    TOPIC = "topic"
    FINER = "finer"
    FOREIGN = "foreign"
    AGENCY = "agency"
    UNIT = "unit"
    HELLO = "hello"
    THANKS = "thanks"
    HELP = "help"
    INSULT = "insult"
    INJECTION = "injection"
    WHY = "why"
    PUBLICATION = "publication"
    UNSURE = "unsure"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class Meaning:
    """How a question was understood.

    Attributes:
        sort: see `Sort`.
        query: for QUERY and UNSURE, and for refusals the query that would be near.
        rule: for RULE.
        word: the word that decided, for refusals.
        doubt: how much of the question was left over.
        rivals: other readings with their scores, for explaining.
    """

    sort: Sort
    query: Query | None = None
    rule: rules.Rule | None = None
    word: str = ""
    doubt: float = 0.0
    rivals: tuple[str, ...] = field(default=())


DOUBT = 2.0
"""From so much left over on a figure is not given but asked back."""
_RATE = re.compile(r"率|度|比值|人均|均价|排名|名单|名字|姓名|金额|时长")
_COUNT_HOW = frozenset({"多少件", "几件", "多少条", "几条", "多少起", "几起", "总数", "件数", "总计", "合计"})


def understand(turn: Turn) -> Meaning:
    """Decide what a question means. The order is from what forbids a figure to what gives one."""
    if "injection" in turn.kinds:
        return Meaning(Sort.INJECTION)
    asked = operate.query(turn)
    hits = rules.book().find(turn.present)
    rule = _rule(turn, asked, hits)
    rivals = tuple(f"rule.{h.rule.id} {h.score:.1f}" for h in hits[:3])
    if rule is not None:
        return Meaning(Sort.RULE, rule=rule, rivals=rivals)
    talk = _talk(turn, asked)
    if talk is not None:
        return Meaning(talk)
    barred = _barred(turn, asked)
    if barred is not None:
        return barred
    if asked is not None:
        doubt = _doubt(turn)
        sort = Sort.QUERY if doubt < DOUBT or asked.action is Action.TEXT else Sort.UNSURE
        return Meaning(sort, asked, doubt=doubt, word=_left_text(turn), rivals=rivals)
    return Meaning(Sort.UNCLEAR, rivals=rivals)


def _rule(turn: Turn, asked: Query | None, hits: list[rules.Hit]) -> rules.Rule | None:
    """The rule that a question is about, unless it asks for a figure of a year."""
    if not hits:
        return None
    best = hits[0]
    numbers = asked is not None and asked.action is not Action.TEXT
    if turn.years.said and numbers:
        return None
    if numbers and not _COUNT_HOW.isdisjoint(turn.words("quantity")) and best.rule.id not in {"fee_items", "fee_pages"}:
        return None
    if numbers and turn.has("sum", "avg", "share", "growth", "series", "rank") and best.score < 4:
        return None
    if asked is not None and asked.action is Action.TEXT and best.score < 3.4 and turn.years.said:
        return None
    return best.rule


_HELLO_KINDS = frozenset({"hello", "thanks", "help", "fill", "self", "insult", "command", "year"})


def _talk(turn: Turn, asked: Query | None) -> Sort | None:
    """Greeting, thanks, a call for help, an insult."""
    if "insult" in turn.kinds and (asked is None or not turn.kinds & {"quantity", "year"}):
        return Sort.INSULT
    if asked is not None and (not turn.parts.empty or turn.kinds & {"year", "quantity", "op"}):
        return None
    if "help" in turn.kinds and turn.parts.empty:
        return Sort.HELP
    if turn.parts.empty and not turn.kinds & {"topic", "foreign", "finer", "agency", "unit"}:
        if "thanks" in turn.kinds:
            return Sort.THANKS
        if "hello" in turn.kinds:
            return Sort.HELLO
    return None


def _barred(turn: Turn, asked: Query | None) -> Meaning | None:
    """What keeps a known measure from being what was asked: another agency, a month, a thing that is not counted."""
    if "why" in turn.ops and "breakdown" not in turn.ops and asked is not None and asked.action is not Action.TEXT:
        return Meaning(Sort.WHY, asked)
    for kind, sort in (
        ("agency", Sort.AGENCY),
        ("unit", Sort.UNIT),
        ("finer", Sort.FINER),
        ("topic", Sort.TOPIC),
        ("foreign", Sort.FOREIGN),
    ):
        for token in turn.tokens:
            sense = next((s for s in token.senses if s.kind == kind), None)
            if sense is not None and not _harmless(kind, token.text, turn, asked):
                return Meaning(sort, asked, word=sense.id if kind == "topic" else token.text)
    return None


def _harmless(kind: str, word: str, turn: Turn, asked: Query | None) -> bool:
    """A word of another topic that here only tells who asks or what a passage is about."""
    if asked is not None and asked.action is Action.TEXT and kind in {"topic", "foreign"}:
        return len(word) < 3 or "quantity" not in turn.kinds
    return word == "月" and kind == "finer" and "年" not in turn.text and asked is not None and not turn.parts.empty


def _doubt(turn: Turn) -> float:
    """How much of the question no word covers; a stretch beside a measure or ending in 率 weighs more."""
    doubt = 0.0
    for start, end in turn.left:
        length = end - start
        doubt += 0.6 if length == 1 else 0.6 + 0.5 * length
        if _RATE.match(turn.text, end) or _RATE.search(turn.text, start, end):
            doubt += DOUBT
        elif length > 1 and _beside(turn, start, end):
            doubt += 0.5
    return doubt


def _beside(turn: Turn, start: int, end: int) -> bool:
    return any(a.end == start or a.start == end for a in turn.parts.anchors)


def _left_text(turn: Turn) -> str:
    return "、".join(turn.text[s:e] for s, e in turn.left)
