"""From words to measures: which rows, columns, remedies and indicators a question names, and how they go together."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from bot.qa import signs
from bot.qa.lexicon import Sense, Token
from bot.qa.query import EXCEPT, PIECES, known
from storage import catalogue


class Anchor(NamedTuple):
    """A row, a remedy, an indicator or a passage that a question names, with its place."""

    family: str
    id: str
    start: int
    end: int


@dataclass(slots=True)
class Parts:
    """What a question names, in its order.

    Attributes:
        anchors: rows, remedies, indicators, passages.
        columns3: kinds of applicants. columns4: results of remedies. columns2: made, repealed, valid.
        subject: the question speaks of applications at large (申请).
        total: 总计, 合计 or 总数 is named.
        unsaid: a word names several rows and the question does not say which.
        excepting: the kind of applicants is all but the one that is named.
        torn: rows between which a description does not decide.
    """

    anchors: list[Anchor] = field(default_factory=list)
    columns3: list[Anchor] = field(default_factory=list)
    columns4: list[Anchor] = field(default_factory=list)
    columns2: list[Anchor] = field(default_factory=list)
    subject: bool = False
    total: bool = False
    unsaid: bool = False
    excepting: bool = False
    torn: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether nothing is named at all."""
        return not (self.anchors or self.columns3 or self.columns4 or self.columns2)


_ANCHORS = {"row3": "t3", "row2": "t2", "row4": "t4", "indicator": "f", "text": "x"}
_COLUMNS = {"column3": "columns3", "column4": "columns4", "column2": "columns2"}
_ANCHORING = frozenset(_ANCHORS)
_NAMING = _ANCHORING | frozenset(_COLUMNS)
_NO_KINDS: frozenset[str] = frozenset()
_TOTAL = frozenset({"总计", "合计", "总数", "总的", "总共", "一共", "全部", "总量"})
_IN_FORCE = frozenset({"rules", "normative"})
"""Rows of table two with what was made, repealed and is in force."""
_PLACES = frozenset({"稿子", "稿件", "新闻", "新闻稿", "网站", "官网", "政府网", "政府网站", "网站信息"})
"""What is published in other places too, or a place: 政策解读稿件, 公众号推的稿子, 网站上的政策解读."""
_GENERIC = frozenset({"new", "done"})
_GROUP_OF = {t.id: t.group for t in catalogue.OUTCOMES if t.group}
_VERBS = frozenset(
    {
        "发布",
        "发了",
        "出了",
        "新增",
        "取消",
        "有效",
        "收到",
        "转过来",
        "保密",
        "秘密",
        "反映问题",
        "法律",
        "法规",
        "收费",
        "罚",
        "批",
        "批了",
        "办了",
        "办理了",
        "办好",
        "搞完",
        "弄完",
        "办成",
        "办掉",
    }
)
"""Words that name a row or column only beside something of their family."""


_LOOSE = frozenset(
    (
        *("推了", "推掉", "推掉了", "推出去", "打发", "打发了", "挡回去", "驳", "驳了", "打回"),
        *("办成", "办成了", "拿到手", "要到了", "要到的", "要到信息", "拿到信息", "要着了"),
    )
)
"""What is done with many things; names an outcome only where the question is about applications."""


_NEGATED = re.compile(
    r"(?<![是也既又])(?:不是|并非|不问|不看|不要|别给我?|不要给我?|别管|先不说|不说|别说|注意不是|别拿)(?!公开)(.{1,20}?)(?:$|[，,。.!！?？;；]|(?<![不也])而?是|[只就]?[要问看说]的?是|就|[我只就]?要)"
)
"""不是国家秘密，是别的法律不许公开: what is named only to say that it is not meant."""
_NEGATING = re.compile("[不非别除]")
"""A character of each word that sets aside."""
_SET_ASIDE = re.compile(
    r"[啊呀嘛也都就可]*(?:不算|除外|不要|不问了?|不说了|不用[算报说给管]|就?不用了|先不管|不管|不计)"
)


def _without_negated(tokens: Sequence[Token], text: str) -> Sequence[Token]:
    """The words without those that are named only to be set aside, where something else is named."""
    if not _NEGATING.search(text):
        return tokens
    spans = [m.span(1) for m in _NEGATED.finditer(text)]
    kept = [
        t
        for t in tokens
        if not t.kinds & _NAMING
        or not (any(s <= t.start and t.end <= e for s, e in spans) or _SET_ASIDE.match(text, t.end))
    ]
    if len(kept) == len(tokens) or not any(t.kinds & _NAMING for t in kept):
        return tokens
    lost = [k for k in ("column3", "column4") if not any(k in t.kinds for t in kept)]  # 不是企业提的: all the others
    return [t for t in tokens if t in kept or not t.kinds.isdisjoint(lost)]


def gather(tokens: Sequence[Token], present: frozenset[str], text: str, table: Callable[[], str]) -> Parts:
    """Collect what the words name; of a word with several meanings the one that goes with the rest.

    Args:
        tokens: the cut question.
        present: all words of the vocabulary in it.
        text: the question.
        table: gives the table last spoken of, for words that mean something only beside others.
    """
    parts = Parts()
    tokens = _without_negated(tokens, text)
    naming = [t for t in tokens if not t.kinds.isdisjoint(_NAMING)]
    families = _families(naming) or ({table()} - {""} if naming else set())
    for token in naming:
        _place(token, families, parts, text)
    kinds = _NO_KINDS.union(*[t.kinds for t in tokens])
    parts.total = not _TOTAL.isdisjoint(present) and any(t.text in _TOTAL for t in tokens)
    parts.subject = "subject" in kinds
    if parts.columns3:
        _settle_exceptions(parts, text)
        _settle_others(parts)
    if parts.columns4:
        _settle_results_out(parts, text)
    _add_clues(parts, present)
    if "sign" in kinds:
        _add_signs(parts, tokens, text)
    if len(parts.anchors) >= _SEVERAL:
        _settle_carrying(parts, present, text)
        _settle_rows_out(parts, text)
    _drop_implied(parts, text)
    return parts


_IS_NOT = r"(?:(?<![是有])(?:不是|并非|不属于|不算|不含)|(?<![是有除])非)"
_DONE_BY = "(?:因为?|由|以|被|结果)?[“‘\"'「『《]?$"
_IS_NO = re.compile(_IS_NOT + _DONE_BY)
"""不是企业申请的, 非国家秘密的: right before what something is not."""
_EXCEPT = re.compile(
    f"(?:{_IS_NOT}|除去|除开|除了|除掉|除|不包括|刨去|刨除|抛开|撇开|剔除|剔掉|排除|去掉|去除|拿掉|扣除|扣掉){_DONE_BY}"
)
_BELONGS = "属于"
"""Begins the names of some rows: 不属于国家秘密的 has no 不属于 before them."""
_REST = re.compile(r"(?:其他|其它|其余|别的|剩下|余下)")
"""除开个人，其他单位: the others, and not the column of that name, unless all the other columns are left out."""
_OUTSIDE = re.compile(r"的?(?:申请)?(?:以外|之外|除外)")
_EXCEPTED = re.compile(r"以外|之外|除外|不算|不计|不含")


def _settle_exceptions(parts: Parts, text: str) -> None:
    """除了企业: all other kinds of applicants together, where no other kind is named."""
    parts.columns3 = [c for c in parts.columns3 if c.id != "other" or not text.startswith(("年", "几年"), c.end)]
    parts.columns3 = _not_persons(parts.columns3, text)
    excepted: list[Anchor] = []
    for column in (c for c in parts.columns3 if c.end):
        listed = excepted and text[excepted[-1].end : column.start] in _LINKS
        if listed or _follows(_EXCEPT, column, text) or _left_out_behind(column, parts.columns3, text):
            excepted.append(column)
    ids = list(dict.fromkeys(c.id for c in excepted))
    if len(ids) == 1 or (ids and "orgs" not in ids):
        named = [c for c in parts.columns3 if c.id not in ids and c.id != "orgs"]
        others = [c for c in named if not _REST.match(text, c.start)]
        if others and others != named:
            others = [c for c in named if c not in others]
        but = _OPPOSITE.get(ids[0], "") if len(ids) == 1 else ""
        parts.columns3 = others or [excepted[0]._replace(id=but or f"{EXCEPT}{'-'.join(ids)}")]
        parts.excepting = True


def _left_out_behind(column: Anchor, columns: Sequence[Anchor], text: str) -> bool:
    """个人和企业之外的: what is left out is said behind the last of those that are listed."""
    if _EXCEPTED.match(text, column.end):
        return True
    following = [c for c in columns if c.start > column.end and text[column.end : c.start] in _LINKS[1:]]
    return bool(following) and _left_out_behind(min(following, key=lambda c: c.start), columns, text)


def _not_persons(columns: list[Anchor], text: str) -> list[Anchor]:
    """除自然人和商业企业外: 除自然人, which else means organisations, is the first of several that are left out."""
    ordered = sorted(columns, key=lambda c: c.start)
    first = next((c for c in ordered if c.id == "orgs" and text.startswith("除", c.start)), None)
    if first is None or not any(c.start > first.end and text[first.end : c.start] in _LINKS[1:] for c in ordered):
        return columns
    start = first.end - (3 if text.startswith("自然人", first.end - 3) else 2)
    return [c if c is not first else c._replace(id="natural", start=start) for c in ordered]


_LINKS = ("", "、", "和", "及", "与", "跟")
_OPPOSITE = {"natural": "orgs", "orgs": "natural"}


_NEITHER = re.compile('(?:既|也|又|还)(?:没有?|不是|未|非)(?:被|是)?[“"「]?$')
_NOR = re.compile('(?<!有)(?:没有?|不是|未)(?:被|是)?[“"「]?$')
"""没有予以公开也没有部分公开: the first of what is neither."""


def _neither(row: Anchor, rows: Sequence[Anchor], text: str) -> bool:
    if _NEITHER.search(text, 0, row.start):
        return True
    later = any(r.start > row.start and _NEITHER.search(text, 0, r.start) for r in rows)
    return later and _NOR.search(text, 0, row.start) is not None


def _settle_results_out(parts: Parts, text: str) -> None:
    """非结果维持的, 既没维持也没纠正的: all other results together."""
    out = [c for c in parts.columns4 if c.end and (_follows(_EXCEPT, c, text) or _neither(c, parts.columns4, text))]
    if not out:
        return
    if "decided" in {c.id for c in parts.columns4}:  # all but what is pending, as it says itself
        parts.columns4 = [c for c in parts.columns4 if c not in out or c.id != "pending"]
        return
    if any(c not in out and c.id != "pending" for c in parts.columns4):
        return
    parts.columns4 = [out[0]._replace(id=f"{EXCEPT}{'-'.join(dict.fromkeys(c.id for c in out))}")]


def excepted(anchors: Sequence[Anchor], text: str) -> frozenset[str]:
    """The rows that are named only to be left out: 除了不予公开以外的."""
    return frozenset(a.id for a in _typed(anchors) if _follows(_EXCEPT, a, text) or _OUTSIDE.match(text, a.end))


def _settle_rows_out(parts: Parts, text: str) -> None:
    """除国家秘密外，其余不予公开的; 办结的里既没公开也没部分公开的: the rows of a group or all outcomes but those."""
    rows = [a for a in parts.anchors if a.end and (a.id in _GROUP_OF or a.id in _DONE_PARTS)]
    out: list[Anchor] = []
    for row in rows:
        listed = out and text[out[-1].end : row.start] in _LINKS
        if listed or row.id in excepted((row,), text) or _neither(row, rows, text):
            out.append(row)
    ids = {a.id for a in parts.anchors}
    groups = {_GROUP_OF.get(a.id, "done") for a in out}
    whole = next(iter(groups)) if len(groups) == 1 and groups <= ids else "done"
    if not out or whole not in ids or {r.id for r in rows} - {whole} != {a.id for a in out} - {whole}:
        return
    but = f"{whole}_{EXCEPT}{'-'.join(dict.fromkeys(a.id for a in out))}"
    parts.anchors = [a._replace(id=but) if a.id == whole else a for a in parts.anchors if a not in out]


_DONE_PARTS = frozenset(("granted", "partial", *catalogue.GROUPS))
"""What 办理结果 falls into."""


def negated(anchors: Sequence[Anchor], text: str) -> frozenset[str]:
    """The rows and columns of which it is said that something is not in them: 不属于国家秘密的."""
    return frozenset(a.id for a in _typed(anchors) if _follows(_IS_NO, a, text))


def _typed(anchors: Sequence[Anchor]) -> list[Anchor]:
    """Those that stand in the text and are not settled yet as all but what they name."""
    return [a for a in anchors if a.end and not a.id.startswith(EXCEPT)]


def _follows(words: re.Pattern[str], anchor: Anchor, text: str) -> bool:
    start = anchor.start + (len(_BELONGS) if text.startswith(_BELONGS, anchor.start) else 0)
    return words.search(text, 0, start) is not None


def _settle_others(parts: Parts) -> None:
    """维持、纠正、其他各多少: in a list of results 其他 is one of them, and no kind of applicant."""
    if len(parts.columns4) < _SEVERAL:
        return
    first, last = parts.columns4[0].start, parts.columns4[-1].end
    others = [c for c in parts.columns3 if c.id == "other" and first < c.start < last + _SEVERAL]
    if others:
        parts.columns3 = [c for c in parts.columns3 if c not in others]
        found = [*parts.columns4, *(c._replace(family="column4") for c in others)]
        parts.columns4 = sorted(found, key=lambda c: c.start)


def _families(tokens: Sequence[Token]) -> set[str]:
    """The tables that words with one meaning only point at."""
    found = set()
    for token in tokens:
        kinds = token.kinds & _ANCHORING
        if len(kinds) == 1 and token.text not in _VERBS and token.text not in _LOOSE:
            found.add(_ANCHORS[next(iter(kinds))])
    if not found and len(tokens) >= _SEVERAL and {"罚", "批"} <= {t.text for t in tokens}:
        found.add("t2")
    return found


def _place(token: Token, families: set[str], parts: Parts, text: str) -> None:
    named = _named(token.senses)
    several = len(named) > 1 or len(named[0][1]) > 1
    for kind, ids in named:
        if not _fits(kind, token, several, families):
            continue
        if kind == "column3" and token.text in _PEOPLE and not _applying(text, token, families):
            return
        family = _ANCHORS.get(kind, kind)
        target = parts.anchors if kind in _ANCHORS else getattr(parts, _COLUMNS[kind])
        target.extend([Anchor(family, i, token.start, token.end) for i in ids])
        parts.unsaid = parts.unsaid or len(ids) > 1
        return


_ORDER = ("row4", "row2", "row3", "indicator", "text", "column4", "column2", "column3")


@lru_cache(maxsize=4096)
def _named(senses: tuple[Sense, ...]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """What a word names, by kind, in the order in which its meanings are tried."""
    by_kind = ((kind, tuple(s.id for s in senses if s.kind == kind)) for kind in _ORDER)
    return tuple((kind, ids) for kind, ids in by_kind if ids)


_PEOPLE = frozenset(("老百姓", "居民", "群众", "市民", "百姓", "村民", "普通人", "街坊", "私人", "平民", "公民"))
"""People at large; a kind of applicant only where they apply."""
_APPLY = re.compile(
    r"(?:那列|那栏|那格|列|栏|的|们|自己|本人|来|去|新|这类|一类|占|提|递|交)*(?:申请|提的|递的|交的|新收|提出|递交|占|那列|那栏|$)"
)
_ACTED_ON = frozenset("把给对向让跟为帮替被请")


_APPLY_LATER = re.compile("[^，,。;；]{0,14}?(?:申请|提了|递|来要|要信息)")


def _applying(text: str, token: Token, families: set[str]) -> bool:
    if token.start and text[token.start - 1] in _ACTED_ON:
        return False
    if families <= {"t3"} and _APPLY_LATER.match(text, token.end):
        return True
    return _APPLY.match(text, token.end) is not None or text.startswith(("的", "那"), token.end)


def _fits(kind: str, token: Token, several: bool, families: set[str]) -> bool:
    """Whether this meaning of a word, maybe one of several, is possible beside the other words."""
    family = {"column2": "t2", "column3": "t3", "column4": "t4"}.get(kind, _ANCHORS.get(kind, ""))
    if token.text in _VERBS:
        if kind == "row3" and token.text == "收到":
            return not families
        alone = token.text == "收费" or (kind == "column2" and token.text == "有效")
        if kind == "row3" and token.text.startswith(("办", "搞", "弄")):
            return not families or "t3" in families
        return family in families or (alone and not families)
    return not (several and families and family not in families)


@lru_cache(maxsize=1)
def _clues() -> tuple[tuple[frozenset[str], str, str], ...]:
    """Words that name something together: the words, the family and the row."""
    found = []
    tables: Mapping[str, Sequence[catalogue.Term]] = {
        "t3": (*catalogue.T3_ROWS, *catalogue.GROUPS.values()),
        "t2": (catalogue.FEE,),
        "t4": catalogue.REMEDIES,
    }
    for family, terms in tables.items():
        for term in terms:
            found += [(frozenset(clue.split("+")), family, term.id) for clue in term.clues]
    return tuple(found)


@lru_cache(maxsize=1)
def _clue_words() -> frozenset[str]:
    return frozenset(w for words, _, _ in _clues() for w in words)


@lru_cache(maxsize=1)
def _clues_of() -> Mapping[str, tuple[int, ...]]:
    """The places in `_clues` by the longest word of each, so that few are looked at."""
    places: dict[str, list[int]] = {}
    for place, (words, _, _) in enumerate(_clues()):
        places.setdefault(max(sorted(words), key=len), []).append(place)
    return {word: tuple(found) for word, found in places.items()}


_SEVERAL = 2


def _add_clues(parts: Parts, present: frozenset[str]) -> None:
    seen = _clue_words() & present
    if len(seen) < _SEVERAL:  # of every clue
        return
    clues, of = _clues(), _clues_of()
    places = sorted(p for word in seen for p in of.get(word, ()))
    if not places:
        return
    named = {a.id for a in parts.anchors}
    rows = any(a.family == "t3" for a in parts.anchors)
    for place in places:
        words, family, row = clues[place]
        if row == "done" and rows:
            continue
        if words <= seen and row not in named:
            parts.anchors.append(Anchor(family, row, 0, 0))
            named.add(row)


def _add_signs(parts: Parts, tokens: Sequence[Token], text: str) -> None:
    """A row that is described and not named, where nothing more exact than 申请 or 不予公开 is named."""
    sure = [a for a in parts.anchors if not (a.end and text[a.start : a.end] in _LOOSE)]
    ids = {a.id for a in sure}
    if ids - _GENERIC - catalogue.GROUPS.keys() or parts.columns4 or parts.columns2:
        return
    found = signs.rows(tokens, text, [i for i in ids if i in catalogue.GROUPS])
    if len(found) == 1:
        parts.anchors = [*sure, Anchor("t3", found[0], 0, 0)]
    elif found:
        parts.torn = tuple(found)


_FROM = frozenset({"上年", "上年度", "上一年", "上一年度", "往年", "头年"})
_INTO = frozenset({"下年", "下年度", "下一年", "下一年度", "次年", "明年", "来年"})


_CARRYING = frozenset({"carried_in", "carried_out"})


_TAKEN_IN = re.compile(
    "(?:新收|新来|新增)[的了]?(?:加上?|[和与跟及同])结转.{0,4}(?:一共|总共|合计|共|加)|新收[的了]?加上?结转"
)
"""新收加结转: what there was to do in the year."""


def _settle_carrying(parts: Parts, present: Collection[str], text: str) -> None:
    """结转 alone is into or out of the year; a word beside it may say which."""
    if len({a.id for a in parts.anchors} & _CARRYING) < _SEVERAL:
        return
    into = not _INTO.isdisjoint(present)
    out_of = not _FROM.isdisjoint(present) or _TAKEN_IN.search(text) is not None
    if into != out_of:
        drop = "carried_in" if into else "carried_out"
        parts.anchors = [a for a in parts.anchors if a.id != drop]
        parts.unsaid = False


def _drop_implied(parts: Parts, text: str) -> None:
    """Leave out what another word already says more exactly."""
    anchors = parts.anchors
    if len(anchors) >= _SEVERAL:
        parts.anchors = _unique(_without_implied(anchors, text))
    acts = [a.id for a in parts.anchors if a.family == "t2"] if parts.columns2 else []
    if acts and _IN_FORCE.isdisjoint(acts):
        parts.columns2 = []
    parts.columns3 = _unique(parts.columns3)
    parts.columns4 = _unique(parts.columns4)
    parts.columns2 = _unique(parts.columns2)


def _listed(anchors: Sequence[Anchor], text: str) -> bool:
    """Whether news is named beside other publications and not only says what they are."""
    news = [a for a in anchors if a.id == "f.site_news"]
    if any(text[a.start : a.end] not in _PLACES for a in news):
        return True
    others = [a for a in anchors if a.id in PIECES and a.id != "f.site_news"]
    between = (text[min(n.end, o.end) : max(n.start, o.start)] for n in news for o in others)
    return any(any(c in _LISTING for c in gap) for gap in between)


_SECTION = frozenset({"办理结果", "处理结果", "办理情况", "处理情况", "答复情况"})
"""What the part of table three with the outcomes is called; its total only where no outcome is named."""
_PROPORTION = re.compile("倍|占|比重|比例|百分之|超过|多于|少于|高于|低于|不及")
"""What one is of the other: 网站新闻稿中重点领域信息占比."""
_LISTING = frozenset("和跟与及、加还比，,;；")


def _without_implied(anchors: Sequence[Anchor], text: str) -> list[Anchor]:
    ids = {a.id for a in anchors}
    drop: set[str] = set()
    if "suits" in ids and len(ids & {"direct", "after"}) == 1:
        drop.add("suits")
    if {"suits", "direct", "after"} <= ids:
        drop |= {"direct", "after"}
    if {"cases", "direct", "after"} <= ids and "suits" not in ids:
        drop |= {"review", "suits", "direct", "after"}
    elif "cases" in ids and len(ids & {"review", "direct", "after", "suits"}) >= 1:
        drop.add("cases")
    if len(ids & _DONE_PARTS) and all(text[a.start : a.end] in _SECTION for a in anchors if a.id == "done"):
        drop.add("done")
    if "unpaid" in ids:
        drop |= {"f.info_fee", "fee"}
    surely = {a.id for a in anchors if text[a.start : a.end] not in _LOOSE}
    if any(i in _GROUP_OF or i in catalogue.GROUPS for i in surely):
        drop |= {a.id for a in anchors if a.id in catalogue.GROUPS and a.id not in surely}
    if "f.site_news" in ids and len(ids & PIECES) > 1 and not _PROPORTION.search(text) and not _listed(anchors, text):
        drop.add("f.site_news")
    if ids & {"direct", "after"} and "review" in ids:
        near = [a for a in anchors if a.id == "review"]
        others = [a for a in anchors if a.id in {"direct", "after"}]
        if all(any(o.start <= r.start <= o.end for o in others) for r in near):
            drop.add("review")
    return [a for a in anchors if a.id not in drop]


def _unique(anchors: list[Anchor]) -> list[Anchor]:
    if len(anchors) < _SEVERAL:
        return anchors
    found: dict[tuple[str, str], Anchor] = {}
    for anchor in anchors:
        found.setdefault((anchor.family, anchor.id), anchor)
    return list(found.values())


def narrowed(anchors: Sequence[Anchor], *, joined: bool) -> list[Anchor]:
    """Of rows of table three named side by side without a conjunction, the exact ones.

    新收申请里予以公开的 is 予以公开; 因属执法案卷而不予公开 is the one row; 予以公开和部分公开 stay two.
    """
    if joined:
        exact_groups = {_GROUP_OF[a.id] for a in anchors if a.id in _GROUP_OF}
        return [a for a in anchors if a.id not in exact_groups]
    rows = [a for a in anchors if a.family == "t3"]
    if len(rows) < 2:
        return list(anchors)
    exact = [a for a in rows if a.id not in _GENERIC and a.id not in catalogue.GROUPS]
    if not exact:
        exact = [a for a in rows if a.id not in _GENERIC] or rows
    return [a for a in anchors if a.family != "t3" or a in exact]


def measures(anchors: Sequence[Anchor], parts: Parts) -> tuple[tuple[str, ...], bool]:
    """The measures of anchors with the columns of the question.

    Returns:
        The measures, and whether the question left open which of them it means.
    """
    found: list[str] = []
    open_choice = parts.unsaid
    for anchor in anchors:
        if anchor.family == "t3":
            columns = [c.id for c in parts.columns3] or ["total"]
            found += [f"t3.{anchor.id}.{c}" for c in columns]
        elif anchor.family == "t4":
            columns = [c.id for c in parts.columns4] or ["total"]
            found += [f"t4.{anchor.id}.{c}" for c in columns]
        elif anchor.family == "t2":
            if anchor.id in {"rules", "normative"}:
                columns = [c.id for c in parts.columns2]
                open_choice = open_choice or not columns
                found += [f"t2.{anchor.id}.{c}" for c in columns or ["made", "repealed", "valid"]]
            elif anchor.id == "procurement":
                found += ["t2.procurement.items", "t2.procurement.amount"]
            else:
                found.append(f"t2.{anchor.id}")
        else:
            found.append(anchor.id)
    return tuple(dict.fromkeys(m for m in found if known(m))), open_choice
