"""Items of feeds and list interfaces: RSS, Atom, sitemaps, jcms data stores, JSON in the shapes that sites use."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from lxml import etree

from storage.listing import dates
from storage.listing.html import items_of_html
from storage.listing.items import Item, absolute, clean

_TITLE = ("doctitle", "title", "articletitle", "infotitle", "subject", "topic", "name", "bt", "标题", "wjbt")
_URL = ("docpuburl", "url", "link", "href", "linkurl", "puburl", "arturl", "infourl", "pageurl", "path", "loc", "链接")
_DATE = (
    *("docreltime", "pubdate", "publishdate", "publishtime", "pubtime", "published", "published_at", "releasetime"),
    *(
        "releasedate",
        "displaytime",
        "showtime",
        "infodate",
        "deploytime",
        "date",
        "fbsj",
        "fbrq",
        "发布日期",
        "发布时间",
    ),
    *("lastmod", "updated", "createtime", "createdate", "createdtime", "crtime", "addtime", "inputtime", "time"),
    "updatetime",
)
_TAGS = re.compile(r"<[^<>]+>")
_MAX_DEPTH = 12


def items_of_json(text: str, base: str, today: date) -> list[Item]:
    """Items of the longest list of records with a title and an address; HTML inside a value is read as a page.

    Raises:
        ValueError: the text is not JSON, nor JSONP.
    """
    body = text.strip()
    if match := re.match(r"^[\w.$]+\s*\((.*)\)\s*;?$", body, re.DOTALL):
        body = match[1]
    data = json.loads(body)
    lists = [[i for r in records if (i := _record(r, base))] for records in _lists(data, 0)]
    best = max(lists, key=len, default=[])
    if best:
        return best
    for value in _strings(data, 0):
        if "<a" in value and (items := items_of_html(value, base, today)):
            return items
    return []


def items_of_xml(text: str, base: str, today: date) -> list[Item]:
    """Items of RSS, Atom, a sitemap or a data store whose records hold HTML.

    Raises:
        ValueError: the text is not XML.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, recover=True, huge_tree=False)
    root = etree.fromstring(text.encode("utf-8", "replace"), parser)
    if root is None:
        raise ValueError("not XML")
    items: list[Item] = []
    fragments: list[str] = []
    for element in root.iter():
        if not isinstance(element.tag, str):
            continue
        content = element.text or ""
        if "<a" in content:
            fragments.append(content)
        fields = {etree.QName(c).localname.lower(): _field(c) for c in element if isinstance(c.tag, str)}
        if fields.keys() & set(_URL) and (item := _record(fields, base, untitled=True)):
            items.append(item)
    if items:
        return items
    return items_of_html("<ul>" + "".join(fragments) + "</ul>", base, today) if fragments else []


def _field(element: Any) -> str:
    return clean(element.text) or str(element.get("href", ""))


def _record(record: Any, base: str, *, untitled: bool = False) -> Item | None:
    if not isinstance(record, Mapping):
        return None
    fields = {str(k).lower(): v for k, v in record.items()}
    title = clean(_TAGS.sub("", str(_first(fields, _TITLE) or "")))
    url = absolute(base, str(_first(fields, _URL) or ""))
    if url is None or not (title or untitled):
        return None
    day = next((d for k in _DATE if (d := dates.of_value(fields.get(k)))), None)
    return Item(title or url, url, day or dates.in_address(url))


def _first(fields: Mapping[str, Any], keys: tuple[str, ...]) -> Any:
    return next((fields[k] for k in keys if isinstance(fields.get(k), str) and fields[k].strip()), None)


def _lists(data: Any, depth: int) -> Iterator[list[Any]]:
    if depth > _MAX_DEPTH:
        return
    if isinstance(data, list):
        yield data
    for value in data.values() if isinstance(data, dict) else data if isinstance(data, list) else ():
        yield from _lists(value, depth + 1)


def _strings(data: Any, depth: int) -> Iterator[str]:
    if isinstance(data, str):
        yield data
    elif depth <= _MAX_DEPTH:
        for value in data.values() if isinstance(data, dict) else data if isinstance(data, list) else ():
            yield from _strings(value, depth + 1)
