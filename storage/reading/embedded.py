"""Page content that scripts unfold: markup kept in a JSON answer, a JavaScript string or a text field."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from typing import Any

_STRING = re.compile(r"""(["'`])((?:(?!\1)[^\\]|\\.)*)\1""", re.S)
_TABLE = re.compile(r"<table\b", re.I)
_ESCAPED = re.compile(r"\\(u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|.)", re.S)
_SIMPLE = {"n": "\n", "r": "\r", "t": "\t", "b": "", "f": ""}
_MAX_NODES = 100_000


def from_json(text: str) -> str | None:
    """The longest text with tags inside a JSON answer; `None` where it is none or has no such text."""
    if not text.lstrip("\ufeff \r\n\t").startswith(("{", "[")):
        return None
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return max((s for s in _strings(value) if "<" in s and ">" in s), key=len, default=None)


def _strings(value: Any) -> Iterator[str]:
    waiting, seen = [value], 0
    while waiting and seen < _MAX_NODES:
        seen += 1
        item = waiting.pop()
        if isinstance(item, str):
            yield item
        elif isinstance(item, dict):
            waiting.extend(item.values())
        elif isinstance(item, list):
            waiting.extend(item)


def from_page(root: Any) -> str | None:
    """The longest markup with a table in a text field, a template or a string of a script of a page."""
    found: list[str] = []
    for element in root.iter("textarea", "template", "noscript", "script"):
        text = "".join(element.itertext())
        if element.tag == "script":
            found += [_unescaped(m.group(2)) for m in _STRING.finditer(text) if "table" in m.group(2)]
        else:
            found.append(html.unescape(text) if "&lt;" in text else text)
    return max((text for text in found if _TABLE.search(text)), key=len, default=None)


def _unescaped(text: str) -> str:
    def plain(match: re.Match[str]) -> str:
        code = match.group(1)
        if len(code) > 1:
            return chr(int(code[1:], 16))
        return _SIMPLE.get(code, code)

    return _ESCAPED.sub(plain, text)
