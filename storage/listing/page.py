"""The tree of a list page: parsed without network or entities, with what its scripts would put on it."""

from __future__ import annotations

import re

from lxml import etree
from lxml import html as lxml_html
from lxml.html import HtmlElement

from storage.listing import scripts
from storage.listing.items import absolute

_WRITTEN = re.compile(r"""\s*document\.write(?:ln)?\(\s*(['"])(?P<text>.{4,40}?)\1\s*\);?\s*""")


def parse(text: str) -> HtmlElement | None:
    """The root of a page or fragment; `None` where nothing can be made of it."""
    parser = lxml_html.HTMLParser(encoding="utf-8", no_network=True, remove_pis=True, huge_tree=False)
    data = re.sub(r"^\s*<\?xml[^>]*\?>", "", text).encode("utf-8", "replace")
    try:
        root = lxml_html.document_fromstring(data, parser=parser, ensure_head_body=True)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return None
    return root


def declared_base(root: HtmlElement, base: str) -> str:
    """The address that relative links start from: `<base href>`, else the page's own."""
    declared = root.find(".//base[@href]")
    return (absolute(base, declared.get("href")) or base) if declared is not None else base


def embedded_records(root: HtmlElement) -> list[str]:
    """HTML of items that a page keeps in script or comments (jcms: `<record><![CDATA[<li>…`)."""
    records: list[str] = []
    for element in root.iter("script", "datastore", "textarea", etree.Comment):
        content = element.text or ""
        if "<a" in content and "[CDATA[" in content:
            pieces = (piece.partition("]]>") for piece in content.split("<![CDATA[")[1:])
            records += [record for record, end, _ in pieces if end]
    return [r for r in records if "<a" in r]


def write_out(root: HtmlElement) -> None:
    """Put on the page what its scripts would: dates that they write beside an item, lists that they hold as records."""
    for script in list(root.iter("script")):
        content = script.text or ""
        if match := _WRITTEN.fullmatch(content):
            script.addprevious(_element("span", match["text"]))
        elif records := scripts.records_in(content):
            rows = _element("ul", "")
            for title, address, day in records:
                row, link = _element("li", ""), _element("a", title)
                link.set("href", address)
                row.extend([link, _element("span", day.isoformat())])
                rows.append(row)
            script.addprevious(rows)


def _element(tag: str, text: str) -> HtmlElement:
    made: HtmlElement = lxml_html.Element(tag)
    made.text = re.sub(r"[\x00-\x08\x0b-\x1f]", "", text)
    return made
