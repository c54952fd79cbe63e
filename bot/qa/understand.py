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
_MAY = re.compile(r"能|可以|可否|吗|么$|要不要|必须|应该|应当")
_PERSONS = ("人", "人次", "人数", "位")
_MONEY = ("钱", "元", "块", "万", "万元", "万块")
_PLAIN = frozenset(
    {"neutral", "year", "op", "quantity", "history", "self", "command", "hello", "thanks", "column3", "subject"}
)
_APPLYING = frozenset(
    {
        "公开",
        "信息",
        "政府信息",
        "收",
        "收了",
        "提",
        "提了",
        "提过",
        "递",
        "递了",
        "交",
        "提交",
        "提出",
        "递交",
        "来的",
        "新",
        "受理",
        "接",
        "接到",
        "收着",
        "送",
        "全",
        "全年",
        "总",
        "总数",
        "共",
        "共有",
        "我们",
        "你们",
        "贵",
        "请问",
        "咨询",
        "这种",
        "这类",
        "像",
        "像我们",
        "关于",
        "向",
        "来自",
        "以来",
        "期间",
        "过",
        "过来",
        "件数",
        "单位",
        "部门",
        "人",
        "大家",
        "公开申请",
        "申请",
        "依申请",
        "为",
        "有关",
        "个人",
        "登记",
        "跟",
        "从",
        "被",
        "全部",
        "打听",
        "打听一下",
        "了解",
        "想了解",
        "截至",
        "老",
        "得到",
        "目前",
        "现在",
        "已经",
        "已",
        "每",
        "每年",
        "信息公开",
        "我",
        "它",
        "他们",
        "所有",
        "各种",
        "各类",
        "真的",
        "到底",
    }
)
_SUBJECT = frozenset({"申请公开", "申请", "信息公开", "公开"})
"""What a short question after an answer about the rules is still about."""
_GUESSING = 3
"""Characters beside the plain words of applying from which a guess at 本年新收 is asked back."""
_CORE = frozenset({"row3", "row2", "row4", "indicator", "text", "column3", "column4", "quantity", "year", "op"})
_MARKS = "。，,.!！?？;；:：、 ~～…"
_ROW_WORDS = frozenset({"补正", "补材料", "缴费", "交费", "逾期"})
"""Words of rows that are named by several words together."""
_RATE = re.compile(r"率|度|比值|人均|均价|排名|名单|名字|姓名|金额|时长")
_COUNT_HOW = frozenset({"多少件", "几件", "多少条", "几条", "多少起", "几起", "总数", "件数", "总计", "合计"})


def understand(turn: Turn) -> Meaning:
    """Decide what a question means. The order is from what forbids a figure to what gives one."""
    if "injection" in turn.kinds:
        return Meaning(Sort.INJECTION)
    asked = operate.query(turn)
    hits = rules.book().find(turn.present)
    if not hits and turn.context.rule and len(turn.text) <= 10 and asked is None:
        hits = rules.book().find(turn.present | _SUBJECT)
    rule = _rule(turn, asked, hits)
    rivals = tuple(f"rule.{h.rule.id} {h.score:.1f}" for h in hits[:3])
    if rule is not None:
        return Meaning(Sort.RULE, rule=rule, rivals=rivals)
    talk = _talk(turn, asked)
    if talk is not None:
        return Meaning(talk)
    barred = _barred(turn, asked)
    if barred is not None and not (turn.context.rule and barred.sort is Sort.AGENCY and asked is None):
        return barred
    if asked is not None and _asks(turn, asked):
        doubt = _doubt(turn) + (DOUBT if _mismatched(turn, asked) or _implied(turn, asked) else 0.0)
        sort = Sort.QUERY if doubt < DOUBT or asked.action is Action.TEXT else Sort.UNSURE
        return Meaning(sort, asked, doubt=doubt, word=_left_text(turn), rivals=rivals)
    if turn.context.rule and len(turn.text) <= 10 and turn.text.rstrip(_MARKS).endswith(("呢", "嘞", "吗", "嘛")):
        return Meaning(Sort.RULE, rule=rules.book().rules.get(turn.context.rule), rivals=rivals)
    return Meaning(Sort.UNCLEAR, rivals=rivals)


def _asks(turn: Turn, asked: Query) -> bool:
    """Whether the question asks for a figure or a passage at all, and not how something is done."""
    if asked.action is Action.TEXT or turn.years.years or turn.years.count or turn.ops or turn.parts.total:
        return True
    if "quantity" in turn.kinds or "history" in turn.kinds or ("command" in turn.kinds and turn.context.query):
        return True
    if "manner" in turn.kinds or len(turn.text) > 14:
        return False
    return bool(turn.context.query and len(turn.text) <= 6) or _MAY.search(turn.text) is None


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
    if numbers and turn.has("sum", "avg", "share", "growth", "series", "rank") and best.score < 6:
        return None
    if asked is not None and asked.action is Action.TEXT and turn.years.years:
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
    if _asks_why(turn) and asked is not None and asked.action is not Action.TEXT:
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


def _asks_why(turn: Turn) -> bool:
    """Asks for a reason. 件数为何 at the end asks for the number, 何 as 多少."""
    if turn.has("breakdown"):
        return False
    said = [t for t in turn.tokens if any(s.kind == "op" and s.id == "why" for s in t.senses)]
    ending = turn.text.rstrip(_MARKS)
    return any(t.text not in {"为何", "何故"} or t.end < len(ending) or t.start == 0 for t in said)


def _core(turn: Turn) -> tuple[int, int]:
    """From the first to the last word that says what is asked."""
    core = [t for t in turn.tokens if any(s.kind in _CORE for s in t.senses)]
    return (core[0].start, core[-1].end) if core else (0, len(turn.text))


def _place_of(turn: Turn, word: str) -> tuple[int, int]:
    token = next(t for t in turn.tokens if t.text == word)
    return token.start, token.end


def _before(turn: Turn, start: int, end: int) -> bool:
    """Whether a stretch stands in a clause of its own before the one that asks."""
    first, _ = _core(turn)
    return end <= first and any(c in turn.text[end:first] for c in _MARKS)


def _aside(turn: Turn, start: int, end: int) -> bool:
    """Whether a stretch stands in a clause of its own, before or after the one that asks."""
    _, last = _core(turn)
    return _before(turn, start, end) or (start >= last and any(c in turn.text[last:start] for c in _MARKS))


def _harmless(kind: str, word: str, turn: Turn, asked: Query | None) -> bool:
    """A word of another topic that here only tells who asks or what a passage is about."""
    if asked is not None and kind in {"topic", "foreign", "unit"} and _before(turn, *_place_of(turn, word)):
        return True
    if asked is not None and asked.action is Action.TEXT and kind in {"topic", "foreign"}:
        return len(word) < 3 or "quantity" not in turn.kinds
    return word == "月" and kind == "finer" and "年" not in turn.text and asked is not None and not turn.parts.empty


def _doubt(turn: Turn) -> float:
    """How much of the question is not understood.

    What stands right beside a measure may change what it means and weighs most; what stands before or after all that
    was understood weighs little, in a clause of its own nothing.
    """
    first, last = _core(turn)
    doubt = _unused(turn)
    for start, end in turn.left:
        length = end - start
        rate = _RATE.match(turn.text, end) or _RATE.search(turn.text, start, end)
        if rate and not (turn.has("share") and turn.text[start:end] == "率"):
            doubt += DOUBT
        elif _aside(turn, start, end):
            continue
        elif _beside(turn, start, end):
            doubt += 0.9 if length == 1 else DOUBT
        elif end <= first or start >= last:
            doubt += 0.15 * length
        else:
            doubt += 0.5 * length
    return doubt


def _unused(turn: Turn) -> float:
    """Words that change a count (退回, 网上提的) or belong to a row not found (补正) weigh as much as strangers."""
    named = any(a.id != "new" for a in turn.parts.anchors)
    outcome = any(a.family == "t3" and a.id not in {"new", "done"} for a in turn.parts.anchors)
    applications = turn.parts.subject or any(a.family == "t3" for a in turn.parts.anchors)
    for token in turn.tokens:
        kinds = {s.kind for s in token.senses}
        if _aside(turn, token.start, token.end) or kinds & _CORE:
            continue
        if ("act" in kinds and not outcome) or ("channel" in kinds and applications):
            return DOUBT
        if token.text in _ROW_WORDS and not named and kinds <= {"clue", "cue"}:
            return DOUBT
    return 0.0


def _mismatched(turn: Turn, asked: Query) -> bool:
    """Whether the question counts something else than the measure does: 培训了多少人, 罚了多少钱."""
    said = "".join(turn.words("quantity"))
    first = asked.items[0]
    if not said or first.startswith("x."):
        return False
    if said.endswith(_PERSONS) and not first.startswith("t3."):
        return True
    return said.endswith(_MONEY) and first not in {"t2.fee", "f.info_fee"}


def _implied(turn: Turn, asked: Query) -> bool:
    """Whether 本年新收 was only guessed from 申请 while the question says more than that."""
    if any(not i.startswith("t3.new.") for i in asked.items) or any(a.id == "new" for a in turn.parts.anchors):
        return False
    if turn.context.query is not None and len(turn.text) < 10:
        return False
    strange = 0
    for token in turn.tokens:
        kinds = {s.kind for s in token.senses}
        if not kinds & _PLAIN and token.text not in _APPLYING and not _aside(turn, token.start, token.end):
            strange += len(token.text)
    return strange > _GUESSING


def _beside(turn: Turn, start: int, end: int) -> bool:
    """Whether a stretch touches a measure, 的 between them or not."""
    anchors = turn.parts.anchors
    if end < len(turn.text) and turn.text[end] in "的之":
        end += 1
    if start and turn.text[start - 1] in "的之":
        start -= 1
    return any(a.end == start or a.start == end for a in anchors if a.end)


def _left_text(turn: Turn) -> str:
    return "、".join(turn.text[s:e] for s, e in turn.left)
