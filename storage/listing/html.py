"""Items of an HTML list page, found by their shape: a link with a title, a date beside it, and neighbours like it.

The way: every printed date climbs to the smallest box that also holds a link; the box grows while it takes in no
further link. Boxes under one container (a `ul`, a table, a row of cards) form a group, and the group that looks most
like the column's list wins. Where a list prints no dates, the dates in its addresses are used.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from urllib.parse import urlsplit

from lxml import etree
from lxml import html as lxml_html
from lxml.html import HtmlElement

from storage.listing import dates
from storage.listing.dates import Partial
from storage.listing.items import Item, absolute, clean

_DROPPED = ("script", "style", "noscript", "template", "select", "button", "iframe", "object")
_LISTS = frozenset({"ul", "ol", "dl", "tbody", "table", "body", "html", "form"})
_ASIDE = re.compile(
    r"(?:^|[-_\s])(?:foot\w*|copy\w*|side\w*|aside|nav\w*|menu\w*|hot\w*|rank\w*|recommend\w*|tuijian|crumb\w*"
    r"|breadcrumb|links?|friend\w*|pager?|page[-_]?nav|banner|top)(?:$|[-_\s])",
    re.IGNORECASE,
)
_MORE = re.compile(
    r"^[\[【(（<>\s]*(?:更多|详情|详细|查看|查看详情|查看更多|阅读全文|全文|more|>>|»|下载|附件|图解|解读|政策解读|首页|上一页|下一页|末页|尾页|\d{1,3})[\]】)）<>\s»]*$",
    re.IGNORECASE,
)
_CATEGORY = re.compile(r"^[\[【〔(（][^\]】〕)）]{1,12}[\]】〕)）]$")
_MARKS = re.compile(
    r"^(?:\s*(?:\[(?:图|组图|视频|置顶|顶|新)\]|【(?:置顶|图文|视频)】|置顶|new!?|NEW!?|[·•●▪◆■>»]))+\s*|\s*(?:new!?|NEW!?|\[图\])$"
)
_CALL = re.compile(r"""\(\s*['"]((?:https?:/|\.{1,2})?/[^'"]+)['"]""")
_NUMBER_ONLY = re.compile(r"^[\d\s.\-:/]+$")
_HEADINGS = ("h1", "h2", "h3", "h4", "h5")
_TITLE_CLASS = re.compile(r"(?:^|[-_\s])(?:title|tit|bt|name|subject|headline)(?:$|[-_\s\d])", re.IGNORECASE)
_BAD_LABEL = re.compile(r"截止|结束|有效期|失效|废止|施行|实施|成文|印发|到期|开始|今天|更新于|最后更新")
_GOOD_LABEL = re.compile(r"发布|公开|公布|发文日期|上网")


@dataclass(slots=True)
class _Box:
    """What surrounds one item: its element, its link and the dates printed in it."""

    element: HtmlElement
    link: HtmlElement
    url: str
    found: list[tuple[date | Partial, HtmlElement]] = field(default_factory=list)


def items_of_html(text: str, base: str, today: date, selector: str | None = None) -> list[Item]:
    """The items of a page or fragment, in page order.

    Args:
        text: the decoded page.
        base: its address.
        today: the day of reading; nothing is published later.
        selector: CSS of the list's container or items, where the page's shape is not enough.
    """
    root = _parse(text)
    if root is None:
        return []
    base = _declared_base(root, base)
    embedded = _embedded_records(root)
    if embedded:
        items = _read(_parse("<ul>" + "".join(embedded) + "</ul>"), base, today)
        if items:
            return items
    for element in list(root.iter(*_DROPPED, etree.Comment)):
        element.drop_tree()
    if selector:
        chosen = root.cssselect(selector)
        return [i for element in chosen for i in _read(element, base, today, choose=False)]
    return _read(root, base, today)


def _parse(text: str) -> HtmlElement | None:
    parser = lxml_html.HTMLParser(encoding="utf-8", no_network=True, remove_pis=True, huge_tree=False)
    data = re.sub(r"^\s*<\?xml[^>]*\?>", "", text).encode("utf-8", "replace")
    try:
        root = lxml_html.document_fromstring(data, parser=parser, ensure_head_body=True)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return None
    return root


def _declared_base(root: HtmlElement, base: str) -> str:
    declared = root.find(".//base[@href]")
    return (absolute(base, declared.get("href")) or base) if declared is not None else base


def _embedded_records(root: HtmlElement) -> list[str]:
    """HTML of items that a page keeps in script or comments (jcms: `<record><![CDATA[<li>…`)."""
    records: list[str] = []
    for element in root.iter("script", "datastore", "textarea", etree.Comment):
        content = element.text or ""
        if "<a" in content and "[CDATA[" in content:
            pieces = (piece.partition("]]>") for piece in content.split("<![CDATA[")[1:])
            records += [record for record, end, _ in pieces if end]
    return [r for r in records if "<a" in r]


def _read(root: HtmlElement | None, base: str, today: date, *, choose: bool = True) -> list[Item]:
    if root is None:
        return []
    links = {a: url for a in root.iter("a") if (url := _address(a, base)) and _is_content(a, url, base)}
    boxes = _dated_boxes(root, links)
    boxes += _undated_boxes(links, boxes)
    groups: dict[object, list[_Box]] = defaultdict(list)
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

    def __call__(self, box: _Box) -> int:
        return self._index[box.link]


def _address(link: HtmlElement, base: str) -> str | None:
    """Where a link leads; behind `javascript:` it is the path in the call: `onclick="show('/art/1.html')"`."""
    if url := absolute(base, link.get("href", "")):
        return url
    call = _CALL.search(f"{link.get('href', '')} {link.get('onclick', '')}")
    return absolute(base, call[1] if call else link.get("data-href") or link.get("data-url") or "")


def _is_content(link: HtmlElement, url: str, base: str) -> bool:
    label = _title_text(link)
    if len(label) < 4 or _MORE.match(label) or _CATEGORY.match(label) or _NUMBER_ONLY.match(label):
        return False
    parts = urlsplit(url)
    if parts.netloc.endswith(("beian.miit.gov.cn", "beian.gov.cn", "beian.mps.gov.cn", "bszs.conac.cn")):
        return False
    return not (parts.path.rstrip("/") == "" and not parts.query) and url.rstrip("/") != base.rstrip("/")


def _dated_boxes(root: HtmlElement, links: dict[HtmlElement, str]) -> list[_Box]:
    by_link: dict[HtmlElement, _Box] = {}
    inside = _links_inside(links)
    for owner, spot, found in _printed_dates(root, links):
        holder: HtmlElement | None = owner
        while holder is not None and not inside.get(holder):
            holder = _with_neighbour(holder, inside)
        if holder is None or holder.tag in {"body", "html"}:
            continue
        held = inside[holder]
        link = max(held, key=_telling) if len({links[a] for a in held}) == 1 else _partner(holder, spot, held)
        if link is None:
            continue
        box = by_link.get(link)
        if box is None:
            box = by_link[link] = _Box(_grow(holder if len(held) < 4 else link, link, inside, links), link, links[link])
        box.found.append((found, owner))
    return [b for b in by_link.values() if any(_useful(d) for d, _ in b.found) or _joined(b)]


def _telling(link: HtmlElement) -> tuple[bool, int]:
    """Orders links to one page: words before a picture's description, a longer title before a shorter."""
    own = clean(link.text_content())
    return bool(own), len(own if own else _title_text(link))


def _links_inside(links: Iterable[HtmlElement]) -> dict[HtmlElement, list[HtmlElement]]:
    inside: dict[HtmlElement, list[HtmlElement]] = defaultdict(list)
    for link in links:
        inside[link].append(link)
        for ancestor in link.iterancestors():
            inside[ancestor].append(link)
    return inside


def _with_neighbour(element: HtmlElement, inside: dict[HtmlElement, list[HtmlElement]]) -> HtmlElement | None:
    """The next step of the climb; a `dd` looks at the `dt` before it, which holds the link of a definition list."""
    if element.tag == "dd":
        before = element.getprevious()
        if before is not None and before.tag == "dt" and inside.get(before):
            return before
    return element.getparent()


def _printed_dates(
    root: HtmlElement, links: dict[HtmlElement, str]
) -> Iterator[tuple[HtmlElement, HtmlElement, date | Partial]]:
    """Every text that is a date and nothing else, or that names one as the day of publishing.

    Yields the element that holds the text, the element that the text follows, and the date.
    """
    for element in root.iter():
        if not isinstance(element.tag, str):
            continue
        for owner, text in ((element, element.text), (element.getparent(), element.tail)):
            if owner is not None and text and (found := dates.printed(text) or dates.labelled(text)):
                yield owner, element, found
        if len(element) and len(whole := element.text_content()) < 60 and element.tag not in {"a", "tr", "li"}:
            found = dates.printed(clean(whole))
            if found and not any(dates.printed(t) for t in element.itertext()):
                yield element, element, found
        if element in links and (edge := dates.at_the_edge(clean(element.text_content()))):
            yield element, element, edge[0]
        if element.tag == "li" and element.get("data-date") and (day := dates.of_value(element.get("data-date"))):
            yield element, element, day


def _partner(holder: HtmlElement, spot: HtmlElement, held: list[HtmlElement]) -> HtmlElement | None:
    """Which of several links in one box a date belongs to: the longest title in a row, the nearest in a flat run."""
    dated = [e for e in holder.iter() if any(dates.printed(t) for t in (e.text or "", e.tail or ""))]
    if holder.tag in {"tr", "li", "dt", "p"} and len(held) <= 4 and len(dated) <= 3:
        return max(held, key=lambda a: (len(_title_text(a)), -held.index(a)))
    if len(held) <= 3 and len(dated) == 1:
        return max(held, key=lambda a: (len(_title_text(a)), -held.index(a)))
    if len(dated) < 2:
        return None
    order = {e: n for n, e in enumerate(holder.iter())}
    before = [a for a in held if order[a] <= order[spot]]
    after = [a for a in held if order[a] > order[spot]]
    if after and order[dated[0]] < order[held[0]]:
        return after[0]
    return before[-1] if before else None


def _grow(
    holder: HtmlElement,
    link: HtmlElement,
    inside: dict[HtmlElement, list[HtmlElement]],
    links: dict[HtmlElement, str],
) -> HtmlElement:
    """The largest element around the link that takes in no other page and is not the list itself."""
    own = {links[a] for a in inside[holder]}
    box = holder
    for parent in holder.iterancestors():
        if parent.tag in _LISTS or {links[a] for a in inside[parent]} != own:
            break
        box = parent
    return link if box.tag in {"body", "html"} else box


def _undated_boxes(links: dict[HtmlElement, str], dated: list[_Box]) -> list[_Box]:
    """Links without a printed date whose address tells the day; beside dated ones they complete the list."""
    taken = {b.url for b in dated}
    inside = _links_inside(links)
    return [
        _Box(_grow(a, a, inside, links), a, url)
        for a, url in links.items()
        if url not in taken and dates.in_address(url) is not None
    ]


def _signature(box: HtmlElement) -> tuple[str, ...]:
    """The container's path of tags and classes: lists cut into several `ul` of five count as one."""
    path = []
    parent = box.getparent()
    for element in (parent, *parent.iterancestors()) if parent is not None else ():
        mark = re.sub(r"[\d\s]+", " ", element.get("class", "")).strip()
        path.append(f"{element.tag}.{mark}" + (f"#{element.get('id')}" if element.tag not in _LISTS else ""))
    return tuple(path)


def _score(group: list[_Box], base: str) -> float:
    """How much a group looks like the list of this column."""
    folder = urlsplit(base).path.rsplit("/", 1)[0] + "/"
    column = re.search(r"col(?:umn)?[_/]?(?:col)?(\d+)", urlsplit(base).path)
    worth = 0.0
    for box in group:
        path = urlsplit(box.url).path
        own = (folder != "/" and path.startswith(folder)) or bool(column and f"_{column[1]}_" in path)
        value = 1.0 + (3.0 if own else 0) + (0.4 if len(_title_text(box.link)) >= 10 else 0)
        value += 0.3 if re.search(r"\d{3,}", path) else -0.4
        worth += value if box.found else value * 0.3
    total: float = worth / len(group) * len(group) ** 0.4
    context = [group[0].element, *group[0].element.iterancestors()]
    marks = " ".join(f"{e.get('class', '')} {e.get('id', '')}" for e in context if e.tag not in {"body", "html"})
    if any(e.tag in {"footer", "nav", "aside", "header"} for e in context) or _ASIDE.search(marks):
        total *= 0.35
    if not any(b.found for b in group) and len(group) < 3:
        total -= 1.0
    return total


def _items(group: list[_Box], today: date) -> Iterator[Item]:
    before: date | None = None
    for box in group:
        day = _choose(box, before, today)
        if day is not None and day > today and (day - today).days > 1:
            day = dates.in_address(box.url)
        if day is not None:
            before = day
        yield Item(_title(box.link), box.url, day)


def _choose(box: _Box, before: date | None, today: date) -> date | None:
    full = [(d, e) for d, e in box.found if isinstance(d, date)]
    if len(full) > 1:
        good = [p for p in full if _GOOD_LABEL.search(_label_of(p[1]))]
        full = good or [p for p in full if not _BAD_LABEL.search(_label_of(p[1]))] or full
        return max(d for d, _ in full)
    if full:
        return full[0][0]
    part = _joined(box)
    if part is not None:
        return dates.complete(part, box.url, before, today)
    return dates.in_address(box.url)


def _useful(found: date | Partial) -> bool:
    return isinstance(found, date) or bool(found.month and found.day)


def _joined(box: _Box) -> Partial | None:
    """The parts of a date that stand in elements of their own, put together."""
    joined: Partial | None = None
    for found, _ in box.found:
        if isinstance(found, Partial):
            joined = found if joined is None else joined.join(found)
    return joined if joined and joined.month and joined.day else None


def _label_of(element: HtmlElement) -> str:
    """Words that say which date this is: before it, or in the head of its table column."""
    words = [clean(element.text_content())[:40]]
    before = element.getprevious()
    if before is not None and isinstance(before.tag, str):
        words.append(clean(before.text_content())[-12:] if before.tag not in {"td", "a"} else "")
    if element.tag == "td" and (row := element.getparent()) is not None:
        number = sum(1 for e in row.iterchildren("td", "th") if row.index(e) < row.index(element))
        table = next(row.iterancestors("table"), None)
        head = table.find(".//tr") if table is not None else None
        cells = list(head.iterchildren("td", "th")) if head is not None else []
        if number < len(cells) and not cells[number].findall(".//a"):
            words.append(clean(cells[number].text_content()))
    return " ".join(words)


def _title(link: HtmlElement) -> str:
    shown = _title_text(link)
    edge = dates.at_the_edge(shown)
    if edge:
        shown = edge[1]
    full = clean(link.get("title"))
    if full and not dates.printed(full):
        cut = shown.rstrip(".… ")
        is_cut = shown.endswith(("…", "..", "．．"))
        if (is_cut and full.startswith(cut[:6])) or (len(full) > len(shown) and full.startswith(cut)) or len(shown) < 4:
            shown = full
    return _MARKS.sub("", shown).strip() or shown


def _title_text(link: HtmlElement) -> str:
    """The words of a link that are its title: a heading or a title element in it, without dates and summaries."""
    for element in link.iterdescendants():
        if not isinstance(element.tag, str):
            continue
        if element.tag in _HEADINGS or _TITLE_CLASS.search(element.get("class", "")):
            text = clean(element.text_content())
            if len(text) >= 4 and not dates.printed(text):
                return text
    blocks = [e for e in link.iterchildren("p", "div") if len(clean(e.text_content())) >= 4]
    if len(blocks) > 1:
        titles = [t for e in blocks if not dates.printed(t := clean(e.text_content()))]
        if titles:
            return titles[0]
    text = clean(" ".join(t for t in link.itertext() if not isinstance(dates.printed(t), date)))
    return text or clean(link.get("title")) or _image_text(link)


def _image_text(link: HtmlElement) -> str:
    image = link.find(".//img[@alt]")
    return clean(image.get("alt")) if image is not None else ""
