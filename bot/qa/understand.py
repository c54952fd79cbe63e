"""What a question means: a query, a rule of disclosure, a topic outside, a command, or nothing that is sure enough."""

from __future__ import annotations

import re
from dataclasses import replace
from enum import StrEnum

from bot.qa import clauses, doubts, operate, rules
from bot.qa.lexicon import Token
from bot.qa.narrowing import narrowing
from bot.qa.query import Action, Query, known
from bot.qa.turn import MARKS, Turn
from storage.values import immutable


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
    UNNAMED = "unnamed"
    UNCLEAR = "unclear"


@immutable
class Meaning:
    """How a question was understood.

    Attributes:
        sort: see `Sort`.
        query: for QUERY and UNSURE, and for refusals the query that would be near.
        rule: for RULE. second: another rule that the same message asks for.
        word: the word that decided, for refusals.
        doubt: how much of the question was left over.
        rivals: the rules that the words point at, best first, for explaining.
    """

    sort: Sort
    query: Query | None = None
    rule: rules.Rule | None = None
    second: rules.Rule | None = None
    word: str = ""
    doubt: float = 0.0
    rivals: tuple[rules.Hit, ...] = ()


_MAY = re.compile(r"能|可以|可否|吗|么$|要不要|必须|应该|应当|谁|哪些|哪几家|哪家")
_MODAL = re.compile(r"([给能让该会行])不\1|可不可以|要不要|[能可会]以?.{0,12}[吗么不]$")
"""Asks what may or must be, and not how many there were."""
_SUBJECT = frozenset({"申请公开", "申请", "信息公开", "公开"})
"""What a short question after an answer about the rules is still about."""
_BARE = 16
"""Characters of a question that names a year and a unit and nothing else: 2023年多少件啊."""
_COUNT_HOW = frozenset({"多少件", "几件", "多少条", "几条", "多少起", "几起", "总数", "件数", "总计", "合计"})


def understand(turn: Turn) -> Meaning:
    """Decide what a question means. The order is from what forbids a figure to what gives one."""
    if "injection" in turn.kinds:
        return Meaning(Sort.INJECTION)
    asked = operate.query(turn)
    own = _own_problems(turn, asked)
    if own is not None:
        return Meaning(Sort.QUERY, own)
    book = rules.book(turn.facts.rules)
    hits = book.find(turn.present)
    if not hits and _follows_rule(turn, asked):
        about = book.about(turn.context.rule)
        hits = book.find(turn.present | about, turn.present - about) or book.find(turn.present | _SUBJECT)
    rule = _rule(turn, asked, hits)
    rivals = tuple(hits[:3])
    if rule is not None:
        return Meaning(Sort.RULE, rule=rule, second=_second(turn, hits), rivals=rivals)
    talk = _talk(turn, asked)
    if talk is not None:
        return Meaning(talk)
    barred = _barred(turn, asked)
    if barred is not None and not (asked is None and barred.sort is Sort.AGENCY and turn.context.rule):
        return barred
    if asked is not None and turn.parts.torn:
        rows = tuple(f"t3.{r}.{asked.items[0].rpartition('.')[2]}" for r in turn.parts.torn)
        if all(map(known, rows)):
            return Meaning(Sort.UNSURE, replace(asked, action=Action.VALUE, items=rows), word="", doubt=doubts.LIMIT)
    if asked is not None and _asks(turn, asked):
        doubt = doubts.doubt(turn, asked)
        sort = Sort.QUERY if doubt < doubts.LIMIT or asked.action is Action.TEXT else Sort.UNSURE
        word = (narrowing(turn, asked) if sort is Sort.UNSURE else "") or _left_text(turn)
        return Meaning(sort, asked, doubt=doubt, word=word, rivals=rivals)
    spoken = _spoken_rule(turn, book)
    if spoken is not None:
        return Meaning(Sort.RULE, rule=spoken, rivals=rivals)
    if "quantity" in turn.kinds and turn.parts.empty and turn.years.said and len(turn.text) <= _BARE:
        return Meaning(Sort.UNNAMED, rivals=rivals)
    like = book.like(turn.text)
    return Meaning(Sort.UNCLEAR if like is None else Sort.RULE, rule=like, rivals=rivals)


_FOLLOW_UP = 20
"""Characters of a question that may lean on the rule explained before."""
_SHORT = 10


def _follows_rule(turn: Turn, asked: Query | None) -> bool:
    """Whether a question goes on about the rule explained last and asks for no figure."""
    if len(turn.text) > _FOLLOW_UP or turn.years.said or not (asked is None or asked.assumed):
        return False
    return bool(turn.context.rule)


def _spoken_rule(turn: Turn, book: rules.Book) -> rules.Rule | None:
    """The rule explained last, for a short question that is not understood by itself: 那企业呢."""
    if len(turn.text) > _SHORT or not turn.text.rstrip(MARKS).endswith(("呢", "嘞", "吗", "嘛")):
        return None
    return book.rules.get(turn.context.rule)


_NEEDED = re.compile(
    "(?:需要?|要|带|准备|提交)(?:些)?(?:什么|啥|哪些|几样)(?:材料|手续|条件|证件|资料|东西)|(?:材料|手续|流程|条件)(?:是什么|有哪些|有啥|吗)|[在到去]哪[里儿]?办|找谁办"
)
"""办证需要什么材料: how something is done at the counter."""


def _asks(turn: Turn, asked: Query) -> bool:
    """Whether the question asks for a figure or a passage at all, and not how something is done."""
    if _NEEDED.search(turn.text) and not turn.years.said:
        return False
    if turn.text.rstrip(MARKS).endswith("呢") and turn.context.query is not None and not turn.context.rule:
        return True
    if _names_only(turn) and turn.context.query is not None and not turn.context.rule:
        return True
    dated = turn.years.said or "quantity" in turn.kinds
    if not dated and _MODAL.search(turn.text) and not turn.context.query:
        return False
    if asked.action is Action.TEXT or turn.years.years or turn.years.count or turn.ops or turn.parts.total:
        return True
    if "quantity" in turn.kinds or "history" in turn.kinds or ("command" in turn.kinds and turn.context.query):
        return True
    if "manner" in turn.kinds or len(turn.text) > 14 or _MODAL.search(turn.text):
        return False
    return _MAY.search(turn.text) is None or (len(turn.text) <= 6 and turn.context.query is not None)


_DAYS = re.compile("(?:多少|几)个?(?:天|日|工作日)(?:内|之内|以内)|(?:多少|几)个?工作日")
"""Within how many days: a period of the law, also where 新出的 reads as a year."""


def _rule(turn: Turn, asked: Query | None, hits: list[rules.Hit]) -> rules.Rule | None:
    """The rule that a question is about, unless it asks for a figure of a year."""
    if not hits:
        return None
    best = hits[0]
    numbers = asked is not None and asked.action is not Action.TEXT
    follows = "command" in turn.kinds or (len(turn.text) <= _FOLLOW_UP and turn.text.rstrip(MARKS).endswith("呢"))
    if numbers and follows and turn.context.query is not None and not turn.context.rule:
        return None
    if numbers and turn.has("which_year"):
        return None
    period = _DAYS.search(turn.text) is not None and "平均" not in turn.text
    dated = turn.years.said or turn.years.count
    if dated and (numbers or "quantity" in turn.kinds) and not period:
        return None
    if numbers and turn.context.query is not None and not turn.context.rule and _names_only(turn):
        return None
    if numbers and not _COUNT_HOW.isdisjoint(turn.words("quantity")) and best.rule.id not in {"fee_items", "fee_pages"}:
        return None
    if (
        numbers
        and not (asked is not None and asked.unsaid)
        and turn.has("sum", "avg", "share", "growth", "series", "rank")
        and best.score < 6
    ):
        return None
    if asked is not None and asked.action is Action.TEXT and turn.years.years:
        return None
    return best.rule


_BESIDE = 2
"""Characters of a word that adds nothing to the row that is named beside it: 还有, 那项."""


def _names_only(turn: Turn) -> bool:
    """Whether nothing but rows of the form is named: 没有现成信息需要另行制作的那项 after the row before it."""
    rows = bool(turn.parts.anchors) and all(a.end for a in turn.parts.anchors)
    return rows and all(t.kinds & _ROWS or (t.kinds & _EVERYDAY and len(t.text) <= _BESIDE) for t in turn.tokens)


_ROWS = frozenset({"row3", "row4", "row2", "indicator"})
_EVERYDAY = frozenset({"fill", "neutral"})
_NEAR = 0.75
"""A second rule that is found so nearly as well is answered too where a message asks twice."""


def _second(turn: Turn, hits: list[rules.Hit]) -> rules.Rule | None:
    if len(hits) < 2 or hits[1].score < _NEAR * hits[0].score:
        return None
    asks_twice = len([c for c in re.split("[?？]", turn.text) if c.strip(MARKS)]) > 1
    return hits[1].rule if asks_twice else None


def _talk(turn: Turn, asked: Query | None) -> Sort | None:
    """Greeting, thanks, a call for help, an insult."""
    if "insult" in turn.kinds:
        asking = turn.kinds & {"quantity", "year"}
        if len(asking) < 2 and (asked is None or not asking):
            return Sort.INSULT
    if asked is not None and not (turn.parts.empty and turn.kinds.isdisjoint({"year", "quantity", "op"})):
        return None
    if "help" in turn.kinds and turn.parts.empty:
        return Sort.HELP
    if turn.parts.empty and not turn.kinds & {"topic", "foreign", "finer", "agency", "unit"}:
        if "thanks" in turn.kinds and _only(turn, "thanks"):
            return Sort.THANKS
        if "hello" in turn.kinds and _only(turn, "hello"):
            return Sort.HELLO
    return None


_TALKING = 6
"""Characters that a greeting or thanks may hold beside itself and everyday words."""


def _only(turn: Turn, kind: str) -> bool:
    """Whether a message is nothing but a greeting or thanks."""
    other = sum(len(t.text) for t in turn.tokens if not t.kinds & {kind, "self", "thanks", "hello"} and len(t.text) > 1)
    return "manner" not in turn.kinds and other + sum(e - s for s, e in turn.left) <= _TALKING


_BARRING = {
    "agency": Sort.AGENCY,
    "unit": Sort.UNIT,
    "finer": Sort.FINER,
    "topic": Sort.TOPIC,
    "foreign": Sort.FOREIGN,
}


def _barred(turn: Turn, asked: Query | None) -> Meaning | None:
    """What keeps a known measure from being what was asked: another agency, a month, a thing that is not counted."""
    if _asks_why(turn) and asked is not None and asked.action is not Action.TEXT:
        return Meaning(Sort.WHY, asked)
    if turn.kinds.isdisjoint(_BARRING):
        return None
    for kind, sort in _BARRING.items():
        if kind not in turn.kinds:
            continue
        for token in turn.tokens:
            if kind not in token.kinds:
                continue
            if _hinted(token, asked):
                continue
            sense = next(s for s in token.senses if s.kind == kind)
            if not _harmless(kind, token.text, turn, asked):
                return Meaning(sort, asked, word=sense.id if kind == "topic" else token.text)
    return None


def _hinted(token: Token, asked: Query | None) -> bool:
    """Whether a word of another topic only describes the row that is asked for: 报纸 of 公开出版物."""
    rows = {s.id for s in token.senses if s.kind == "sign"}
    return asked is not None and any(i.split(".")[1] in rows for i in asked.items)


def _asks_why(turn: Turn) -> bool:
    """Asks for a reason. 件数为何 at the end asks for the number, 何 as 多少."""
    if "why" not in turn.ops or turn.has("breakdown"):
        return False
    said = [t for t in turn.tokens if any(s.kind == "op" and s.id == "why" for s in t.senses)]
    ending = turn.text.rstrip(MARKS)
    return any(t.text not in {"为何", "何故"} or t.end < len(ending) or t.start == 0 for t in said)


_ADMITTED = re.compile("承认|检讨|报告里|年报里|自己说|自己写")
_WHAT = re.compile("哪些|什么|啥|哪里|哪方面|哪块")
_FAULT = re.compile(
    r"不及时|不够|不到位|不全|不完整|不规范|不深|不细|不主动|不完善|不理想|滞后|迟缓|拖拉|太慢|很慢|这么慢|质量不高|薄弱"
)


def _own_problems(turn: Turn, asked: Query | None) -> Query | None:
    """为什么公开不及时: the faults that a report finds with itself, in its own words; it gives no other reason."""
    found = "quantity" not in turn.kinds and _WHAT.search(turn.text) is not None
    asks = _asks_why(turn) or (found and _ADMITTED.search(turn.text) is not None)
    if not asks or _FAULT.search(turn.text) is None or turn.latest is None:
        return None
    if asked is not None and (asked.action is not Action.TEXT or "x.measures" in asked.items):
        return None
    years = turn.years.years or (turn.latest,)
    return Query(Action.TEXT, ("x.problems",), years, assumed=not turn.years.years)


def _place_of(turn: Turn, word: str) -> tuple[int, int]:
    token = next(t for t in turn.tokens if t.text == word)
    return token.start, token.end


_SENTENCE = re.compile("[。!！?？]")


def _sentence_before(turn: Turn, end: int, asked: Query) -> bool:
    """Whether a place stands in a sentence that is over before the measure asked for is named."""
    rows = {part for item in asked.items for part in item.replace("+", ".").split(".")}
    named = [a.start for a in turn.parts.anchors if a.end and a.id in rows]
    return bool(named) and _SENTENCE.search(turn.text, end, min(named)) is not None


def _sentence_before_years(turn: Turn, end: int) -> bool:
    """Whether a place stands in a sentence that is over before the year asked for is named."""
    named = [t.start for t in turn.tokens if "year" in t.kinds]
    return turn.years.said and bool(named) and _SENTENCE.search(turn.text, end, named[-1]) is not None


_WAITED = re.compile(r"(?:跑|等|拖|弄|忙|折腾|干|欠我?|排)了?(?:大|好|整整|有|快|近)?[一二两三四五六七八九十几\d]*个?$")
"""跑了大半年, 欠我四个月: how long something took in the life of who asks."""


def _harmless(kind: str, word: str, turn: Turn, asked: Query | None) -> bool:
    """A word of another topic that here only tells who asks or what a passage is about."""
    end = _place_of(turn, word)[1]
    if kind == "finer" and (_WAITED.search(turn.text, 0, end - len(word)) or turn.text.startswith("到晚", end)):
        return True
    if kind == "finer" and _sentence_before_years(turn, end):
        return True
    if kind in {"foreign", "agency"} and any(
        c.start < end <= c.end and clauses.is_topic(c, turn.tokens, turn.left) for c in turn.clauses
    ):
        return False
    if kind in {"topic", "foreign", "unit"} and asked is not None and _sentence_before(turn, end, asked):
        return True
    if kind == "agency" and turn.text.startswith(("之类", "这类", "那类", "这种"), end):
        return True
    late = asked is not None and asked.items[0].startswith(("t3.unpaid.", "t3.uncorrected."))
    if late and word in {"按时", "按期", "准时", "超期", "超时"}:
        return True
    if kind == "topic" and asked is not None and asked.items == ("f.key_area",):
        return True
    if asked is not None and turn.told(_place_of(turn, word)[0], spoken=kind == "agency"):
        return True
    if kind in {"topic", "foreign"} and asked is not None and _describes(turn, _place_of(turn, word)[0], asked):
        return True
    if asked is not None and kind in {"topic", "foreign", "unit"} and turn.before(*_place_of(turn, word)):
        return True
    if asked is not None and asked.action is Action.TEXT and kind in {"topic", "foreign"}:
        return len(word) < 3 or "quantity" not in turn.kinds
    return word == "月" and kind == "finer" and "年" not in turn.text and asked is not None and not turn.parts.empty


def _describes(turn: Turn, start: int, asked: Query) -> bool:
    """Whether a word stands in a clause of its own that names the row asked for: 查档案这些走行政查询的，没给的几件."""
    rows = {i.split(".")[1] for i in asked.items if i.startswith("t3.")}
    if not any(c.asks for c in turn.clauses):
        return False
    clause = next((c for c in turn.clauses if c.start <= start < c.end and not c.asks), None)
    return clause is not None and any(
        a.end and a.id in rows and clause.start <= a.start < clause.end for a in turn.parts.anchors
    )


def _left_text(turn: Turn) -> str:
    return "、".join(turn.text[s:e] for s, e in turn.left)
