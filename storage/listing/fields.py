"""The names that interfaces and scripts give to an item's title, address and day, and reading a record by them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from storage.listing import dates
from storage.listing.items import clean

TITLE = ("doctitle", "title", "articletitle", "infotitle", "subject", "topic", "name", "bt", "标题", "wjbt")
URL = ("docpuburl", "url", "link", "href", "linkurl", "puburl", "arturl", "infourl", "pageurl", "path", "loc", "链接")
_PUBLISHED = (
    *("docreltime", "docpubtime", "pubdate", "publishdate", "publishtime", "pubtime", "published", "publishedat"),
    *(
        "publishedtime",
        "releasetime",
        "releasedate",
        "issuetime",
        "issuedate",
        "displaytime",
        "displaydate",
        "showtime",
    ),
    *("showdate", "infodate", "infotime", "deploytime", "publicdate", "publictime", "date", "fbsj", "fbrq"),
    *("发布日期", "发布时间", "lastmod", "updated", "createtime", "createdate", "createdtime", "crtime", "addtime"),
    *("inputtime", "time", "updatetime"),
)
_TAGS = re.compile(r"<[^<>]+>")
_JOINTS = re.compile(r"[_\-\s]")
_MAX_DEPTH = 12


def read_record(record: Any) -> tuple[str, str, date | None] | None:
    """Title, address and day of a record; `None` where it is no mapping. What it does not hold is empty."""
    if not isinstance(record, Mapping):
        return None
    fields = {_JOINTS.sub("", str(k)).lower(): v for k, v in record.items()}
    title = clean(_TAGS.sub("", _first(fields, TITLE)))
    day = next((d for k in _PUBLISHED if (d := dates.of_value(fields.get(k)))), None)
    return title, _first(fields, URL).strip(), day


def _first(fields: Mapping[str, Any], keys: tuple[str, ...]) -> str:
    return next((v for k in keys if isinstance(v := fields.get(k), str) and v.strip()), "")


def lists_in(data: Any, depth: int = 0) -> Iterator[list[Any]]:
    """Every list in decoded JSON, to a depth."""
    if depth > _MAX_DEPTH:
        return
    if isinstance(data, list):
        yield data
    for value in _inner(data):
        yield from lists_in(value, depth + 1)


def strings_in(data: Any, depth: int = 0) -> Iterator[str]:
    """Every text in decoded JSON, to a depth."""
    if isinstance(data, str):
        yield data
    elif depth <= _MAX_DEPTH:
        for value in _inner(data):
            yield from strings_in(value, depth + 1)


def _inner(data: Any) -> Iterator[Any]:
    """What a mapping or a list holds."""
    yield from data.values() if isinstance(data, dict) else data if isinstance(data, list) else ()
