"""Items of feeds and list interfaces: RSS, Atom, sitemaps, jcms data stores, JSON in the shapes that sites use."""

from __future__ import annotations

import json
import re
from datetime import date
from typing import Any

from lxml import etree

from storage.listing import dates
from storage.listing.fields import URL, lists_in, read_record, strings_in
from storage.listing.html import items_of_html
from storage.listing.items import Item, absolute, clean


def items_of_json(text: str, base: str, today: date) -> list[Item]:
    """Items of the longest list of records with a title and an address; HTML inside a value is read as a page.

    Raises:
        ValueError: the text is not JSON, nor JSONP.
    """
    body = text.strip()
    if match := re.match(r"^[\w.$]+\s*\((.*)\)\s*;?$", body, re.DOTALL):
        body = match[1]
    data = json.loads(body)
    lists = [[i for r in records if (i := _record(r, base))] for records in lists_in(data)]
    best = max(lists, key=len, default=[])
    if best:
        return best
    for value in strings_in(data):
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
        if fields.keys() & set(URL) and (item := _record(fields, base, untitled=True)):
            items.append(item)
    if items:
        return items
    return items_of_html("<ul>" + "".join(fragments) + "</ul>", base, today) if fragments else []


def _field(element: Any) -> str:
    return clean(element.text) or str(element.get("href", ""))


def _record(record: Any, base: str, *, untitled: bool = False) -> Item | None:
    read = read_record(record)
    if read is None:
        return None
    title, address, day = read
    url = absolute(base, address)
    if url is None or not (title or untitled):
        return None
    return Item(title or url, url, day or dates.in_address(url))
