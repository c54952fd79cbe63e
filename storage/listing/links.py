"""A link as an item of a list: where it leads, whether it is one at all, and its title."""

from __future__ import annotations

import re
from datetime import date
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from storage.listing import dates
from storage.listing.items import absolute, clean

_MORE = re.compile(
    r"^[\[【(（<>\s]*(?:更多|详情|详细|查看|查看详情|查看更多|阅读全文|全文|more|>>|»|下载|附件|图解|解读|政策解读|首页|上一页|下一页|末页|尾页|\d{1,3})[\]】)）<>\s»]*$",
    re.IGNORECASE,
)
_CATEGORY = re.compile(r"^[\[【〔(（][^\]】〕)）]{1,12}[\]】〕)）]$")
_MARKS = re.compile(
    r"^(?:\s*(?:\[(?:图|组图|视频|置顶|顶|新)\]|【(?:置顶|图文|视频)】|置顶|new!?|NEW!?|[·•●▪◆■>»]))+\s*|\s*(?:new!?|NEW!?|\[图\])$"
)
_CALL = re.compile(r"""[(=]\s*['"]((?:https?:/|\.{1,2})?/[^'"]+)['"]""")
_NUMBER_ONLY = re.compile(r"^[\d\s.\-:/]+$")
_HEADINGS = ("h1", "h2", "h3", "h4", "h5")
_TITLE_CLASS = re.compile(r"(?:^|[-_\s])(?:title|tit|bt|name|subject|headline)(?:$|[-_\s\d])", re.IGNORECASE)


def address_of(link: HtmlElement, base: str) -> str | None:
    """Where a link leads; behind `javascript:` it is the path in the call: `onclick="show('/art/1.html')"`."""
    if url := absolute(base, link.get("href", "")):
        return url
    row = next((e for e in link.iterancestors("li", "tr", "div") if e.get("onclick")), link)
    call = _CALL.search(f"{link.get('href', '')} {link.get('onclick', '')} {row.get('onclick', '')}")
    return absolute(base, call[1] if call else link.get("data-href") or link.get("data-url") or "")


def is_content(link: HtmlElement, url: str, base: str) -> bool:
    """Whether a link may be an item: not a page number, 更多, a category, a registration number or the page itself."""
    label = title_text(link)
    if len(label) < 4 or _MORE.match(label) or _CATEGORY.match(label) or _NUMBER_ONLY.match(label):
        return False
    parts = urlsplit(url)
    if parts.netloc.endswith(("beian.miit.gov.cn", "beian.gov.cn", "beian.mps.gov.cn", "bszs.conac.cn")):
        return False
    return not (parts.path.rstrip("/") == "" and not parts.query) and url.rstrip("/") != base.rstrip("/")


def telling(link: HtmlElement) -> tuple[bool, int]:
    """Orders links to one page: words before a picture's description, a longer title before a shorter."""
    own = clean(link.text_content())
    return bool(own), len(own if own else title_text(link))


def title_of(link: HtmlElement) -> str:
    """The title whole, from the title attribute where the text is cut; without its date and marks such as [置顶]."""
    shown = title_text(link)
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


def title_text(link: HtmlElement) -> str:
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
