"""Fits a reply's text into one message: cut at sentence ends, the rest kept for 继续."""

from __future__ import annotations

import re

MORE = "\n（没说完，回复“继续”看下文）"
_END = re.compile(r"[。！？；\n]")


def fit(text: str, limit: int | None) -> tuple[str, str]:
    """The part of a text that one message holds, and the rest.

    Args:
        text: the whole text.
        limit: UTF-8 bytes of one message; `None` for no limit.

    Returns:
        What to send now and what remains; the rest is empty where all fits.
    """
    if limit is None or len(text.encode()) <= limit:
        return text, ""
    budget = max(limit - len(MORE.encode()), 60)
    head = text.encode()[:budget].decode(errors="ignore")
    ends = [m.end() for m in _END.finditer(head)]
    cut = ends[-1] if ends and ends[-1] > len(head) // 4 else len(head)
    return head[:cut].rstrip() + MORE, text[cut:].lstrip()
