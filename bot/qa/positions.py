"""Rows named by a place: in the form 三（六）, 表三（三）第7项, in a follow-up 第8项, in a sentence 申请里公开了的."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from bot.qa.lexicon import Sense, Span, make_word
from storage import catalogue

_PLACE = re.compile(
    r"(?:(?:表?三[、,，]?|第三部分)?(?<!第)|表三[、,，的里中]{0,2}第)\(([一二三四五六七])\)(?:里|中|类|大?项)?[,，]?的?"
    r"(?:第([1-8一二三四五六七八])(?:小?(?:项|条)|格|行)?(?:就?叫)?(?:[“\"「]其他[”\"」])?|([1-8])(?:[.、．]|小?项)?)?"
)
_OPENED = re.compile(r"(?:里面?|里头|当中|其中|中)(?:,)?(?:最后|给|予以|总共|一共)*公开(?:了的|了|的)(?=多少|几|有|占)")
"""新收申请里公开了多少: of the applications, not of what is published by itself."""
_ITEM = re.compile(r"第([1-8一二三四五六七八])(?:小?项|条|格|行|款)(?:[“\"「]其他[”\"」])?")
_NUMBERS = {c: i for i, c in enumerate("一二三四五六七八", 1)} | {str(i): i for i in range(1, 9)}
_ROWS = {1: "granted", 2: "partial", 3: "refused", 4: "unable", 5: "unhandled", 6: "other_all", 7: "done"}
_GROUP_OF = {t.id: t.group for t in catalogue.OUTCOMES if t.group}
_WEIGHT = 12.0


def spans(text: str, last: Callable[[], Sequence[str]]) -> list[Span]:
    """The rows that places in the form name.

    Args:
        text: the normalised question.
        last: gives the measures last spoken of, whose group a bare 第8项 continues.
    """
    found = [_span(text, m, "granted") for m in _OPENED.finditer(text)] if "申请" in text else []
    for match in _PLACE.finditer(text) if "(" in text else ():
        row = _row(_ROWS[_NUMBERS[match[1]]], match[2] or match[3])
        if row:
            found.append(_span(text, match, row))
    found += _numbered(text)
    if found:
        return found
    for match in _ITEM.finditer(text) if "第" in text else ():
        row = _row(_named_before(text, match.start()) or _group(last()), match[1])
        if row:
            found.append(_span(text, match, row))
    return found


_NUMBERED = re.compile(
    r"(不予公开|无法提供|不予处理|其他处理)(?:的|里|中|下|项下|面|头|边|当中)*的?第([1-8一二三四五六七八])(?:小?项|条|种|款)[“\"「]?(?:其他)?[”\"」]?"
)
_BY_NAME = {"不予公开": "refused", "无法提供": "unable", "不予处理": "unhandled", "其他处理": "other_all"}


def _numbered(text: str) -> list[Span]:
    """其他处理第3项: a row by its number in the group that is named."""
    if "第" not in text:
        return []
    rows = ((m, _row(_BY_NAME[m[1]], m[2])) for m in _NUMBERED.finditer(text))
    return [_span(text, m, row) for m, row in rows if row]


def _named_before(text: str, place: int) -> str:
    """The group named last before a place: 其他处理除去第3小项."""
    named = [(text.rfind(name, 0, place), group) for name, group in _BY_NAME.items()]
    at, group = max(named)
    return group if at >= 0 else ""


def _row(row: str, item: str | None) -> str:
    if item is None:
        return row
    rows = catalogue.ROWS_OF.get(row, ())
    number = _NUMBERS[item]
    return rows[number - 1] if number <= len(rows) else ""


def _group(last: Sequence[str]) -> str:
    if not last or not last[-1].startswith("t3."):
        return ""
    row = last[-1].split(".")[1]
    return row if row in catalogue.ROWS_OF else _GROUP_OF.get(row, "")


def _span(text: str, match: re.Match[str], row: str) -> Span:
    start, end = match.span()
    weight = max(_WEIGHT, 2.0 * (end - start))
    return Span(start, end, weight, make_word(text[start:end], (Sense("row3", row),), weight))
