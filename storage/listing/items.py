"""An item of a list page, and the order in which lists are given out."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from urllib.parse import urljoin, urlsplit

_SPACE = re.compile(r"\s+")
_UNFIT = re.compile("[\x00\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Item:
    """One published item: title, absolute address, day of publication (`None` where neither page nor address tells)."""

    title: str
    url: str
    date: date | None


def clean(text: str | None) -> str:
    """The text with every run of white space (also full-width and no-break) as one blank, ends stripped.

    What no database takes, half characters and NUL, is left out.
    """
    return _SPACE.sub(" ", _UNFIT.sub("", text or "")).strip()


def absolute(base: str, address: str) -> str | None:
    """The absolute http(s) address behind a link, without fragment; `None` where it leads to no page of its own."""
    address = _SPACE.sub("", address or "")
    if not address or address.startswith(("#", "javascript:", "mailto:", "tel:", "data:")):
        return None
    try:
        url = urljoin(base, address)
        parts = urlsplit(url)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
        url.encode()
    except ValueError:
        return None
    if not usable:
        return None
    return url.split("#", 1)[0] if "#/" not in url else url


def newest_first(items: Iterable[Item]) -> list[Item]:
    """Each address once (the first with a date wins), newest first, page order within a day, undated last."""
    best: dict[str, Item] = {}
    for item in items:
        known = best.get(item.url)
        if known is None or (known.date is None and item.date is not None):
            best[item.url] = item
    return sorted(best.values(), key=lambda i: i.date or date.min, reverse=True)
