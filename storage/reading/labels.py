"""Labels of the statutory form, found by meaning: what bureaux print is folded and matched within a bounded distance.

Folding removes what carries no meaning: width, spaces, line breaks, traditional characters, pinyin glosses left by
machine conversion (數(shù)據(jù)), numbering, punctuation. Matching allows misprints up to a quarter of a label, and
none in labels of up to four characters; the nearest label must be nearer than any other.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache
from types import MappingProxyType

from opencc import OpenCC

from storage.catalogue import (
    AMOUNT,
    CARRIED_IN,
    CARRIED_OUT,
    CHANGE,
    COERCION,
    COLUMNS,
    CREATED,
    DECISIONS,
    DONE,
    FEE,
    GROUPS,
    HELD,
    ITEMS,
    LICENCE,
    MADE,
    NEW,
    NORMATIVE,
    OPENED,
    OTHER_ALL_ROW,
    OUTCOMES,
    PENALTY,
    PROCUREMENT,
    PURCHASE_SUM,
    PURCHASES,
    REPEALED,
    RULES,
    SERVICES,
    VALID,
    Term,
)

_SIMPLIFY = OpenCC("t2s")
_GLOSS = re.compile(r"\([a-zāáǎàēéěèīíǐìōóǒòūúǔùüǖǘǚǜńňǹḿ]{1,6}\)")
_HIDDEN = re.compile(r"[\s\u200b-\u200f\u2060\ufeff\u00ad]+")
_NUMBERING = re.compile(
    r"^(?:[(\[【]?[一二三四五六七八九十]{1,3}[)\]】][、.,:]?|[一二三四五六七八九十]{1,3}[、.,:]"
    r"|[(]?\d{1,2}(?:[、.)]|,(?!\d))|\d(?=[\u3400-\u9fff]))"
)
_CIRCLED = str.maketrans({chr(0x2460 + n): f"{n + 1}." for n in range(20)})
_MEANING = re.compile(r"[^\u3400-\u9fff\uf900-\ufaffA-Za-z0-9]+")
_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")


@lru_cache(maxsize=8192)
def fold(text: str) -> str:
    """Text in one width and one script, without glosses, spaces and line breaks; punctuation stays."""
    narrow = _HIDDEN.sub("", unicodedata.normalize("NFKC", text.translate(_CIRCLED)))
    simple: str = _SIMPLIFY.convert(_GLOSS.sub("", narrow))
    return simple


def has_han(text: str) -> bool:
    """Whether the text holds a Chinese character, as every label does and no figure."""
    return _HAN.search(text) is not None


def strip_numbering(folded: str) -> str:
    """A folded label without 三、 （一） 1. in front; a label of the form may carry two."""
    for _ in range(2):
        folded = _NUMBERING.sub("", folded, count=1)
    return folded


@lru_cache(maxsize=8192)
def key(text: str) -> str:
    """What two printings of one label share: folded, without numbering and punctuation."""
    return _MEANING.sub("", strip_numbering(fold(text)))


def distance(left: str, right: str, limit: int) -> int:
    """Edit distance of two strings, or `limit + 1` when it is larger than `limit`."""
    if abs(len(left) - len(right)) > limit:
        return limit + 1
    before = list(range(len(right) + 1))
    for i, a in enumerate(left, 1):
        row = [i]
        for j, b in enumerate(right, 1):
            row.append(min(before[j] + 1, row[-1] + 1, before[j - 1] + (a != b)))
        if min(row) > limit:
            return limit + 1
        before = row
    return min(before[-1], limit + 1)


def allowance(length: int) -> int:
    """How many misprinted characters a label of this length may have and still be itself."""
    if length <= 4:
        return 0
    return 1 if length <= 7 else length // 4


_FEWEST_BEGUN = 3


class Vocabulary:
    """A set of labels with all their printings; finds the one that a text means."""

    def __init__(self, printings: Mapping[str, Iterable[str]]) -> None:
        self._keys: dict[str, str] = {}
        for term, texts in printings.items():
            for text in texts:
                self._keys[key(text)] = term
        self._cache: dict[str, tuple[str, int] | None] = {}

    def find(self, text: str) -> str | None:
        """The id whose label the whole text is, misprints allowed; `None` if there is none or two are as near."""
        found = self.measure(text)
        return None if found is None else found[0]

    def begins(self, text: str) -> bool:
        """Whether the text is the beginning of a label, as at the end of a text that was cut."""
        wanted = key(text)
        return len(wanted) >= _FEWEST_BEGUN and any(known.startswith(wanted) for known in self._keys)

    def measure(self, text: str) -> tuple[str, int] | None:
        """The same with the number of misprinted characters."""
        wanted = key(text)
        if wanted not in self._cache:
            if len(self._cache) > 20_000:
                self._cache.clear()
            self._cache[wanted] = self._nearest(wanted)
        return self._cache[wanted]

    def _nearest(self, wanted: str) -> tuple[str, int] | None:
        exact = self._keys.get(wanted)
        if exact is not None:
            return exact, 0
        near: dict[str, int] = {}
        for known, term in self._keys.items():
            limit = allowance(max(len(known), len(wanted))) if min(len(known), len(wanted)) > 4 else 0
            if limit and (found := distance(wanted, known, limit)) <= limit:
                near[term] = min(found, near.get(term, found))
        ranked = sorted(near.items(), key=lambda pair: pair[1])
        if not ranked or (len(ranked) > 1 and ranked[0][1] == ranked[1][1]):
            return None
        return ranked[0]


def _printings(terms: Iterable[Term], more: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    return {t.id: (t.label, t.short, *more.get(t.id, ())) for t in terms}


_NEW = ("本年新收申请", "本年新收申请数", "本年新收申请数量", "本年新收")
_CARRIED_IN = ("上年结转申请", "上年结转申请数", "上年结转申请数量", "上年结转")
_MORE_ROWS: Mapping[str, tuple[str, ...]] = {
    "new": ("本年新收政府信息公开申请", "本年新收政府信息公开申请数", "本年新收政府信息公开申请数量（件）", *_NEW),
    "carried_in": ("上年结转政府信息公开申请", "上年结转政府信息公开申请数", *_CARRIED_IN),
    "partial": ("部分公开（区分处理的，只计这一情形）",),
    "safety": ("危及“三安全一稳定”信息",),
    "uncorrected": ("申请人无正当理由逾期不补正、行政机关不再处理其申请", "申请人逾期不补正、不再处理其申请"),
    "unpaid": ("申请人逾期未按收费通知要求缴纳费用、行政机关不再处理其申请", "申请人逾期未缴纳费用、不再处理其申请"),
    "done": ("合计",),
    "carried_out": ("结转下年度继续办理数量", "结转下年继续办理", "结转下一年度继续办理"),
}
T3_LABELS = Vocabulary(_printings((NEW, CARRIED_IN, *OUTCOMES, DONE, CARRIED_OUT, OTHER_ALL_ROW), _MORE_ROWS))
"""Leaf labels of table three's rows. 总计 and 其他 mean a row only where the table's order allows it."""

GROUP_LABELS = Vocabulary(
    {**_printings(GROUPS.values(), {}), "results": ("三、本年度办理结果", "本年办理结果", "办理结果")}
)
"""Labels over several rows of table three, which stand beside no figures of their own."""

APPLICANT_LABELS = Vocabulary(
    _printings(
        COLUMNS,
        {"business": ("企业",), "ngo": ("公益组织",), "legal": ("法律机构", "法律服务"), "total": ("合计",)},
    )
)
"""Column heads of table three."""

T2_ROWS = Vocabulary(
    _printings(
        (RULES, NORMATIVE, LICENCE, SERVICES, PENALTY, COERCION, FEE, PROCUREMENT), {"normative": ("规范性文件",)}
    )
)
"""Row labels of table two, both editions."""

COLUMN_PATTERNS: Mapping[str, re.Pattern[str]] = MappingProxyType(
    {
        MADE.id: re.compile(r"(?<!新)制发(?:文)?(?:件数|数量|数)|新制发(?:件数|数量|数)"),
        REPEALED.id: re.compile(r"废止(?:件数|数量|数)"),
        VALID.id: re.compile(r"现行有效(?:件数|数量|数)"),
        CREATED.id: re.compile(r"新制[作订定](?:件数|数量|数)"),
        OPENED.id: re.compile(r"新公开(?:件数|总?数量|数)"),
        HELD.id: re.compile(r"对外公开总?(?:件数|数量|数)"),
        DECISIONS.id: re.compile(r"处理决定(?:件数|数量|数)"),
        AMOUNT.id: re.compile(r"(?:本年)?收费(?:总)?金额"),
        ITEMS.id: re.compile(r"上一?年(?:度)?项目数量?"),
        CHANGE.id: re.compile(r"本年增[/、]?减|增/减"),
        PURCHASES.id + "_bought": re.compile(r"采购项目(?:总)?数量?"),
        PURCHASE_SUM.id + "_bought": re.compile(r"采购总金额|采购金额"),
    }
)
"""Column heads of table two; they are searched for, since heads are torn and run together more often than labels."""

ITEM_TITLE = re.compile(r"第二十条第\(?([一五六八九])\)?项")
"""Title of a block of table two."""
