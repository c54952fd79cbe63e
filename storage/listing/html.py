"""Items of an HTML list page, found by their shape: a link with a title, a date beside it, and neighbours like it.

The way: every printed date climbs to the smallest box that also holds a link; the box grows while it takes in no
further link. Boxes under one container (a `ul`, a table, a row of cards) form a group, and the group that looks most
like the column's list wins. Where a list prints no dates, the dates in its addresses are used.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from urllib.parse import urlsplit

from lxml import etree
from lxml.html import HtmlElement

from storage.listing import dates
from storage.listing.boxes import Box, dated_boxes, joined_date, undated_boxes
from storage.listing.items import Item, clean
from storage.listing.links import address_of, is_content, title_of, title_text
from storage.listing.page import declared_base, embedded_records, parse, write_out

_DROPPED = ("script", "style", "noscript", "template", "select", "button", "iframe", "object")
_LISTS = frozenset({"ul", "ol", "dl", "tbody", "table", "body", "html", "form"})
_ASIDE = re.compile(
    r"(?:^|[-_\s])(?:foot\w*|copy\w*|side\w*|aside|nav\w*|menu\w*|hot\w*|rank\w*|recommend\w*|tuijian|crumb\w*"
    r"|breadcrumb|links?|friend\w*|pager?|page[-_]?nav|banner|top)(?:$|[-_\s])",
    re.IGNORECASE,
)
_ELSEWHERE = re.compile(r"热点|热门|热榜|推荐|排行|点击|相关|图片新闻|专题专栏|友情链接|常用链接|快速通道")
_BAD_LABEL = re.compile(r"截止|结束|有效期|失效|废止|施行|实施|成文|印发|到期|开始|今天|更新于|最后更新")
_GOOD_LABEL = re.compile(r"发布|公开|公布|发文日期|上网")


def items_of_html(text: str, base: str, today: date, selector: str | None = None) -> list[Item]:
    """The items of a page or fragment, in page order.

    Args:
        text: the decoded page.
        base: its address.
        today: the day of reading; nothing is published later.
        selector: CSS of the list's container or items, where the page's shape is not enough.
    """
    root = parse(text)
    if root is None:
        return []
    base = declared_base(root, base)
    embedded = embedded_records(root)
    if embedded:
        items = _read(parse("<ul>" + "".join(embedded) + "</ul>"), base, today)
        if items:
            return items
    write_out(root)
    for element in list(root.iter(*_DROPPED, etree.Comment)):
        element.drop_tree()
    if selector:
        chosen = root.cssselect(selector)
        return [i for element in chosen for i in _read(element, base, today, choose=False)]
    return _read(root, base, today)


def _read(root: HtmlElement | None, base: str, today: date, *, choose: bool = True) -> list[Item]:
    if root is None:
        return []
    links = {a: url for a in root.iter("a") if (url := address_of(a, base)) and is_content(a, url, base)}
    boxes = dated_boxes(root, links, today)
    boxes += undated_boxes(links, boxes)
    groups: dict[object, list[Box]] = defaultdict(list)
    for box in boxes:
        groups[_signature(box.element) if choose else None].append(box)
    ranked = sorted(groups.values(), key=lambda g: _score(g, base), reverse=True)
    if not ranked or (choose and _score(ranked[0], base) <= 0):
        return []
    return list(_items(sorted(ranked[0], key=_position(root)), today))


def _position(root: HtmlElement) -> _Order:
    return _Order({e: n for n, e in enumerate(root.iter())})


class _Order:
    def __init__(self, index: dict[HtmlElement, int]) -> None:
        self._index = index

    def __call__(self, box: Box) -> int:
        return self._index[box.link]


def _signature(box: HtmlElement) -> tuple[str, ...]:
    """The container's path of tags and classes: lists cut into several `ul` of five count as one."""
    path = []
    parent = box.getparent()
    for element in (parent, *parent.iterancestors()) if parent is not None else ():
        mark = re.sub(r"[\d\s]+", " ", element.get("class", "")).strip()
        path.append(f"{element.tag}.{mark}" + (f"#{element.get('id')}" if element.tag not in _LISTS else ""))
    return tuple(path)


def _score(group: list[Box], base: str) -> float:
    """How much a group looks like the list of this column."""
    folder = urlsplit(base).path.rsplit("/", 1)[0] + "/"
    column = re.search(r"col(?:umn)?[_/]?(?:col)?(\d+)", urlsplit(base).path)
    worth = 0.0
    for box in group:
        path = urlsplit(box.url).path
        own = (folder != "/" and path.startswith(folder)) or bool(column and f"_{column[1]}_" in path)
        value = 1.0 + (3.0 if own else 0) + (0.4 if len(title_text(box.link)) >= 10 else 0)
        value += 0.3 if re.search(r"\d{3,}", path) else -0.4
        worth += value if box.found else value * 0.5
    total: float = worth / len(group) * len(group) ** 0.4
    context = [group[0].element, *group[0].element.iterancestors()]
    marks = " ".join(f"{e.get('class', '')} {e.get('id', '')}" for e in context if e.tag not in {"body", "html"})
    if (
        any(e.tag in {"footer", "nav", "aside", "header"} for e in context)
        or _ASIDE.search(marks)
        or _ELSEWHERE.search(_heading(group[0].element))
    ):
        total *= 0.35
    if not any(b.found for b in group) and len(group) < 3:
        total -= 1.0
    return total


def _heading(box: HtmlElement) -> str:
    """The words right above a list, where they are few: its heading."""
    for element in (box, *box.iterancestors()):
        before = element.getprevious()
        if element.tag in {"body", "html"}:
            return ""
        if before is not None and before.tag not in {"li", "tr", "dd", "dt"}:
            words = clean(before.text_content())
            if words:
                return words if len(words) <= 12 else ""
    return ""


def _items(group: list[Box], today: date) -> Iterator[Item]:
    before: date | None = None
    for box in group:
        day = _choose(box, before, today)
        if day is not None and day > today and (day - today).days > 1:
            day = dates.in_address(box.url)
        if day is not None:
            before = day
        yield Item(title_of(box.link), box.url, day)


def _choose(box: Box, before: date | None, today: date) -> date | None:
    full = [(d, e) for d, e in box.found if isinstance(d, date)]
    if len(full) > 1:
        good = [p for p in full if _GOOD_LABEL.search(_label_of(p[1]))]
        full = good or [p for p in full if not _BAD_LABEL.search(_label_of(p[1]))] or full
        return max(d for d, _ in full)
    if full:
        return full[0][0]
    part = joined_date(box)
    if part is not None:
        return dates.complete(part, box.url, before, today)
    return dates.in_address(box.url)


def _label_of(element: HtmlElement) -> str:
    """Words that say which date this is: before it, or in the head of its table column."""
    words = [clean(element.text_content())[:40], _column_head(element)]
    before = element.getprevious()
    if before is not None and isinstance(before.tag, str):
        words.append(clean(before.text_content())[-12:] if before.tag not in {"td", "a"} else "")
    return " ".join(words)


def _column_head(cell: HtmlElement) -> str:
    """What the head of a table says of a cell; also where rows are `li` or `div` and cells are `span`."""
    row = cell.getparent()
    table = row.getparent() if row is not None else None
    if table is None:
        return ""
    if row.tag == "tr":
        table = next(row.iterancestors("table"), table)
    head = table.find(".//tr") if row.tag == "tr" else next(table.iterchildren(row.tag), None)
    if head is None or head is row:
        return ""
    cells, heads = list(row.iterchildren(tag=etree.Element)), list(head.iterchildren(tag=etree.Element))
    if len(cells) != len(heads) or head.find(".//a") is not None:
        return ""
    return clean(heads[cells.index(cell)].text_content())
