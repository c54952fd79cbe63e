"""Lists that a page keeps in a script as records: `var dataList = [{"title": …, "url": …, "date": …}, …]`."""

from __future__ import annotations

import json
import re
from datetime import date

from storage.listing.fields import lists_in, read_record

_LARGEST = 2_000_000
_MOST_STARTS = 20
_START = re.compile(r"[=(:]\s*(?=\[\s*\{|\{\s*[\"'\w])")
_BARE_KEY = re.compile(r"([{,]\s*)([A-Za-z_]\w*)(\s*:)")
_SINGLE = re.compile(r"(?<=[\[{:,\s])'([^'\"\\\n]*)'(?=\s*[\]},:])")
_LAST_COMMA = re.compile(r",(\s*[\]}])")


def records_in(script: str) -> list[tuple[str, str, date]]:
    """Title, address and day of the records of the script's longest list in which every record has all three."""
    if len(script) > _LARGEST or "{" not in script:
        return []
    best: list[tuple[str, str, date]] = []
    for text in (script, _as_json(script)):
        position = 0
        for _ in range(_MOST_STARTS):
            match = _START.search(text, position)
            if match is None:
                break
            position = match.end()
            try:
                data, position = json.JSONDecoder().raw_decode(text, position)
            except (ValueError, RecursionError):
                continue
            for records in lists_in(data):
                found = [(t, u, d) for r in records if (one := read_record(r)) for t, u, d in [one] if t and u and d]
                if len(found) == len(records) > len(best):
                    best = found
        if best:
            break
    return best


def _as_json(script: str) -> str:
    """Object literals with bare keys, single quotes and a last comma, as JSON writes them."""
    text = _SINGLE.sub(r'"\1"', script)
    return _LAST_COMMA.sub(r"\1", _BARE_KEY.sub(r'\1"\2"\3', text))
