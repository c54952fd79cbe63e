"""Bytes of a list page -> items, whatever kind of page it is."""

from __future__ import annotations

import re
from datetime import date

from charset_normalizer import from_bytes

from storage.listing.feeds import items_of_json, items_of_xml
from storage.listing.html import items_of_html
from storage.listing.items import Item, newest_first

_DECLARED = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?\s*([\w-]+)""", re.IGNORECASE)


def read_list(content: bytes, base: str, today: date, selector: str | None = None) -> list[Item]:
    """The items that a list page shows, newest first, each address once.

    Args:
        content: the page as it came: HTML, a fragment of it, RSS, Atom, a sitemap, a jcms data store, JSON.
        base: the page's address, for relative links and to tell the column's own items from others.
        today: the day of reading.
        selector: CSS selector for the rare page whose list is not found without it.
    """
    text = decode(content)
    start = text.lstrip("\ufeff \t\r\n")[:400]
    if start[:1] in {"{", "["} or re.match(r"[\w.$]+\s*\(\s*[{\[]", start):
        try:
            return newest_first(items_of_json(text.lstrip("\ufeff"), base, today))
        except ValueError:
            pass
    if re.match(
        r"(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:rss|feed|rdf:RDF|urlset|datastore|recordset|root|data|items)\b",
        start,
        re.DOTALL,
    ):
        try:
            return newest_first(items_of_xml(text, base, today))
        except ValueError:
            pass
    return newest_first(items_of_html(text, base, today, selector))


def decode(content: bytes) -> str:
    """The text of a page: byte order mark, then the declared encoding (GB2312 read as GB18030), then detection."""
    if content.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-8-sig" if content[:1] == b"\xef" else "utf-16", "replace")
    declared = _DECLARED.search(content[:4096])
    names = [declared[1].decode("ascii", "replace").lower()] if declared else []
    for name in [*names, "utf-8", "gb18030"]:
        name = "gb18030" if name in {"gb2312", "gbk", "x-gbk"} else name
        try:
            return content.decode(name)
        except (UnicodeDecodeError, LookupError):
            continue
    best = from_bytes(content[:200_000]).best()
    return content.decode(best.encoding if best else "utf-8", "replace")
