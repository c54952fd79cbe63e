"""Which measures a question names by itself, and what goes without saying where it names none."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from bot.qa import breakdown, compose, recalled, steepest
from bot.qa.compose import Anchor
from bot.qa.query import known
from bot.qa.turn import Turn
from storage import catalogue

_PUBLISHING = ("f.site_news", "f.key_area", "f.wechat")
_JOINING = frozenset("和跟与及、加减比同或,，")


def joined(turn: Turn, anchors: Sequence[Anchor]) -> bool:
    """Whether the rows are named as several: joined by 和, 、 or with 各, 合计, 比."""
    if turn.has("each", "versus", "sum", "compare", "both"):
        return True
    if len(anchors) < 2:
        return False
    ordered = sorted(anchors, key=lambda a: a.start)
    between = (turn.text[a.end : b.start] for a, b in pairwise(ordered))
    return any(c in _JOINING for gap in between for c in gap.replace("还有", "和").replace("还是", "和"))


def items(turn: Turn) -> tuple[tuple[str, ...], bool]:
    """The measures that the question itself names, completed by the row last spoken of where it names columns only."""
    named = turn.parts
    anchors = _rows(turn)
    if anchors and {a.id for a in anchors} in _GRANTED and _UNMET.search(turn.text):
        return _unnamed(turn)
    if anchors and _of_those(turn, anchors):
        kept, unsaid = _columns_only(turn)
        if kept:
            return kept, unsaid
    if anchors:
        anchors = _exact(turn, anchors)
        named = recalled.kept_columns(turn, anchors)
        broken = _listed(turn, anchors) if _listing(turn, anchors) else ()
        if broken:
            return broken, False
        found, unsaid = compose.measures(anchors, named)
        if named.total and named.columns4 and (len(turn.words("quantity")) > 1 or _AND_TOTAL.search(turn.text)):
            found = (*(f"t4.{a.id}.total" for a in anchors if a.family == "t4"), *found)
        return found, unsaid
    if named.columns3 or named.columns4 or named.columns2:
        return _columns_only(turn)
    if (
        (named.total or turn.has("sum"))
        and len(turn.text) <= 7
        and not turn.years.count
        and "history" not in turn.kinds
    ):
        back = recalled.total_of_last(turn)
        if back:
            return back, False
    place = recalled.first_or_second(turn)
    if place:
        return place, False
    if "history" in turn.kinds and turn.context.history:
        return recalled.pointed_at(turn), False
    return _unnamed(turn)


def _listed(turn: Turn, anchors: Sequence[Anchor]) -> tuple[str, ...]:
    """The parts of what is named, and their sum where that is asked for too: 三个小项各几件、合计几件."""
    parts, group = breakdown.rows_under(turn, anchors), anchors[0].id
    if parts and group in catalogue.GROUPS and turn.has("sum") and len(turn.words("quantity")) > 1:
        return (*parts, f"t3.{group}.total")
    return parts


def _exact(turn: Turn, anchors: list[Anchor]) -> list[Anchor]:
    """Of several rows, those that the question means."""
    return compose.narrowed(anchors, joined=joined(turn, anchors)) if len(anchors) > 1 else anchors


def _unnamed(turn: Turn) -> tuple[tuple[str, ...], bool]:
    """What is meant where no measure is named: every channel of publishing, what was taken in, 本年新收."""
    if _OPENED.search(turn.text) and turn.parts.empty and not turn.parts.subject:
        if (_THOSE.search(turn.text) or "件" in turn.text) and turn.context.table == "t3":
            return ("t3.granted.total",), False
        if "件" in turn.text:
            return ("t3.granted.total", "t3.partial.total"), True
        return (*_PUBLISHING, "t3.granted.total"), True
    if _UNMET.search(turn.text):
        last = turn.context.query if len(turn.text) <= recalled.SHORT else None
        single = last is not None and last.items[-1].startswith("t3.") and "+" not in last.items[-1]
        of_last = last.items[-1] if last is not None and single else ""
        if counts(turn) or of_last:
            columns = [c.id for c in turn.parts.columns3] or [of_last.rpartition(".")[2] or "total"]
            return tuple(f"t3.{g}.{c}" for g in ("refused", "unable", "unhandled") for c in columns), True
    if _channels(turn):
        return _PUBLISHING, True
    if _TOOK_IN.search(turn.text) and "quantity" in turn.kinds and turn.parts.empty and not turn.parts.subject:
        paid = _PAID.search(turn.text) is not None
        return (("t2.fee",), False) if paid else (("t3.new.total", "t2.fee"), True)
    kinds = ("quantity" in turn.kinds or turn.has("max", "min", "rank")) and _APPLICANTS.search(turn.text) is not None
    if (turn.has("breakdown") or kinds) and "申请" in turn.text and turn.parts.empty:
        return tuple(f"t3.new.{c.id}" for c in catalogue.APPLICANTS), False
    if turn.parts.subject and turn.parts.empty and counts(turn) and not _refers_back(turn):
        return ("t3.new.total",), False
    if turn.parts.empty and not turn.parts.subject and _FILES.fullmatch(turn.text):
        return tuple(f"t2.normative.{c.id}" for c in (catalogue.MADE, catalogue.REPEALED, catalogue.VALID)), True
    if turn.parts.empty and turn.years.said and _KEYWORDS.fullmatch(turn.text):
        return ("t3.new.total",), False
    return (), False


_FILES = re.compile(
    r"(?:(?:20)?\d\d年|[去前今]年|你们|贵局|局里|一共|总共|共|发了?|出了?|下了?|新|的|有)*文件"
    r"(?:(?:20)?\d\d年|[去前今]年|一共|总共|共|发了?|出了?|有|数量?|是|的)*(?:(?:几|多少|好多)[个件份]?)?[呢呀啊?？]*"
)
"""文件2021年, 去年发了几个文件: nothing but files is asked about."""
_KEYWORDS = re.compile(r"(?:20\d\d年?|\d\d年)的?(?:公开)?申请数?|(?:依?申请公开|公开申请|申请)数?(?:20\d\d年?|\d\d年)")
"""申请2021: two words as people type them into a search box."""


_APPLICANTS = re.compile("[六每各][一个]?[类种](?:别|型)?的?申请(?:人|主体|者)")
"""六类申请人: the columns of table three."""
_OPENED = re.compile(r"公开(?:了|过|出去|出来)*(?:多少|几|好多)")
"""公开了多少: of what is published by itself, or of the applications."""
_UNMET = re.compile(r"没(?:有)?(?:给|答应|批|同意|办成|弄成|搞成|要到|要着|拿到)")
"""没给人家的: not disclosed, not at hand or not handled."""
_TOOK_IN = re.compile(r"收(?:了|上来|过|进|到了|上)?(?:好)?(?:多少|几|好多)")
_PAID = re.compile(r"钱|费|元|万")


_GRANTED = ({"granted"}, {"granted", "partial"}, {"granted", "partial", "done"})
"""What 办成 may mean; 没给人办成的 is neither."""
_THOSE = re.compile(r"[那这](?:几|些|里|当中|里头|里面)|其中|里头|里面|当中")


def _of_those(turn: Turn, anchors: Sequence[Anchor]) -> bool:
    """企业来申请的那几件呢 after another row of table three: of those, who applied."""
    if turn.years.said or not turn.parts.columns3 or not _THOSE.search(turn.text) or {a.id for a in anchors} != {"new"}:
        return False
    last = turn.context.query
    return last is not None and last.items[0].startswith("t3.")


_NOT_DONE = re.compile(
    r"(?<![有办])(?:没有?|未曾?|不)(?:能够?|得到|获得?|予以|再|完全|全部|真正|同意|批准|答应|准许)*(?:被|给|遭)?(?:复议|法院)?(?:机关)?[打判]?$"
)
DONE = frozenset({"granted", "partial", "done", "upheld", "corrected", "decided", "new", "carried_in", "carried_out"})
"""Rows and columns that count what was done, and by whose words people ask for what was not."""


def not_done(turn: Turn, start: int) -> bool:
    """Whether what a place names was not done: 没被维持的, 未予部分公开的; 有没有 asks whether there was any."""
    return _NOT_DONE.search(turn.text, 0, start) is not None


def _rows(turn: Turn) -> list[Anchor]:
    """The rows named, remedies in their parts; without what is said not to have been done, where another is named."""
    anchors = _figures_first(turn)
    if [a.id for a in anchors] == ["new"] and len(turn.words("quantity")) == 1 and _OPENED.search(turn.text):
        return [anchors[0]._replace(id="granted")]  # 人家来申请的，公开了多少
    vague = [a for a in anchors if a.id == "cases" and turn.text[a.start : a.end] in _VAGUE]
    if turn.has("each", "versus") or (vague and not (turn.has("sum") or turn.parts.total)):
        anchors = [b for a in anchors for b in _parted(a, whole=bool(vague))]
    if len(anchors) < _SEVERAL:
        return anchors
    return [a for a in anchors if a.id not in DONE or not not_done(turn, a.start)] or anchors


_AND_TOTAL = re.compile("[总合]计(?:数)?(?:、|和|与|以及|及)|(?:、|和|与|以及|及)[总合]计")
"""总计、结果纠正: both of one row."""
_SEVERAL = 2
_VAGUE = frozenset({"案子", "案件", "案子数", "案件数", "争议案件"})
"""Words that leave open whether 复议 or 诉讼 is meant."""


def _parted(anchor: Anchor, *, whole: bool) -> tuple[Anchor, ...]:
    """复议和诉讼各多少: the two that are named together."""
    if anchor.id != "cases":
        return (anchor,)
    both = anchor._replace(id="review"), anchor._replace(id="suits")
    return (*both, anchor) if whole else both


def _figures_first(turn: Turn) -> list[Anchor]:
    """The anchors; a passage only where nothing else is named or the question does not ask for a number."""
    anchors = turn.parts.anchors
    if len(anchors) < 2:
        return anchors
    texts = [a for a in anchors if a.family == "x"]
    figures = [a for a in anchors if a.family != "x"]
    if not texts or not figures:
        return anchors
    asks_number = "quantity" in turn.kinds or turn.ops
    return figures if asks_number else texts


def _columns_only(turn: Turn) -> tuple[tuple[str, ...], bool]:
    """企业的, 维持的, 废止: the row last spoken of, or the row that goes without saying."""
    named = replace(turn.parts, columns3=[c for c in turn.parts.columns3 if not _acted_on(turn, c)])
    leans = not turn.parts.subject or len(turn.text) < 10 or _THOSE.search(turn.text) is not None
    last = turn.context.query if leans or named.columns4 or named.columns2 else None
    rows = tuple(dict.fromkeys(i.rsplit(".", 1)[0] for i in last.items if "+" not in i)) if last else ()
    for columns, table in ((named.columns3, "t3"), (named.columns4, "t4"), (named.columns2, "t2")):
        if not columns:
            continue
        if table == "t3" and last is None and not turn.parts.subject and _bare_other(turn):
            return ("t3.new.other", "t3.other_handling.total"), True
        own = [r for r in rows if r.startswith(table + ".") and r.count(".") == 1]
        if len(own) == 1 and turn.has("sum") and _BOTH.search(turn.text):
            own = _last_rows(turn, table)
        if not own and len(turn.text) <= recalled.SHORT:
            earlier = [
                m.rsplit(".", 1)[0] for m, _ in turn.context.history if m.startswith(table + ".") and "+" not in m
            ]
            own = [r for r in earlier[-1:] if r.count(".") == 1]
        if own and (table != "t3" or leans):
            found = tuple(f"{r}.{c.id}" for r in own for c in columns)
            found = tuple(f for f in found if known(f))
            if found:
                return found, False
    if [c.id for c in named.columns3] == ["orgs"] and turn.has("max", "min", "rank", "breakdown", "each"):
        return tuple(f"t3.new.{c}" for c in catalogue.ORGANISATIONS), False
    if named.columns3 and not named.columns4:
        ids = tuple(f"t3.new.{c.id}" for c in named.columns3)
        short = len(turn.text) <= 12 and turn.years.said
        return (ids, False) if counts(turn) or turn.parts.subject or is_share(turn) or short else ((), False)
    if named.columns4:
        return tuple(f"t4.{r}.{c.id}" for c in named.columns4 for r in ("review", "suits")), True
    if "文件" in turn.text:
        return tuple(f"t2.normative.{c.id}" for c in named.columns2), False
    return (), False


_BOTH = re.compile("[这那]?两[种类个样项]|这俩|都加")


def _last_rows(turn: Turn, table: str) -> list[str]:
    """两种加起来尚未审结的: the two rows of a table spoken of last."""
    spoken = (m.rsplit(".", 1)[0] for m, _ in turn.context.history if m.startswith(table + ".") and "+" not in m)
    return [r for r in dict.fromkeys(spoken) if r.count(".") == 1][-2:]


def _acted_on(turn: Turn, column: Anchor) -> bool:
    """Whether something is done to a kind of applicant, who then does not apply: 给慈善会拨了多少款."""
    return column.start > 0 and turn.text[column.start - 1] in "给对向把替为帮" and "公开" not in turn.text


def _bare_other(turn: Turn) -> bool:
    """其他 alone: the form has a column and a row of that name."""
    return [turn.text[c.start : c.end] for c in turn.parts.columns3] == ["其他"]


_KINDS = re.compile(r"一类|哪类|哪种|理由|原因|情形|情况|类型|小项|[三五八35８8](?:项|种|个|类|样)")


def _listing(turn: Turn, anchors: Sequence[Anchor]) -> bool:
    """Whether the parts of what is named are asked for: 按申请人分, 八个理由排名, 五种情况各几件."""
    if turn.has("breakdown"):
        return True
    if len(anchors) != 1 or not turn.has("each", "rank", "max", "min"):
        return False
    if _APPLICANTS.search(turn.text):
        return True
    group = anchors[0].id in catalogue.GROUPS or anchors[0].id == "done"
    return group and _KINDS.search(turn.text) is not None


def _channels(turn: Turn) -> bool:
    """发了多少信息 without a channel: every channel of publishing is meant."""
    if not counts(turn) or "申请" in turn.text:
        return False
    verbs = ("发", "登", "公开", "公布", "披露", "推", "更新")
    return any(w in turn.text for w in ("信息", "内容", "文章", "东西", "消息")) and any(v in turn.text for v in verbs)


def counts(turn: Turn) -> bool:
    """Whether the question asks for a count or something computed from counts."""
    return "quantity" in turn.kinds or turn.has(
        "sum", "avg", "max", "min", "series", "diff", "growth", "rank", "yesno", *steepest.ACTIONS
    )


def _refers_back(turn: Turn) -> bool:
    return ("history" in turn.kinds or len(turn.text) < 6) and turn.context.query is not None


def is_share(turn: Turn) -> bool:
    """Whether a share is asked for."""
    if not turn.has("share", "percent"):
        return False
    if turn.has("growth") or (turn.has("diff") and not turn.has("share")):
        return False
    if turn.has("share"):
        return True
    return turn.has("percent") and not turn.has("compare") and len(turn.years.years) < 2
