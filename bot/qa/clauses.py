"""The clauses of a message: which of them ask, which only tell something, and where one question ends."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from itertools import pairwise
from typing import NamedTuple

from bot.qa import steepest
from bot.qa.lexicon import Sense, Token

MARKS = "。，,.!！?？;；:：、 ~～…"
_MARK = re.compile(r"[。，,!！?？;；~～…:.](?<!\d:)(?<!\d\.(?=\d))")
"""A mark, but for the colon after a number and the point within one."""
_NAMING = frozenset({"row3", "row2", "row4", "indicator", "text", "column3", "column4", "column2", "sign"})
_BINDING = frozenset({"row3", "row2", "row4", "indicator", "column3"})
"""What a question cannot lose without becoming another one."""
_ASKING_OPS = frozenset(
    {"share", "percent", "max", "min", "avg", "diff", "growth", "rank", "series", "breakdown", "which_year", "ratio"}
).union(steepest.ACTIONS)
_SILENT = frozenset(
    {"fill", "neutral", "cue", "clue", "hello", "thanks", "self", "command", "act", "channel", "applying"}
)
"""Kinds that make a clause neither ask nor name nor date anything."""
_ASKED = re.compile("多少|几|好多|若干")
_FURTHER = re.compile(r"其中|里面|里头|另外|还有|以及|然后|再就是|同时|当中")
"""Begins what is asked besides: 收到多少件申请其中企业几件."""


class Clause(NamedTuple):
    """A stretch between marks or pauses.

    Attributes:
        start: of the stretch. end: of it.
        asks: it asks for a number, a share, the most, a list.
        names: it names a measure, a column or a passage.
        dated: it names a year by its number or its distance from today.
    """

    start: int
    end: int
    asks: bool
    names: bool
    dated: bool


def clauses(text: str, tokens: Sequence[Token], breaks: Collection[int]) -> tuple[Clause, ...]:
    """Cut a question at its marks and at pauses (spaces) that do not fall into a word."""
    ends = [m.end() for m in _MARK.finditer(text)]
    if breaks:
        inside = {at for t in tokens for at in range(t.start + 1, t.end)}
        ends += [at for at in breaks if at not in inside]
    if not ends:
        return ()
    bounds = sorted({0, *ends, len(text)})
    found = []
    at = 0
    for start, end in pairwise(bounds):
        first = at
        while at < len(tokens) and tokens[at].start < end:
            at += 1
        found.append(_clause(start, end, tokens[first:at]))
    return tuple(found)


def _clause(start: int, end: int, tokens: Sequence[Token]) -> Clause:
    names = asks = dated = subject = False
    counted = []
    for token in tokens:
        kinds = token.kinds
        if kinds <= _SILENT:
            continue
        names = names or not kinds.isdisjoint(_NAMING)
        subject = subject or "subject" in kinds
        if "quantity" in kinds and len(token.text) > 1 and not token.text[0].isdigit():
            counted.append(token.text)
        if "op" in kinds:
            asks = asks or not _ASKING_OPS.isdisjoint(operations((token,)))
        if "year" in kinds:
            dated = dated or any(s.id.startswith(("abs", "rel")) for s in token.senses)
    names = names or (bool(counted) and subject)
    counts = bool(counted) and (names or any(_ASKED.search(text) for text in counted))
    return Clause(start, end, counts or asks, names, dated)


_CORRECTED = re.compile(
    r"[，,。.…！!？?](?:算了|不说(?:这个)?了|扯远了|说正事|言归正传|不对(?:不对)?|[哦噢]不|不不|哎?说错了?|打错了?|口误)[，,。.…！!]+"
    r"|[，,。.…！!？?；;](?:更正|勘误|改一下)[:：，,]?是?|(?:[哦噢呃额哎]不对(?:不对)?|不对不对)[，,。]?(?:应该)?是?"
)


def after_correction(text: str, tokens: Sequence[Token]) -> str:
    """What follows 算了 or 不对 in one breath, where it names something by itself; empty where nothing is corrected.

    The year said before it stays where no other is said.
    """
    corrected = list(_CORRECTED.finditer(text))
    if not corrected:
        return ""
    end = corrected[-1].end()
    if not any(t.start >= end and t.kinds & _NAMING for t in tokens):
        return ""
    years = [t for t in tokens if "year" in t.kinds]
    dated = years and all(t.end <= corrected[-1].start() for t in years)
    return f"{years[-1].text if dated else ''}{text[end:]}"


def operations(tokens: Sequence[Token]) -> set[str]:
    """The operations that words name."""
    return {s.id for t in tokens if "op" in t.kinds for s in t.senses if s.kind == "op"}


_TWO = 2
"""Clauses or words for a number that ask, where a message is more than one question."""


def questions(text: str, tokens: Sequence[Token], parts: Sequence[Clause]) -> list[tuple[int, int]]:
    """The stretches that each ask for something, in order; what stands before a question belongs to it.

    Fewer than two where the message is one question, also where something that matters follows the last.
    """
    if len([p for p in parts if p.asks]) < _TWO and len([t for t in tokens if "quantity" in t.kinds]) < _TWO:
        return []
    found: list[tuple[int, int]] = []
    start = 0
    for part in parts or (Clause(0, len(text), True, True, True),):
        if not part.asks:
            continue
        for end in (*_cuts(text, tokens, part.start, part.end), part.end):
            found.append((start, end))
            start = end
    if parts and not any(p.names for p in parts if p.end <= (found[0][1] if found else 0)):
        return []
    rest = [p for p in parts if p.start >= start and (p.names or p.dated)]
    return [] if rest else found


def _cuts(text: str, tokens: Sequence[Token], start: int, end: int) -> list[int]:
    """Where a clause with several question words is to be parted: 收到多少件申请|其中企业几件."""
    asked = [t for t in tokens if "quantity" in t.kinds and start <= t.start < end and _ASKED.search(t.text)]
    cuts = []
    for first, second in pairwise(asked):
        between = [t for t in tokens if first.end <= t.start < second.start]
        if not any(t.kinds & _NAMING or "year" in t.kinds for t in between):
            continue
        further = _FURTHER.search(text, first.end, second.start)
        cuts.append(further.start() if further else first.end)
    return cuts


_TOPIC = re.compile(
    r"(?:的|呢|方面|这块|那块|部分|情况|的话|而言|来说|来讲|件|栏|项|表)[，,。.!！?？;；~～…]?$"
    r"|^(?:关于|对于|按|以|针对|就|在|从|除|因|由|为|凡|像|比如)"
)
_BACK = re.compile(r"[这那此该]一?[类种样些个家]|他们|它们|其中|里面|里头|这里|那里|当中|上述|以上")
_LONG = 6


def _named(tokens: Sequence[Token], parts: Sequence[Clause]) -> set[Sense]:
    """What the words of some clauses name."""
    inside = [t for t in tokens if any(p.start <= t.start < p.end for p in parts)]
    return {s for t in inside for s in t.senses if s.kind in _BINDING}


_NARROWING = frozenset({"agency", "finer", "foreign"})
"""What after a question makes it another one: 收到多少件 所有局加起来."""


_LISTING = frozenset(("和", "跟", "与", "及", "的", "或", "驻", "这些", "那些", "这类", "那类", "关于", "有关", "加总"))
_ABOUT_OTHERS = frozenset({"agency", "foreign"})
_TOPICAL = frozenset((*_ABOUT_OTHERS, "finer", "topic", "unit", "self", "op"))


def is_topic(part: Clause, tokens: Sequence[Token], left: Sequence[tuple[int, int]] = ()) -> bool:
    """Whether a clause only says what the question is about, and that is not the report's: 人大建议，办了几件."""
    inside = [t for t in tokens if part.start <= t.start < part.end]
    if part.asks or any(part.start <= s < part.end for s, _ in left):
        return False
    plain = all(t.kinds & _TOPICAL or t.text in _LISTING for t in inside)
    return plain and any(t.kinds & _ABOUT_OTHERS for t in inside)


_SETS_ASIDE = re.compile("除|不[算含计]|不包括|刨|抛开|撇开|去掉")
"""What is set aside belongs to the question: 不算2020年，19到23年平均几件."""


def without_story(text: str, tokens: Sequence[Token], parts: Sequence[Clause]) -> str:
    """The question without the sentences around it that ask nothing; empty where there are none to leave out."""
    asking = [i for i, p in enumerate(parts) if p.asks]
    if not asking:
        return ""
    first, last = asking[0], asking[-1]
    before, after = parts[:first], parts[last + 1 :]
    asked = parts[first : last + 1]
    rest = text[parts[first].start : parts[last].end]
    if (before and _BACK.search(rest)) or not (before or after):
        return ""
    left_out = (*before, *after)
    if not _named(tokens, left_out) <= _named(tokens, asked):
        return ""
    years = [t.text for t in tokens if "year" in t.kinds and any(p.start <= t.start < p.end for p in left_out)]
    if years and not any(p.dated for p in asked):
        if len(years) > 1 or not any(p.dated and p.names for p in before):
            return ""
        rest = years[0] + rest
    if before and _topical(text[before[-1].start : before[-1].end]) and not _SPEAKS.search(text, 0, asked[0].start):
        return ""
    if any(_SETS_ASIDE.search(text, p.start, p.end) or is_topic(p, tokens) for p in left_out):
        return ""
    if any(t.kinds & _NARROWING for t in tokens for p in after if p.start <= t.start < p.end):
        return ""
    short = [p for p in before if p.end - p.start <= _LONG]  # 柳河镇，2023年公开了多少条
    if any("agency" in t.kinds for t in tokens for p in short if p.start <= t.start < p.end):
        return ""
    if any(_topical(text[p.start : p.end]) or _WANTS.search(text, p.start, p.end) for p in after):
        return ""
    return "" if any(_TOPIC.search(text[p.start : p.end]) and _topical(text[p.start : p.end]) for p in before) else rest


_WANTS = re.compile("给我|告诉|报一|报下|报给|列|发我|发给|说一|说下|讲|也|一起|一并|顺便|还|另")
"""More is wanted, as in 名单也给我."""
_SPEAKS = re.compile("我|俺|咱|他|她|人家|有人|听说|据说")
"""Somebody tells something."""


_INTRODUCES = re.compile("[我俺咱](?:们)?(?:就|也)?(?:是|叫|在|姓)|本人是")
"""我是外地回来的: says who asks, though it ends as a topic does."""


def tells(text: str, part: Clause, *, spoken: bool = False) -> bool:
    """Whether a clause is a sentence that neither asks nor names anything, `spoken`: one about somebody."""
    if part.asks or part.names:
        return False
    if _INTRODUCES.match(text, part.start, part.end):
        return True
    if _topical(text[part.start : part.end]):
        return False
    return not spoken or _SPEAKS.search(text, part.start, part.end) is not None


_ABOUT = ("的", "呢", "来说", "而言", "来讲", "这边", "那边", "这类", "这种", "方面", "这块", "一类")


def tells_of(text: str, start: int, end: int, parts: Sequence[Clause]) -> bool:
    """Whether a word is what somebody's story is about, in a clause that asks nothing: 我厂子被查，去年……几件."""
    part = next((p for p in parts if p.start <= start < p.end), None)
    if part is None or part.asks or not text.startswith(SPEAKERS, part.start) or not any(p.asks for p in parts):
        return False
    said = text[end : part.end].rstrip(MARKS)
    return len(said) > 1 and not said.endswith(_ABOUT) and said[0] not in "这那"


SPEAKERS = ("我", "俺", "咱", "他", "她")
"""Begin what somebody tells of themselves or of others."""


_EVERYDAY = frozenset({"fill", "neutral", "thanks", "hello", "self"})
_COURTESY = _EVERYDAY | {"cue", "applying"}
_POLITE = re.compile(
    "谢|劳驾|麻烦|告知|您好|你好|打扰|不好意思|拜托|辛苦|急|帮忙|祝|敬|烦请|回复我|回我|告诉|好人|在线等|盼|见谅|冒昧|记一下"
)
_MODAL = re.compile("[吗么能行]|可以|可否|多久|几")


def without_courtesy(
    text: str, tokens: Sequence[Token], parts: Sequence[Clause], breaks: Collection[int]
) -> tuple[str, frozenset[int]]:
    """The question without clauses of politeness (劳驾告知一下), which else look like parts of it; empty for none.

    The places where a space was typed (`breaks`) come with it.
    """
    idle = [p for p in parts if _POLITE.search(text, p.start, p.end) and _idle(text, tokens, p)]
    if not idle or len(idle) == len(parts):
        return "", frozenset()
    plain, kept = "", set()
    for part in parts:
        if part not in idle:
            kept |= {len(plain) + at - part.start for at in breaks if part.start < at <= part.end}
            plain += text[part.start : part.end]
    plain = plain.rstrip("，,")
    return plain, frozenset(at for at in kept if at < len(plain))


_GREETED = re.compile(
    r"(?:(?:您好|你好|打扰一下|打扰了|不好意思|劳驾|麻烦)[啊呀哈]?[，,。.!！~～]+"
    r"|(?:我|麻烦|劳驾)?(?:想|要)?(?:请问|问一下|问下|打听一下|打听下|咨询一下|咨询下)(?:一句|您|你们)?[，,。.!！~～:：]*)+"
)
_THANKED = re.compile(
    r"(?:[，,。.!！~～]+|(?<=[?？]))"
    r"(?:(?:谢谢|多谢|感谢|麻烦|辛苦|拜托)(?:您|你|你们|了|啦|各位)?|急+|在线等|盼复)$"
)
_GREETING_START = frozenset("问您你打不劳麻我想要请问咨")
_THANKS_END = frozenset("谢麻烦苦托您你们了啦位急等复")
_ENDING = "啊呀哈哦噢?？。.!！~～"
"""Particles and marks that end a sentence and change nothing in it."""
_LEFT = 2
"""Characters that a question has at least; what is shorter is politeness itself."""


def without_polite_ends(text: str, breaks: frozenset[int]) -> tuple[str, frozenset[int]]:
    """A question without the greeting before it and the thanks after it, which most that have any politeness have.

    Args:
        text: the normalised question.
        breaks: the places in it where a space was typed; those that are left come back with the text.
    """
    greeted = _GREETED.match(text) if text[:1] in _GREETING_START else None
    start = greeted.end() if greeted else 0
    end = len(text.rstrip(_ENDING))
    while end and text[end - 1] in _THANKS_END and (thanked := _THANKED.search(text, start, end)):
        end = len(text[: thanked.start()].rstrip(_ENDING))
    if end - start == len(text) or end - start < _LEFT:
        return text, breaks
    return text[start:end], frozenset(at - start for at in breaks if start < at < end)


def _idle(text: str, tokens: Sequence[Token], part: Clause) -> bool:
    inside = [t for t in tokens if part.start <= t.start < part.end]
    known = sum(t.end - t.start for t in inside)
    said = len(text[part.start : part.end].rstrip(MARKS))
    everyday = all(t.kinds <= _COURTESY and t.kinds & _EVERYDAY for t in inside)
    return known >= said > 0 and everyday and not _MODAL.search(text, part.start, part.end)


def _topical(clause: str) -> bool:
    """Whether a clause says what the question is about and is no sentence of its own."""
    if clause.endswith(("。", "!", "！")) and len(clause) > _LONG + 5:
        return False
    return len(clause.rstrip(MARKS)) < _LONG or _TOPIC.search(clause) is not None


def without_told_years(tokens: Sequence[Token], parts: Sequence[Clause]) -> Sequence[Token]:
    """The words without the years of sentences that only tell something, where the question names its own.

    我2019年来过一次，2023年公众号发了多少 is about 2023.
    """
    if len(parts) < 2 or not any(p.asks and p.dated for p in parts):
        return tokens
    told = [p for p in parts if not (p.asks or p.names) and p.end - p.start > _LONG + 5]
    if not told:
        return tokens
    return [t for t in tokens if "year" not in t.kinds or not any(p.start <= t.start < p.end for p in told)]
