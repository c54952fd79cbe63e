"""Text that lost every border: labels and figures run together in one line are cut at the labels again."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from storage.catalogue import (
    CARRIED_IN,
    CARRIED_OUT,
    COERCION,
    FEE,
    GROUPS,
    LICENCE,
    NEW,
    NORMATIVE,
    OTHER_ALL_ROW,
    OUTCOMES,
    PENALTY,
    PROCUREMENT,
    RULES,
    SERVICES,
)
from storage.reading.labels import fold

_OTHER = r"3\s*[.、．]\s*其\s*他(?=\s*\d)"
_FEWEST = 3
"""A line is taken apart if it holds so many labels with figures, or is one label with its figures."""


def _spaced(text: str) -> str:
    """A pattern for a folded text whose characters may have white space between them."""
    return r"\s*".join(re.escape(c) if not re.fullmatch(r"[“”\"、,()]", c) else r"[“”\"'、,，()]?" for c in text)


def _numbered(label: str) -> str:
    """A label's pattern, with its numbering where it is there, so that 1. never joins the figures before it."""
    folded = fold(label)
    hit = re.match(r"(\d)\.|\(([一二三四五六七])\)|([一二三四])、", folded)
    if hit is None:
        return _spaced(folded)
    body = _spaced(folded[hit.end() :])
    if hit.group(1):
        return rf"(?:{hit.group(1)}\s*[.、．)]\s*)?{body}"
    mark = hit.group(2) or hit.group(3)
    return rf"(?:[(（]?\s*{mark}\s*[)）]?\s*[、.]?\s*)?{body}"


def _alternatives(labels: Iterable[str]) -> str:
    return "|".join(_numbered(label) for label in sorted(labels, key=len, reverse=True))


@lru_cache(maxsize=1)
def _pattern() -> re.Pattern[str]:
    three = [t.label for t in (NEW, CARRIED_IN, *OUTCOMES, CARRIED_OUT) if t.id != "other_handling"]
    three += [g.label for g in GROUPS.values() if g is not OTHER_ALL_ROW]
    two = [t.label for t in (RULES, NORMATIVE, LICENCE, SERVICES, PENALTY, COERCION, FEE, PROCUREMENT)]
    strict = [
        rf"[(（]\s*六\s*[)）]\s*{_spaced('其他处理')}",
        rf"[(（]\s*七\s*[)）]\s*{_spaced('总计')}",
        _OTHER,
    ]
    four = r"尚\s*未\s*审\s*结\s*总\s*计(?=[\s\d]{15,})"
    with_digits = rf"(?:{_alternatives([*two, '规范性文件'])})(?=\s*[-+]?\d)"
    return re.compile("|".join((*strict, four, _alternatives(three), with_digits)))


_FIGURES = re.compile(r"[^\u3400-\u9fff(（]*\d[^\u3400-\u9fff(（]*")


def pieces(text: str) -> Iterator[tuple[str, str]]:
    """Cut a line into (text, figures) pairs; nothing if the line is not run together."""
    flat = re.sub(r"\s+", " ", _keep_spaces(text))
    hits = list(_pattern().finditer(flat))
    cuts: list[tuple[str, str]] = []
    figured = 0
    position = 0
    for index, hit in enumerate(hits):
        stop = hits[index + 1].start() if index + 1 < len(hits) else len(flat)
        run = _FIGURES.match(flat, hit.end(), stop)
        figures = run.group() if run else ""
        if hit.start() > position:
            cuts.append((flat[position : hit.start()], ""))
        cuts.append((hit.group(), figures))
        figured += bool(figures)
        position = run.end() if run else hit.end()
    if position < len(flat):
        cuts.append((flat[position:], ""))
    whole = figured == 1 and len(cuts) == 1
    if figured >= _FEWEST or whole:
        yield from cuts


def _keep_spaces(text: str) -> str:
    """Folded text in which spaces between figures stay, since they are boundaries."""
    return " ".join(fold(part) for part in text.split())
