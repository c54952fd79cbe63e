"""信息处理费 worked out for a number of applications or pages.

《政府信息公开信息处理费管理办法》第四条 (按件) and 第五条 (按量), 国办函〔2020〕109号.
"""

from __future__ import annotations

import re

_FREE_ITEMS = 10
_FIRST_BAND = 30
_PAGES = ((30, 0), (100, 10), (200, 20))
_LAST_PAGE_FEE = 40
_ITEMS = re.compile(r"(\d{1,4}|[一二三四五六七八九十两百]{1,5})(?:多)?(?:件|个|份|次|条)")
_SHEETS = re.compile(r"(\d{1,5}|[一二三四五六七八九十两百千]{1,6})(?:多)?(?:页|张)")
_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"两": 2}
_UNITS = {"十": 10, "百": 100, "千": 1000}


def by_items(number: int) -> tuple[int, str]:
    """The fee in yuan for applications of one person in one calendar month, and its working."""
    parts: list[tuple[int, int]] = []
    if number > _FREE_ITEMS:
        parts.append((min(number, _FIRST_BAND) - _FREE_ITEMS, 100))
    start, fee = _FIRST_BAND, 200
    while number > start:
        parts.append((min(number, start + 10) - start, fee))
        start, fee = start + 10, fee + 100
    return _total(parts, "件")


def by_pages(number: int) -> tuple[int, str]:
    """The fee in yuan for pages of one application, and its working."""
    parts: list[tuple[int, int]] = []
    before = 0
    for until, fee in _PAGES:
        if number > before and fee:
            parts.append((min(number, until) - before, fee))
        before = until
    if number > before:
        parts.append((number - before, _LAST_PAGE_FEE))
    return _total(parts, "页")


def _total(parts: list[tuple[int, int]], unit: str) -> tuple[int, str]:
    total = sum(n * fee for n, fee in parts)
    working = " + ".join(f"{n}{unit}×{fee}元" for n, fee in parts)
    return total, f"{working} = {total}元" if parts else f"{total}元"


def worked(rule: str, question: str) -> str:
    """The sentence that answers a question with a number in it, empty without one."""
    if rule == "fee_pages":
        numbers, unit, compute = _SHEETS.findall(question), "页", by_pages
    elif rule == "fee_items":
        numbers, unit, compute = _ITEMS.findall(question), "件", by_items
    else:
        return ""
    number = max(map(_number, numbers), default=0)
    if number <= 1:
        return ""
    _, working = compute(number)
    return f"按{number}{unit}算：{working}。"


def _number(text: str) -> int:
    """三十五, 一百二, 35 as a number; 0 where it is none."""
    if text.isdigit():
        return int(text)
    total, digit, last = 0, 0, 0
    for c in text:
        if c in _UNITS:
            last = _UNITS[c]
            total += (digit or 1) * last
            digit = 0
        else:
            digit = _DIGITS.get(c, 0)
    return total + (digit * last // 10 if digit and last >= 100 else digit)
